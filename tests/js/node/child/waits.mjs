// Somebody waits for what only a timer of the host brings. Were that timer one that a process does not wait for, it would end here.

import { createCache } from "fetchwell";

const cache = createCache();
const late = await cache.getOrSet("a", () => new Promise(() => {}), { timeout: 5 }).catch((error) => error.code);
let tries = 0;
const second = await cache.getOrSet(
  "b",
  () => {
    tries += 1;
    return tries === 1 ? Promise.reject(new Error("down")) : "second try";
  },
  { retry: { limit: 1, backoff: 5 } },
);
cache.set("c", "old", { staleIfError: "1h" });
cache.invalidate("c", { soft: true });
const old = await cache.getOrSet("c", () => new Promise(() => {}), { softTimeout: 5, staleIfError: "1h" });
// A refresh that nobody waits for rests between two tries; then its old value is crowded out, and somebody has to wait for it after all.
const small = createCache({ maxEntries: 1, swr: "1h", retry: { limit: 1, backoff: 40 } });
small.set("d", "old");
small.invalidate("d", { soft: true });
let runs = 0;
const load = () => (++runs === 1 ? Promise.reject(new Error("down")) : "joined");
await small.getOrSet("d", load);
await new Promise((resolve) => setImmediate(resolve));
small.set("e", 1);
const joined = await small.getOrSet("d", load);
console.log([late, second, old, joined].join(", "));
