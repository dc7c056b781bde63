// The small pure helpers of the main entry.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const all = await leaves("describe", "snake-case", "ttl-from-env", "define-keys", "invalidate-on", "metrics", "keys");
const { describe } = all.describe;
const { toSnakeCase } = all.snake_case;
const { ttlFromEnv } = all.ttl_from_env;
const { defineKeys } = all.define_keys;
const { invalidateOn } = all.invalidate_on;
const { openMetrics, readMetricNames } = all.metrics;
const { Keys, rememberKeys } = all.keys;
const golden = JSON.parse(readFileSync(new URL("../golden/statistics.json", import.meta.url), "utf8"));

test("metrics are written to the byte as Rust writes them, with traps at the end", () => {
  for (const { series, names, text } of golden.metrics) {
    const family = `${names.prefix}cache_traps`;
    const traps = series.map(([label]) => `${family}_total{${names.label}="${label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"} 0\n`);
    const head = `# TYPE ${family} counter\n# HELP ${family} WebAssembly instances that broke and were replaced.\n`;
    assert.equal(openMetrics(series, names), text.replace("# EOF\n", `${head}${traps.join("")}# EOF\n`));
  }
});

test("names of metrics are checked at the door", () => {
  assert.deepEqual(readMetricNames(undefined), { prefix: "", label: "cache" });
  assert.deepEqual(readMetricNames({ prefix: "qa_pms_", label: "cache_type" }), { prefix: "qa_pms_", label: "cache_type" });
  for (const prefix of ["9lives_", "a-b", "a b", "ä", "a\n", 7, null]) refuses(() => readMetricNames({ prefix }), "invalid-option", "prefix");
  for (const label of ["", "a-b", "a:b", "__name", "reason", "cause", "7", "a\n", null]) refuses(() => readMetricNames({ label }), "invalid-option", "label");
  refuses(() => readMetricNames({ labels: "x" }), "invalid-option", "labels", '"label"');
});

/** Statistics of so many hits and cold misses. */
function stats(hits, misses, more = {}) {
  const rate = hits + misses ? hits / (hits + misses) : 0;
  const window = { hits, misses, hitRate: rate };
  return { hits, misses, requests: hits + misses, hitRate: rate, staleHits: 0, revalidations: 0, coalesced: 0, loads: 0, loadErrors: 0, loadMsTotal: 0, sets: 0, rejections: 0,
    invalidations: 0, evictions: 0, expirations: 0, traps: 0, entries: 0, bytes: 0, bytesSaved: 0, msSaved: 0,
    missesBy: { cold: misses, expired: 0, evicted: 0, invalidated: 0, vary: 0, bypass: 0 }, removalsBy: { expired: 0, idle: 0, evicted: 0, invalidated: 0, replaced: 0 },
    windows: { "1m": window, "5m": window, "15m": window }, whatIf: { hitRateAtDoubleSize: rate, hitRateAtDoubleTtl: rate }, ...more };
}

test("a description says what Rust's says", () => {
  for (const { hits, misses, text } of golden.descriptions) assert.equal(describe(stats(hits, misses)).text, text);
  for (const { series, descriptions } of golden.metrics) assert.deepEqual(series.map(([, stats]) => describe(stats).text), descriptions);
});

test("the rating follows the hit rate, and what would help is said", () => {
  for (const [hits, rating] of [[100, "excellent"], [90, "excellent"], [89, "good"], [70, "good"], [69, "fair"], [50, "fair"], [49, "poor"], [0, "poor"]]) {
    assert.equal(describe(stats(hits, 100 - hits)).rating, rating);
  }
  assert.deepEqual(describe(stats(0, 0)), { rating: "no requests", text: "no requests yet" });
  const busy = stats(60, 40, { loads: 30, loadErrors: 3, missesBy: { bypass: 5, cold: 5, evicted: 10, expired: 20, invalidated: 0, vary: 0 }, whatIf: { hitRateAtDoubleSize: 0.7, hitRateAtDoubleTtl: 0.61 } });
  assert.equal(describe(busy).text, "fair: 60.0 % of 100 requests answered from the cache. Misses: 20 expired, 10 evicted, 5 cold, 5 bypass. With twice the room about 70 % would hit. 3 of 30 loads failed.");
});

