// Statistics: each counter moves exactly when it should, and never otherwise.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { attempt, counters, deferred, gated, made, moved, settle } from "./support.mjs";

/** A cache with an entry in each state; its counters are at zero. */
async function ready(options = {}) {
  const world = made({ maxEntries: 4, ...options });
  const { cache, clock } = world;
  const with50 = { weight: 50, tags: ["shelf"] };
  cache.set("stale", 1, { ...with50, ttl: "1s", swr: "10s", staleIfError: "10s" });
  await clock.advance("1s");
  cache.set("fresh", 1, with50).set("soft", 1, with50).set("gone", 1, with50);
  cache.invalidate("soft", { soft: true });
  cache.invalidate("gone");
  cache.resetStats();
  return world;
}

/** What is done, and every counter that it moves. */
async function check(table) {
  for (const [number, [act, right]] of table.entries()) {
    const { cache, clock } = await ready();
    const before = counters(cache);
    await act(cache, clock);
    assert.equal(moved(cache, before), right, `row ${number}: ${act}`);
  }
}

test("everything is zero at first, rates as well", () => {
  const stats = createCache().stats();
  for (const name of [
    "hits",
    "misses",
    "requests",
    "hitRate",
    "staleHits",
    "revalidations",
    "coalesced",
    "loads",
    "loadErrors",
    "loadMsTotal",
    "sets",
    "rejections",
    "invalidations",
    "evictions",
    "expirations",
    "traps",
    "entries",
    "bytes",
    "bytesSaved",
    "msSaved",
  ]) {
    assert.equal(stats[name], 0, name);
  }
  assert.deepEqual({ ...stats.missesBy }, { cold: 0, expired: 0, evicted: 0, invalidated: 0, vary: 0, bypass: 0 });
  assert.deepEqual({ ...stats.removalsBy }, { expired: 0, idle: 0, evicted: 0, invalidated: 0, replaced: 0 });
  assert.deepEqual(Object.keys(stats.windows), ["1m", "5m", "15m"]);
  for (const window of Object.values(stats.windows)) {
    assert.deepEqual({ ...window }, { hits: 0, misses: 0, hitRate: 0 });
  }
  assert.deepEqual({ ...stats.whatIf }, { hitRateAtDoubleSize: 0, hitRateAtDoubleTtl: 0 });
});

test("a request counts once, by what it got", () =>
  check([
    [(cache) => cache.get("fresh"), "hits 1"],
    [(cache) => cache.getStale("fresh"), "hits 1"],
    [(cache) => cache.getStale("stale"), "hits 1, staleHits 1"],
    [(cache) => cache.getStale("soft"), "hits 1, staleHits 1"],
    [(cache) => cache.getStale("never"), "misses 1, missesBy.cold 1"],
    [(cache) => cache.get("never"), "misses 1, missesBy.cold 1"],
    [(cache) => cache.get("stale"), "misses 1, missesBy.expired 1"],
    [(cache) => cache.get("soft"), "misses 1, missesBy.invalidated 1"],
    [(cache) => cache.get("gone"), "misses 1, missesBy.invalidated 1"],
    [(cache) => cache.getMany(["fresh", "never", "stale"]), "hits 1, misses 2, missesBy.cold 1, missesBy.expired 1"],
  ]));

test("looking without asking counts nothing", () =>
  check([
    [(cache) => cache.peek("fresh"), ""],
    [(cache) => cache.peek("never"), ""],
    [(cache) => cache.has("fresh"), ""],
    [(cache) => cache.has("stale"), ""],
    [(cache) => cache.entry("stale"), ""],
    [(cache) => [...cache.keys(), ...cache.entries(), ...cache.keys("f")], ""],
    [(cache) => cache.touch("fresh"), ""],
    [(cache) => cache.invalidateTag("shelf", { dryRun: true }), ""],
    [(cache) => cache.snapshot(), ""],
    [(cache) => [cache.stats(), cache.metrics(), cache.size, cache.bytes], ""],
    [(cache) => cache.subscribe("fresh", () => {}), ""],
  ]));

