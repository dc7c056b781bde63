// Invalidation: what goes, what is counted, and what only looks as if it would.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { listed, made, random, settle } from "./support.mjs";

const KEYS = ["user:1", "user:1:cart", "user:10", "user:2", "GET https://shop.example/api/books/7"];

/** A small shop: keys, and the tags of some. */
function shop(options) {
  const world = made(options);
  const { cache } = world;
  cache
    .set("user:1", 1, { tags: ["users"] })
    .set("user:1:cart", 2, { tags: ["users", "carts"] })
    .set("user:10", 3, { tags: ["users"] });
  cache.set("user:2", 4).set("GET https://shop.example/api/books/7", 5, { tags: ["books"] });
  return world;
}

const WAYS = [
  ["by key", 1, (cache, o) => Number(cache.invalidate("user:1", o))],
  ["by key as a list", 1, (cache, o) => Number(cache.invalidate(["user", 1], o))],
  ["by raw prefix", 3, (cache, o) => cache.invalidatePrefix("user:1", o)],
  ["by segments", 2, (cache, o) => cache.invalidatePrefix(["user", 1], o)],
  ["by tag", 3, (cache, o) => cache.invalidateTag("users", o)],
  ["by a list of tags", 4, (cache, o) => cache.invalidateTag(["users", "books"], o)],
  ["by pattern", 2, (cache, o) => cache.invalidateMatching("user:1*", o)],
  ["by regular expression", 3, (cache, o) => cache.invalidateMatching(/^user:1/, o)],
  ["by predicate", 2, (cache, o) => cache.invalidateWhere((entry) => entry.value % 2 === 0, o)],
  ["everything", 5, (cache, o) => cache.invalidatePrefix("", o)],
];

test("every way to invalidate takes what it says and returns how many a reader could have been given", () => {
  for (const [name, count, act] of WAYS) {
    const { cache } = shop();
    assert.equal(act(cache), count, name);
    assert.equal(cache.size, 5 - count, name);
    assert.equal(act(cache), 0, `${name}, again`);
    assert.equal(cache.stats().invalidations, count, name);
    assert.equal(cache.stats().removalsBy.invalidated, count, name);
  }
});

test("a dry run counts the same and moves nothing", () => {
  for (const [name, count, act] of WAYS) {
    const { cache } = shop();
    const before = JSON.stringify(cache.stats());
    const told = [];
    cache.on("*", (event) => told.push(event.type));
    for (const options of [{ dryRun: true }, { dryRun: true, soft: true }]) {
      assert.equal(act(cache, options), count, name);
    }
    assert.equal(JSON.stringify(cache.stats()), before, name);
    assert.equal(cache.size, 5, name);
    assert.deepEqual(told, [], name);
  }
});

test("a soft invalidation counts the same, and leaves what it took to getStale", () => {
  for (const [name, count, act] of WAYS) {
    const { cache } = shop();
    assert.equal(act(cache, { soft: true }), count, name);
    assert.equal(cache.size, 5, name);
    assert.equal(listed(cache).length, 5 - count, `${name}: without a window nobody sees it`);
    assert.equal(act(cache, { soft: true }), 0, `${name}, again`);
    assert.equal(cache.getStale("user:1") === undefined, false, name);
    assert.equal(cache.stats().invalidations, count, name);
  }
});

test("what was softly invalidated a hard invalidation takes from getStale, too", () => {
  for (const [name, count, act] of WAYS) {
    const { cache } = shop();
    cache.invalidatePrefix("", { soft: true });
    const given = () => KEYS.filter((key) => cache.getStale(key) !== undefined).length;
    for (const [options, left] of [
      [{ dryRun: true }, 5],
      [{ soft: true }, 5],
      [undefined, 5 - count],
    ]) {
      assert.equal(act(cache, options), 0, `${name}: no reader could have been given it`);
      assert.deepEqual([given(), cache.size, cache.stats().removalsBy.invalidated], [left, left, 5 - left], name);
    }
  }
});

test("inside a window a soft invalidation leaves entries that a reader could be given", () => {
  for (const [name, count, act] of WAYS) {
    const { cache } = shop({ swr: "1m" });
    assert.equal(act(cache, { soft: true }), count, name);
    assert.equal(listed(cache).length, 5, name);
    assert.equal([...cache.entries()].filter((entry) => entry.state === "stale").length, count, name);
    assert.equal(act(cache), count, `${name}: stale inside a window is still to be had`);
    assert.equal(listed(cache).length, 5 - count, name);
  }
});

