// Keys: which lists are which texts, what is refused, and that no text reaches another's place.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache } from "fetchwell";
import { listed, random } from "./support.mjs";

/** The text that a key is kept under. */
function textOf(key, options) {
  const cache = createCache(options);
  cache.set(key, 1);
  return [...cache.keys()][0];
}

test("a list of parts is its parts with the separator between them", () => {
  assert.equal(textOf(["books", 7]), "books:7");
  assert.equal(textOf(["books"]), "books");
  assert.equal(textOf(["a", "b", "c", 1, 2]), "a:b:c:1:2");
  assert.equal(textOf(["products", "list", "raw"]), "products:list:raw");
});

test("a key read as a list and as its text is the same key in every method that takes one", async () => {
  const cache = createCache({ staleIfError: "1h" });
  cache.set(["books", 7], "Emma");
  assert.equal(cache.get("books:7"), "Emma");
  cache.set("books:8", "Persuasion");
  assert.equal(cache.get(["books", 8]), "Persuasion");
  assert.equal(cache.peek(["books", "8"]), "Persuasion");
  assert.equal(cache.getStale(["books", "8"]), "Persuasion");
  assert.equal(cache.has(["books", 8]), true);
  assert.equal(cache.entry(["books", 8]).key, "books:8");
  assert.equal(await cache.getOrSet(["books", 8], () => "another"), "Persuasion");
  assert.equal(cache.touch(["books", 8]), true);
  assert.deepEqual(
    [...cache.getMany([["books", 7], "books:8", ["books", 9]])],
    [
      ["books:7", "Emma"],
      ["books:8", "Persuasion"],
    ],
  );
  assert.equal(cache.invalidate(["books", 7]), true);
  assert.equal(cache.delete(["books", 8]), true);
  cache.setMany([
    [["books", 1], 1],
    ["books:2", 2],
  ]);
  assert.deepEqual(listed(cache), ["books:1", "books:2"]);
});

test("a plain string is taken as it is and never escaped", () => {
  for (const text of ["a:b", "a\\b", "~", "", " ", ":", "::", "a:", ":a", "**", "é", "\u{1f600}", "\0", "\n", "a/b?c=d#e"]) {
    assert.equal(textOf(text), text);
  }
});

test("lists of parts that differ give keys that differ", () => {
  const texts = ["", "a", "b", ":", "::", "a:", ":a", "\\", "\\~\\", "~", "a\\", "\\:", "*", "7"];
  const lists = [];
  for (const one of texts) {
    lists.push([one]);
    for (const two of texts) {
      lists.push([one, two]);
      for (const three of texts) {
        lists.push([one, two, three]);
      }
    }
  }
  const cache = createCache({ maxEntries: 10_000 });
  for (const [number, list] of lists.entries()) {
    cache.set(list, number);
  }
  assert.equal(cache.size, lists.length);
  for (const [number, list] of lists.entries()) {
    assert.equal(cache.get(list), number, JSON.stringify(list));
  }
});

test("lists of parts that differ give keys that differ whatever the separator is", () => {
  const texts = ["", "a", "-", "--", "=", "->", ">", "a-", "\\", "~", "1"];
  for (const separator of ["-", "->", "--", "\\", "~", "a", "1", "\u{1f600}", "aba"]) {
    const cache = createCache({ separator, maxEntries: 10_000 });
    const lists = texts.flatMap((one) => [[one], ...texts.flatMap((two) => [[one, two], ...texts.map((three) => [one, two, three])])]);
    lists.forEach((list, number) => cache.set(list, number));
    assert.equal(cache.size, lists.length, separator);
    assert.ok(
      lists.every((list, number) => cache.get(list) === number),
      separator,
    );
  }
});

test("a part that holds the separator cannot reach into another part's place", () => {
  const cache = createCache();
  cache.set(["user", "7:admin"], "hers");
  cache.set(["user", 7, "admin"], "the admin's");
  assert.equal(cache.get(["user", "7:admin"]), "hers");
  assert.equal(cache.get("user:7:admin"), "the admin's");
  assert.equal(cache.invalidatePrefix(["user", 7]), 1);
  assert.equal(cache.get(["user", "7:admin"]), "hers");
});