test("what is stored, turned away and taken out counts once and by its cause", () =>
  check([
    [(cache) => cache.set("new", 1), "sets 1"],
    [(cache) => cache.set("fresh", 1), "sets 1, removalsBy.replaced 1"],
    [(cache) => cache.set("fresh", 1, { ttl: 0 }), "rejections 1, removalsBy.replaced 1"],
    [(cache) => cache.set("new", 1, { ttl: 0 }), "rejections 1"],
    [(cache) => cache.set("new", 1, { weight: 2 ** 30 }), "rejections 1"],
    [
      (cache) =>
        cache.setMany([
          ["new", 1],
          ["fresh", 2],
        ]),
      "sets 2, removalsBy.replaced 1",
    ],
    [(cache) => cache.delete("fresh"), "invalidations 1, removalsBy.invalidated 1"],
    [(cache) => cache.delete("soft"), "removalsBy.invalidated 1"],
    [(cache) => cache.delete("never"), ""],
    [(cache) => cache.clear(), "invalidations 2, removalsBy.invalidated 3"],
    [(cache) => cache.invalidateTag("shelf", { soft: true }), "invalidations 2"],
    [(cache) => cache.invalidateTag("shelf"), "invalidations 2, removalsBy.invalidated 3"],
    [(cache) => cache.invalidate("never"), ""],
    [(cache) => cache.touch("fresh", 0), "expirations 1, removalsBy.expired 1"],
  ]));

test("what runs out is counted when it is taken out, by its cause", async () => {
  const { cache, clock } = made();
  cache.set("brief", 1, { ttl: "1s" }).set("idle", 1, { tti: "1s" });
  await clock.advance("1s");
  cache.get("brief");
  cache.get("idle");
  const { expirations, removalsBy, missesBy, misses } = cache.stats();
  assert.deepEqual([expirations, removalsBy.expired, removalsBy.idle, missesBy.expired, misses], [2, 1, 1, 2, 2]);
});

test("a load counts when it begins, and its request when it is answered", () =>
  check([
    [(cache) => cache.getOrSet("fresh", () => 2), "hits 1"],
    [(cache) => cache.getOrSet("never", () => 2), "misses 1, loads 1, sets 1, missesBy.cold 1"],
    [(cache) => cache.getOrSet("gone", () => 2), "misses 1, loads 1, sets 1, missesBy.invalidated 1"],
    [(cache) => cache.getOrSet("never", () => undefined), "misses 1, loads 1, missesBy.cold 1"],
    [(cache) => cache.getOrSet("never", () => 2, { ttl: 0 }), "misses 1, loads 1, rejections 1, missesBy.cold 1"],
    [
      async (cache) => {
        await assert.rejects(cache.getOrSet("never", () => Promise.reject(new Error("down"))));
      },
      "misses 1, loads 1, loadErrors 1, missesBy.cold 1",
    ],
    [
      async (cache) => {
        await assert.rejects(
          attempt(() =>
            cache.getOrSet("never", () => {
              throw new Error("down");
            }),
          ),
        );
      },
      "misses 1, loads 1, loadErrors 1, missesBy.cold 1",
    ],
    [
      async (cache) => {
        const { load, runs } = gated();
        const callers = [1, 2, 3].map(() => cache.getOrSet("never", load));
        runs[0].resolve(2);
        await Promise.all(callers);
      },
      "misses 3, coalesced 2, loads 1, sets 1, missesBy.cold 3",
    ],
    [
      async (cache) => {
        await cache.getOrSet("stale", () => 2);
        await settle();
      },
      "hits 1, staleHits 1, loads 1, sets 1, removalsBy.replaced 1",
    ],
    [(cache) => cache.getOrSet("fresh", () => 2, { force: true }), "misses 1, loads 1, sets 1, missesBy.bypass 1, removalsBy.replaced 1"],
  ]));

test("a caller answered by a stale value because the load failed is a hit and a stale hit", async () => {
  const { cache, clock } = made({ ttl: "1s", staleIfError: "1h" });
  cache.set("a", 1);
  await clock.advance("1s");
  const before = counters(cache);
  assert.equal(await cache.getOrSet("a", () => Promise.reject(new Error("down"))), 1);
  assert.equal(moved(cache, before), "hits 1, staleHits 1, loads 1, loadErrors 1");
});

test("a caller who joined is a miss and coalesced, whatever it was given", async () => {
  const { cache, clock } = made({ ttl: "1s", staleIfError: "1h" });
  cache.set("a", 1);
  await clock.advance("1s");
  const before = counters(cache);
  const { load, runs } = gated();
  const callers = [cache.getOrSet("a", load), cache.getOrSet("a", load)];
  runs[0].reject(new Error("down"));
  assert.deepEqual(await Promise.all(callers), [1, 1]);
  assert.equal(moved(cache, before), "hits 1, misses 1, staleHits 1, coalesced 1, loads 1, loadErrors 1, missesBy.expired 1");
});

