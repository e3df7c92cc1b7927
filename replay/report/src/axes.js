// A frame in pixels with two honest axes: lines, ticks with units, titles.
import * as Plot from "@observablehq/plot";
import { color } from "./colors.js";

const fontSize = 11;

// `x` and `y`: {max, ticks, format, title, min, log}. Gives scales, the axes' marks and the frame.
export function frame(width, height, { x, y, left = 48, top = 22, bottom = 40, right = 14 }) {
  const inner = { left, right: width - right, top, bottom: height - bottom };
  const place =
    ({ min = 0, max, log }) =>
    (value) =>
      log
        ? Math.log(Math.max(value, min) / min) / Math.log(max / min)
        : (value - min) / (max - min || 1);
  const [ofX, ofY] = [place(x), place(y)];
  const xs = (value) => inner.left + ofX(value) * (inner.right - inner.left);
  const ys = (value) => inner.bottom - ofY(value) * (inner.bottom - inner.top);
  const text = { fontSize, fill: color("muted") };
  const marks = [
    Plot.ruleX(x.ticks, { x: xs, y1: inner.top, y2: inner.bottom, stroke: color("grid") }),
    Plot.ruleY(y.ticks, { y: ys, x1: inner.left, x2: inner.right, stroke: color("grid") }),
    Plot.ruleY([inner.bottom], { x1: inner.left, x2: inner.right, stroke: color("axis") }),
    ...tickTexts(x.ticks, { ...text, x: xs, y: inner.bottom + 13, text: x.format }, width),
    Plot.text(y.ticks, { ...text, x: inner.left - 7, y: ys, text: y.format, textAnchor: "end" }),
    Plot.text([`${shortened(x.title, inner.right)} →`], {
      ...text,
      x: inner.right,
      y: inner.bottom + 30,
      textAnchor: "end",
    }),
    Plot.text([`↑ ${shortened(y.title, inner.right)}`], {
      ...text,
      x: 2,
      y: 8,
      textAnchor: "start",
    }),
  ];
  return { xs, ys, inner, marks, options: { width, height, margin: 0, x: plain, y: plain } };
}

// The texts of ticks; one that would stand out of the picture is drawn back into it.
export function tickTexts(ticks, options, width) {
  const out = (tick) => options.x(tick) + options.text(tick).length * 3.4 > width;
  return [
    Plot.text(
      ticks.filter((tick) => !out(tick)),
      options,
    ),
    Plot.text(ticks.filter(out), { ...options, x: width - 1, textAnchor: "end" }),
  ];
}

// A title that fits; the text around the picture has it in full.
function shortened(title, room) {
  const most = Math.floor(room / 6.4) - 3;
  return title.length > most ? title.slice(0, most - 1) + "…" : title;
}

const plain = { type: "identity", axis: null };

// Round numbers from 0 on that reach past `max`, about `most` of them.
export function numberTicks(max, most) {
  if (!(max > 0)) return [0, 1];
  const raw = max / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const ticks = [];
  for (let i = 0; i <= Math.ceil(max / step - 1e-9); ++i) ticks.push(+(i * step).toPrecision(12));
  return ticks;
}

// The same between two numbers.
export function rangeTicks(min, max, most) {
  const raw = (max - min) / most || Math.abs(max) / most || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const ticks = [];
  for (let i = Math.ceil(min / step); i * step <= max + step * 1e-9; ++i)
    ticks.push(+(i * step).toPrecision(12));
  return ticks;
}

// An axis for values that are all above 0 and span more than `far` times: logarithmic, with its ticks
// at round values. Nothing where a linear axis shows them well.
export function logAxis(values, { time, most, far = 40 }) {
  const known = values.filter((one) => one > 0);
  if (known.length < values.length || !known.length) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (high / low < far) return null;
  const round = time
    ? [
        1e-3, 0.01, 0.1, 1, 5, 15, 60, 300, 900, 3600, 10800, 43200, 86400, 259200, 604800, 2592000,
        7776000, 31536000,
      ]
    : Array.from({ length: 30 }, (_, i) => 10 ** (i - 9));
  const min = round.filter((one) => one <= low).pop() ?? low;
  const max = round.find((one) => one >= high) ?? high;
  const within = round.filter((one) => one >= min && one <= max);
  const every = Math.ceil(within.length / most);
  return { log: true, min, max, ticks: within.filter((_, i) => i % every === 0) };
}
