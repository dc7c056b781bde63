// One contestant beside the reference at one work: in Node and in a page alike, so nothing of either is used here.

import { duel } from "./duel.mjs";
import { fresh, keysOf, objects, texts } from "./keys.mjs";
import { NEVER_SEEN, fill, loop } from "./loops.mjs";
import { random, requests } from "./zipf.mjs";

const HOUR = 3_600_000;
const WRITES = NEVER_SEEN + 1;
/** A mixed load goes over ten times as many keys as there is room for. */
const ROOM = 0.1;

/**
 * `cell` says what is done: its `body`, the `size` (entries; with a mixed load keys), the `kind` of keys and whether they are `fresh`, whether
 * there are `scans` in between and whether the values are `objects`.
 */
export async function ratio(cell, contestants, limits) {
  const { body, size, kind } = cell;
  const key = cell.fresh ? fresh(kind, "number") : "keys[number]";
  const keys = cell.fresh ? [] : keysOf(kind, size);
  const values = cell.objects ? objects : texts;
  // With fewer, a `Map` would be rebuilt in some rounds and not in others, and the median would not see it.
  const calls = body === "evict" ? Math.max(limits.calls, size) : limits.calls;
  const order = body === "mixed" ? mixed(size, calls, cell.scans) : requests(size, calls);
  const loops = [];
  for (const contestant of contestants) {
    const cache = contestant.make(body === "mixed" ? ROOM * size : size, HOUR);
    if (body !== "mixed") await fill(contestant, { cache, key, keys, values, count: size });
    loops.push(loop(body, contestant, { cache, order, key, keys, values, next: size }));
  }
  const lengths = () => order.reduce((sum, number) => sum + values[number & 63].length, 0);
  const expected = body === "get" ? lengths() : undefined;
  return duel(...loops, { ...limits, calls, expected });
}

/** One in ten writes. With scans, after each 200 requests come 100 for keys that are never asked for again. */
export function mixed(size, many, scans) {
  const order = requests(size, many);
  const chance = random(7);
  return order.map((number, at) => {
    const asked = scans && Math.floor(at / 100) % 3 === 2 ? NEVER_SEEN : number;
    return chance() < 0.1 ? asked + WRITES : asked;
  });
}
