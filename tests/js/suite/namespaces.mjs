// Namespaces: keys of their own, rules of their own, one budget; and what the root covers.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { counters, listed, listening, made, moved } from "./support.mjs";

test("the same name gives the same namespace, and the same key is another in each", () => {
  const cache = createCache();
  const [books, films] = [cache.namespace("books"), cache.namespace("films")];
  cache.set("a", "root");
  books.set("a", "books");
  films.set("a", "films");
  assert.deepEqual([cache.get("a"), books.get("a"), films.get("a")], ["root", "books", "films"]);
  assert.equal(cache.namespace("books").get("a"), "books");
  assert.equal(books.delete("a"), true);
  assert.deepEqual([cache.get("a"), books.get("a"), films.get("a")], ["root", undefined, "films"]);
});

test("no text of a key or a name reaches into another namespace", () => {
  const cache = createCache();
  const names = ["a", "a:b", ":", "a\0", "\0", "a/b", " ", "x".repeat(300)];
  const keys = ["", "b", "b:c", ":", "\0b", "a:b", "a"];
  for (const name of names) {
    for (const key of keys) {
      cache.namespace(name).set(key, `${name}|${key}`);
    }
  }
  assert.equal(cache.size, names.length * keys.length);
  assert.equal(listed(cache).length, 0);
  for (const name of names) {
    assert.deepEqual(
      keys.map((key) => cache.namespace(name).get(key)),
      keys.map((key) => `${name}|${key}`),
    );
  }
});

test("a namespace has its own rules, and those of the cache where it says nothing", async () => {
  const { cache, clock } = made({ ttl: "1h", swr: "10m", tags: ["all"] });
  const brief = cache.namespace("brief", { ttl: "1m" });
  const tagged = cache.namespace("tagged", { tags: ["own"], swr: 0 });
  brief.set("a", 1);
  tagged.set("a", 1);
  brief.set("b", 1, { ttl: "5s" });
  assert.deepEqual([brief.entry("a").ttlMs, tagged.entry("a").ttlMs, brief.entry("b").ttlMs], [60_000, 3_600_000, 5_000]);
  assert.deepEqual([[...brief.entry("a").tags], [...tagged.entry("a").tags]], [["all"], ["own"]]);
  await clock.advance("1h");
  assert.equal(tagged.getStale("a"), undefined, "its window is off");
  brief.set("c", 1);
  await clock.advance("2m");
  assert.equal(brief.getStale("c"), 1, "the window of the cache");
});

test("a namespace asked for again with other options is refused; without any, or the same, it is the one that is there", () => {
  const cache = createCache();
  const tags = (value) => [String(value)];
  cache.namespace("n", { ttl: "5m", maxEntries: 9, tags }).set("a", 1);
  assert.equal(cache.namespace("n").get("a"), 1);
  assert.equal(cache.namespace("n", { ttl: "5m", maxEntries: 9, tags }).get("a"), 1);
  assert.equal(cache.namespace("n", { maxEntries: 9, tags, ttl: 300_000 }).get("a"), 1, "said in another way");
  const others = [
    { ttl: "6m", maxEntries: 9, tags },
    { ttl: "5m", maxEntries: 8, tags },
    { ttl: "5m", maxEntries: 9, tags, swr: "1m" },
    { ttl: "5m", maxEntries: 9, tags: ["x"] },
  ];
  for (const other of others) {
    const error = assert.throws(() => cache.namespace("n", other), { name: "FetchwellError", code: "namespace-differs" });
    assert.match(error.message, /n/);
    assert.ok(typeof error.field === "string");
  }
  assert.equal(cache.namespace("n").get("a"), 1);
});

test("what is no name or no option of a namespace is refused", () => {
  const { cache } = made();
  for (const wrong of [undefined, null, 7, {}, ["a"], Symbol("s"), ""]) {
    assert.throws(() => cache.namespace(wrong), { name: "FetchwellError" });
  }
  for (const [wrong, field] of [
    [{ ttl: "soon" }, "ttl"],
    [{ maxEntries: 0 }, "maxEntries"],
    [{ maxBytes: "1 mb" }, "maxBytes"],
    [{ maxEntry: 5 }, "maxEntry"],
    [{ separator: "/" }, "separator"],
    [{ clock: { now: () => 0 } }, "clock"],
  ]) {
    assert.throws(() => cache.namespace("n", wrong), { name: "FetchwellError", field });
  }
  cache.namespace("n", { ttl: "1m" }).set("a", 1);
  assert.equal(cache.namespace("n").entry("a").ttlMs, 60_000, "what was refused made nothing");
});

