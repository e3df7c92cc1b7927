// Pictures of a study: heat maps over two settings, intervals over one, the trade-off, the search.
import * as Plot from "@observablehq/plot";
import { draw, element, placed, show } from "./frame.js";
import { color } from "./colors.js";
import { frame, logAxis, numberTicks, rangeTicks } from "./axes.js";
import { compact, count, timeTicks, value } from "./words.js";

const classes = 7;
const setting = (point, axis) => point.settings[axis.path];
const mean = (point, index) => point.measures[index].mean;

function words(point, index, measure) {
  const one = mean(point, index);
  if (!one) return `${point.label}: no data`;
  const sure =
    one.low === null ? "" : `, interval ${value(one.low, measure)} to ${value(one.high, measure)}`;
  return `${point.label}: mean ${one.at_least ? "at least " : ""}${value(one.mean, measure)}${sure}`;
}

// One heat map for each combination of the axes but the last two.
export function heat(figure, report, width) {
  const index = +figure.dataset.index;
  const measure = report.measures[index];
  const [rowAxis, columnAxis] = report.axes.slice(-2);
  const outer = report.axes.slice(0, -2);
  const values = report.results
    .map((point) => mean(point, index)?.mean)
    .filter((one) => one !== undefined);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const linear = (one) => (one - low) / (high - low);
  const logarithm = (one) => Math.log(one / low) / Math.log(high / low);
  const classBy = (part) => (one) =>
    high > low ? Math.min(classes - 1, Math.floor(part(one) * classes)) : 0;
  const told = (part) => new Set(values.map(classBy(part))).size;
  const log = low > 0 && high / low > 40 && told(logarithm) > told(linear);
  const classOf = classBy(log ? logarithm : linear);
  const facets = new Map();
  for (const point of report.results) {
    const key = outer.map((axis) => `${axis.name} = ${setting(point, axis)}`).join(", ");
    if (!facets.has(key)) facets.set(key, []);
    facets.get(key).push(point);
  }
  const rowWidth = Math.min(
    width * 0.35,
    Math.max(...rowAxis.values.map((one) => one.length)) * 6.8 + 16,
  );
  const parts = [];
  for (const [key, points] of facets) {
    const facet = element("div", { class: "facet" });
    if (key) facet.append(element("p", { class: "facet-name" }, key));
    const inner = element("div");
    facet.append(inner);
    parts.push([facet, inner, points]);
  }
  figure.replaceChildren(scale(low, high, measure), ...parts.map(([one]) => one));
  if (log)
    figure.append(element("p", { class: "note" }, "Colours go by the logarithm of the value."));
  for (const [, inner, points] of parts) {
    grid(inner, points, { width, rowWidth, rowAxis, columnAxis, index, measure, classOf });
  }
}

function grid(stage, points, { width, rowWidth, rowAxis, columnAxis, index, measure, classOf }) {
  const top = 22;
  const left = Math.max(rowWidth, 40);
  const columns = columnAxis.values.length;
  const cell = Math.min(150, (width - left - 4) / columns);
  const rowHeight = 38;
  const bottom = top + rowAxis.values.length * rowHeight;
  const cells = points
    .map((point) => ({
      point,
      column: columnAxis.values.indexOf(setting(point, columnAxis)),
      row: rowAxis.values.indexOf(setting(point, rowAxis)),
      mean: mean(point, index),
    }))
    .filter((one) => one.column >= 0 && one.row >= 0)
    .map((one) => ({ ...one, x: left + one.column * cell, y: top + one.row * rowHeight }));
  const level = (one) => (one.mean ? classOf(one.mean.mean) : null);
  const known = cells.filter((one) => one.mean);
  const said = (how) => (one) =>
    one.mean ? (one.mean.at_least ? "≥ " : "") + how(one.mean.mean, measure) : "–";
  const widest = (how) => Math.max(...cells.map((one) => said(how)(one).length));
  const how = widest(value) * 7.8 < cell - 6 ? value : compact;
  const text = said(how);
  const fontSize = Math.max(8, Math.min(12, (12 * (cell - 5)) / (widest(how) * 7.4)));
  const muted = { fontSize: 12, fill: color("text") };
  const svg = draw({
    width,
    height: bottom + 26,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    marks: [
      Plot.rect(known, {
        x1: (one) => one.x + 1.5,
        x2: (one) => one.x + cell - 1.5,
        y1: (one) => one.y + 1.5,
        y2: (one) => one.y + rowHeight - 1.5,
        rx: 3,
        fill: (one) => color(`heat${level(one)}`),
      }),
      Plot.text(cells, {
        x: (one) => one.x + cell / 2,
        y: (one) => one.y + rowHeight / 2,
        text,
        fontSize,
        fontWeight: 600,
        fill: (one) => (one.mean ? color(`heat-text${level(one)}`) : color("muted")),
      }),
      Plot.text(columnAxis.values, {
        ...muted,
        x: (_, i) => left + (i + 0.5) * cell,
        y: bottom + 11,
        text: (one) => one,
      }),
      Plot.text(rowAxis.values, {
        ...muted,
        x: left - 8,
        y: (_, i) => top + (i + 0.5) * rowHeight,
        text: (one) => one,
        textAnchor: "end",
      }),
      Plot.text([`↓ ${rowAxis.name}`], {
        x: 2,
        y: 9,
        textAnchor: "start",
        fontSize: 11,
        fill: color("muted"),
      }),
      Plot.text([`${columnAxis.name} →`], {
        x: left + columns * cell,
        y: 9,
        textAnchor: "end",
        fontSize: 11,
        fill: color("muted"),
      }),
    ],
  });
  show(stage, {
    svg,
    items: cells.map((one) => ({
      row: one.row,
      x: one.x + 1.5,
      y: one.y + 1.5,
      w: cell - 3,
      h: rowHeight - 3,
      text: words(one.point, index, measure),
    })),
    label: `${measure.line} by ${rowAxis.name} and ${columnAxis.name}; the table has the numbers.`,
  });
}