test("what is dead counts for nothing", async () => {
  for (const [name, , act] of WAYS) {
    const { cache, clock } = shop({ ttl: "1m" });
    await clock.advance("1m");
    for (const options of [{ dryRun: true }, { soft: true }, undefined]) {
      assert.equal(act(cache, options), 0, name);
    }
  }
});

test("delete returns whether a reader could still have been given it", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "1m" });
  cache.set("a", 1);
  assert.deepEqual([cache.delete("a"), cache.delete("a"), cache.delete("never")], [true, false, false]);
  cache.set("a", 1);
  await clock.advance("1m");
  assert.equal(cache.delete("a"), true, "stale inside a window");
  cache.set("a", 1);
  await clock.advance("2m");
  assert.equal(cache.delete("a"), false, "dead");
  cache.set("a", 1, { swr: 0 });
  cache.invalidate("a", { soft: true });
  assert.equal(cache.delete("a"), false, "for getStale alone");
  assert.equal(cache.getStale("a"), undefined);
});

test("a segment prefix takes the key itself and what is below it, and stops at the segment", () => {
  const keys = ["user:1", "user:1:", "user:1:a", "user:1:a:b", "user:10", "user:1a", "user:", "user", "user:2", "xuser:1"];
  const cache = createCache();
  const fill = () => cache.setMany(keys.map((key) => [key, 1]));
  fill();
  assert.equal(cache.invalidatePrefix(["user", 1]), 4);
  assert.deepEqual(listed(cache), ["user", "user:", "user:10", "user:1a", "user:2", "xuser:1"]);
  fill();
  assert.equal(cache.invalidatePrefix(["user"]), 9);
  fill();
  assert.equal(cache.invalidatePrefix("user:1"), 6);
  fill();
  assert.equal(cache.invalidatePrefix("user"), 9);
});

test("a segment prefix respects the separator of the cache, however long", () => {
  for (const separator of ["/", "::", "->", "\u{1f600}"]) {
    const cache = createCache({ separator });
    cache.set(["a", 1], 1).set(["a", 1, "b"], 1).set(["a", 10], 1).set(`a${separator}1`, 2);
    assert.equal(cache.size, 3);
    assert.equal(cache.invalidatePrefix(["a", 1]), 2);
    assert.deepEqual(listed(cache), [`a${separator}10`]);
  }
});

test("the empty prefix is everything there, the prefix of one empty part is not", () => {
  const cache = createCache();
  cache.set("", 1).set(":a", 1).set("a", 1);
  assert.equal(cache.invalidatePrefix([""], { dryRun: true }), 2);
  assert.equal(cache.invalidatePrefix("", { dryRun: true }), 3);
  assert.throws(() => cache.invalidatePrefix([]), { name: "FetchwellError" });
  assert.equal(cache.invalidatePrefix(""), 3);
});

test("prefixes answer the same whether the index is built at first or when it is asked for", () => {
  const chance = random(21);
  const caches = ["lazy", "eager"].map((prefixIndex) => createCache({ prefixIndex, maxEntries: 5_000 }));
  const word = () => ["a", "b", "ab", "é", "\u{1f600}", ""][Math.floor(chance() * 6)];
  const model = new Map();
  for (let step = 0; step < 3_000; step += 1) {
    const key = [word(), word(), word()].join(":");
    if (chance() < 0.7) {
      model.set(key, step);
      caches.forEach((cache) => cache.set(key, step));
    } else {
      const prefix = key.slice(0, Math.floor(chance() * key.length));
      if (prefix.isWellFormed?.() === false || /[\ud800-\udbff]$/.test(prefix)) {
        continue;
      }
      const right = [...model.keys()].filter((each) => each.startsWith(prefix));
      for (const cache of caches) {
        assert.equal(cache.invalidatePrefix(prefix, { dryRun: true }), right.length);
        assert.deepEqual(listed(cache, prefix), [...right].sort());
      }
      if (chance() < 0.2) {
        right.forEach((each) => model.delete(each));
        caches.forEach((cache) => assert.equal(cache.invalidatePrefix(prefix), right.length));
      }
    }
  }
  caches.forEach((cache) => assert.equal(cache.size, model.size));
});

