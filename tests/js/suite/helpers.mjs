// The small pure helpers.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache, defineKeys, describe, hashKey, invalidateOn, toSnakeCase, ttlFromEnv } from "fetchwell";
import { made } from "./support.mjs";

test("defineKeys gives a function for each shape, that fills in what is named", () => {
  const keys = defineKeys({
    list: ["dcs", "publishers", "list"],
    book: ["dcs", "books", "id", ":id"],
    chapter: ["books", ":id", ":chapter"],
  });
  const cache = createCache();
  const textOf = (key) => {
    cache.clear();
    cache.set(key, 1);
    return [...cache.keys()][0];
  };
  assert.equal(textOf(keys.list()), "dcs:publishers:list");
  assert.equal(textOf(keys.book({ id: 7 })), "dcs:books:id:7");
  assert.equal(textOf(keys.book({ id: "7" })), "dcs:books:id:7");
  assert.equal(textOf(keys.chapter({ id: 7, chapter: "x" })), "books:7:x");
  assert.deepEqual(Object.keys(keys), ["list", "book", "chapter"]);
});

test("what fills a shape cannot reach into another part's place", () => {
  const { book, chapter } = defineKeys({ book: ["books", ":id"], chapter: ["books", ":id", ":chapter"] });
  const cache = createCache();
  cache.set(book({ id: "7:1" }), "a book");
  cache.set(chapter({ id: 7, chapter: 1 }), "a chapter");
  assert.deepEqual([cache.size, cache.get(book({ id: "7:1" })), cache.get(chapter({ id: 7, chapter: 1 }))], [2, "a book", "a chapter"]);
  assert.equal(cache.invalidatePrefix(book({ id: 7 })), 1);
  assert.equal(cache.get(book({ id: ":id" })), undefined);
});

test("a shape whose parameter is missing or no part of a key is refused by its name", () => {
  const { book } = defineKeys({ book: ["books", ":id"] });
  for (const wrong of [undefined, {}, { ID: 7 }, { id: undefined }, { id: null }, { id: NaN }, { id: {} }, Object.create({ id: 7 })]) {
    const error = assert.throws(() => createCache().get(book(wrong)), { name: "FetchwellError" });
    assert.match(error.message + error.field, /id/);
  }
  for (const wrong of [undefined, null, { book: "books" }, { book: [] }, { book: [7] }, { book: [{}] }]) {
    assert.throws(() => defineKeys(wrong).book(), { name: "FetchwellError" });
  }
});

test("names that mean something to JavaScript are shapes and parameters like any other", () => {
  const keys = defineKeys({ constructor: ["a", ":toString"], toString: ["b"] });
  const cache = createCache();
  cache.set(keys.constructor({ toString: 1 }), 1).set(keys.toString(), 2);
  assert.deepEqual([cache.get("a:1"), cache.get("b")], [1, 2]);
  assert.throws(() => keys.constructor({}), { name: "FetchwellError" });
});

const MAP = {
  "book.updated": [{ key: ["books", "id", ":id"] }, { prefix: ["books", "list"] }, { tag: ["book", ":id"] }],
  "book.deleted": [{ key: "books:count" }, { tag: "shelf" }],
  nothing: [],
};

test("invalidateOn takes what the map says, with the parameters filled in, and counts", () => {
  const cache = createCache();
  const fill = () =>
    cache
      .set("books:id:7", 1)
      .set("books:id:70", 2)
      .set("books:list", 3)
      .set("books:list:2", 4)
      .set("books:lists", 5)
      .set("page", 6, { tags: ["book:7"] })
      .set("books:count", 7)
      .set("shelf", 8, { tags: ["shelf"] });
  fill();
  assert.equal(invalidateOn(cache, MAP, "book.updated", { id: 7 }), 4);
  assert.deepEqual([...cache.keys()].sort(), ["books:count", "books:id:70", "books:lists", "shelf"]);
  assert.equal(invalidateOn(cache, MAP, "book.updated", { id: 7 }), 0);
  assert.equal(invalidateOn(cache, MAP, "book.deleted"), 2);
  assert.equal(invalidateOn(cache, MAP, "nothing"), 0);
});

test("invalidateOn tells its listeners what went, as the methods themselves would", () => {
  const cache = createCache();
  const told = [];
  cache.on("invalidate", ({ by, what }) => told.push(`${by} ${what}`));
  invalidateOn(cache, MAP, "book.updated", { id: 7 });
  assert.deepEqual(told.sort(), ["key books:id:7", "prefix books:list", "tag book:7"]);
});

test("invalidateOn with a parameter that is missing changes nothing and says which", () => {
  const cache = createCache();
  cache.set("books:list", 1);
  for (const params of [undefined, {}, { ID: 7 }, Object.create({ id: 7 })]) {
    const error = assert.throws(() => invalidateOn(cache, MAP, "book.updated", params), { name: "FetchwellError" });
    assert.match(error.message, /id/);
  }
  assert.equal(cache.size, 1);
});

test("invalidateOn of names that every object has takes nothing by accident", () => {
  const cache = createCache();
  cache.set("a", 1);
  for (const event of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    try {
      assert.equal(invalidateOn(cache, MAP, event), 0);
    } catch (error) {
      assert.ok(error instanceof FetchwellError);
    }
  }
  assert.equal(cache.size, 1);
});