function scale(low, high, measure) {
  const list = element(
    "ul",
    { class: "legend heat-legend" },
    element("li", {}, value(low, measure)),
  );
  for (let i = 0; i < classes; ++i) {
    list.append(element("li", { class: `heat-box heat-box${i}`, "aria-hidden": "true" }));
  }
  list.append(element("li", {}, value(high, measure)));
  return list;
}

// Means with their intervals over one setting.
export function intervals(figure, report, width) {
  const index = +figure.dataset.index;
  const measure = report.measures[index];
  const points = report.results.filter((point) => mean(point, index));
  const highest = Math.max(
    ...points.map((point) => mean(point, index).high ?? mean(point, index).mean),
    0,
  );
  const yTicks =
    measure.unit === "s"
      ? [...timeTicks(highest, 5)]
      : numberTicks(highest * (measure.share ? 100 : 1), 4).map(
          (one) => one / (measure.share ? 100 : 1),
        );
  if (measure.unit === "s" && yTicks[yTicks.length - 1] < highest)
    yTicks.push(yTicks[yTicks.length - 1] + (yTicks[1] ?? highest));
  const format = (one) => value(one, measure);
  const axis = report.axes[0];
  const left = 18 + 6.4 * Math.max(...yTicks.map((one) => format(one).length));
  const axes = frame(width, 250, {
    left,
    bottom: 44,
    x: { max: 1, ticks: [], format: String, title: axis ? axis.name : "point" },
    y: {
      max: yTicks[yTicks.length - 1] || 1,
      ticks: yTicks,
      format,
      title: `mean of ${measure.line}`,
    },
  });
  const slot = (axes.inner.right - axes.inner.left) / points.length;
  const dots = points.map((point, i) => ({
    point,
    x: axes.inner.left + (i + 0.5) * slot,
    y: axes.ys(mean(point, index).mean),
    low: axes.ys(Math.max(0, mean(point, index).low ?? mean(point, index).mean)),
    high: axes.ys(mean(point, index).high ?? mean(point, index).mean),
    name: axis ? (setting(point, axis) ?? point.label) : point.label,
  }));
  const every = Math.ceil(Math.max(...dots.map((dot) => dot.name.length * 6.6 + 8)) / slot);
  const svg = draw({
    ...axes.options,
    marks: [
      ...axes.marks,
      Plot.line(dots, { x: "x", y: "y", stroke: color("series1"), strokeOpacity: 0.45 }),
      Plot.ruleX(dots, {
        x: "x",
        y1: "low",
        y2: "high",
        stroke: color("series1"),
        strokeWidth: 2.5,
      }),
      Plot.dot(dots, { x: "x", y: "y", r: 4.5, fill: color("series1") }),
      Plot.text(
        dots.filter((_, i) => i % every === 0),
        {
          x: "x",
          y: axes.inner.bottom + 13,
          text: "name",
          fontSize: 11,
          fill: color("text"),
        },
      ),
    ],
  });
  show(figure, {
    svg,
    items: dots.map((dot) => ({
      row: 0,
      x: dot.x - 6,
      y: dot.high - 2,
      w: 12,
      h: dot.low - dot.high + 4,
      text: words(dot.point, index, measure),
    })),
    label: `Means and intervals of ${measure.line}; the table has the numbers.`,
  });
}

