// Bounds: they hold at every moment, whatever is stored; and what a value weighs.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { listening, made, random } from "./support.mjs";

test("maxEntries holds at every moment", () => {
  for (const maxEntries of [1, 2, 3, 10, 100]) {
    const cache = createCache({ maxEntries });
    const largest = { size: 0 };
    cache.on("*", () => {
      largest.size = Math.max(largest.size, cache.size);
    });
    for (let number = 0; number < 5 * maxEntries + 20; number += 1) {
      cache.set(`k${number % (3 * maxEntries)}`, number);
      assert.ok(cache.size <= maxEntries, `${cache.size} of ${maxEntries}`);
      assert.equal(cache.get(`k${number % (3 * maxEntries)}`), number, "what was stored just now is there");
    }
    assert.equal(cache.size, maxEntries);
    assert.ok(largest.size <= maxEntries);
  }
});

test("maxBytes holds at every moment, whatever the values weigh", () => {
  const chance = random(3);
  for (const maxBytes of [2_000, 20_000, 200_000]) {
    const cache = createCache({ maxBytes, maxEntries: 10_000, maxEntryBytes: maxBytes });
    let largest = 0;
    cache.on("*", () => {
      largest = Math.max(largest, cache.bytes);
    });
    for (let number = 0; number < 2_000; number += 1) {
      const weight = Math.floor(chance() ** 4 * maxBytes);
      cache.set(`k${Math.floor(chance() * 300)}`, number, { weight, tags: chance() < 0.3 ? ["a tag", "another"] : [] });
      assert.ok(cache.bytes <= maxBytes, `${cache.bytes} of ${maxBytes}`);
    }
    assert.ok(largest <= maxBytes);
    assert.ok(cache.size > 0 && cache.bytes > 0);
  }
});

test("maxBytes as text is counted by 1024", () => {
  const fits = (maxEntryBytes, weight) => {
    const cache = createCache({ maxEntryBytes, maxBytes: "4gb" });
    cache.set("a", 1, { weight });
    return cache.has("a");
  };
  for (const [text, bytes] of [
    ["64b", 64],
    ["1kb", 1_024],
    ["1.5kb", 1_536],
    ["2mb", 2_097_152],
    ["1gb", 1_073_741_824],
    [100, 100],
  ]) {
    assert.equal(fits(text, bytes), true, `${bytes} of ${text}`);
    assert.equal(fits(text, bytes + 1), false, `${bytes + 1} of ${text}`);
  }
});

test("without any bounds given there are some: 1 000 entries, 16 MB, 1 MB an entry", () => {
  const entries = createCache();
  for (let number = 0; number < 3_000; number += 1) {
    entries.set(`k${number}`, 1);
  }
  assert.equal(entries.size, 1_000);
  const bytes = createCache();
  for (let number = 0; number < 100; number += 1) {
    bytes.set(`k${number}`, 1, { weight: 500_000 });
  }
  assert.ok(bytes.bytes <= 16 << 20 && bytes.bytes > 15 << 20);
  bytes.set("fits", 1, { weight: 1 << 20 }).set("does not", 1, { weight: (1 << 20) + 1 });
  assert.deepEqual([bytes.has("fits"), bytes.has("does not")], [true, false]);
});

test("a value too large is rejected without a throw and takes the older one with it", () => {
  const cache = createCache({ maxEntryBytes: 1_000 });
  cache.set("a", "old");
  const told = listening(cache);
  assert.equal(cache.set("a", "new", { weight: 1_001 }), cache);
  assert.equal(cache.get("a"), undefined);
  assert.equal(cache.size, 0);
  assert.equal(cache.stats().rejections, 1);
  assert.deepEqual(told.take().sort(), ["miss a invalidated", "reject a too-large", "remove a replaced"]);
  cache.set("b", 1, { weight: 1_000 });
  assert.equal(cache.get("b"), 1);
});

test("a value larger than the whole cache is rejected and drives nothing else out", () => {
  const cache = createCache({ maxBytes: "10kb", maxEntryBytes: "1mb" });
  cache.set("a", 1).set("b", 2);
  cache.set("c", 3, { weight: 10_241 });
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], [1, 2, undefined]);
  cache.set("d", "x".repeat(11_000));
  assert.deepEqual([cache.size, cache.stats().rejections, cache.stats().evictions], [2, 2, 0]);
});

test("a bound wider than what contains it is legal, and the narrower one holds", () => {
  const cache = createCache({ maxEntries: 3, maxBytes: "1mb", maxEntryBytes: "1gb" });
  const inner = cache.namespace("inner", { maxEntries: 1_000, maxBytes: "1gb" });
  for (let number = 0; number < 20; number += 1) {
    inner.set(`k${number}`, number);
  }
  assert.equal(inner.size, 3);
});