test("a number in a list equals its decimal text", () => {
  for (const number of [0, 7, -7, 0.5, 1e21, 1e-7, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE]) {
    const cache = createCache();
    cache.set(["n", number], "x");
    assert.equal(cache.get(["n", String(number)]), "x", String(number));
  }
  const cache = createCache();
  cache.set(["n", -0], "x");
  assert.equal(cache.get(["n", 0]), "x");
});

test("what is no key is refused by every method that takes one, and nothing changes", async () => {
  const cache = createCache();
  cache.set("a", 1);
  const wrong = [
    [],
    ["a", NaN],
    ["a", Infinity],
    [-Infinity],
    ["a", null],
    ["a", undefined],
    ["a", ["b"]],
    ["a", {}],
    ["a", true],
    ["a", 1n],
    ["a", Symbol("s")],
    [, "a"],
    7,
    NaN,
    null,
    undefined,
    true,
    {},
    () => {},
    7n,
    Symbol("s"),
    new Date(0),
    new String("a"),
  ];
  const methods = [
    (key) => cache.get(key),
    (key) => cache.peek(key),
    (key) => cache.getStale(key),
    (key) => cache.entry(key),
    (key) => cache.has(key),
    (key) => cache.set(key, 2),
    (key) => cache.touch(key),
    (key) => cache.delete(key),
    (key) => cache.invalidate(key),
    (key) => cache.getMany(["a", key]),
    (key) =>
      cache.setMany([
        ["a", 2],
        [key, 2],
      ]),
    (key) => cache.subscribe(key, () => {}),
  ];
  for (const key of wrong) {
    for (const [number, method] of methods.entries()) {
      const error = assert.throws(() => method(key), { code: "invalid-key" });
      assert.ok(error instanceof FetchwellError, `method ${number}`);
      assert.ok(typeof error.field === "string" && error.field !== "", "the error says where");
    }
    await assert.rejects((async () => cache.getOrSet(key, () => assert.ok(false, "it was loaded")))(), { code: "invalid-key" });
  }
  assert.equal(cache.peek("a"), 1);
  assert.equal(cache.size, 1);
  assert.equal(cache.stats().sets, 1);
});

test("an error about a key says what was given", () => {
  const cache = createCache();
  assert.match(assert.throws(() => cache.get(["a", NaN])).message, /NaN/);
  assert.match(assert.throws(() => cache.get(42)).message, /42|number/);
  assert.match(assert.throws(() => cache.get(undefined)).message, /undefined/);
  assert.match(assert.throws(() => cache.get(["a", Symbol("sign")])).message, /symbol|Symbol/);
});

test("keys, tags, prefixes, patterns and partitions that are no well-formed text are refused", async () => {
  const cache = createCache();
  for (const broken of ["\ud800", "a\udc00", "\udc00\ud800", "x\ud83dy"]) {
    const refused = [
      () => cache.set(broken, 1),
      () => cache.get(broken),
      () => cache.get(["a", broken]),
      () => cache.set("a", 1, { tags: [broken] }),
      () => cache.set("a", 1, { tags: () => [broken] }),
      () => cache.invalidatePrefix(broken),
      () => cache.invalidatePrefix(["a", broken]),
      () => cache.invalidateTag(broken),
      () => cache.invalidateTag(["a", broken]),
      () => cache.invalidateMatching(broken),
      () => cache.partition(broken),
      () => cache.namespace(broken),
      () => cache.keys(broken),
      () => cache.entries(broken),
    ];
    for (const [number, act] of refused.entries()) {
      const error = assert.throws(act);
      assert.ok(error instanceof FetchwellError, `${number}: ${String(error)}`);
      assert.ok(typeof error.code === "string" && typeof error.field === "string", `${number}`);
    }
    const error = await assert.rejects((async () => cache.drop(broken))());
    assert.ok(error instanceof FetchwellError);
  }
  assert.equal(cache.size, 0);
  cache.set("\u{1f600}", 1);
  assert.equal(cache.get("\ud83d\ude00"), 1, "a whole pair is well-formed");
});

