// Numbers too large for every host to count to.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";

test("a slow load is stored though seventy thousand others came and ended meanwhile", async () => {
  const cache = createCache({ maxEntries: 100 });
  let finish;
  const slow = cache.getOrSet("slow", () => new Promise((resolve) => (finish = resolve)));
  const endings = [async () => 1, () => Promise.reject(new Error("down")), () => undefined, ({ skip }) => (skip(), 1)];
  for (let number = 0; number < 70_000; number += 1) {
    const controller = new AbortController();
    const load = number % 5 === 4 ? () => new Promise(() => {}) : endings[number % 5];
    const caller = cache.getOrSet(`k${number}`, load, { signal: controller.signal }).catch(() => {});
    if (number % 5 === 4) {
      controller.abort();
    }
    await caller;
  }
  finish("value");
  assert.equal(await slow, "value");
  assert.equal(cache.get("slow"), "value", "it was not crowded out by what had ended");
});

test("a cache of two hundred thousand entries answers, invalidates and empties as a small one does", () => {
  const cache = createCache({ maxEntries: 200_000, maxBytes: "1gb" });
  for (let number = 0; number < 200_000; number += 1) {
    cache.set(["shelf", number % 200, number], number, { weight: 10, tags: number % 1_000 === 0 ? ["rare"] : [] });
  }
  assert.equal(cache.size, 200_000);
  for (let number = 0; number < 200_000; number += 97) {
    assert.equal(cache.get(["shelf", number % 200, number]), number);
  }
  assert.equal(cache.invalidatePrefix(["shelf", 7]), 1_000);
  assert.equal(cache.invalidateTag("rare"), 200);
  assert.equal(cache.invalidatePrefix("", { dryRun: true }), 198_800);
  cache.clear();
  assert.deepEqual([cache.size, cache.bytes], [0, 0]);
});
