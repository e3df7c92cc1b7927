// The timeline: what keys and tables were, who held a plaintext table key from when until when, and
// for how long after each revocation.
import * as Plot from "@observablehq/plot";
import { draw, fitting, show, widthOf } from "./frame.js";
import { tickTexts } from "./axes.js";
import { color, stateColor } from "./colors.js";
import { plural, span, tick, timeTicks } from "./words.js";

const barHeight = 14;

export function lanes(figure, report, width) {
  const data = report.lanes;
  const end = report.seconds || 1;
  const narrow = width < 620;
  const names = [...data.states, ...data.caches].map((lane) => lane.name);
  const longest = Math.max(40, ...names.map((name) => widthOf(shortened(name, 34), 12)));
  const marginLeft = narrow ? 4 : Math.min(270, longest + 14);
  const marginRight = 14;
  const pitch = narrow ? 34 : 23;
  const revocations = report.revocations.filter((one) => one.reached);
  const head = revocations.length * 17 + (report.steps.list.length ? 18 : 4);
  const right = width - marginRight;
  const x = (seconds) => marginLeft + (seconds / end) * (right - marginLeft);

  const bars = [];
  const labels = [];
  let y = head + 6;
  let row = 1;
  const lane = (name, pieces) => {
    const top = y + (narrow ? 16 : 4);
    labels.push({ name, y: narrow ? y + 8 : top + barHeight / 2, row });
    for (const piece of pieces)
      bars.push({ ...piece, lane: name, row, y1: top, y2: top + barHeight });
    y += pitch;
    ++row;
  };
  for (const state of data.states) {
    lane(
      state.name,
      state.phases.map((phase) => ({
        from: phase.from,
        until: phase.until,
        fill: stateColor(phase.word),
        word: state.kind === "tableKey" ? phase.note || phase.word : phase.word,
        text:
          `${state.name}: ${phase.word}${phase.note ? ` (${phase.note})` : ""}, ` +
          `from ${span(phase.from)} to ${span(phase.until)}, for ${span(phase.until - phase.from)}`,
      })),
    );
  }
  y += data.caches.length ? 8 : 0;
  for (const cache of data.caches) {
    lane(
      cache.name,
      cache.spans.map(([from, until]) => ({
        from,
        until,
        fill: color("plain"),
        text:
          `${cache.name}: plaintext table key of ${cache.table} from ${span(from)} to ${span(until)}, ` +
          `for ${span(until - from)}${until >= end && cache.holdsAtEnd ? ", and still at the end" : ""}`,
      })),
    );
  }
  const bottom = y + 4;
  const height = bottom + 34;
  const shown = bars.map((bar) => {
    const x1 = x(bar.from);
    return { ...bar, x1, x2: Math.max(x(bar.until) - (bar.word ? 0 : 0.8), x1 + 1.2) };
  });
  const inside = shown.filter(
    (bar) => bar.word && bar.x2 - bar.x1 > widthOf(bar.word, 10.5, 600) + 11,
  );

  const shades = revocations.map((one) => ({
    x1: x(one.at),
    x2: x(Math.min(end, one.at + (one.stories?.[0]?.seconds ?? 0))),
    ...one,
  }));
  const headlines = shades.map((one, i) => headline(one, i, { left: 0, right: width }));
  const steps = report.steps.list.map((step) => ({ ...step, px: x(step.at) }));
  const named = fitting(
    steps
      .filter((step) => step.id && !revocations.some((one) => one.after === step.id))
      .map((step) => ({ ...step, x: step.px, text: step.id })),
    { left: marginLeft, right },
  );
  const stepRow = revocations.length * 17 + 9;
  const ticks = timeTicks(end, narrow ? 4 : Math.max(4, Math.floor((right - marginLeft) / 90)));

  const svg = draw({
    width,
    height,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    marks: [
      Plot.ruleX(ticks, { x, y1: head, y2: bottom, stroke: color("grid") }),
      Plot.rect(
        shades.filter((one) => one.x2 > one.x1 + 0.5),
        {
          x1: "x1",
          x2: "x2",
          y1: head,
          y2: bottom,
          fill: color("bad"),
          fillOpacity: 0.13,
        },
      ),
      Plot.rect(shown, { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: "fill", rx: 2 }),
      Plot.ruleX(steps, {
        x: "px",
        y1: stepRow + 6,
        y2: bottom,
        stroke: color("muted"),
        strokeDasharray: "1 4",
      }),
      Plot.dot(steps, { x: "px", y: stepRow + 6, r: 2.5, fill: color("muted") }),
      ...["start", "end", "middle"].map((anchor) =>
        Plot.text(
          named.filter((one) => one.anchor === anchor),
          {
            x: "x",
            y: stepRow - 4,
            text: "text",
            textAnchor: anchor,
            fontSize: 11,
            fill: color("muted"),
          },
        ),
      ),
      Plot.ruleX(shades, {
        x: "x1",
        y1: (d) => headlines.find((h) => h.after === d.after).y + 6,
        y2: bottom,
        stroke: color("bad"),
        strokeWidth: 1.5,
      }),
      Plot.text(labels, {
        x: narrow ? marginLeft : marginLeft - 8,
        y: "y",
        textAnchor: narrow ? "start" : "end",
        fontSize: 12,
        stroke: color("page"),
        strokeWidth: narrow ? 3 : 0,
        fill: color("text"),
        text: (label) => shortened(label.name, narrow ? Math.floor(width / 7) : 34),
      }),
      Plot.text(inside, {
        x: (bar) => bar.x1 + 6,
        y: (bar) => (bar.y1 + bar.y2) / 2 + 0.5,
        text: "word",
        textAnchor: "start",
        fill: color("on-fill"),
        fontSize: 10.5,
        fontWeight: 600,
      }),
      ...["start", "end"].map((anchor) =>
        Plot.text(
          headlines.filter((one) => one.anchor === anchor),
          {
            x: "x",
            y: "y",
            text: "text",
            textAnchor: anchor,
            fontSize: 12,
            fontWeight: 600,
            fill: color("bad-text"),
          },
        ),
      ),
      Plot.ruleY([bottom], { x1: marginLeft, x2: right, stroke: color("axis") }),
      ...tickTexts(
        ticks,
        { x, y: bottom + 12, text: tick, fontSize: 11, fill: color("muted") },
        width,
      ),
      Plot.text(["simulated time →"], {
        x: right,
        y: bottom + 27,
        textAnchor: "end",
        fontSize: 11,
        fill: color("muted"),
      }),
    ],
  });
  const items = [
    ...steps.map((step) => ({
      x: step.px - 3,
      y: stepRow + 3,
      w: 6,
      h: 6,
      row: 0,
      text:
        `${span(step.at)}: ${step.id ? step.id + ", " : ""}${step.does}` +
        (step.outcome && step.outcome !== "success" ? `: ${step.outcome}` : ""),
    })),
    ...shown.map((bar) => ({
      x: bar.x1,
      y: bar.y1,
      w: bar.x2 - bar.x1,
      h: barHeight,
      row: bar.row,
      text: bar.text,
    })),
  ];
  show(figure, {
    svg,
    items,
    entries: entriesOf(data, revocations),
    note: noteOn(data),
    label:
      `Timeline over ${span(end)}: states of keys and tables, and ${plural(data.shown, "cache")} that held a ` +
      "plaintext table key. The table below says the same.",
  });
}

