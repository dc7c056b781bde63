// Keys, values, lengths and reasons in the words of the page.

const LONGEST = 200;

/** A value as people would type it. */
export function shown(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** The empty text is a key like any other, and needs a name. */
export const keyName = (key) => (key === "" ? "(the empty key)" : key);

/** A length of time. Tenths only where they matter, so that what is far off stands still. */
export function span(ms) {
  if (ms === Infinity) return "∞";
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 2_880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} d`;
}

export function size(bytes) {
  if (bytes < 1_024) return `${Math.round(bytes)} B`;
  return bytes < 1 << 20 ? `${(bytes / 1_024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

export const percent = (rate) => `${(100 * rate).toFixed(1)} %`;

export const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

/** Why a request was not answered. */
export const REASONS = {
  cold: "it has not been here, or too long ago to know",
  expired: "its time ran out",
  evicted: "it had to make room for others",
  invalidated: "somebody took it out",
  vary: "it was there for another kind of request",
  bypass: "nobody was to look",
};

/** Why an entry went. */
export const CAUSES = {
  expired: "its time ran out",
  idle: "nobody asked for it",
  evicted: "it had to make room for others",
  invalidated: "somebody took it out",
  replaced: "a newer value came",
};
