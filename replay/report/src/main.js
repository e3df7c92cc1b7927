// Adds the pictures to a page that says everything without them.
import { exposure, measured } from "./curves.js";
import { lanes } from "./lanes.js";
import { rates } from "./rates.js";
import { heat, intervals, search, tradeOff } from "./study.js";

const pictures = { lanes, rates, exposure, measured, heat, intervals, tradeOff, search };
const report = JSON.parse(document.getElementById("data").textContent);
const figures = [...document.querySelectorAll("figure[data-picture]")];

function paint(figure, width) {
  figure.dataset.width = width;
  pictures[figure.dataset.picture](figure, report, width);
}

// The tables under the pictures stand open for those who see no pictures.
for (const table of document.querySelectorAll("details[data-instead]")) table.open = false;

const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const width = Math.floor(target.clientWidth);
    if (width > 0 && Math.abs(width - +target.dataset.width) > 2) paint(target, width);
  }
});
for (const figure of figures) {
  paint(figure, Math.max(280, Math.floor(figure.clientWidth)));
  watch.observe(figure);
}
document.documentElement.dataset.drawn = figures.length;