const shortened = (name, most) => (name.length > most ? name.slice(0, most - 1) + "…" : name);

// What a revocation did, beside its line: as much as there is room for, to its right or its left.
function headline(one, index, { left, right }) {
  const worst = one.stories?.[0];
  const many = !worst
    ? [one.after]
    : worst.atLeast
      ? [
          `${one.after}: still readable at the end, ${span(worst.seconds)} later`,
          `${one.after}: readable to the end`,
          one.after,
        ]
      : [`${one.after}: exposure ${span(worst.seconds)}`, one.after];
  const y = index * 17 + 9;
  for (const text of many) {
    const size = widthOf(text, 12, 600) + 2;
    if (right - one.x1 - 5 >= size)
      return { after: one.after, text, anchor: "start", x: one.x1 + 5, y };
    if (one.x1 - 5 - left >= size)
      return { after: one.after, text, anchor: "end", x: one.x1 - 5, y };
  }
  const text = one.after.slice(0, Math.max(1, Math.floor((right - left) / 2 / 7.4)));
  return {
    after: one.after,
    text,
    anchor: one.x1 < (left + right) / 2 ? "start" : "end",
    x: one.x1,
    y,
  };
}

function entriesOf(data, revocations) {
  const words = new Map();
  for (const state of data.states) {
    for (const phase of state.phases) {
      const fill = stateColor(phase.word);
      if (!words.has(fill)) words.set(fill, new Set());
      words.get(fill).add(phase.word === "wrapped" ? "table key, wrapped" : phase.word);
    }
  }
  const entries = [...words].map(([fill, all]) => ({ word: [...all].join(", "), color: fill }));
  if (data.caches.length)
    entries.push({ word: "plaintext table key in a cache", color: color("plain") });
  if (revocations.some((one) => one.stories?.[0]?.seconds > 0)) {
    entries.push({ word: "exposure after a revocation", color: color("shade") });
  }
  return entries;
}

function noteOn(data) {
  const notes = [];
  if (data.entries > data.shown) {
    notes.push(
      `Shown are ${data.shown} of ${plural(data.entries, "cache")} that ever held a key: ` +
        (data.byExposure ? "those with the longest exposure." : "the first ones of each workload."),
    );
  }
  if (data.joined > 0)
    notes.push(`Stretches less than ${span(data.joined)} apart are drawn as one.`);
  return notes.join(" ");
}