test("stars and question marks stop at the separator and at a slash, two stars cross", () => {
  const matches = (pattern, key) => {
    const cache = createCache();
    cache.set(key, 1);
    return cache.invalidateMatching(pattern, { dryRun: true }) === 1;
  };
  const right = [
    ["books:*", "books:7"],
    ["books:*", "books:"],
    ["books:*:cover", "books:7:cover"],
    ["books:**", "books:7:de:cover"],
    ["**", ""],
    ["**", "a:b/c"],
    ["*", ""],
    ["*", "abc"],
    ["?", "a"],
    ["?", "\u{1f600}"],
    ["a?c", "abc"],
    ["", ""],
    ["a", "a"],
    ["**:cover", "books:7:cover"],
    ["***", "a:b"],
    ["GET https://shop.example/api/**", "GET https://shop.example/api/books/7?x=1"],
    ["*:*", "a:b"],
    ["a**z", "a:b:z"],
    ["a**z", "az"],
    ["*b*", "abc"],
    ["user:?:*", "user:1:x"],
    ["a.c", "a.c"],
    ["[a]", "[a]"],
    ["a{1}", "a{1}"],
    ["\\", "\\"],
    ["(", "("],
    ["a|b", "a|b"],
    ["^a$", "^a$"],
  ];
  const wrong = [
    ["books:*", "books:7:cover"],
    ["books:*", "book:7"],
    ["*", "a:b"],
    ["*", "a/b"],
    ["?", ""],
    ["?", ":"],
    ["?", "/"],
    ["?", "ab"],
    ["a?c", "a:c"],
    ["", "a"],
    ["a", ""],
    ["a", "ab"],
    ["a", "A"],
    ["*:*", "a:b:c"],
    ["*:*", "ab"],
    ["a.c", "abc"],
    ["[a]", "a"],
    ["a|b", "a"],
    ["^a$", "a"],
    ["books", "books:7"],
    ["\\*", "*"],
    ["user:?:*", "user:10:x"],
  ];
  right.forEach(([pattern, key]) => assert.ok(matches(pattern, key), `${pattern} matches ${key}`));
  wrong.forEach(([pattern, key]) => assert.ok(!matches(pattern, key), `${pattern} does not match ${key}`));
});

test("a pattern stops at the separator of its cache", () => {
  const cache = createCache({ separator: "->" });
  cache.set("a->b", 1).set("a:b", 1).set("a-b", 1).set("a/b", 1);
  assert.equal(cache.invalidateMatching("*", { dryRun: true }), 2);
  assert.equal(cache.invalidateMatching("a?b", { dryRun: true }), 2);
  assert.equal(cache.invalidateMatching("a**b", { dryRun: true }), 4);
});

test("random patterns match what a plain reading of the rule says", () => {
  const reads = (pattern, key) => {
    if (pattern.length === 0) {
      return key.length === 0;
    }
    const [first] = pattern;
    const stops = (char) => char === ":" || char === "/";
    if (first === "**") {
      return key.some((_, at) => reads(pattern.slice(1), key.slice(at))) || reads(pattern.slice(1), []);
    }
    if (first === "*") {
      let at = 0;
      for (;;) {
        if (reads(pattern.slice(1), key.slice(at))) {
          return true;
        }
        if (at === key.length || stops(key[at])) {
          return false;
        }
        at += 1;
      }
    }
    const fits = key.length > 0 && (first === "?" ? !stops(key[0]) : key[0] === first);
    return fits && reads(pattern.slice(1), key.slice(1));
  };
  const chance = random(4);
  const pick = (from, most) => Array.from({ length: Math.floor(chance() * (most + 1)) }, () => from[Math.floor(chance() * from.length)]);
  for (let round = 0; round < 1_500; round += 1) {
    const key = pick(["a", "b", ":", "/"], 6);
    // Stars side by side would be read together: no two of them touch.
    const pattern = pick(["a", "b", ":", "/", "?", "*", "**"], 6).filter(
      (part, at, all) => !(part.startsWith("*") && all[at - 1]?.startsWith("*")),
    );
    const cache = createCache();
    cache.set(key.join(""), 1);
    const found = cache.invalidateMatching(pattern.join(""), { dryRun: true }) === 1;
    assert.equal(found, reads(pattern, key), `${pattern.join("")} and ${key.join("")}`);
  }
});

