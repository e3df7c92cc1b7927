// How many there were in each stretch of the run, by outcome: KMS calls, and requests.
import * as Plot from "@observablehq/plot";
import { draw, show } from "./frame.js";
import { color, outcomeColors } from "./colors.js";
import { frame, numberTicks } from "./axes.js";
import { count, plural, span, tick, timeTicks } from "./words.js";

export function rates(figure, report, width) {
  const kind = figure.dataset.kind;
  const data = report[kind];
  const what = kind === "calls" ? "KMS call" : "request";
  const colors = outcomeColors(data.series.map((one) => one.name));
  const bins = data.series.length ? data.series[0].counts.length : 0;
  const bars = [];
  const totals = [];
  for (let bin = 0; bin < bins; ++bin) {
    let sum = 0;
    const words = [];
    data.series.forEach((one, i) => {
      const many = one.counts[bin];
      if (!many) return;
      bars.push({ bin, y1: sum, y2: sum + many, fill: colors[i] });
      sum += many;
      words.push(`${count(many)} ${one.name}`);
    });
    if (sum) totals.push({ bin, sum, words: words.join(", ") });
  }
  const most = Math.max(1, ...totals.map((one) => one.sum));
  const end = report.seconds || data.width;
  const yTicks = numberTicks(most, 4).filter((one) => Number.isInteger(one));
  const axes = frame(width, 250, {
    left: 16 + 7 * Math.max(2, count(yTicks[yTicks.length - 1]).length),
    x: {
      max: end,
      ticks: timeTicks(end, Math.max(3, Math.floor(width / 95))),
      format: tick,
      title: "simulated time",
    },
    y: {
      max: yTicks[yTicks.length - 1],
      ticks: yTicks,
      format: count,
      title: `${what}s in each ${span(data.width)}`,
    },
  });
  const left = (bin) => axes.xs(Math.min(end, bin * data.width));
  const right = (bin) => axes.xs(Math.min(end, (bin + 1) * data.width));
  const gap = right(0) - left(0) > 4 ? 0.5 : 0;
  const revocations = report.revocations.filter((one) => one.reached);
  const svg = draw({
    ...axes.options,
    marks: [
      ...axes.marks,
      Plot.rect(bars, {
        x1: (bar) => left(bar.bin) + gap,
        x2: (bar) => Math.max(left(bar.bin) + 1, right(bar.bin) - gap),
        y1: (bar) => axes.ys(bar.y1),
        y2: (bar) => axes.ys(bar.y2),
        fill: "fill",
      }),
      Plot.ruleX(revocations, {
        x: (one) => axes.xs(one.at),
        y1: axes.inner.top,
        y2: axes.inner.bottom,
        stroke: color("text"),
        strokeWidth: 1.5,
        strokeDasharray: "5 3",
      }),
    ],
  });
  const entries = data.series.map((one, i) => ({
    word: `${one.name}: ${count(one.total)}`,
    color: colors[i],
  }));
  if (revocations.length) {
    entries.push({
      word: revocations.map((one) => one.after).join(", "),
      color: color("text"),
      shape: "dash",
    });
  }
  show(figure, {
    svg,
    entries,
    items: totals.map((one) => ({
      row: 0,
      x: left(one.bin),
      w: Math.max(1, right(one.bin) - left(one.bin)),
      y: axes.ys(one.sum),
      h: axes.inner.bottom - axes.ys(one.sum),
      text: `from ${span(one.bin * data.width)}: ${one.words}`,
    })),
    label:
      `${plural(
        data.series.reduce((sum, one) => sum + one.total, 0),
        what,
      )} over ${span(end)}, by outcome. ` + "The table below says the same.",
  });
}
