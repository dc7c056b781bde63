// Values: what can be kept, that it is the very same that comes back, and what becomes of an older one.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache } from "fetchwell";
import { made } from "./support.mjs";

test("null, false, 0, NaN and the empty string are values", async () => {
  for (const value of [null, false, 0, -0, 0n, NaN, "", []]) {
    const cache = createCache();
    assert.equal(cache.set("a", value), cache, "set returns the cache");
    assert.equal(cache.get("a"), value);
    assert.equal(cache.peek("a"), value);
    assert.equal(cache.getStale("a"), value);
    assert.equal(cache.entry("a").value, value);
    assert.equal(cache.getMany(["a"]).get("a"), value);
    assert.equal(cache.has("a"), true);
    assert.equal(await cache.getOrSet("a", () => "loaded"), value);
    assert.equal([...cache.entries()][0].value, value);
  }
});

test("undefined is no value: storing it is refused, and what was there stays", () => {
  const cache = createCache();
  cache.set("a", 1);
  for (const act of [
    () => cache.set("a", undefined),
    () => cache.set("a"),
    () => cache.setMany([["a", undefined]]),
    () => cache.setMany([["a"]]),
  ]) {
    const error = assert.throws(act);
    assert.ok(error instanceof FetchwellError);
    assert.equal(error.field, "value");
    assert.match(error.message, /undefined/);
  }
  assert.equal(cache.get("a"), 1);
});

test("a key that was never stored gives undefined", () => {
  const cache = createCache();
  for (const method of ["get", "peek", "getStale", "entry"]) {
    assert.equal(cache[method]("a"), undefined, method);
  }
  assert.equal(cache.has("a"), false);
});

test("a value is held by reference and is the very same that comes back", () => {
  const cache = createCache();
  const values = [
    { deep: { er: [1] } },
    [1, 2],
    () => 1,
    class {},
    new Map(),
    new Set(),
    new Date(),
    /a/,
    new Uint8Array(9),
    new ArrayBuffer(9),
    Symbol("s"),
    new WeakMap(),
    Promise.resolve(1),
    new Error("e"),
    Object.freeze({}),
    Object.create(null),
    new Proxy({}, {}),
    7n,
    globalThis,
  ];
  for (const [number, value] of values.entries()) {
    cache.set(["v", number], value, { weight: 1 });
  }
  for (const [number, value] of values.entries()) {
    assert.equal(cache.get(["v", number]), value);
  }
});

test("a value that a caller changes is changed for every reader, as it is one and the same", () => {
  const cache = createCache();
  const list = [1];
  cache.set("a", list);
  list.push(2);
  cache.get("a").push(3);
  assert.deepEqual(cache.get("a"), [1, 2, 3]);
});

test("every kind of value can be stored without saying what it weighs", () => {
  const cache = createCache();
  const circle = {};
  circle.self = circle;
  const hostile = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error("ownKeys was asked");
      },
      get() {
        throw new Error("a property was asked");
      },
      getPrototypeOf() {
        throw new Error("the prototype was asked");
      },
      getOwnPropertyDescriptor() {
        throw new Error("a property was described");
      },
    },
  );
  const getter = {
    get a() {
      throw new Error("a getter was run");
    },
  };
  const deep = {};
  let inner = deep;
  for (let depth = 0; depth < 100_000; depth += 1) {
    inner = inner.next = {};
  }
  const values = [circle, getter, hostile, deep, Object.create(null), () => 1, Symbol("s"), 7n, new Date(NaN), new (class A {})()];
  for (const value of values) {
    cache.set("a", value);
    assert.equal(cache.get("a") === value, true);
  }
  assert.equal(cache.set("a", new Array(2 ** 31)), cache, "too large perhaps, and no error");
});