test("a pattern of many stars takes no longer than pattern times key", () => {
  const cache = createCache();
  const key = "a".repeat(2_000);
  cache.set(key, 1);
  assert.equal(cache.invalidateMatching(`${"*a".repeat(200)}b`), 0);
  assert.equal(cache.invalidateMatching(`${"**a".repeat(200)}b`), 0);
  assert.equal(cache.invalidateMatching(`${"?*".repeat(500)}`), 1);
});

test("a regular expression is asked about each key anew, whatever its flags", () => {
  for (const flags of ["", "g", "y", "i", "gy"]) {
    const cache = createCache();
    cache.setMany(Array.from({ length: 50 }, (_, number) => [`a${number}`, 1]));
    const pattern = new RegExp("^a\\d", flags);
    pattern.lastIndex = flags === "g" ? 1 : 0;
    assert.equal(cache.invalidateMatching(pattern), 50, `flags "${flags}"`);
  }
});

test("a regular expression that throws reaches the caller and changes nothing", () => {
  const { cache } = shop();
  const mine = new Error("mine");
  const pattern = /a/;
  pattern.exec = () => {
    throw mine;
  };
  pattern.test = pattern.exec;
  try {
    cache.invalidateMatching(pattern);
  } catch (error) {
    assert.equal(error, mine);
    assert.equal(cache.size, 5);
  }
});

test("what is no pattern, no tag, no prefix, no predicate is refused by its field", () => {
  const { cache } = shop();
  const odd = [undefined, null, 7, {}, true, Symbol("s"), () => true];
  for (const wrong of odd) {
    assert.throws(() => cache.invalidateMatching(wrong), { name: "FetchwellError" });
    assert.throws(() => cache.invalidatePrefix(wrong), { name: "FetchwellError" });
    assert.throws(() => cache.invalidateTag(wrong), { name: "FetchwellError" });
    assert.throws(() => cache.invalidateTag(["users", wrong]), { name: "FetchwellError" });
    if (typeof wrong !== "function") {
      assert.throws(() => cache.invalidateWhere(wrong), { name: "FetchwellError" });
    }
  }
  assert.equal(cache.size, 5);
});

test("what is no option of an invalidation is refused, and nothing goes", () => {
  const { cache } = shop();
  for (const [wrong, field] of [
    [{ dryrun: true }, "dryrun"],
    [{ soft: 1 }, "soft"],
    [{ dryRun: "yes" }, "dryRun"],
    [{ dry: true }, "dry"],
  ]) {
    for (const [name, , act] of WAYS) {
      assert.throws(() => act(cache, wrong), { name: "FetchwellError", field }, name);
    }
  }
  for (const wrong of [null, 7, "soft", true]) {
    assert.throws(() => cache.invalidate("user:1", wrong), { name: "FetchwellError" });
  }
  assert.equal(cache.size, 5);
});

test("an entry with several of the tags in a list counts once", () => {
  const cache = createCache();
  cache.set("a", 1, { tags: ["x", "y", "z"] }).set("b", 1, { tags: ["x"] });
  assert.equal(cache.invalidateTag(["x", "y", "z", "x"], { dryRun: true }), 2);
  assert.equal(cache.invalidateTag(["x", "y", "z", "x"]), 2);
  assert.equal(cache.invalidateTag([]), 0);
});

test("a tag made of parts is invalidated by its text", () => {
  const cache = createCache();
  cache.set("a", 1, { tags: ["test:7"] });
  assert.equal(cache.invalidateTag("test"), 0);
  assert.equal(cache.invalidateTag("test:7"), 1);
});

