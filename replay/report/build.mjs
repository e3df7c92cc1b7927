// Bundles src/ with Observable Plot into report.min.js, and collects the licences of whatever went
// into it. The same sources give the same bytes:
//
//   npm ci && npm run build          writes report.min.js
//   node build.mjs --check           exits with 1 if it is not what the sources give
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const target = "report.min.js";

// The folder of the package that a bundled file comes from; nothing for our own files.
function packageOf(path) {
  const parts = path.split("/");
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return null;
  const depth = parts[at + 1].startsWith("@") ? 3 : 2;
  return parts.slice(0, at + depth).join("/");
}

async function licenceOf(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt"]) {
    try {
      return (await readFile(`${folder}/${name}`, "utf8")).trim();
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  const about = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  throw new Error(`${about.name} has no licence file, only the word ${about.license}`);
}

// Packages of one licence and holder share a paragraph; a licence's text stands once.
async function licences(inputs) {
  const used = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
  const folders = [...new Set(used.map(packageOf).filter(Boolean))].sort();
  const byText = new Map();
  for (const folder of folders) {
    const about = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
    const text = (await licenceOf(folder)).replaceAll("*/", "* /");
    const copyright = text.split("\n").filter((line) => /^Copyright/.test(line.trim()));
    const terms = text.split("\n").filter((line) => !/^Copyright/.test(line.trim()));
    const key = terms
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim();
    if (!byText.has(key)) byText.set(key, []);
    byText.get(key).push(`${about.name} ${about.version}: ${copyright.join("; ")}`);
  }
  let out = "";
  for (const [terms, packages] of byText) out += `${packages.join("\n")}\n\n${terms}\n\n`;
  return out;
}

const result = await build({
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
});
const code = result.outputFiles[0].text.trim();
const notice = await licences(Object.values(result.metafile.outputs)[0].inputs);
const text = `/*! The pictures of a tablekey report, with Observable Plot and d3.\n\n${notice.trim()}\n*/\n${code}\n`;
if (/<\/script|<!--/i.test(text)) throw new Error("the bundle would end the page's script");

if (process.argv.includes("--check")) {
  if ((await readFile(target, "utf8")) !== text) {
    console.error(`${target} is not what its sources give: npm run build writes it`);
    process.exit(1);
  }
} else {
  await writeFile(target, text);
  console.log(`${target}: ${text.length} characters`);
}
