// Durations and sizes: numbers, or texts such as "5m", "1.5h", "16mb". Exactly a decimal number and a unit; no space, no sign.

import { fault, shown } from "./errors.js";
import type { Reader } from "./options.js";

const SPANS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZES = { b: 1, kb: 1 << 10, mb: 1 << 20, gb: 1 << 30 };

/** What is longer is taken as this: 285 000 years, eight million gigabytes. Every whole number up to it is exact. */
const MOST = Number.MAX_SAFE_INTEGER;

/** A duration in whole milliseconds, or Infinity. */
export const duration: Reader<number> = (value, field) =>
  value === Infinity
    ? value
    : amount(value, SPANS, field, 'duration; give milliseconds, 0 or more, or a number and ms, s, m, h or d, such as "5m"');

/** A size in whole bytes. */
export const bytes: Reader<number> = (value, field) =>
  amount(value, SIZES, field, 'size; give bytes, 0 or more, or a number and b, kb, mb or gb, such as "16mb"');

function amount(value: unknown, units: Record<string, number>, field: string, allowed: string): number {
  if (typeof value === "number" && value >= 0 && value < Infinity) return Math.min(Math.floor(value) + 0, MOST); // + 0: −0 is 0
  const [, whole, fraction = "", unit = ""] = (typeof value === "string" && /^(\d+)(?:\.(\d+))?([a-z]+)$/.exec(value)) || [];
  if (whole === undefined || !Object.hasOwn(units, unit)) throw fault("invalid-option", `${shown(value)} is no ${allowed}`, { field });
  const factor = units[unit]!;
  // Floating point would make "0.999999999999999999d" a whole day. Eighteen places are more than any unit can tell apart.
  const part = (BigInt(fraction.slice(0, 18).padEnd(18, "0")) * BigInt(factor)) / 1_000_000_000_000_000_000n;
  return Math.min(Number(whole) * factor + Number(part), MOST);
}
