// Statistics in words: a rating, and the reasons behind it. The texts are those of src/cache/describe.rs.

import type { MissReason, Stats } from "./api.js";

type Description = { rating: "excellent" | "good" | "fair" | "poor" | "no requests"; text: string };

/** What is worth saying: an estimate that is better by two points or more. */
const WORTH_SAYING = 0.02;

/** Says in words how well a cache does and why it does not do better. */
export function describe(stats: Stats): Description {
  const { requests, hitRate: rate, loads, loadErrors } = stats;
  if (!requests) return { rating: "no requests", text: "no requests yet" };
  const rating = rate >= 0.9 ? "excellent" : rate >= 0.7 ? "good" : rate >= 0.5 ? "fair" : "poor";
  let text = `${rating}: ${percent(rate, 1)} % of ${requests} request${requests === 1 ? "" : "s"} answered from the cache.`;

  // The commonest first.
  const { cold, expired, evicted, invalidated, vary, bypass }: Record<MissReason, number> = stats.missesBy;
  const misses = Object.entries({ cold, expired, evicted, invalidated, vary, bypass }).filter(([, count]) => count > 0);
  misses.sort(([, one], [, other]) => other - one);
  if (misses.length) text += ` Misses: ${misses.map(([word, count]) => `${count} ${word}`).join(", ")}.`;

  const { hitRateAtDoubleSize: size, hitRateAtDoubleTtl: ttl } = stats.whatIf;
  if (size - rate >= WORTH_SAYING) text += ` With twice the room about ${percent(size, 0)} % would hit.`;
  if (ttl - rate >= WORTH_SAYING) text += ` With lifetimes twice as long about ${percent(ttl, 0)} % would hit.`;
  if (loadErrors > 0) text += ` ${loadErrors} of ${loads} loads failed.`;
  return { rating, text };
}

/** In the middle between two, Rust takes the even one and JavaScript the upper one: 12.25 is 12.2, 62.5 is 62. */
function percent(rate: number, places: 0 | 1): string {
  const percent = 100 * rate;
  const middle = places ? percent % 0.5 === 0.25 && Math.floor(percent * 10) % 2 === 0 : percent % 2 === 0.5;
  return (middle ? percent - 0.01 : percent).toFixed(places);
}