test("the names that older tools expect: two hits of three are 66.67 percent", () => {
  const flat = toSnakeCase(stats(2, 1, { entries: 7 }));
  const { total_requests, hits, misses, hit_rate_percent, cached_keys } = flat;
  assert.deepEqual({ total_requests, hits, misses, hit_rate_percent, cached_keys }, { total_requests: 3, hits: 2, misses: 1, hit_rate_percent: 66.67, cached_keys: 7 });
  assert.equal(toSnakeCase(stats(0, 0)).hit_rate_percent, 0);
  assert.deepEqual(Object.keys(flat), ["total_requests", "hit_rate_percent", "cached_keys", "hits", "misses", "requests", "hit_rate", "stale_hits", "revalidations", "coalesced", "loads",
    "load_errors", "load_ms_total", "sets", "rejections", "invalidations", "evictions", "expirations", "traps", "entries", "bytes", "bytes_saved", "ms_saved",
    "misses_by_cold", "misses_by_expired", "misses_by_evicted", "misses_by_invalidated", "misses_by_vary", "misses_by_bypass",
    "removals_by_expired", "removals_by_idle", "removals_by_evicted", "removals_by_invalidated", "removals_by_replaced",
    "windows_1m_hits", "windows_1m_misses", "windows_1m_hit_rate", "windows_5m_hits", "windows_5m_misses", "windows_5m_hit_rate", "windows_15m_hits", "windows_15m_misses", "windows_15m_hit_rate",
    "what_if_hit_rate_at_double_size", "what_if_hit_rate_at_double_ttl"]);
  assert.ok(Object.values(flat).every((value) => typeof value === "number"));
});

test("lifetimes come from the environment, in its unit, or else from the defaults", () => {
  const names = { products: "CACHE_TTL_PRODUCTS", tests: "CACHE_TTL_TESTS", bugs: "CACHE_TTL_BUGS" };
  const defaults = { products: 3_600, tests: 300, bugs: 60 };
  assert.deepEqual(ttlFromEnv({}, names, { unit: "s", defaults }), { products: "3600s", tests: "300s", bugs: "60s" });
  assert.deepEqual(ttlFromEnv({ CACHE_TTL_TESTS: "5", CACHE_TTL_BUGS: "", CACHE_TTL_PRODUCTS: undefined }, names, { unit: "s", defaults: { ...defaults, products: "1h" } }), { products: "1h", tests: "5s", bugs: "60s" });
  assert.deepEqual(ttlFromEnv({ A: "250", B: "0", C: "1.5" }, { a: "A", b: "B", c: "C" }), { a: "250ms", b: "0ms", c: "1.5ms" });
  assert.deepEqual(ttlFromEnv({ A: 5 }, { a: "A" }, { unit: "s", defaults: {} }), { a: "5s" });
  assert.deepEqual(ttlFromEnv({}, { a: "A" }, { defaults: { a: Infinity } }), { a: Infinity });
});

test("a variable that is no number is named, and so is one that is not set and has no default", () => {
  const read = (value) => ttlFromEnv({ DCS_CACHE_BOOK_TTL: value }, { book: "DCS_CACHE_BOOK_TTL" }, { unit: "s" });
  for (const value of ["ten", "5m", "-5", "+5", " 5", "5 ", "5\n", "1e3", "0x10", "Infinity", "NaN", ".5", "5.", "٥", true, {}, -5, NaN]) {
    refuses(() => read(value), "invalid-option", "DCS_CACHE_BOOK_TTL", "seconds");
  }
  for (const value of ["", undefined]) refuses(() => read(value), "invalid-option", "DCS_CACHE_BOOK_TTL", "not set");
  const env = Object.create({ A: "5" });
  refuses(() => ttlFromEnv(env, { a: "A" }), "invalid-option", "A", "not set");
  refuses(() => ttlFromEnv({}, { a: "toString" }), "invalid-option", "toString", "not set");
});

test("what else is given to ttlFromEnv is checked as well", () => {
  for (const env of [null, undefined, "A=5"]) refuses(() => ttlFromEnv(env, { a: "A" }), "invalid-option", "env");
  for (const names of [null, ["A"], "A"]) refuses(() => ttlFromEnv({}, names), "invalid-option", "names");
  for (const name of ["", 7, null]) refuses(() => ttlFromEnv({}, { a: name }), "invalid-option", "names.a");
  refuses(() => ttlFromEnv({}, { a: "A" }, { unit: "m" }), "invalid-option", "unit", '"ms" or "s"');
  refuses(() => ttlFromEnv({}, { a: "A" }, { default: {} }), "invalid-option", "default", '"defaults"');
  refuses(() => ttlFromEnv({}, { book: "A" }, { defaults: { books: 5 } }), "invalid-option", "defaults.books", '"book"');
  for (const value of ["soon", -5, NaN, null, true]) refuses(() => ttlFromEnv({}, { a: "A" }, { defaults: { a: value } }), "invalid-option", "defaults.a");
});