test("a weight is a number, or told from the value and the key", () => {
  const cache = createCache({ weight: (value, key) => value.length * 1_000 + key.length });
  const empty = createCache();
  empty.set("a", "xx", { weight: 0 });
  cache.set("a", "xx");
  assert.equal(cache.bytes - empty.bytes, 2_001);
  cache.set("a", "xx", { weight: 7 });
  assert.equal(cache.bytes - empty.bytes, 7, "what a call says stands over what the cache says");
});

test("a weight function that gives no finite number of zero or more is refused, and changes nothing", () => {
  const cache = createCache();
  cache.set("a", "old");
  for (const wrong of [NaN, -1, Infinity, -Infinity, "5", null, undefined, {}, 5n, true]) {
    assert.throws(() => cache.set("a", "new", { weight: () => wrong }), { name: "FetchwellError", field: "weight" });
    assert.throws(
      () =>
        cache.setMany(
          [
            ["b", 1],
            ["a", 2],
          ],
          { weight: () => wrong },
        ),
      { field: "weight" },
    );
  }
  const mine = { not: "an Error" };
  assert.equal(
    assert.throws(() =>
      cache.set("a", "new", {
        weight: () => {
          throw mine;
        },
      }),
    ),
    mine,
  );
  assert.deepEqual([cache.get("a"), cache.size, cache.stats().sets, cache.stats().rejections], ["old", 1, 1, 0]);
});

test("a fraction of a byte is no reason to refuse a weight", () => {
  const cache = createCache();
  cache
    .set("a", 1, { weight: 0.5 })
    .set("b", 1, { weight: () => 1e-9 })
    .set("c", 1, { weight: 99.99 });
  assert.equal(cache.size, 3);
});

test("a weight beyond all bounds is too large and no error", () => {
  const cache = createCache();
  for (const weight of [2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64, 2 ** 64 + 4_096, Number.MAX_VALUE]) {
    cache.set("a", 1, { weight });
    assert.equal(cache.has("a"), false, String(weight));
    cache.set("a", 1, { weight: () => weight });
    assert.equal(cache.has("a"), false, String(weight));
  }
  assert.equal(cache.stats().rejections, 14);
});

test("texts and buffers are weighed exactly", () => {
  const bytesOf = (value) => {
    const cache = createCache();
    cache.set("a", value);
    return cache.bytes;
  };
  const one = bytesOf("x".repeat(1_000));
  const two = bytesOf("x".repeat(2_000));
  const three = bytesOf("x".repeat(3_000));
  assert.ok(two - one >= 1_000, "a character takes a byte at least");
  assert.equal(three - two, two - one);
  for (const [letter, least] of [
    ["\u00e9", 2],
    ["\u20ac", 2],
    ["\u{1f600}", 4],
  ]) {
    const [some, more, most] = [1_000, 2_000, 3_000].map((count) => bytesOf(letter.repeat(count)));
    assert.ok(most - more === more - some && more - some >= 1_000 * least && more - some <= 4_000, letter);
  }
  for (const make of [
    (n) => new Uint8Array(n),
    (n) => new ArrayBuffer(n),
    (n) => new DataView(new ArrayBuffer(n)),
    (n) => new Float64Array(n / 8),
  ]) {
    assert.equal(bytesOf(make(80_000)) - bytesOf(make(8_000)), 72_000);
  }
});

test("a large object weighs more than a small one, about in proportion", () => {
  const bytesOf = (value) => {
    const cache = createCache({ maxEntryBytes: "1gb", maxBytes: "2gb" });
    cache.set("a", value);
    return cache.bytes;
  };
  const books = (count) => Array.from({ length: count }, (_, id) => ({ id, title: "a title of some length", tags: ["novel", "1815"] }));
  const [some, many] = [bytesOf(books(100)), bytesOf(books(10_000))];
  assert.ok(many / some > 30 && many / some < 300, `${some} and ${many}`);
  assert.ok(bytesOf({ text: "x".repeat(100_000) }) > 100_000, "a long text inside is seen");
});

test("keys, tags and names of partitions are counted", () => {
  const bytesOf = (act) => {
    const cache = createCache();
    act(cache);
    return cache.bytes;
  };
  const plain = bytesOf((cache) => cache.set("k", 1));
  assert.ok(plain > 0);
  assert.ok(bytesOf((cache) => cache.set("k".repeat(1_000), 1)) >= plain + 999);
  assert.ok(bytesOf((cache) => cache.set("k", 1, { tags: ["t".repeat(1_000)] })) >= plain + 1_000);
  assert.ok(bytesOf((cache) => cache.partition("p".repeat(500)).set("k", 1)) >= plain + 500);
});

