// Cumulative distributions: what share of the caches, or of the runs, was done by then. What was
// still going on at the end of a run keeps its curve below 100 %.
import * as Plot from "@observablehq/plot";
import { draw, fitting, show } from "./frame.js";
import { color, lineStyle } from "./colors.js";
import { frame, numberTicks } from "./axes.js";
import { count, plural, tick, timeTicks, value } from "./words.js";

const percent = (share) => `${Math.round(share * 100)} %`;
const height = 270;
const linesMax = 12;

// `lines`: {name, steps: [[value, count]…], total, open, openAt}. `limits`: {at, text}.
function distribution(
  figure,
  width,
  { lines, limits, max, format, title, share, label, ticks, note },
) {
  const axes = frame(width, height, {
    x: { max, ticks, format, title },
    y: { max: 1, ticks: [0, 0.25, 0.5, 0.75, 1], format: percent, title: share },
  });
  const drawn = [];
  const ends = [];
  const items = [];
  lines.forEach((line, i) => {
    const style = lineStyle(i);
    let height = 0;
    const points = [[0, 0]];
    for (const [at, done] of line.steps) {
      points.push([at, height], [at, done / line.total]);
      height = done / line.total;
      items.push({
        row: i,
        x: axes.xs(at) - 3,
        y: axes.ys(height) - 3,
        w: 6,
        h: 6,
        text: `${line.name}: ${percent(height)} (${count(done)} of ${count(line.total)}) within ${format(at)}`,
      });
    }
    const last = line.open ? Math.min(max, line.openAt ?? max) : max;
    points.push([last, height]);
    for (const [x, y] of points)
      drawn.push({ name: line.name, px: axes.xs(Math.min(x, max)), py: axes.ys(y), ...style });
    if (line.open) {
      ends.push({ px: axes.xs(last), py: axes.ys(height), stroke: style.stroke });
      items.push({
        row: i,
        x: axes.xs(last) - 4,
        y: axes.ys(height) - 4,
        w: 8,
        h: 8,
        text: `${line.name}: ${count(line.open)} of ${count(line.total)} ${line.openWords}`,
      });
    }
  });
  const labels = fitting(
    limits.map((limit) => ({ x: axes.xs(limit.at) + 4, text: limit.text, at: limit.at })),
    { left: axes.inner.left, right: width - 2 },
  );
  const svg = draw({
    ...axes.options,
    marks: [
      ...axes.marks,
      Plot.ruleX(limits, {
        x: (one) => axes.xs(one.at),
        y1: axes.inner.top,
        y2: axes.inner.bottom,
        stroke: color("text"),
        strokeDasharray: "3 3",
      }),
      ...["start", "end", "middle"].map((anchor) =>
        Plot.text(
          labels.filter((one) => one.anchor === anchor),
          {
            x: (one) => (anchor === "end" ? one.x - 8 : one.x),
            y: axes.inner.bottom - 9,
            text: "text",
            textAnchor: anchor,
            fontSize: 11,
            fill: color("text"),
            stroke: color("page"),
            strokeWidth: 4,
          },
        ),
      ),
      ...lines.map((line, i) =>
        Plot.line(
          drawn.filter((point) => point.name === line.name),
          {
            x: "px",
            y: "py",
            stroke: lineStyle(i).stroke,
            strokeDasharray: lineStyle(i).dash,
            strokeWidth: 2,
            strokeLinejoin: "miter",
          },
        ),
      ),
      Plot.dot(ends, {
        x: "px",
        y: "py",
        r: 4,
        stroke: "stroke",
        strokeWidth: 2,
        fill: color("page"),
      }),
    ],
  });
  const entries = lines.map((line, i) => ({
    word: line.name,
    color: lineStyle(i).stroke,
    shape: lineStyle(i).dash === "none" ? "line" : lineStyle(i).dash,
  }));
  if (limits.length) entries.push({ word: "limit", color: color("text"), shape: "dash" });
  show(figure, { svg, entries: entries.length > 1 ? entries : [], items, label, note });
}

// A run: caches that had lost their key, by time after the revocation.
export function exposure(figure, report, width) {
  const one = report.revocations[+figure.dataset.index];
  const groups =
    one.groups.length > 1 ? one.groups.filter((group) => group.name !== "all") : one.groups;
  const openAt = report.seconds - one.at;
  const known = groups.flatMap((group) => group.curve.map(([at]) => at));
  const limits = one.limits.map((limit) => ({
    at: limit.seconds,
    text:
      limit.limit.replace("<=", "≤").replace(">=", "≥") +
      (limit.workload ? ` (${limit.workload})` : ""),
  }));
  const open = groups.some((group) => group.still);
  const max =
    (open ? openAt : Math.max(1e-3, ...known, ...limits.map((limit) => limit.at)) * 1.04) || 1;
  distribution(figure, width, {
    lines: groups.map((group) => ({
      name: group.allowed === group.entries ? `${group.name} (still allowed)` : group.name,
      steps: group.curve,
      total: group.entries,
      open: group.still,
      openAt,
      openWords: "still held the key when the run ended",
    })),
    limits: limits.filter((limit) => limit.at <= max),
    max,
    format: tick,
    ticks: timeTicks(max, Math.max(3, Math.floor(width / 95))),
    title: `time after ${one.after}`,
    share: "caches that can no longer read",
    label: `Distribution of the exposure after ${one.after}. ${one.sentence} The table below has the numbers.`,
    note: open ? "A ring marks where the run ended with caches that still held the key." : "",
  });
}

// A study: runs by what they measured, a line for each point.
export function measured(figure, report, width) {
  const index = +figure.dataset.index;
  const measure = report.measures[index];
  const all = report.results.map((point, i) => ({
    ...report.curves[index][i],
    name: point.label,
    number: point.point + 1,
  }));
  const lines = all.filter((one) => one.runs).slice(0, linesMax);
  const known = lines.flatMap((line) => [...line.curve.map(([at]) => at), line.boundsTo ?? 0]);
  const limits = measure.limits.map((limit) => ({
    at: limit.value,
    text: `limit ${value(limit.value, measure)}`,
  }));
  const scale = measure.share ? 100 : 1;
  const max = Math.max(...known, ...limits.map((limit) => limit.at), 0) * 1.04 || 1;
  const most = Math.max(3, Math.floor(width / 95));
  const ticks =
    measure.unit === "s"
      ? timeTicks(max, most)
      : numberTicks(max * scale, most)
          .map((one) => one / scale)
          .filter((one) => one <= max);
  distribution(figure, width, {
    lines: lines.map((line) => ({
      name: line.name,
      steps: line.curve,
      total: line.runs,
      open: line.atLeast,
      openAt: line.boundsTo,
      openWords: `runs ended before it was known: at least ${value(line.boundsFrom ?? 0, measure)}`,
    })),
    limits,
    max,
    ticks,
    format: (at) => (measure.unit === "s" ? tick(at) : value(at, measure)),
    title: measure.line,
    share: "runs",
    label: `Distribution over the runs of ${measure.line}, by point. The table has the numbers.`,
    note: [
      lines.length < all.length
        ? `Shown are ${lines.length} of ${plural(all.length, "point")}.`
        : "",
      lines.some((line) => line.atLeast)
        ? "A ring marks where runs ended before the value was known."
        : "",
    ]
      .filter(Boolean)
      .join(" "),
  });
}
