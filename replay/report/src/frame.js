// What all pictures have in common: drawing by Observable Plot under a policy that forbids styles in
// the page, a legend in words, and a way through the marks for pointer, touch and keyboard.
import * as Plot from "@observablehq/plot";

// Plot writes a style element into each picture; report.css has those rules instead.
export function draw(options) {
  const svg = Plot.plot({ className: "plot", ...options });
  for (const style of svg.querySelectorAll("style")) style.remove();
  // The picture is one image with one label; what its parts are called says nothing.
  for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  return svg;
}

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// How wide a text of a picture is, in pixels.
const pen = document.createElement("canvas").getContext("2d");
let family = null;
export function widthOf(text, fontSize = 11, fontWeight = 400) {
  family ??= getComputedStyle(document.body).fontFamily;
  pen.font = `${fontWeight} ${fontSize}px ${family}`;
  return pen.measureText(text).width;
}

const svgElement = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);

// A swatch of one of the page's colours (--name), and its word. `shape`: box, line, dash or dot.
export function legend(entries) {
  const list = element("ul", { class: "legend" });
  for (const { color, word, shape = "box" } of entries) {
    const swatch = svgElement("svg");
    swatch.setAttribute("class", "swatch");
    swatch.setAttribute("viewBox", "0 0 18 12");
    swatch.setAttribute("aria-hidden", "true");
    const mark = svgElement(shape === "dot" ? "circle" : shape === "box" ? "rect" : "line");
    const put = (values) => {
      for (const [key, value] of Object.entries(values)) mark.setAttribute(key, value);
    };
    if (shape === "box") put({ x: 1, y: 0, width: 16, height: 12, rx: 2, fill: color });
    else if (shape === "dot") put({ cx: 9, cy: 6, r: 5, fill: color });
    else {
      put({ x1: 0, x2: 18, y1: 6, y2: 6, stroke: color, "stroke-width": 2.5 });
      if (shape !== "line") put({ "stroke-dasharray": shape === "dash" ? "4 3" : shape });
    }
    swatch.append(mark);
    list.append(element("li", {}, swatch, document.createTextNode(word)));
  }
  return list;
}

// Puts a picture into its figure. `label` says in words what it shows; `items` are its marks in
// pixels: {x, y, w, h, row, text}. They are reached by pointer, and by arrow keys once the picture
// has the focus: left and right within a row, up and down between rows.
export function show(figure, { svg, label, entries = [], items = [], note = "" }) {
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const stage = element("div", { class: "stage" }, svg);
  if (items.length) explore(stage, svg, items, label);
  const parts = [];
  if (entries.length) parts.push(legend(entries));
  parts.push(stage);
  if (note) parts.push(element("p", { class: "note" }, note));
  figure.replaceChildren(...parts);
}

