// The page's colours by name; report.css gives them their values, for light and dark.

export const color = (name) => `var(--${name})`;

const keyStates = {
  Enabled: "ok",
  Disabled: "off",
  PendingDeletion: "bad",
  PendingReplicaDeletion: "bad",
  Deleted: "bad",
  Unavailable: "bad",
  ACTIVE: "ok",
  INACCESSIBLE_ENCRYPTION_CREDENTIALS: "bad",
  REPLICATION_NOT_AUTHORIZED: "bad",
  ARCHIVING: "off",
  ARCHIVED: "off",
  DELETING: "off",
  wrapped: "wrap",
  fault: "bad",
};

export const stateColor = (word) => color(keyStates[word] ?? "other");

// Outcomes of calls and requests: what went well is blue, a refusal red, the rest in order.
const refusals = /AccessDenied|NotAuthorized/;
export function outcomeColors(names) {
  const rest = ["series3", "series5", "series4", "off", "series6", "series2"];
  let next = 0;
  return names.map((name) => {
    if (name === "ok" || name === "served") return color("wrap");
    if (refusals.test(name)) return color("bad");
    return color(rest[next++ % rest.length]);
  });
}

// Lines of one picture: each its own colour and, past the first ones, its own dashes.
export function lineStyle(index) {
  const dashes = ["none", "6 3", "2 3", "9 3 2 3"];
  return { stroke: color(`series${(index % 6) + 1}`), dash: dashes[Math.floor(index / 6) % 4] };
}
