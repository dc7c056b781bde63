// Numbers as people read them.

/** 1k, 100k, 1M. */
export function shortly(number) {
  if (number >= 1e6 && number % 1e5 === 0) return `${number / 1e6}M`;
  if (number >= 1e3 && number % 1e2 === 0) return `${number / 1e3}k`;
  return String(number);
}

/** Three digits that say something: 0.0123, 1.23, 123, 12 345. */
export function digits(number) {
  if (number === undefined || number === null || Number.isNaN(number)) return "–";
  if (!Number.isFinite(number)) return "∞";
  const size = Math.abs(number);
  if (size >= 1_000) return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, " ");
  if (size === 0 || size >= 100) return String(Math.round(number));
  return size >= 10 ? number.toFixed(1) : size >= 0.095 ? number.toFixed(2) : number.toPrecision(2);
}

export const percent = (share) => (share === undefined ? "–" : `${(100 * share).toFixed(1)} %`);