test("a load that a fence turned away is a rejection and no set", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const before = counters(cache);
  const loading = cache.getOrSet("a", load);
  cache.invalidate("a");
  runs[0].resolve(1);
  assert.equal(await loading, 1);
  assert.equal(moved(cache, before), "misses 1, loads 1, rejections 1, missesBy.cold 1");
});

test("requests are hits and misses together, and the hit rate is a share of them", () => {
  const cache = createCache();
  cache.set("a", 1);
  for (const key of ["a", "a", "a", "b"]) {
    cache.get(key);
  }
  const { hits, misses, requests, hitRate } = cache.stats();
  assert.deepEqual([hits, misses, requests, hitRate], [3, 1, 4, 0.75]);
});

test("bytesSaved is the weight of what hits answered with", async () => {
  const { cache } = made();
  cache.set("a", 1, { weight: 700 }).set("b", 1, { weight: 50 });
  cache.get("a");
  cache.get("a");
  cache.getStale("b");
  await cache.getOrSet("a", () => 1);
  cache.peek("a");
  assert.equal(cache.stats().bytesSaved, 3 * 700 + 50);
});

test("loadMsTotal is what loads took, failed ones too, and msSaved what hits would have taken", async () => {
  const { cache, clock } = made();
  for (const [key, ms, ok] of [
    ["a", 100, true],
    ["b", 300, true],
    ["c", 50, false],
  ]) {
    const { promise, resolve, reject } = deferred();
    const loading = cache.getOrSet(key, () => promise);
    await clock.advance(ms);
    if (ok) {
      resolve(1);
      await loading;
    } else {
      reject(new Error("down"));
      await assert.rejects(loading);
    }
  }
  assert.deepEqual([cache.stats().loadMsTotal, cache.stats().loadErrors, cache.stats().msSaved], [450, 1, 0]);
  for (let times = 0; times < 3; times += 1) {
    cache.get("a");
  }
  assert.equal(cache.stats().msSaved, 3 * 150);
});

test("windows count the last minute, five and fifteen, and forget", async () => {
  const { cache, clock } = made();
  cache.set("a", 1);
  cache.get("a");
  cache.get("b");
  const windows = () => Object.values(cache.stats().windows).map(({ hits, misses }) => hits + misses);
  assert.deepEqual(windows(), [2, 2, 2]);
  assert.equal(cache.stats().windows["1m"].hitRate, 0.5);
  await clock.advance("30s");
  assert.deepEqual(windows(), [2, 2, 2]);
  await clock.advance("40s");
  assert.deepEqual(windows(), [0, 2, 2]);
  cache.get("a");
  assert.deepEqual({ ...cache.stats().windows["1m"] }, { hits: 1, misses: 0, hitRate: 1 });
  await clock.advance("5m");
  assert.deepEqual(windows(), [0, 0, 3]);
  await clock.advance("15m");
  assert.deepEqual(windows(), [0, 0, 0]);
  assert.equal(cache.stats().hits, 2, "the counters themselves stay");
});

test("a steady stream of requests shows in each window as its length says", async () => {
  const { cache, clock } = made();
  cache.set("a", 1);
  for (let second = 0; second < 1_200; second += 1) {
    cache.get("a");
    await clock.advance("1s");
  }
  const { windows } = cache.stats();
  for (const [name, length] of [
    ["1m", 60],
    ["5m", 300],
    ["15m", 900],
  ]) {
    const { hits } = windows[name];
    assert.ok(hits >= length * 0.9 && hits <= length + 1, `${hits} in ${name}`);
  }
});

test("what-if rates are shares, never below the hit rate", async () => {
  const { cache, clock } = made({ maxEntries: 10, ttl: "1m" });
  const between = (low, rate) => assert.ok(rate >= low && rate <= 1, `${rate}`);
  for (let step = 0; step < 2_000; step += 1) {
    const key = `k${(step * 7) % 15}`;
    if (cache.get(key) === undefined) {
      cache.set(key, step);
    }
    if (step % 10 === 0) {
      await clock.advance("5s");
    }
    if (step % 100 === 0) {
      const { hitRate, whatIf } = cache.stats();
      between(hitRate, whatIf.hitRateAtDoubleSize);
      between(hitRate, whatIf.hitRateAtDoubleTtl);
    }
  }
});

test("a loop a little too long for the cache would hit with twice the room, and the statistics say so", () => {
  const cache = createCache({ maxEntries: 100 });
  for (let step = 0; step < 15_000; step += 1) {
    const key = `k${step % 150}`;
    if (cache.get(key) === undefined) {
      cache.set(key, 1);
    }
  }
  const { hitRate, whatIf } = cache.stats();
  assert.ok(whatIf.hitRateAtDoubleSize > 0.9 && hitRate < 0.9, `${hitRate} and ${whatIf.hitRateAtDoubleSize}`);
});