function explore(stage, svg, items, label) {
  const tip = element("div", { class: "tip", role: "status", hidden: "" });
  const cursor = svgElement("rect");
  cursor.setAttribute("class", "cursor");
  cursor.setAttribute("visibility", "hidden");
  svg.append(cursor);
  stage.append(tip);
  stage.tabIndex = 0;
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", `${label} Arrow keys go from mark to mark.`);
  const rows = [];
  for (const item of items) (rows[item.row] ??= []).push(item);
  const filled = rows.filter(Boolean);
  for (const row of filled) row.sort((a, b) => a.x - b.x);
  let row = 0;
  let at = 0;

  const hide = () => {
    tip.hidden = true;
    cursor.setAttribute("visibility", "hidden");
  };
  const point = (item) => {
    if (!item) return hide();
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const pad = 2;
    for (const [key, value] of Object.entries({
      x: item.x - pad,
      y: item.y - pad,
      width: Math.max(item.w, 1) + 2 * pad,
      height: item.h + 2 * pad,
      rx: 3,
    }))
      cursor.setAttribute(key, value);
    cursor.setAttribute("visibility", "visible");
    tip.textContent = item.text;
    tip.hidden = false;
    const middle = (item.x + Math.min(item.w, svg.viewBox.baseVal.width) / 2) * scale;
    const left = Math.max(
      0,
      Math.min(middle - tip.offsetWidth / 2, stage.clientWidth - tip.offsetWidth),
    );
    const below = (item.y + item.h + 8) * scale;
    const above = item.y * scale - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above >= 0 ? above : below}px`;
  };
  const nearest = (list, x) => {
    let best = 0;
    list.forEach((item, i) => {
      const middle = (one) => one.x + one.w / 2;
      if (Math.abs(middle(item) - x) < Math.abs(middle(list[best]) - x)) best = i;
    });
    return best;
  };
  stage.addEventListener("keydown", (event) => {
    const line = filled[row];
    if (event.key === "Escape") return hide();
    if (event.key === "ArrowRight") at = Math.min(at + 1, line.length - 1);
    else if (event.key === "ArrowLeft") at = Math.max(at - 1, 0);
    else if (event.key === "Home") at = 0;
    else if (event.key === "End") at = line.length - 1;
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const x = line[at].x + line[at].w / 2;
      row = Math.max(0, Math.min(filled.length - 1, row + (event.key === "ArrowDown" ? 1 : -1)));
      at = nearest(filled[row], x);
    } else return;
    event.preventDefault();
    point(filled[row][at]);
  });
  stage.addEventListener("focus", () => {
    if (stage.matches(":focus-visible")) point(filled[row][at]);
  });
  stage.addEventListener("blur", hide);
  stage.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    const y = (event.clientY - box.top) * scale;
    const reach = (item) => {
      const far = (low, size, value) => Math.max(low - value, 0, value - low - size);
      return Math.hypot(far(item.x, item.w, x), far(item.y, item.h, y));
    };
    let best = null;
    let distance = event.pointerType === "touch" ? 22 : 8;
    for (const item of items) {
      const one = reach(item);
      if (one <= distance && (one < distance || !best)) [best, distance] = [item, one];
    }
    point(best);
  });
  stage.addEventListener("pointerleave", hide);
}

// Texts one after another on one line where there is room, in order of importance: those that would
// overlap one that is there already are left out. `items`: {x, text, anchor}.
export function fitting(items, { left, right, gap = 10 }) {
  const taken = [];
  const kept = [];
  for (const item of items) {
    const width = widthOf(item.text);
    for (const anchor of ["start", "end", "middle"]) {
      const from =
        anchor === "start" ? item.x : anchor === "end" ? item.x - width : item.x - width / 2;
      const until = from + width;
      if (from < left || until > right) continue;
      if (taken.some(([a, b]) => from < b + gap && until > a - gap)) continue;
      taken.push([from, until]);
      kept.push({ ...item, anchor });
      break;
    }
  }
  return kept;
}

// Places for labels of dots: beside, above or below, wherever nothing is yet.
export function placed(dots, { width, height, top = 0, line = 13 }) {
  const taken = dots.map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
  const free = ([a, b, c, d]) =>
    a >= 0 &&
    b >= top &&
    c <= width &&
    d <= height &&
    !taken.some(([e, f, g, h]) => a < g && c > e && b < h && d > f);
  const out = [];
  for (const dot of dots) {
    const size = widthOf(dot.text);
    const beside = (side, down) => ({
      dx: side * (down ? 7 : 10),
      dy: down,
      anchor: side > 0 ? "start" : "end",
      box: [
        dot.x + (side > 0 ? 6 : -8 - size),
        dot.y + down - line / 2,
        dot.x + (side > 0 ? 8 + size : -6),
        dot.y + down + line / 2,
      ],
    });
    const over = (down) => ({
      dx: 0,
      dy: down,
      anchor: "middle",
      box: [dot.x - size / 2, dot.y + down - line / 2, dot.x + size / 2, dot.y + down + line / 2],
    });
    const spots = [
      beside(1, -11),
      beside(1, 0),
      over(-14),
      beside(-1, 11),
      beside(-1, 0),
      over(14),
      beside(-1, -11),
      beside(1, 11),
    ];
    const spot = spots.find(({ box }) => free(box));
    if (!spot) continue;
    taken.push(spot.box);
    out.push({ ...dot, ...spot });
  }
  return out;
}