// What less exposure costs: a dot a point, both means with their intervals.
export function tradeOff(figure, report, width) {
  const { cost, exposure } = report.tradeOff;
  const [costs, exposures] = [report.measures[cost], report.measures[exposure]];
  const points = report.results.filter((point) => mean(point, cost) && mean(point, exposure));
  const top = (index) =>
    Math.max(...points.map((point) => mean(point, index).high ?? mean(point, index).mean), 0) *
      1.04 || 1;
  const axisOf = (index, measure, most) => {
    const log = logAxis(
      points.map((point) => mean(point, index).mean),
      { time: measure.unit === "s", most },
    );
    const format = (one) => value(one, measure);
    const title = `mean of ${measure.line}`;
    if (log) return { ...log, format, title };
    const max = top(index);
    const ticks =
      measure.unit === "s"
        ? timeTicks(max, most)
        : numberTicks(max, most).filter((one) => one <= max);
    return { max, ticks, format, title };
  };
  const x = axisOf(cost, costs, Math.max(3, Math.floor(width / 100)));
  const y = axisOf(exposure, exposures, 7);
  const left = 18 + 6.4 * Math.max(...y.ticks.map((one) => y.format(one).length));
  const axes = frame(width, 330, { x, y, left });
  const dots = points.map((point) => {
    const [a, b] = [mean(point, cost), mean(point, exposure)];
    const best = !points.some((other) => {
      const [c, d] = [mean(other, cost), mean(other, exposure)];
      return c.mean <= a.mean && d.mean <= b.mean && (c.mean < a.mean || d.mean < b.mean);
    });
    return {
      point,
      best,
      x: axes.xs(a.mean),
      y: axes.ys(b.mean),
      text: String(point.point + 1),
      x1: axes.xs(Math.max(0, a.low ?? a.mean)),
      x2: axes.xs(a.high ?? a.mean),
      y1: axes.ys(Math.max(0, b.low ?? b.mean)),
      y2: axes.ys(b.high ?? b.mean),
      says:
        `${point.point + 1}: ${point.label}; ${costs.line} ${value(a.mean, costs)}, ${exposures.line} ` +
        `${b.at_least ? "at least " : ""}${value(b.mean, exposures)}${best ? "; nothing is better in both" : ""}`,
    };
  });
  const frontier = dots.filter((dot) => dot.best).sort((a, b) => a.x - b.x);
  const long = dots.map((dot) => ({ ...dot, text: dot.point.label }));
  const room = { width, top: axes.inner.top - 5, height: axes.inner.bottom };
  let labels = placed(long, room);
  if (labels.length < dots.length) labels = placed(dots, room);
  const fill = (dot) => color(dot.best ? "series1" : "off");
  const svg = draw({
    ...axes.options,
    marks: [
      ...axes.marks,
      Plot.line(frontier, { x: "x", y: "y", stroke: color("series1"), strokeDasharray: "4 3" }),
      Plot.link(dots, {
        x1: "x1",
        x2: "x2",
        y1: "y",
        y2: "y",
        stroke: fill,
        strokeOpacity: 0.5,
        strokeWidth: 2,
      }),
      Plot.link(dots, {
        x1: "x",
        x2: "x",
        y1: "y1",
        y2: "y2",
        stroke: fill,
        strokeOpacity: 0.5,
        strokeWidth: 2,
      }),
      Plot.dot(dots, { x: "x", y: "y", r: 5, fill }),
      ...["start", "end", "middle"].map((anchor) =>
        Plot.text(
          labels.filter((one) => one.anchor === anchor),
          {
            x: (one) => one.x + one.dx,
            y: (one) => one.y + one.dy,
            text: "text",
            textAnchor: anchor,
            fontSize: 11,
            fill: color("text"),
            stroke: color("page"),
            strokeWidth: 3,
          },
        ),
      ),
    ],
  });
  show(figure, {
    svg,
    entries: [
      { word: "nothing is better in both", color: color("series1"), shape: "dot" },
      { word: "another point is better in both", color: color("off"), shape: "dot" },
    ].filter((_, i) => i === 0 || dots.some((dot) => !dot.best)),
    items: dots.map((dot) => ({
      row: 0,
      x: dot.x - 6,
      y: dot.y - 6,
      w: 12,
      h: 12,
      text: dot.says,
    })),
    label:
      "Trade-off between exposure and calls to KMS, a dot for each point; the table has the numbers.",
    note: [
      x.log && y.log
        ? "Both axes are logarithmic."
        : x.log || y.log
          ? `The ${x.log ? "horizontal" : "vertical"} axis is logarithmic.`
          : "",
      labels.some((one) => one.text === String(one.point.point + 1))
        ? "The numbers are those of the points in the tables below."
        : "",
    ]
      .filter(Boolean)
      .join(" "),
  });
}