test("keys are spelt in one place, and a parameter stays one part of its key", () => {
  const keys = defineKeys({ list: ["dcs", "books", "list"], book: ["dcs", "books", "id", ":id"], page: [":shop", ":page", ":shop"] });
  const { text } = { text: (key) => new Keys(":", (parts) => parts.map((part) => part.replaceAll(":", "\\~\\")).join(":")).text(key) };
  assert.equal(text(keys.list()), "dcs:books:list");
  assert.equal(text(keys.book({ id: 7 })), "dcs:books:id:7");
  assert.equal(text(keys.book({ id: "7:admin" })), "dcs:books:id:7\\~\\admin");
  assert.deepEqual(keys.page({ shop: "x", page: 0 }), ["x", 0, "x"]);
});

test("parameters that are missing, unknown or of a wrong kind are refused by name", () => {
  const keys = defineKeys({ book: ["books", ":id"], list: ["books"] });
  refuses(() => keys.book(), "invalid-option", "id", "undefined");
  refuses(() => keys.book({ id: undefined }), "invalid-option", "id");
  refuses(() => keys.book({ id: 7, name: 1 }), "invalid-option", "name", "book", "id");
  refuses(() => keys.list({ id: 7 }), "invalid-option", "id");
  for (const id of [NaN, Infinity, null, true, 7n, {}, "\ud800", ["a"]]) refuses(() => keys.book({ id }), "invalid-option", "id");
  assert.equal(Object.hasOwn(defineKeys({ ["__proto__"]: ["a"] }), "__proto__"), true);
});

test("shapes that are none are refused", () => {
  for (const shapes of [undefined, null, [], "x", new Map()]) refuses(() => defineKeys(shapes), "invalid-option", "shapes");
  for (const shape of ["a:b", [], [7], [["a"]], null]) refuses(() => defineKeys({ book: shape }), "invalid-option", "book");
});

/** A cache that only writes down what is asked of it. */
function noting(separator) {
  const notes = [];
  const cache = {
    notes,
    invalidate: (key) => (notes.push(["key", key]), true),
    invalidatePrefix: (prefix) => (notes.push(["prefix", prefix]), 3),
    invalidateTag: (tag) => (notes.push(["tag", tag]), 10),
  };
  if (separator) rememberKeys(cache, new Keys(separator, (parts) => parts.join(separator)));
  return cache;
}

const map = {
  "book.updated": [{ key: ["dcs", "books", "id", ":id"] }, { prefix: ["dcs", "books", "list"] }, { prefix: "dcs:raw" }, { tag: ["publisher", ":publisher"] }, { tag: "books" }],
  nothing: [],
};

test("an event invalidates what its list says, with its parameters in their places", () => {
  const cache = noting();
  assert.equal(invalidateOn(cache, map, "book.updated", { id: 7, publisher: "x", more: "than needed" }), 27);
  assert.deepEqual(cache.notes, [["key", ["dcs", "books", "id", 7]], ["prefix", ["dcs", "books", "list"]], ["prefix", "dcs:raw"], ["tag", "publisher:x"], ["tag", "books"]]);
  const slashed = noting("/");
  invalidateOn(slashed, map, "book.updated", { id: 7, publisher: "x" });
  assert.deepEqual(slashed.notes[3], ["tag", "publisher/x"]);
});

test("an event that the map does not name takes nothing", () => {
  const cache = noting();
  for (const event of ["book.read", "toString", "__proto__", "nothing"]) assert.equal(invalidateOn(cache, map, event), 0);
  assert.deepEqual(cache.notes, []);
});

test("an event whose parameters are missing, or whose list is wrong, invalidates nothing at all", () => {
  const cache = noting();
  refuses(() => invalidateOn(cache, map, "book.updated", { id: 7 }), "invalid-option", "params.publisher", ":publisher");
  refuses(() => invalidateOn(cache, map, "book.updated"), "invalid-option", "params.id");
  refuses(() => invalidateOn(cache, map, "book.updated", { id: 7, publisher: NaN }), "invalid-option", "params.publisher");
  const bad = (step) => ({ e: [{ key: "good" }, step] });
  refuses(() => invalidateOn(cache, bad({ keys: "x" }), "e"), "invalid-option", "map.e[1].keys", '"key"');
  for (const step of [{}, { key: "a", tag: "b" }, "a", null, ["a"]]) refuses(() => invalidateOn(cache, bad(step), "e"), "invalid-option", "map.e[1]");
  refuses(() => invalidateOn(cache, bad({ key: 7 }), "e"), "invalid-key", "key");
  refuses(() => invalidateOn(cache, bad({ prefix: [] }), "e"), "invalid-key", "prefix");
  refuses(() => invalidateOn(cache, { e: { key: "a" } }, "e"), "invalid-option", "map.e");
  refuses(() => invalidateOn(cache, null, "e"), "invalid-option", "map");
  refuses(() => invalidateOn(cache, map, 7), "invalid-option", "event");
  refuses(() => invalidateOn(cache, map, "nothing", null), "invalid-option", "params");
  assert.deepEqual(cache.notes, []);
});
