// Opens reports in headless Chromium and says what is wrong with them:
//
//   node look.mjs --chromium PROGRAM --axe axe.min.js [--shots FOLDER] FILE.html...
//
// Each file is opened from disk at the width of a desktop (1280) and of a phone (390), light and dark,
// and once without JavaScript. There must be no message on the console, no request but for the file
// itself, nothing wider than the screen, every picture drawn, no two texts of a picture on top of each
// other, and nothing that axe-core calls serious or critical. The browser is spoken to over a pipe in
// its own protocol, so nothing but node is needed. Prints one line a check and ends with their number.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const options = { shots: null };
const files = [];
for (let i = 2; i < process.argv.length; ++i) {
  const word = process.argv[i];
  if (word.startsWith("--")) options[word.slice(2)] = process.argv[++i];
  else files.push(resolve(word));
}
const axe = readFileSync(options.axe, "utf8");

class Browser {
  constructor(program) {
    this.folder = mkdtempSync(join(tmpdir(), "report-browser-"));
    this.process = spawn(
      program,
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-extensions",
        "--no-first-run",
        "--hide-scrollbars",
        "--disable-background-networking",
        "--remote-debugging-pipe",
        `--user-data-dir=${this.folder}`,
        "about:blank",
      ],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    this.next = 1;
    this.waiting = new Map();
    this.listeners = [];
    let rest = "";
    this.process.stdio[4].setEncoding("utf8");
    this.process.stdio[4].on("data", (piece) => {
      rest += piece;
      const messages = rest.split("\0");
      rest = messages.pop();
      for (const message of messages) this.take(JSON.parse(message));
    });
    this.process.on("exit", () => {
      for (const { reject } of this.waiting.values()) reject(new Error("the browser ended"));
    });
  }
  take(message) {
    if (!message.id) return this.listeners.forEach((listen) => listen(message));
    const { resolve: done, reject } = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    message.error ? reject(new Error(message.error.message)) : done(message.result);
  }
  send(method, params = {}, sessionId) {
    const id = this.next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((done, reject) => this.waiting.set(id, { resolve: done, reject }));
  }
  async close() {
    const ended = new Promise((done) => this.process.on("exit", done));
    this.send("Browser.close").catch(() => {});
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

// Opens a file and gives `look` a way to ask the page; returns what the page complained of.
async function visit(browser, file, { width, height, dark, script = true, print = false }, look) {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  const url = pathToFileURL(file).href;
  const wrong = [];
  let loaded;
  const load = new Promise((done) => (loaded = done));
  const listen = (message) => {
    if (message.sessionId !== sessionId) return;
    const { method, params } = message;
    if (method === "Page.loadEventFired") loaded();
    if (method === "Runtime.consoleAPICalled")
      wrong.push(`console: ${params.args.map((one) => one.value).join(" ")}`);
    if (method === "Runtime.exceptionThrown")
      wrong.push(`exception: ${params.exceptionDetails.exception?.description}`);
    if (method === "Log.entryAdded") wrong.push(`log: ${params.entry.text}`);
    if (method === "Network.requestWillBeSent" && params.request.url !== url)
      wrong.push(`request: ${params.request.url}`);
  };
  browser.listeners.push(listen);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  await send("Emulation.setDeviceMetricsOverride", {
    width,
    height,
    screenWidth: width,
    screenHeight: height,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  await send("Emulation.setEmulatedMedia", {
    media: print ? "print" : "screen",
    features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
  });
  await send("Emulation.setScriptExecutionDisabled", { value: !script });
  await send("Page.navigate", { url });
  await load;
  const ask = async (expression) => {
    const answer = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception.description);
    return answer.result.value;
  };
  await look({ ask, send, wrong });
  browser.listeners.splice(browser.listeners.indexOf(listen), 1);
  await browser.send("Target.closeTarget", { targetId });
  return wrong;
}

// What is asked of a page with its pictures.
const questions = {
  "every picture is drawn": `(() => [...document.querySelectorAll("figure[data-picture]")]
    .filter((one) => !one.querySelector("svg.plot") || one.querySelector("svg.plot").childElementCount < 2)
    .map((one) => one.dataset.picture + " has no marks"))()`,
  "nothing is wider than the screen": `(() => {
    // A phone shows a page that is too wide smaller, so its own idea of its width does not tell.
    const room = screen.width + 1;
    const scrolls = (one) => getComputedStyle(one).position !== "absolute" && one.parentElement && (getComputedStyle(one.parentElement).overflowX !== "visible" || scrolls(one.parentElement));
    return document.documentElement.scrollWidth <= room ? [] : [...document.querySelectorAll("body *")]
      .filter((one) => one.getBoundingClientRect().right > room && !scrolls(one))
      .map((one) => one.tagName + "." + (one.className.baseVal ?? one.className) + " ends at " + Math.round(one.getBoundingClientRect().right))
      .concat("the page is " + document.documentElement.scrollWidth + " wide");
  })()`,
  "no text of a picture is cut off or covers another": `(() => {
    const wrong = [];
    for (const svg of document.querySelectorAll("svg.plot")) {
      const frame = svg.getBoundingClientRect();
      const name = svg.closest("figure").dataset.picture;
      const texts = [...svg.querySelectorAll("text")].filter((one) => one.textContent.trim());
      const boxes = texts.map((one) => one.getBoundingClientRect());
      boxes.forEach((a, i) => {
        if (a.left < frame.left - 3 || a.right > frame.right + 3 || a.top < frame.top - 3 || a.bottom > frame.bottom + 3)
          wrong.push(name + ": '" + texts[i].textContent + "' is cut off");
        for (let j = i + 1; j < boxes.length; ++j) {
          const b = boxes[j];
          if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 &&
              Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
            wrong.push(name + ": '" + texts[i].textContent + "' covers '" + texts[j].textContent + "'");
        }
      });
    }
    return wrong;
  })()`,
  "axe-core finds nothing serious": `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.target.join(" ") + " " +
      (node.any[0]?.message ?? "")).join(" | ")))`,
  "arrow keys tell of the marks": `(() => [...document.querySelectorAll(".stage[tabindex]")].filter((stage) => {
    stage.focus();
    stage.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    const tip = stage.querySelector(".tip");
    const silent = tip.hidden || !tip.textContent;
    stage.blur();
    return silent;
  }).map((stage) => stage.getAttribute("aria-label")))()`,
};

let passed = 0;
let failed = 0;
function report(name, wrong) {
  wrong.length ? ++failed : ++passed;
  console.log(`${wrong.length ? "FAILED" : "ok"}  ${name}`);
  for (const one of wrong.slice(0, 12)) console.log(`        ${one.slice(0, 300)}`);
}

// A long page is several pictures, each as high as an eye takes in.
async function shoot(send, ask, file) {
  const piece = 1500;
  const height = await ask("Math.ceil(document.documentElement.getBoundingClientRect().height)");
  const width = await ask("screen.width");
  for (let y = 0, number = 1; y < height; y += piece, ++number) {
    const { data } = await send("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: true,
      clip: { x: 0, y, width, height: Math.min(piece, height - y), scale: 1 },
    });
    writeFileSync(`${file}-${number}.png`, Buffer.from(data, "base64"));
  }
}

const views = [1280, 390].flatMap((width) =>
  [false, true].map((dark) => ({ width, height: 900, dark })),
);
const browser = new Browser(options.chromium);
for (const file of files) {
  const page = basename(file, ".html");
  for (const view of views) {
    const name = `${page}, ${view.width} wide, ${view.dark ? "dark" : "light"}`;
    const wrong = await visit(browser, file, view, async ({ ask, send }) => {
      await ask(axe);
      for (const [question, expression] of Object.entries(questions))
        report(`${name}: ${question}`, await ask(expression));
      if (options.shots) {
        await shoot(
          send,
          ask,
          join(options.shots, `${page}-${view.width}-${view.dark ? "dark" : "light"}`),
        );
      }
    });
    report(`${name}: no message and no request`, wrong);
  }
  const plain = await visit(
    browser,
    file,
    { width: 390, height: 900, dark: false, script: false },
    async ({ ask, send }) => {
      report(
        `${page}, without JavaScript: its tables stand open`,
        await ask(`(() =>
      [...document.querySelectorAll("details[data-instead]")].filter((one) => !one.open).map((one) => one.textContent.slice(0, 60)))()`),
      );
      if (options.shots) await shoot(send, ask, join(options.shots, `${page}-plain`));
    },
  );
  report(
    `${page}, without JavaScript: no message and no request`,
    plain.filter((one) => !/Blocked script execution/.test(one)),
  );
  if (options.shots) {
    await visit(
      browser,
      file,
      { width: 794, height: 1123, dark: true, print: true },
      async ({ ask, send }) => {
        await shoot(send, ask, join(options.shots, `${page}-print`));
      },
    );
  }
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
