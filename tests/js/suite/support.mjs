// What the tests of this suite share: a cache whose clock is moved by hand, its events as lines, its counters as text.

import { createCache, manualClock } from "fetchwell";

/** When the clocks of the tests begin: some day in 2023, so that a time of day is a plausible one. */
export const START = 1_700_000_000_000;

/** A cache and the clock that it goes by. */
export function made(options = {}) {
  const clock = manualClock(START);
  return { clock, cache: createCache({ clock, ...options }) };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle() {
  for (let turn = 0; turn < 60; turn += 1) {
    await undefined;
  }
}

/** A promise and what settles it. */
export function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** A loader that waits until it is told what to bring; it counts its runs and keeps what it was given. */
export function gated() {
  const runs = [];
  const load = (context) => {
    const run = { context, ...deferred() };
    runs.push(run);
    return run.promise;
  };
  return { load, runs };
}

/** Numbers in 0..1 that are the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One event as a line. */
export function line(event) {
  switch (event.type) {
    case "hit":
      return event.stale ? `stale hit ${event.key}` : `hit ${event.key}`;
    case "miss":
      return `miss ${event.key} ${event.reason}`;
    case "set":
      return `set ${event.key}`;
    case "reject":
      return `reject ${event.key} ${event.reason}`;
    case "remove":
      return `remove ${event.key} ${event.cause}`;
    case "invalidate":
      return `invalidate ${event.by} ${JSON.stringify(event.what)} ${event.count}`;
    case "refresh":
      return `refresh ${event.key} ${event.ok ? "ok" : "failed"} ${event.ms}`;
    case "error":
      return `error ${event.phase}`;
    default:
      return `unknown event ${String(event.type)}`;
  }
}

/** Writes down what a cache tells; `take()` gives the lines since the last time. */
export function listening(cache) {
  let lines = [];
  const stop = cache.on("*", (event) => lines.push(line(event)));
  const take = () => {
    const told = lines;
    lines = [];
    return told;
  };
  return { take, stop };
}

const COUNTERS = [
  "hits",
  "misses",
  "staleHits",
  "revalidations",
  "coalesced",
  "loads",
  "loadErrors",
  "sets",
  "rejections",
  "invalidations",
  "evictions",
  "expirations",
  "traps",
];

/** Every counter as one flat object: `missesBy.cold` and so on. (What is held now is no counter.) */
export function counters(cache) {
  const stats = cache.stats();
  const flat = Object.fromEntries(COUNTERS.map((name) => [name, stats[name]]));
  for (const group of ["missesBy", "removalsBy"]) {
    for (const [name, count] of Object.entries(stats[group])) {
      flat[`${group}.${name}`] = count;
    }
  }
  return flat;
}

/** The counters that something moved, and by how much, as text in the order of `counters`. */
export function moved(cache, before) {
  const after = counters(cache);
  const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
  return changed.map((name) => `${name} ${after[name] - before[name]}`).join(", ");
}

/** What a cache lists, in order. */
export function listed(cache, prefix) {
  return [...(prefix === undefined ? cache.keys() : cache.keys(prefix))].sort();
}

/** Runs something that must fail, and turns an error thrown on the spot into a rejection: for what returns promises. */
export async function attempt(act) {
  return act();
}