test("size and bytes are the sum of what is held, and nothing when nothing is", () => {
  const cache = createCache();
  for (let number = 0; number < 50; number += 1) {
    cache.set(`k${number}`, "x".repeat(number * 10), { tags: [`t${number}`] });
  }
  const sum = [...cache.entries()].reduce((bytes, entry) => bytes + entry.bytes, 0);
  assert.deepEqual([cache.size, cache.bytes, cache.stats().entries, cache.stats().bytes], [50, sum, 50, sum]);
  cache.clear();
  assert.deepEqual([cache.size, cache.bytes], [0, 0]);
});

test("a namespace's own bounds hold under the budget of the whole", () => {
  const root = createCache({ maxEntries: 50, maxBytes: "40kb" });
  const small = root.namespace("small", { maxEntries: 5 });
  const light = root.namespace("light", { maxBytes: 2_000 });
  const view = small.partition("p");
  const chance = random(8);
  for (let number = 0; number < 3_000; number += 1) {
    const cache = [root, small, light, view][number % 4];
    cache.set(`k${Math.floor(chance() * 90)}`, number, { weight: Math.floor(chance() * 900) });
    assert.ok(root.size <= 50 && root.bytes <= 40 << 10, "the whole");
    assert.ok(small.size <= 5 && light.bytes <= 2_000, `${small.size} entries, ${light.bytes} bytes`);
  }
  assert.ok(root.size > 5 && light.size > 0);
});

test("namespaces share the budget of the whole", () => {
  const root = createCache({ maxEntries: 10 });
  const [one, two] = [root.namespace("one"), root.namespace("two")];
  for (let number = 0; number < 10; number += 1) {
    one.set(`k${number}`, 1);
  }
  for (let number = 0; number < 10; number += 1) {
    two.set(`k${number}`, 1);
    assert.equal(root.size, 10);
  }
  assert.equal(one.size + two.size, 10);
  assert.ok(two.size >= 1);
});

test("what nobody asks for goes before what everybody asks for", () => {
  const cache = createCache({ maxEntries: 100 });
  for (let number = 0; number < 50; number += 1) {
    cache.set(`popular${number}`, number);
  }
  for (let round = 0; round < 40; round += 1) {
    for (let number = 0; number < 50; number += 1) {
      cache.get(`popular${number}`);
    }
    for (let number = 0; number < 50; number += 1) {
      cache.set(`once${round}:${number}`, 1);
    }
  }
  let kept = 0;
  for (let number = 0; number < 50; number += 1) {
    kept += cache.has(`popular${number}`) ? 1 : 0;
  }
  assert.ok(kept >= 45, `${kept} of 50 are left after a scan of 2 000`);
});

test("an evicted entry is told by its key, and a miss on it says evicted", () => {
  const cache = createCache({ maxEntries: 2 });
  const gone = [];
  cache.on("remove", ({ key, cause }) => gone.push([key, cause]));
  cache.set("a", 1).set("b", 2).set("c", 3);
  assert.equal(gone.length, 1);
  const [[key, cause]] = gone;
  assert.equal(cause, "evicted");
  assert.equal(cache.has(key), false);
  cache.get(key);
  assert.equal(cache.stats().missesBy.evicted, 1);
  assert.deepEqual([cache.stats().evictions, cache.stats().removalsBy.evicted], [1, 1]);
});

test("entries whose time is up make room before those that live", async () => {
  const { cache, clock } = made({ maxEntries: 100 });
  for (let number = 0; number < 50; number += 1) {
    cache.set(`brief${number}`, 1, { ttl: "1s" }).set(`long${number}`, 1, { ttl: "1h" });
  }
  await clock.advance("1s");
  for (let number = 0; number < 50; number += 1) {
    cache.set(`new${number}`, 1, { ttl: "1h" });
  }
  assert.equal(cache.stats().evictions, 0);
  assert.equal([...cache.keys("long")].length, 50);
});

test("a cache of one entry holds the last one", async () => {
  const cache = createCache({ maxEntries: 1 });
  for (let number = 0; number < 100; number += 1) {
    cache.set(`k${number}`, number);
    assert.deepEqual([cache.size, cache.get(`k${number}`)], [1, number]);
    assert.equal(await cache.getOrSet(`l${number}`, () => number), number);
    assert.deepEqual([...cache.keys()], [`l${number}`]);
  }
});

test("a key longer than 64 kB is too large, and no error", () => {
  const cache = createCache({ maxEntryBytes: "16mb" });
  cache.set("k".repeat(200_000), 1);
  assert.deepEqual([cache.size, cache.stats().rejections], [0, 1]);
  assert.equal(cache.get("k".repeat(200_000)), undefined);
  assert.equal(cache.invalidate("k".repeat(200_000)), false);
  assert.equal(cache.invalidatePrefix("k".repeat(200_000)), 0);
  assert.equal(cache.invalidateMatching("k".repeat(200_000)), 0);
});