test("prefixes, patterns, predicates and keys are of one namespace", () => {
  const cache = createCache();
  const books = cache.namespace("books");
  const fill = () => {
    cache.set("a:1", 1).set("a:2", 2);
    books.set("a:1", 1).set("a:3", 3);
  };
  const acts = [
    (each) => each.invalidatePrefix(""),
    (each) => each.invalidatePrefix("a"),
    (each) => each.invalidatePrefix(["a"]),
    (each) => each.invalidateMatching("a:*"),
    (each) => each.invalidateMatching(/a/),
    (each) => each.invalidateWhere(() => true),
  ];
  for (const act of acts) {
    fill();
    assert.equal(act(cache), 2);
    assert.deepEqual([listed(cache), listed(books)], [[], ["a:1", "a:3"]]);
    fill();
    assert.equal(act(books), 2);
    assert.deepEqual([listed(cache), listed(books)], [["a:1", "a:2"], []]);
  }
  fill();
  assert.equal(cache.invalidate("a:1"), true);
  assert.deepEqual([cache.has("a:1"), books.has("a:1")], [false, true]);
});

test("a tag of the root reaches its namespaces, a tag of a namespace only that one", () => {
  const cache = createCache({ tags: ["t"] });
  const [one, two] = [cache.namespace("one"), cache.namespace("two")];
  const fill = () => [cache, one, two].forEach((each) => each.set("a", 1));
  fill();
  assert.equal(one.invalidateTag("t"), 1);
  assert.deepEqual([cache.has("a"), one.has("a"), two.has("a")], [true, false, true]);
  fill();
  assert.equal(cache.invalidateTag("t", { dryRun: true }), 3);
  assert.equal(cache.invalidateTag("t"), 3);
  assert.equal(cache.size, 0);
});

test("clear on the root takes all, on a namespace only its own", () => {
  const cache = createCache();
  const [one, two] = [cache.namespace("one"), cache.namespace("two")];
  [cache, one, two].forEach((each) => each.set("a", 1));
  one.clear();
  assert.deepEqual([cache.has("a"), one.has("a"), two.has("a"), cache.size], [true, false, true, 2]);
  cache.clear();
  assert.deepEqual([cache.size, one.size, two.size], [0, 0, 0]);
});

test("the root's size, bytes and statistics cover its namespaces, a namespace's are its own", () => {
  const { cache } = made();
  const [one, two] = [cache.namespace("one"), cache.namespace("two", { maxEntries: 2 })];
  cache.set("a", "x");
  one.set("a", "xx").set("b", "xx");
  two.set("a", "xxx").set("b", "xxx").set("c", "xxx");
  one.get("a");
  two.get("none");
  cache.get("a");
  assert.deepEqual([cache.size, one.size, two.size], [5, 2, 2]);
  assert.deepEqual([cache.stats().sets, one.stats().sets, two.stats().sets], [6, 2, 3]);
  assert.deepEqual([cache.stats().hits, one.stats().hits, two.stats().misses], [2, 1, 1]);
  assert.deepEqual([two.stats().evictions, cache.stats().evictions, one.stats().evictions], [1, 1, 0]);
  const own = cache.bytes - one.bytes - two.bytes;
  assert.ok(own > 0 && own < one.bytes, "the root's one entry");
  assert.deepEqual([one.stats().entries, one.stats().bytes], [one.size, one.bytes]);
});

test("resetStats on a namespace resets its own, on the root all", () => {
  const { cache } = made();
  const [one, two] = [cache.namespace("one"), cache.namespace("two")];
  [cache, one, two].forEach((each) => each.get("a"));
  one.resetStats();
  assert.deepEqual([cache.stats().misses, one.stats().misses, two.stats().misses], [2, 0, 1]);
  cache.resetStats();
  assert.deepEqual([cache.stats().misses, one.stats().misses, two.stats().misses], [0, 0, 0]);
});