test("a predicate sees each entry that anybody could be given, once, as entry() shows it", async () => {
  const { cache, clock } = made();
  cache
    .set("fresh", 1, { tags: ["t"] })
    .set("stale", 2, { ttl: "1s", swr: "1m" })
    .set("dead", 3, { ttl: "1s" })
    .set("soft", 4)
    .set("soft, dead", 5, { ttl: "1s" });
  cache.invalidatePrefix("soft", { soft: true });
  await clock.advance("1s");
  const seen = [];
  cache.invalidateWhere((entry) => {
    seen.push(entry);
    return false;
  });
  seen.sort((one, other) => (one.key < other.key ? -1 : 1));
  assert.deepEqual(
    seen.map(({ key, value, state }) => [key, value, state]),
    [
      ["fresh", 1, "fresh"],
      ["soft", 4, "stale"],
      ["stale", 2, "stale"],
    ],
  );
  const { key, value, createdAt, ttlMs, tags } = seen[0];
  assert.deepEqual([key, value, createdAt, ttlMs, [...tags]], ["fresh", 1, clock.now() - 1_000, Infinity, ["t"]]);
  assert.deepEqual([seen[1].expiresAt, seen[1].ttlMs], [clock.now() - 1_000, -1_000], "what was softly invalidated expired then");
});

test("a predicate that throws reaches the caller, and nothing has gone", () => {
  const { cache } = shop();
  const mine = new Error("mine");
  let asked = 0;
  const thrown = assert.throws(() =>
    cache.invalidateWhere(() => {
      asked += 1;
      if (asked === 3) {
        throw mine;
      }
      return true;
    }),
  );
  assert.equal(thrown, mine);
  assert.equal(cache.size, 5);
});

test("a newer value that is stored while the predicate looks at the older one stays", () => {
  const cache = createCache();
  cache.set("a", 1).set("b", 1);
  cache.invalidateWhere(({ key, value }) => {
    if (key === "a" && value === 1) {
      cache.set("a", 2);
    }
    return true;
  });
  assert.deepEqual([cache.get("a"), cache.get("b")], [2, undefined]);
});

test("clear takes everything out, namespaces and partitions with it, and keeps the counters", () => {
  const { cache } = shop();
  cache.namespace("n").set("a", 1);
  cache.partition("p").set("a", 1);
  cache.get("user:1");
  assert.equal(cache.clear(), undefined);
  assert.deepEqual([cache.size, cache.bytes, cache.stats().hits, cache.stats().sets], [0, 0, 1, 7]);
  assert.equal(cache.stats().removalsBy.invalidated, 7);
  cache.set("a", 1);
  assert.equal(cache.get("a"), 1);
});

test("a thousand entries in a hundred tags go as they should, tag by tag", () => {
  const cache = createCache({ maxEntries: 10_000 });
  const tagsOf = (number) => [`by ${number % 100}`, `of ${number % 7}`];
  for (let number = 0; number < 1_000; number += 1) {
    cache.set(["k", number], number, { tags: tagsOf(number) });
  }
  let left = 1_000;
  for (let tag = 0; tag < 100; tag += 3) {
    assert.equal(cache.invalidateTag(`by ${tag}`), 10);
    left -= 10;
    assert.equal(listed(cache).length, left);
  }
  const right = Array.from({ length: 1_000 }, (_, number) => number).filter((number) => number % 7 === 3 && (number % 100) % 3 !== 0);
  assert.equal(cache.invalidateTag("of 3"), right.length);
});

test("what an invalidation of very many took is gone at once and for all methods", async () => {
  const cache = createCache({ maxEntries: 20_000 });
  for (let number = 0; number < 10_000; number += 1) {
    cache.set(["k", number], { number });
  }
  assert.equal(cache.invalidatePrefix(["k"]), 10_000);
  assert.equal(listed(cache).length, 0);
  assert.equal(cache.invalidatePrefix(""), 0);
  for (let number = 0; number < 10_000; number += 7) {
    assert.equal(cache.get(["k", number]), undefined);
    assert.equal(cache.getStale(["k", number]), undefined);
    cache.set(["k", number], number);
    assert.equal(cache.get(["k", number]), number);
  }
  await settle();
  // How so many went is remembered of most.
  const { misses, missesBy } = cache.stats();
  assert.equal(misses, 2 * Math.ceil(10_000 / 7));
  assert.equal(missesBy.invalidated + missesBy.cold, misses);
  assert.ok(missesBy.invalidated > misses / 2);
});

test("a pattern is taken as a whole, however long it is", () => {
  const cache = createCache();
  cache.set("a", 1).set("b", 1);
  assert.equal(cache.invalidateMatching(`${"*".repeat(70_000)}zzz`), 0);
  assert.equal(cache.size, 2);
  assert.equal(cache.invalidateMatching("*".repeat(70_000)), 2);
});
