// Numbers as the page's own sentences say them: see words.h, whose rules these are.

export function span(seconds) {
  if (seconds < 0) return "-" + span(-seconds);
  if (seconds === 0) return "0s";
  if (seconds < 1e-3) return digits(seconds * 1e6) + "µs";
  if (seconds < 0.9995) return digits(seconds * 1e3) + "ms";
  if (seconds < 59.95) return digits(seconds) + "s";
  const whole = Math.floor(seconds + 0.5);
  if (whole < 3600) return two(whole, 60, "m", "s");
  const minutes = Math.floor((whole + 30) / 60);
  if (minutes < 2880) return two(minutes, 60, "h", "m");
  return two(Math.floor((minutes + 30) / 60), 24, "d", "h");
}

const digits = (value) => String(+value.toPrecision(3));

function two(whole, per, big, small) {
  const rest = whole % per;
  return `${Math.floor(whole / per)}${big}` + (rest ? ` ${rest}${small}` : "");
}

export function count(value) {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

function plain(value) {
  const size = Math.abs(value);
  if (size >= 1000) return (value < 0 ? "-" : "") + count(size);
  return String(+value.toPrecision(4));
}

// A value of a measure: {unit, share}.
export function value(number, measure) {
  if (number === null || number === undefined) return "no data";
  if (measure.share) return plain(number * 100) + " %";
  if (measure.unit === "s") return span(number);
  if (measure.unit === "USD") return "$" + plain(number);
  return plain(number) + (measure.unit ?? "");
}

const steps = [
  1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000, 7776000,
  31536000,
];

// Where an axis of time has its ticks: round times, at most `most` of them.
export function timeTicks(end, most) {
  const step = steps.find((one) => end / one <= most) ?? end;
  const ticks = [];
  for (let i = 0; i * step <= end * 1.0001; ++i) ticks.push(i * step);
  return ticks;
}

// A tick says its time in one unit, as its step needs it.
export function tick(seconds) {
  if (seconds === 0) return "0";
  return span(seconds);
}

export const plural = (number, one) => `${count(number)} ${one}${number === 1 ? "" : "s"}`;

// The same in one unit and three digits, for where there is little room.
export function compact(number, measure) {
  const three = (one) => String(+one.toPrecision(3));
  if (measure.share) return three(number * 100) + " %";
  if (measure.unit === "s") {
    const units = [
      [86400 * 2, 86400, "d"],
      [7200, 3600, "h"],
      [120, 60, "m"],
      [0.9995, 1, "s"],
      [0, 1e-3, "ms"],
    ];
    const [, size, name] = units.find(([from]) => number >= from);
    return three(number / size) + name;
  }
  if (Math.abs(number) >= 1e4)
    return three(number / 1e3) + "k" + (measure.unit === "USD" ? " $" : measure.unit);
  return (
    (measure.unit === "USD" ? "$" : "") +
    three(number) +
    (measure.unit === "USD" ? "" : measure.unit)
  );
}