test("names that mean something to JavaScript are keys, tags and namespaces like any other", () => {
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then"];
  const cache = createCache();
  for (const name of names) {
    assert.equal(cache.get(name), undefined, name);
    assert.equal(cache.has(name), false, name);
    assert.equal(cache.invalidateTag(name), 0, name);
    cache.set(name, `the value of ${name}`, { tags: [name] });
    cache.namespace(name).set(name, `in ${name}`);
    cache.partition(name).set(name, `of ${name}`);
    assert.equal(cache.get(name), `the value of ${name}`);
    assert.equal(cache.namespace(name).get(name), `in ${name}`);
    assert.equal(cache.partition(name).get(name), `of ${name}`);
    assert.deepEqual([...cache.entry(name).tags], [name]);
  }
  const many = cache.getMany(names);
  assert.ok(many instanceof Map && names.every((name) => many.get(name) === `the value of ${name}`));
  for (const name of names) {
    assert.equal(cache.invalidateTag(name), 1, name);
  }
  assert.equal({}.polluted, undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

test("texts are compared exactly: case, composition and blanks count", () => {
  const cache = createCache();
  const texts = ["A", "a", "é", "e\u0301", " a", "a ", "\u00a0", "\u200b", "ﬁ", "fi", "İ", "i\u0307"];
  texts.forEach((text, number) => cache.set(text, number));
  assert.ok(texts.every((text, number) => cache.get(text) === number));
  assert.equal(cache.size, texts.length);
});

test("a key of a thousand characters of any script comes back as it went in", () => {
  const chance = random(11);
  const cache = createCache();
  for (let round = 0; round < 300; round += 1) {
    const length = Math.floor(chance() * 1_000);
    let text = "";
    while (text.length < length) {
      const point = Math.floor(chance() ** 4 * 0x10ffff);
      text += point >= 0xd800 && point <= 0xdfff ? "x" : String.fromCodePoint(point);
    }
    cache.set(text, round);
    assert.equal(cache.get(text), round);
    assert.equal(cache.entry(text).key, text);
  }
});

test("keys of every length around the sizes of buffers are told apart", () => {
  const cache = createCache({ maxEntries: 100_000, maxBytes: "256mb" });
  const lengths = [0, 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 257, 1_023, 1_024, 1_025, 4_095, 4_096, 4_097, 16_384, 40_000];
  for (const fill of ["a", "é", "\u20ac", "\u{1f600}"]) {
    for (const length of lengths) {
      const key = fill + "x".repeat(length);
      cache.set(key, key.length);
      cache.set(`${key}y`, -1);
      assert.equal(cache.get(key), key.length, `${fill} and ${length}`);
    }
  }
});

test("a list of keys is read when it is given, and may be changed after", () => {
  const cache = createCache();
  const key = ["books", 7];
  cache.set(key, "Emma");
  key[1] = 8;
  assert.equal(cache.get(key), undefined);
  assert.equal(cache.get(["books", 7]), "Emma");
});

test("getMany answers with a map from texts to what is there, and asks for each key once", () => {
  const cache = createCache();
  cache.set("a", 1).set("b", null).set("c", 0);
  cache.resetStats();
  const found = cache.getMany(new Set(["a", "b", "c", "d"]));
  assert.deepEqual(
    [...found],
    [
      ["a", 1],
      ["b", null],
      ["c", 0],
    ],
  );
  assert.equal(cache.stats().hits, 3);
  assert.equal(cache.stats().misses, 1);
  assert.deepEqual(cache.getMany([]), new Map());
});

test("setMany stores every pair by one policy, or nothing if one of them is refused", () => {
  const cache = createCache();
  const same = cache.setMany(
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
    { tags: ["t"] },
  );
  assert.equal(same, cache);
  assert.equal(cache.invalidateTag("t", { dryRun: true }), 2);
  assert.throws(() =>
    cache.setMany([
      ["c", 1],
      ["d", undefined],
    ]),
  );
  assert.throws(() =>
    cache.setMany([
      ["c", 1],
      [[], 1],
    ]),
  );
  assert.throws(() => cache.setMany([["c", 1]], { ttl: -1 }));
  assert.deepEqual(listed(cache), ["a", "b"]);
});