test("describe rates by the hit rate: excellent from 90 %, good from 70, fair from 50, else poor", () => {
  const rated = (hits, misses) => {
    const cache = createCache();
    cache.set("a", 1);
    for (let times = 0; times < hits; times += 1) {
      cache.get("a");
    }
    for (let times = 0; times < misses; times += 1) {
      cache.get("b");
    }
    const { rating, text } = describe(cache.stats());
    assert.ok(typeof text === "string" && text.length > 0);
    return rating;
  };
  assert.deepEqual(
    [
      rated(90, 10),
      rated(100, 0),
      rated(899, 101),
      rated(70, 30),
      rated(699, 301),
      rated(50, 50),
      rated(499, 501),
      rated(0, 1),
      rated(0, 0),
    ],
    ["excellent", "excellent", "good", "good", "fair", "fair", "poor", "poor", "no requests"],
  );
});

test("describe says why: the reasons of misses, failures of loads", async () => {
  const { cache, clock } = made({ ttl: "1s" });
  cache.set("a", 1);
  await clock.advance("1s");
  for (let times = 0; times < 3; times += 1) {
    cache.get("a");
  }
  cache.set("b", 1);
  cache.invalidate("b");
  cache.get("b");
  await cache.getOrSet("c", () => Promise.reject(new Error("down"))).catch(() => {});
  const { text } = describe(cache.stats());
  for (const word of ["expired", "invalidated", "cold", "failed"]) {
    assert.match(text, new RegExp(word), text);
  }
  assert.match(text, /3/);
});

test("toSnakeCase gives the names that logs and tools expect, and the percentage with two decimals", () => {
  const cache = createCache();
  cache.set("a", 1);
  cache.get("a");
  cache.get("a");
  cache.get("b");
  const flat = toSnakeCase(cache.stats());
  assert.deepEqual([flat.hits, flat.misses, flat.total_requests, flat.hit_rate_percent, flat.cached_keys], [2, 1, 3, 66.67, 1]);
  for (const [name, value] of Object.entries(flat)) {
    assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    assert.ok(typeof value === "number" && Number.isFinite(value), name);
  }
  for (const name of [
    "stale_hits",
    "coalesced",
    "loads",
    "load_errors",
    "sets",
    "rejections",
    "invalidations",
    "evictions",
    "expirations",
    "bytes",
  ]) {
    assert.ok(name in flat, name);
  }
  assert.equal(toSnakeCase(createCache().stats()).hit_rate_percent, 0);
});

test("ttlFromEnv reads lifetimes by the names of their variables", () => {
  const env = { DCS_CACHE_BOOK_TTL: "120", DCS_CACHE_LOGO_TTL: "3600", OTHER: "soon" };
  assert.deepEqual(
    { ...ttlFromEnv(env, { books: "DCS_CACHE_BOOK_TTL", logos: "DCS_CACHE_LOGO_TTL" }, { unit: "s" }) },
    { books: "120s", logos: "3600s" },
  );
  assert.deepEqual({ ...ttlFromEnv({}, { books: "DCS_CACHE_BOOK_TTL" }, { unit: "s", defaults: { books: 600 } }) }, { books: "600s" });
  assert.deepEqual({ ...ttlFromEnv(env, { books: "DCS_CACHE_BOOK_TTL" }, { unit: "s", defaults: { books: 600 } }) }, { books: "120s" });
});

test("what ttlFromEnv gives is a ttl as it stands, zero included", async () => {
  const ttls = ttlFromEnv({ A: "300", B: "0", C: "1.5" }, { a: "A", b: "B", c: "C" }, { unit: "s" });
  const { cache } = made();
  for (const [name, ms] of [
    ["a", 300_000],
    ["c", 1_500],
  ]) {
    cache.set(name, 1, { ttl: ttls[name] });
    assert.equal(cache.entry(name).ttlMs, ms);
  }
  cache.set("b", 1, { ttl: ttls.b });
  assert.equal(cache.has("b"), false, "zero is honoured, not replaced by a default");
  const inMs = ttlFromEnv({ A: "250" }, { a: "A" }, { unit: "ms" });
  cache.set("d", 1, { ttl: inMs.a });
  assert.equal(cache.entry("d").ttlMs, 250);
});

test("a variable whose text is no number is an error that names it", () => {
  for (const text of ["soon", "5 minutes", "-5", "NaN", "12abc", "--", "5,5"]) {
    const error = assert.throws(
      () => ttlFromEnv({ DCS_CACHE_BOOK_TTL: text }, { books: "DCS_CACHE_BOOK_TTL" }, { unit: "s", defaults: { books: 600 } }),
      { name: "FetchwellError" },
    );
    assert.match(error.message, /DCS_CACHE_BOOK_TTL/);
    assert.ok(error.message.includes(text), error.message);
  }
});

test("ttlFromEnv takes only what is the environment's own", () => {
  const env = Object.create({ A: "5" });
  assert.deepEqual({ ...ttlFromEnv(env, { a: "A" }, { unit: "s", defaults: { a: 7 } }) }, { a: "7s" });
  assert.deepEqual({ ...ttlFromEnv({}, { a: "toString" }, { unit: "s", defaults: { a: 7 } }) }, { a: "7s" });
});

test("ttlFromEnv refuses options that it does not know", () => {
  assert.throws(() => ttlFromEnv({}, { a: "A" }, { units: "s" }), { name: "FetchwellError", field: "units" });
  assert.throws(() => ttlFromEnv({}, { a: "A" }, { unit: "m" }), { name: "FetchwellError", field: "unit" });
});

test("a long filter that differs anywhere has another hash", () => {
  const list = Array.from({ length: 20_000 }, (_, number) => number);
  const other = [...list];
  other[19_999] = -1;
  assert.ok(hashKey(list) !== hashKey(other));
  assert.equal(hashKey(list), hashKey([...list]));
});
