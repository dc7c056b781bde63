// When a load that failed is tried again.

import type { Rules } from "./policy.js";

/** No pause is longer. */
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next try, when so many have followed the first already; undefined when there is none. The pauses double, and
 * each is between half of its length and all of it, so that those who failed together do not come back together.
 */
export function pause(rule: Rules["retry"], tries: number): number | undefined {
  if (!rule || tries >= rule.limit) return undefined;
  const full = Math.min(rule.backoff * 2 ** tries, LONGEST_MS);
  return Math.ceil(full / 2 + (full / 2) * Math.random());
}
