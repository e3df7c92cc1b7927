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

// Outcomes of calls and requests: what went well is blue, whatever failed is not.
export function outcomeColors(names) {
  const failures = ["bad", "series2", "series4", "series5", "series6", "off"];
  let next = 0;
  return names.map((name) =>
    color(name === "ok" || name === "served" ? "wrap" : failures[next++ % failures.length]),
  );
}

// Lines of one picture: each its own colour and, past the first ones, its own dashes.
export function lineStyle(index) {
  const dashes = ["none", "6 3", "2 3", "9 3 2 3"];
  return { stroke: color(`series${(index % 6) + 1}`), dash: dashes[Math.floor(index / 6) % 4] };
}