test("a key asked for a little after it expired would hit with twice the lifetime, and the statistics say so", async () => {
  const { cache, clock } = made({ ttl: "60s" });
  for (let round = 0; round < 100; round += 1) {
    if (cache.get("a") === undefined) {
      cache.set("a", 1);
    }
    await clock.advance("70s");
  }
  const { hitRate, whatIf } = cache.stats();
  assert.ok(hitRate < 0.1 && whatIf.hitRateAtDoubleTtl > 0.4, `${hitRate} and ${whatIf.hitRateAtDoubleTtl}`);
});

test("clear keeps the counters unless it is told to reset them", async () => {
  const { cache } = await ready();
  cache.get("fresh");
  cache.get("never");
  cache.clear();
  assert.deepEqual([cache.stats().hits, cache.stats().misses, cache.stats().invalidations], [1, 1, 2]);
  cache.clear({ resetStats: false });
  assert.equal(cache.stats().hits, 1);
  cache.set("a", 1);
  cache.clear({ resetStats: true });
  const { hits, misses, sets, invalidations, removalsBy, hitRate, entries } = cache.stats();
  assert.deepEqual([hits, misses, sets, invalidations, removalsBy.invalidated, hitRate, entries], [0, 0, 0, 0, 0, 0, 0]);
  assert.throws(() => cache.clear({ resetStat: true }), { name: "FetchwellError", field: "resetStat" });
});

test("resetStats begins anew and takes nothing out", async () => {
  const { cache } = await ready();
  cache.get("fresh");
  cache.resetStats();
  const { hits, requests, windows, bytesSaved, whatIf, entries } = cache.stats();
  assert.deepEqual([hits, requests, windows["15m"].hits, bytesSaved, whatIf.hitRateAtDoubleSize, entries], [0, 0, 0, 0, 0, cache.size]);
  assert.equal(cache.get("fresh"), 1);
  assert.deepEqual([cache.stats().hits, cache.stats().windows["1m"].hits], [1, 1]);
});

test("the sum of reasons is the misses, and the sum of causes what went", async () => {
  const { cache, clock } = made({ maxEntries: 20, ttl: "30s" });
  let stored = 0;
  for (let step = 0; step < 3_000; step += 1) {
    const key = `k${(step * step) % 37}`;
    if (step % 3 === 0) {
      cache.set(key, step, step % 7 === 0 ? { tti: "5s" } : {});
      stored += 1;
    } else if (step % 11 === 0) {
      cache.invalidate(key, { soft: step % 2 === 0 });
    } else {
      cache.get(key);
    }
    if (step % 50 === 0) {
      await clock.advance("7s");
    }
  }
  const { misses, missesBy, removalsBy, sets, evictions, expirations, entries, hits, requests } = cache.stats();
  const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
  assert.equal(sum(missesBy), misses);
  assert.equal(sum(removalsBy) + entries, sets);
  assert.equal(sets, stored);
  assert.deepEqual([evictions, expirations, requests], [removalsBy.evicted, removalsBy.expired + removalsBy.idle, hits + misses]);
});

test("a cache that is switched off lets everything through and counts", async () => {
  const { cache } = made({ enabled: false, ttl: "1m", negativeTtl: "1m" });
  assert.equal(cache.set("a", 1), cache);
  assert.deepEqual([cache.get("a"), cache.has("a"), cache.peek("a"), cache.size, cache.bytes], [undefined, false, undefined, 0, 0]);
  let loads = 0;
  const load = () => Promise.resolve((loads += 1));
  assert.equal(await cache.getOrSet("a", load), 1);
  assert.equal(await cache.getOrSet("a", load), 2);
  await assert.rejects(
    cache.getOrSet("b", () => Promise.reject(new Error("down"))),
    { message: "down" },
  );
  assert.equal(await cache.getOrSet("b", () => null), null, "no failure is remembered");
  assert.deepEqual(
    [cache.invalidate("a"), cache.invalidatePrefix(""), cache.invalidateTag("t"), cache.delete("a"), cache.touch("a")],
    [false, 0, 0, false, false],
  );
  const stats = cache.stats();
  assert.deepEqual([stats.hits, stats.misses, stats.loads, stats.loadErrors, stats.sets, stats.entries], [0, 5, 4, 1, 0, 0]);
  assert.equal(cache.namespace("n").set("a", 1).has("a"), false);
  assert.equal(cache.partition("p").set("a", 1).has("a"), false);
});
