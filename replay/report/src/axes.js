// A frame in pixels with two honest axes: lines, ticks with units, titles.
import * as Plot from "@observablehq/plot";
import { color } from "./colors.js";

const fontSize = 11;

// `x` and `y`: {max, ticks, format, title, min}. Gives scales, the axes' marks and the frame.
export function frame(width, height, { x, y, left = 48, top = 22, bottom = 40, right = 14 }) {
  const inner = { left, right: width - right, top, bottom: height - bottom };
  const xMin = x.min ?? 0;
  const yMin = y.min ?? 0;
  const xs = (value) => inner.left + ((value - xMin) / (x.max - xMin || 1)) * (inner.right - inner.left);
  const ys = (value) => inner.bottom - ((value - yMin) / (y.max - yMin || 1)) * (inner.bottom - inner.top);
  const text = { fontSize, fill: color("muted") };
  const marks = [
    Plot.ruleX(x.ticks, { x: xs, y1: inner.top, y2: inner.bottom, stroke: color("grid") }),
    Plot.ruleY(y.ticks, { y: ys, x1: inner.left, x2: inner.right, stroke: color("grid") }),
    Plot.ruleY([inner.bottom], { x1: inner.left, x2: inner.right, stroke: color("axis") }),
    Plot.text(x.ticks, { ...text, x: xs, y: inner.bottom + 13, text: x.format }),
    Plot.text(y.ticks, { ...text, x: inner.left - 7, y: ys, text: y.format, textAnchor: "end" }),
    Plot.text([`${x.title} →`], { ...text, x: inner.right, y: inner.bottom + 30, textAnchor: "end" }),
    Plot.text([`↑ ${y.title}`], { ...text, x: 2, y: 8, textAnchor: "start" }),
  ];
  return { xs, ys, inner, marks, options: { width, height, margin: 0, x: plain, y: plain } };
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
  for (let i = Math.ceil(min / step); i * step <= max + step * 1e-9; ++i) ticks.push(+(i * step).toPrecision(12));
  return ticks;
}