test("what a value weighs is found by looking at a few dozen of its parts, however many it has", () => {
  let looked = 0;
  const wide = Array.from({ length: 100_000 }, (_, number) => ({ number }));
  const watched = new Proxy(wide, {
    get(target, name, receiver) {
      looked += 1;
      return Reflect.get(target, name, receiver);
    },
    getOwnPropertyDescriptor(target, name) {
      looked += 1;
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
  createCache().set("a", watched);
  assert.ok(looked < 1_000, `${looked} looks`);
});

test("a stored thenable comes back as it is from get, and as what it resolves with from getOrSet, as from any promise", async () => {
  const thenable = { then: (resolve) => resolve("resolved") };
  const cache = createCache();
  cache.set("a", thenable);
  assert.equal(cache.get("a"), thenable);
  assert.equal(await cache.getOrSet("a", () => 1), "resolved");
});

test("a newer value takes an older one's place, with its own lifetime, tags and weight", () => {
  const { cache } = made({ ttl: "1h" });
  cache.set("a", 1, { ttl: "1m", tags: ["old"], weight: 5_000 });
  const heavy = cache.bytes;
  cache.set("a", 2, { ttl: "2m", tags: ["new"], weight: 50 });
  assert.equal(cache.get("a"), 2);
  assert.equal(cache.size, 1);
  assert.ok(cache.bytes <= heavy - 4_900, "the older one weighs nothing any more");
  assert.equal(cache.entry("a").ttlMs, 120_000);
  assert.equal(cache.invalidateTag("old"), 0);
  assert.equal(cache.invalidateTag("new"), 1);
});

test("an entry tells what is known of it, in milliseconds and times of day", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "30s", tags: ["t", "u"] });
  const stored = clock.now();
  cache.set(["a", 1], "x");
  await clock.advance("20s");
  const fresh = cache.entry("a:1");
  assert.deepEqual(
    { ...fresh, tags: [...fresh.tags].sort(), bytes: 0 },
    {
      key: "a:1",
      value: "x",
      state: "fresh",
      createdAt: stored,
      expiresAt: stored + 60_000,
      ageMs: 20_000,
      ttlMs: 40_000,
      bytes: 0,
      tags: ["t", "u"],
      hits: 0,
    },
  );
  assert.ok(fresh.bytes > 0);
  await clock.advance("45s");
  const stale = cache.entry("a:1");
  assert.deepEqual([stale.state, stale.ageMs, stale.ttlMs, stale.expiresAt], ["stale", 65_000, -5_000, stored + 60_000]);
  await clock.advance("25s");
  assert.equal(cache.entry("a:1"), undefined);
});

test("an entry that never expires has no end", () => {
  const { cache, clock } = made();
  cache.set("a", 1);
  const { expiresAt, ttlMs, createdAt } = cache.entry("a");
  assert.deepEqual([expiresAt, ttlMs, createdAt], [Infinity, Infinity, clock.now()]);
});

test("an entry shows roughly how often it was asked for since it was stored", () => {
  const cache = createCache();
  cache.set("a", 1);
  cache.peek("a");
  cache.has("a");
  cache.entry("a");
  assert.equal(cache.entry("a").hits, 0, "looking is not asking");
  cache.get("a");
  assert.ok(cache.entry("a").hits >= 1);
  for (let times = 0; times < 1_000; times += 1) {
    cache.get("a");
  }
  const { hits } = cache.entry("a");
  assert.ok(Number.isInteger(hits) && hits >= 1 && hits <= 1_001);
  cache.set("a", 2);
  assert.equal(cache.entry("a").hits, 0, "a new value was not asked for yet");
});

test("what entry and stats give is the caller's own: changing it changes nothing in the cache", () => {
  const { cache } = made({ ttl: "1m", tags: ["t"] });
  cache.set("a", 1);
  for (const given of [cache.entry("a"), cache.stats(), cache.stats().missesBy, cache.stats().windows["1m"]]) {
    try {
      given.key = "b";
      given.hits = 99;
      given.cold = 99;
      given.tags?.push?.("u");
    } catch {
      // A frozen one is as good.
    }
  }
  assert.equal(cache.entry("a").key, "a");
  assert.equal(cache.entry("a").hits, 0);
  assert.deepEqual([...cache.entry("a").tags], ["t"]);
  assert.equal(cache.stats().missesBy.cold, 0);
  assert.equal(cache.stats().hits, 0);
});

