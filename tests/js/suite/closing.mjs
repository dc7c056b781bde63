// The end of a cache, and many caches side by side.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { attempt, gated, listed, listening, made, settle } from "./support.mjs";

test("a closed cache holds nothing, stores nothing and never throws", async () => {
  const { cache } = made({ tags: ["t"], swr: "1m" });
  const space = cache.namespace("n");
  const view = cache.partition("p");
  [cache, space, view].forEach((each) => each.set("a", 1));
  const keys = cache.keys();
  assert.equal(cache.close(), undefined);
  for (const each of [cache, space, view, cache.namespace("n"), cache.namespace("m"), cache.partition("p"), cache.partition("q")]) {
    assert.equal(each.set("a", 1), each);
    assert.equal(each.setMany([["b", 1]]), each);
    const answers = [
      each.get("a"),
      each.peek("a"),
      each.getStale("a"),
      each.entry("a"),
      each.has("a"),
      each.touch("a"),
      each.delete("a"),
      each.invalidate("a"),
    ];
    assert.deepEqual(answers, [undefined, undefined, undefined, undefined, false, false, false, false]);
    assert.deepEqual(
      [
        each.invalidatePrefix(""),
        each.invalidateTag("t"),
        each.invalidateMatching("**"),
        each.invalidateWhere(() => true),
        await each.drop("p"),
      ],
      [0, 0, 0, 0, 0],
    );
    assert.deepEqual([each.size, each.bytes, listed(each), [...each.entries()], each.getMany(["a"]).size], [0, 0, [], [], 0]);
    each.clear();
    each.resetStats();
    assert.equal(each.stats().entries, 0);
    assert.match(each.metrics(), /# EOF\n$/);
    assert.equal(typeof each.on("*", () => {}), "function");
    assert.equal(typeof each.subscribe("a", () => {}), "function");
    assert.ok(each.snapshot() instanceof Uint8Array);
    assert.equal(each.restore(each.snapshot()), 0);
  }
  assert.ok([...keys].length <= 1);
});

test("getOrSet of a closed cache loads, and keeps nothing", async () => {
  const { cache } = made({ ttl: "1m", negativeTtl: "1m" });
  cache.close();
  let loads = 0;
  const load = async () => (loads += 1);
  assert.deepEqual([await cache.getOrSet("a", load), await cache.getOrSet("a", load)], [1, 2]);
  const mine = new Error("mine");
  for (let times = 0; times < 2; times += 1) {
    await assert.rejects(
      attempt(() => cache.getOrSet("a", () => Promise.reject(mine))),
      mine,
    );
  }
  assert.equal(await cache.namespace("n").getOrSet("a", load), 3);
  assert.equal(cache.size, 0);
});

test("loads in flight when a cache is closed reach their callers, and are not stored", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const callers = [cache.getOrSet("a", load), cache.getOrSet("a", load)];
  cache.close();
  runs[0].resolve("value");
  assert.deepEqual(await Promise.all(callers), ["value", "value"]);
  assert.equal(cache.size, 0);
});

test("a load in flight when a cache is closed that fails, fails its callers alone", async () => {
  const { cache, clock } = made({ ttl: "1s", swr: "1m" });
  cache.set("old", 1);
  await clock.advance("1s");
  const { load, runs } = gated();
  const caller = cache.getOrSet("a", load);
  await cache.getOrSet("old", load);
  cache.close();
  const mine = new Error("mine");
  runs.forEach((run) => run.reject(mine));
  await assert.rejects(caller, mine);
  await settle();
});

test("listeners and subscribers of a closed cache hear no more", () => {
  const cache = createCache();
  const told = listening(cache);
  let calls = 0;
  cache.subscribe("a", () => (calls += 1));
  cache.set("a", 1);
  told.take();
  cache.close();
  calls = 0;
  told.take();
  cache.set("a", 1);
  cache.get("a");
  assert.deepEqual([told.take(), calls], [[], 0]);
  told.stop();
});

