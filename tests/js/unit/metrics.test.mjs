// What a cache in JavaScript writes for Prometheus, whole. `tests/golden.rs` gives the very same text to a parser that others wrote.
import assert from "node:assert/strict";
import { createCache, manualClock } from "fetchwell";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

const file = new URL("../golden/metrics.txt", import.meta.url);

test("metrics() is the text that the golden file holds", async () => {
  const clock = manualClock();
  const cache = createCache({ name: 'the "api"\\\n', maxEntries: 10, ttl: "1m", swr: "1h", clock });
  const bugs = cache.namespace("bugs", { ttl: "10s" });
  for (let number = 0; number < 30; number += 1) cache.set(["k", number], "x".repeat(number));
  bugs.set("a", 1).set("b", 2);
  for (const key of ["a", "b", "c"]) bugs.get(key);
  await clock.advance("15s");
  bugs.getStale("a");
  await bugs.getOrSet("c", () => 3);
  await bugs.getOrSet("d", () => Promise.reject(new Error("down"))).catch(() => {});
  cache.invalidatePrefix("k:2");
  const text = cache.metrics({ prefix: "app_", label: "space" });
  if (process.env.FETCHWELL_GOLDEN === "write") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
});