test("tags are a set: a tag named twice is one, and a list the caller changes later stays as it was", () => {
  const cache = createCache();
  const tags = ["t", "t", "u"];
  cache.set("a", 1, { tags });
  tags.push("v");
  assert.deepEqual([...cache.entry("a").tags].sort(), ["t", "u"]);
  assert.equal(cache.invalidateTag("v"), 0);
  assert.equal(cache.invalidateTag("t"), 1);
});

test("keys and entries list what a reader could be given, whole or below a prefix", async () => {
  const { cache, clock } = made();
  cache.set("user:1", 1).set("user:1:name", 2).set("user:10", 3).set("other", 4);
  cache.set("brief", 5, { ttl: "1s" }).set("stale", 6, { ttl: "1s", swr: "1m" });
  await clock.advance("2s");
  const keys = (prefix) => [...cache.keys(prefix)].sort();
  assert.deepEqual([...cache.keys()].sort(), ["other", "stale", "user:1", "user:10", "user:1:name"]);
  assert.deepEqual(keys("user:1"), ["user:1", "user:10", "user:1:name"]);
  assert.deepEqual(keys(["user", 1]), ["user:1", "user:1:name"]);
  assert.deepEqual(keys("").length, 5);
  assert.deepEqual(keys("none"), []);
  assert.deepEqual([...cache.entries(["user", 1])].map((entry) => entry.value).sort(), [1, 2]);
  assert.deepEqual(
    [...cache.entries("stale")].map((entry) => [entry.key, entry.value, entry.state]),
    [["stale", 6, "stale"]],
  );
  assert.deepEqual([cache.stats().hits, cache.stats().misses], [0, 0], "listing is not asking");
});

test("a listing goes on unharmed when the cache is changed meanwhile", () => {
  const cache = createCache();
  for (let number = 0; number < 100; number += 1) {
    cache.set(["k", number], number);
  }
  let seen = 0;
  for (const key of cache.keys()) {
    seen += 1;
    cache.delete(key);
    cache.set(`new:${seen}`, 1);
    assert.ok(seen <= 200, "it comes to an end");
  }
  assert.ok(seen >= 1);
  for (const entry of cache.entries()) {
    assert.ok(entry.value !== undefined);
    cache.clear();
  }
  assert.equal(cache.size, 0);
});

test("listings are iterators that can be iterated, left early and used up", () => {
  const cache = createCache();
  cache.set("a", 1).set("b", 2);
  for (const listing of [cache.keys(), cache.entries()]) {
    assert.equal(listing[Symbol.iterator](), listing);
    const first = listing.next();
    assert.equal(first.done, false);
    assert.equal([...listing].length, 1);
    assert.deepEqual(listing.next(), { value: undefined, done: true });
  }
  for (const key of cache.keys()) {
    assert.ok(key === "a" || key === "b");
    break;
  }
});

test("what is nothing to go through is refused, and changes nothing", () => {
  const { cache } = made();
  cache.set("a", 1);
  for (const wrong of [5, null, undefined, "ab", () => {}, {}]) {
    assert.throws(() => cache.getMany(wrong), { code: "invalid-option", field: "keys" });
    assert.throws(() => cache.setMany(wrong), { code: "invalid-option", field: "entries" });
  }
  for (const wrong of [5, null, "ab", undefined]) {
    assert.throws(() => cache.setMany([["b", 2], wrong]), { code: "invalid-option", field: "entries" }); // prettier-ignore
  }
  assert.deepEqual([cache.size, cache.stats().sets], [1, 1]);
});
