// A test runner's mocked clock, which begins at 0 as it does by default.

import { mock } from "node:test";
import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";

test("under a mocked Date that begins at 0 lives are as long as they should be, from the first step on", () => {
  createCache().set("before", 1);
  mock.timers.enable({ apis: ["Date"] });
  try {
    const cache = createCache({ ttl: 500 });
    cache.set("a", 1);
    assert.deepEqual([Date.now(), cache.entry("a").expiresAt], [0, 500]);
    mock.timers.tick(499);
    assert.equal(cache.get("a"), 1);
    mock.timers.tick(1);
    assert.equal(cache.get("a"), undefined);
    cache.set("b", 1);
    mock.timers.tick(3_600_000);
    assert.equal(cache.get("b"), undefined);
  } finally {
    mock.timers.reset();
  }
});

test("where the time of day is no number, an entry's times are numbers all the same", () => {
  const { now } = Date;
  try {
    Date.now = () => NaN;
    const cache = createCache({ ttl: 500 });
    const { createdAt, expiresAt, ageMs } = cache.set("a", 1).entry("a");
    assert.deepEqual([expiresAt - createdAt, ageMs], [500, 0]);
  } finally {
    Date.now = now;
  }
});