test("closing twice is closing once, and disposing is closing", () => {
  if (typeof Symbol.dispose === "symbol") {
    const cache = createCache();
    cache.set("a", 1);
    cache[Symbol.dispose]();
    assert.deepEqual([cache.size, cache.get("a")], [0, undefined]);
    cache[Symbol.dispose]();
    cache.close();
  }
  const other = createCache();
  other.close();
  other.close();
  assert.equal(other.size, 0);
});

test("closing a view closes the cache", () => {
  const cache = createCache();
  cache.set("a", 1);
  cache.partition("p").close();
  assert.deepEqual([cache.size, cache.get("a")], [0, undefined]);
});

test("a thousand caches live side by side, each with its own values and counters", () => {
  const caches = Array.from({ length: 1_000 }, () => createCache({ maxEntries: 10 }));
  caches.forEach((cache, number) => cache.set("a", number).set(`k${number}`, number));
  caches.forEach((cache, number) => number % 3 === 0 && cache.close());
  for (const [number, cache] of caches.entries()) {
    if (number % 3 === 0) {
      assert.equal(cache.size, 0);
      continue;
    }
    assert.deepEqual([cache.get("a"), cache.get(`k${number}`), cache.get(`k${number + 1}`), cache.size], [number, number, undefined, 2]);
    assert.deepEqual([cache.stats().hits, cache.stats().misses, cache.stats().sets], [2, 1, 2]);
  }
  caches[1].clear();
  assert.deepEqual([caches[1].size, caches[2].size], [0, 2]);
  caches.forEach((cache) => cache.close());
});

test("caches that come and go leave room for others", () => {
  for (let round = 0; round < 5_000; round += 1) {
    const cache = createCache();
    cache.set("a", round);
    assert.equal(cache.get("a"), round);
    cache.close();
  }
});

test("two caches of one name are two caches", () => {
  const [one, other] = [createCache({ name: "api" }), createCache({ name: "api" })];
  one.set("a", 1);
  assert.equal(other.get("a"), undefined);
  one.invalidatePrefix("");
  assert.equal(other.stats().invalidations, 0);
});

test("a loop of everything for a while leaves sizes, counts and listings that agree", async () => {
  const { cache, clock } = made({
    maxEntries: 40,
    maxBytes: "64kb",
    ttl: "20s",
    swr: "5s",
    tags: (value, key) => [`tag ${key.length % 3}`],
  });
  const views = [cache, cache.namespace("n"), cache.partition("p"), cache.namespace("n").partition("p")];
  let state = 12_345;
  const next = (most) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % most;
  };
  for (let step = 0; step < 20_000; step += 1) {
    const each = views[next(4)];
    const key = `k${next(30)}`;
    switch (next(12)) {
      case 0:
      case 1:
      case 2:
        each.set(key, step, { weight: next(4_000) });
        break;
      case 3:
        each.invalidateTag(`tag ${next(3)}`, { soft: next(2) === 0 });
        break;
      case 4:
        each.invalidatePrefix(key.slice(0, 2), { dryRun: next(3) > 0 });
        break;
      case 5:
        each.delete(key);
        break;
      case 6:
        each.touch(key, next(30) * 1_000);
        break;
      case 7:
        await each.getOrSet(key, () => (next(4) === 0 ? Promise.reject(new Error("down")) : step)).catch(() => {});
        break;
      case 8:
        await clock.advance(next(3_000));
        break;
      case 9:
        each.getStale(key);
        break;
      default:
        each.get(key);
    }
    assert.ok(cache.size <= 40 && cache.bytes <= 64 << 10);
  }
  await settle();
  const { entries, sets, removalsBy, misses, missesBy, traps } = cache.stats();
  const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
  assert.equal(sum(removalsBy) + entries, sets);
  assert.equal(sum(missesBy), misses);
  assert.deepEqual([traps, entries], [0, cache.size]);
  const readable = views.reduce((total, each) => total + listed(each).length, 0);
  assert.ok(readable <= entries);
});