test("listeners on the root hear of all namespaces, those of a namespace of that one", () => {
  const cache = createCache({ tags: ["t"] });
  const [one, two] = [cache.namespace("one"), cache.namespace("two")];
  const [all, own] = [listening(cache), listening(one)];
  cache.set("r", 1);
  one.set("a", 1);
  two.set("b", 1);
  assert.deepEqual(all.take(), ["set r", "set a", "set b"]);
  assert.deepEqual(own.take(), ["set a"]);
  one.get("a");
  two.get("b");
  assert.deepEqual(all.take(), ["hit a", "hit b"]);
  assert.deepEqual(own.take(), ["hit a"]);
  cache.invalidateTag("t");
  assert.ok(own.take().includes("remove a invalidated"));
  assert.equal(all.take().filter((line) => line.startsWith("remove")).length, 3);
});

test("namespaces of a namespace are namespaces of its own, apart from all others", () => {
  const cache = createCache();
  const inner = cache.namespace("outer");
  inner.set("a", 1);
  let deeper;
  try {
    deeper = inner.namespace("inner");
  } catch (error) {
    assert.equal(error.name, "FetchwellError");
    return;
  }
  deeper.set("a", 2);
  assert.deepEqual([cache.get("a"), inner.get("a"), deeper.get("a")], [undefined, 1, 2]);
  assert.equal(cache.size, 2);
});

test("a thousand namespaces stay apart", () => {
  const cache = createCache({ maxEntries: 5_000 });
  for (let number = 0; number < 1_000; number += 1) {
    cache.namespace(`n${number}`).set("a", number).set("b", -number);
  }
  for (let number = 0; number < 1_000; number += 1) {
    assert.equal(cache.namespace(`n${number}`).get("a"), number);
  }
  cache.namespace("n500").clear();
  assert.equal(cache.size, 1_998);
});

test("a request in a namespace moves the counters of that one and of the root, of no other", () => {
  const { cache } = made();
  const [one, two] = [cache.namespace("one"), cache.namespace("two")];
  const before = [cache, one, two].map(counters);
  one.set("a", 1);
  one.get("a");
  one.get("b");
  one.invalidatePrefix("");
  const right = "hits 1, misses 1, sets 1, invalidations 1, missesBy.cold 1, removalsBy.invalidated 1";
  assert.deepEqual(
    [cache, one, two].map((each, number) => moved(each, before[number])),
    [right, right, ""],
  );
});

test("every cache of a tree says by which engine it works", () => {
  const cache = createCache();
  for (const each of [cache, cache.namespace("n"), cache.partition("p")]) {
    assert.equal(each.engine, "wasm");
  }
});

test("the same options in other words are no other options, and none at all ask for what is there", () => {
  const cache = createCache();
  const staleIfError = { for: "1m", on: ["timeout", 503] };
  const bugs = cache.namespace("bugs", { ttl: "60s", retry: 2, staleIfError });
  bugs.set("a", 1);
  for (const same of [undefined, {}, { staleIfError: { on: ["timeout", 503], for: 60_000 }, retry: { limit: 2 }, ttl: 60_000 }]) {
    assert.equal(cache.namespace("bugs", same).get("a"), 1);
  }
  assert.throws(() => cache.namespace("bugs", { ttl: "61s" }), { code: "namespace-differs", field: "name" });
});

test("a namespace that a snapshot brought counts by itself, and takes options from who asks for it first", () => {
  const { cache, clock } = made();
  cache.namespace("bugs").setMany([["a", 1], ["b", 2], ["c", 3]]); // prettier-ignore
  const next = createCache({ clock });
  assert.equal(next.restore(cache.snapshot()), 3);
  const entries = (text) => [...text.matchAll(/^cache_entries\{cache="(.*)"\} (\d+)$/gm)].map(([, name, count]) => [name, Number(count)]);
  assert.deepEqual(entries(next.metrics()), [["default", 0], ["bugs", 3]]); // prettier-ignore
  const bugs = next.namespace("bugs", { maxEntries: 2, ttl: "1m" });
  assert.equal(bugs.size, 2);
  bugs.set("d", 4);
  assert.deepEqual([bugs.size, bugs.entry("d").ttlMs], [2, 60_000]);
});