// A search: what each value that was tried costs.
export function search(figure, report, width) {
  const tried = report.search.curve.filter((one) => one.cost !== null);
  const unit = { unit: report.search.unit };
  const xs = tried.map((one) => one.value);
  const ys = tried.flatMap((one) => [one.low ?? one.cost, one.high ?? one.cost]);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const pad = (high - low) * 0.06 || 1;
  const yTicks = rangeTicks(Math.max(0, low - pad), high + pad, 5);
  const xMax = Math.max(...xs) * 1.03;
  const most = Math.max(3, Math.floor(width / 95));
  const left = 18 + 6.4 * Math.max(...yTicks.map((one) => count(one).length));
  const axes = frame(width, 290, {
    left,
    x: {
      max: xMax,
      ticks:
        unit.unit === "s"
          ? timeTicks(xMax, most)
          : numberTicks(xMax, most).filter((one) => one <= xMax),
      format: (one) => value(one, unit),
      title: report.search.setting,
    },
    y: {
      min: Math.max(0, low - pad),
      max: high + pad,
      ticks: yTicks,
      format: count,
      title: "cost",
    },
  });
  const dots = tried.map((one) => ({
    ...one,
    x: axes.xs(one.value),
    y: axes.ys(one.cost),
    y1: axes.ys(one.low ?? one.cost),
    y2: axes.ys(one.high ?? one.cost),
  }));
  const fill = (dot) => color(!dot.allowed ? "bad" : dot.best ? "ok" : "series1");
  const best = dots.filter((dot) => dot.best);
  const svg = draw({
    ...axes.options,
    marks: [
      ...axes.marks,
      Plot.line(dots, { x: "x", y: "y", stroke: color("series1"), strokeOpacity: 0.45 }),
      Plot.ruleX(dots, { x: "x", y1: "y1", y2: "y2", stroke: fill, strokeWidth: 2 }),
      Plot.dot(
        dots.filter((dot) => dot.allowed),
        { x: "x", y: "y", r: (dot) => (dot.best ? 6.5 : 4), fill },
      ),
      Plot.dot(
        dots.filter((dot) => !dot.allowed),
        { x: "x", y: "y", r: 5, symbol: "times", stroke: color("bad"), strokeWidth: 2 },
      ),
      Plot.text(best, {
        x: "x",
        y: (dot) => dot.y2 - 12,
        text: (dot) => `best: ${dot.text}`,
        fontSize: 12,
        fontWeight: 600,
        fill: color("text"),
        stroke: color("page"),
        strokeWidth: 4,
      }),
    ],
  });
  const entries = [{ word: "tried", color: color("series1"), shape: "dot" }];
  if (best.length) entries.push({ word: "best", color: color("ok"), shape: "dot" });
  if (dots.some((dot) => !dot.allowed))
    entries.push({ word: "breaks the limit (a cross)", color: color("bad"), shape: "dot" });
  show(figure, {
    svg,
    entries,
    items: dots.map((dot) => ({
      row: 0,
      x: dot.x - 6,
      y: dot.y - 6,
      w: 12,
      h: 12,
      text:
        `${dot.text}: cost ${count(dot.cost)}${dot.low === null ? "" : `, interval ${count(dot.low)} to ${count(dot.high)}`}` +
        (dot.best ? "; the best" : dot.allowed ? "" : "; breaks the limit"),
    })),
    label: `Cost by ${report.search.setting}; the table has the numbers.`,
    note: axes.ys(0) > axes.inner.bottom + 1 ? "The axis of the cost does not begin at 0." : "",
  });
}
