// Snapshots: what comes back, and that damage never makes a wrong value.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache, manualClock } from "fetchwell";
import { START, listed, listening, made, random } from "./support.mjs";
import { same } from "./alike.mjs";

/** A cache that holds what the snapshot of another does. */
function copyOf(cache, options) {
  const copy = made(options);
  copy.restored = copy.cache.restore(cache.snapshot());
  return copy;
}

const VALUES = {
  null: null,
  true: true,
  false: false,
  zero: 0,
  one: 1,
  "a negative": -7,
  "a fraction": 0.1,
  largest: Number.MAX_VALUE,
  smallest: Number.MIN_VALUE,
  "2^53": 2 ** 53,
  "-2^53": -(2 ** 53),
  "2^31": 2 ** 31,
  "2^32": 2 ** 32,
  "1e21": 1e21,
  "an empty text": "",
  text: "text",
  "umlauts and more": "é \u20ac \u{1f600} \0 \n \u2028",
  "a long text": "x".repeat(70_000),
  "an empty list": [],
  list: [1, [2, [3, []]], "4", null],
  "an empty object": {},
  object: { a: 1, b: { c: [true, { d: null }] } },
  "an object without a prototype": Object.assign(Object.create(null), { a: 1 }),
  "objects with and without a prototype": { list: [Object.create(null), {}], bare: Object.assign(Object.create(null), { a: {}, b: [1n] }) },
  "order of members": { z: 1, a: 2, m: 3 },
  "names of members": JSON.parse('{"__proto__": 1, "constructor": 2, "": 3, "toString": 4, "0": 5, "a\\u0000b": 6}'),
  date: new Date(1_700_000_000_123),
  "the first date": new Date(0),
  "an old date": new Date(-62_135_596_800_000),
  map: new Map([
    ["a", 1],
    [1, "a"],
    [null, new Map()],
  ]),
  "a map with objects": new Map([[{ a: 1 }, [2]]]),
  set: new Set([1, "1", null, true]),
  "an empty set": new Set(),
  bigint: 0n,
  "a large bigint": 2n ** 200n,
  "a negative bigint": -(2n ** 64n) - 1n,
  buffer: new Uint8Array([1, 2, 255]).buffer,
  "an empty buffer": new ArrayBuffer(0),
  bytes: new Uint8Array([0, 1, 255]),
  ints: new Int32Array([-1, 2 ** 31 - 1]),
  shorts: new Uint16Array([1, 65_535]),
  floats: new Float64Array([0.1, NaN, -0, Infinity]),
  "small floats": new Float32Array([0.5, -0]),
  bigs: new BigInt64Array([-1n, 2n ** 62n]),
  "big unsigned": new BigUint64Array([2n ** 64n - 1n]),
  clamped: new Uint8ClampedArray([0, 255]),
  signed: new Int8Array([-128, 127]),
  "signed shorts": new Int16Array([-1]),
  unsigned: new Uint32Array([2 ** 32 - 1]),
  "all together": { list: [new Date(5), new Map([["k", new Set([1n])]]), new Uint8Array([7])] },
  "part of a buffer": new Uint8Array([9, 8, 7, 6]).subarray(1, 3),
};

for (const [name, value] of Object.entries(VALUES)) {
  test(`a snapshot keeps this value: ${name}`, () => {
    const { cache } = made();
    cache.set("a", value);
    const copy = copyOf(cache);
    assert.equal(copy.restored, 1);
    const found = copy.cache.get("a");
    if (ArrayBuffer.isView(value)) {
      // Only what the view shows travels, not what else its buffer holds.
      assert.ok(
        found.constructor === value.constructor && found.length === value.length && found.every((each, at) => Object.is(each, value[at])),
      );
    } else {
      assert.ok(same(value, found), `${name} came back otherwise`);
    }
  });
}

test("a value that no snapshot can hold is left out and said, and the others travel", () => {
  const circle = {};
  circle.self = circle;
  const odd = {
    function: () => 1,
    symbol: Symbol("s"),
    circle,
    "a weak map": new WeakMap(),
    promise: Promise.resolve(1),
    "a function inside": { deep: [() => 1] },
    "a symbol inside": [Symbol("s")],
    "a class instance": new (class Book {
      title = "Emma";
    })(),
    "a getter that throws": {
      get a() {
        throw new Error("no");
      },
    },
  };
  const { cache } = made();
  for (const [name, value] of Object.entries(odd)) {
    cache.set(name, value);
  }
  cache.set("fine", { a: 1 });
  const errors = [];
  cache.on("error", ({ error, phase }) => errors.push([phase, error]));
  const copy = made();
  assert.equal(copy.cache.restore(cache.snapshot()), 1);
  assert.deepEqual(listed(copy.cache), ["fine"]);
  assert.ok(errors.length >= 1 && errors.every(([phase]) => phase === "snapshot"));
  assert.match(errors.map(([, error]) => String(error)).join(), /function|circle|9/, "it says what, or how many");
  assert.equal(cache.size, Object.keys(odd).length + 1, "they stay where they are");
});

test("a value at the edge of what can be held comes back exactly or not at all", () => {
  const shared = { a: 1 };
  class Sub extends Uint8Array {}
  const edge = {
    NaN,
    "-0": -0,
    Infinity,
    "-Infinity": -Infinity,
    "an undefined member": { a: undefined },
    "an undefined item": [undefined],
    "a list with a gap": [1, , 3],
    "a list of gaps": Array(5),
    "the same object twice": { x: shared, y: shared },
    "the same object twice in a list": [shared, shared],
    "an inherited member": Object.create({ inherited: 1 }),
    error: new Error("e"),
    expression: /a/g,
    "a boxed number": new Number(5),
    "a boxed text": new String("s"),
    "a boxed boolean": new Boolean(false),
    "a boxed bigint": Object(5n),
    "no date": new Date(NaN),
    "bytes of a subclass": new Sub([1]),
    view: new DataView(new ArrayBuffer(3)),
    "half a pair": "\ud800",
    "half a pair inside": ["\udc00"],
    "half a pair as a name": { "\ud800": 1 },
    "a map of numbers": new Map([
      [NaN, 1],
      [0, 2],
    ]),
    "a set of NaN": new Set([NaN]),
    frozen: Object.freeze({ a: 1 }),
    proxy: new Proxy({ a: 1 }, {}),
    "a member toJSON": { toJSON: () => "otherwise" },
    "a map of a subclass": new (class extends Map {})([["a", 1]]),
    "a list of a subclass": new (class extends Array {})(1, 2),
    "a map with a member": Object.assign(new Map([["a", 1]]), { extra: 1 }),
    "a date with a member": Object.assign(new Date(5), { extra: 1 }),
  };
  const wrong = [];
  for (const [name, value] of Object.entries(edge)) {
    const { cache } = made();
    cache.set("a", value);
    const copy = copyOf(cache);
    const found = copy.cache.get("a");
    if (copy.restored === 0 ? found !== undefined : !same(value, found)) {
      wrong.push(name);
    }
  }
  assert.deepEqual(wrong, []);
});

test("what would come back otherwise is left out and said: hidden members, symbols, names on lists, getters", () => {
  const changed = {
    "a match of an expression": /(b)/.exec("abc"),
    "a list with a name": Object.assign([1, 2], { total: 7 }),
    "a list with holes and a name": Object.assign([1, , 2], { total: 7 }),
    "a map with a name": Object.assign(new Map([["a", 1]]), { total: 7 }),
    "a set with a name": Object.assign(new Set([1]), { total: 7 }),
    "a date with a name": Object.assign(new Date(5), { zone: "UTC" }),
    "bytes with a name": Object.assign(new Uint8Array([1]), { encoding: "utf8" }),
    "a buffer with a name": Object.assign(new ArrayBuffer(1), { encoding: "utf8" }),
    "a member under a symbol": { a: 1, [Symbol("s")]: 2 },
    "a symbol on a list": Object.assign([1], { [Symbol("s")]: 2 }),
    "a hidden member": Object.defineProperty({ a: 1 }, "hidden", { value: 2 }),
    "a getter": {
      get a() {
        return 1;
      },
    },
    "a getter in a list": Object.defineProperty([1, 2], 1, { get: () => 2, enumerable: true }),
    "no prototype, and a symbol": Object.assign(Object.create(null), { [Symbol("s")]: 1 }),
    arguments: (function () {
      return arguments;
    })(1, 2),
    Math,
    JSON,
  };
  for (const [name, value] of Object.entries(changed)) {
    for (const held of [value, { deep: [value] }, new Map([["k", value]])]) {
      const { cache } = made();
      cache.set("odd", held).set("fine", 1);
      const errors = [];
      cache.on("error", ({ error, phase }) => errors.push(`${phase} ${error.code}`));
      const copy = copyOf(cache);
      assert.deepEqual([copy.restored, listed(copy.cache)], [1, ["fine"]], name);
      assert.deepEqual(errors, ["snapshot snapshot-left-out"], name);
    }
  }
});

test("what cannot be read here is skipped when a snapshot is restored, and that is said", () => {
  const { cache, clock } = made();
  cache.set("a", { ids: new BigUint64Array([1n]) }).set("b", new BigUint64Array([2n])).set("c", 3);
  cache.namespace("n").set("d", new BigUint64Array([4n]));
  const bytes = cache.snapshot();
  const Kind = Object.getOwnPropertyDescriptor(globalThis, "BigUint64Array");
  const copies = [createCache({ clock }), createCache({ clock, enabled: false }), createCache({ clock })];
  const errors = copies.map((copy) => {
    const told = [];
    copy.on("error", ({ error, phase }) => told.push(`${phase} ${error.code} ${error.message}`));
    return told;
  });
  let restored;
  delete globalThis.BigUint64Array;
  try {
    restored = [copies[0].restore(bytes), copies[1].restore(bytes), copies[2].namespace("n").restore(bytes)];
  } finally {
    Object.defineProperty(globalThis, "BigUint64Array", Kind);
  }
  assert.deepEqual([restored, listed(copies[0])], [[1, 0, 0], ["c"]]);
  assert.deepEqual(
    errors.map((told) => told.length),
    [1, 0, 1],
  );
  assert.match(errors[0][0], /^snapshot snapshot-left-out 3 entries /);
  assert.match(errors[2][0], /^snapshot snapshot-left-out 1 entry /, "of its own only");
  assert.equal(copies[0].restore(bytes), 3, "where it can be read it comes back");
});

test("a snapshot is restored from bytes of a class of its own, whose parts are no copies", () => {
  // As Node's Buffer, which is what files are read into.
  class Shared extends Uint8Array {
    slice(from, to) {
      return this.subarray(from, to);
    }
  }
  const { cache, clock } = made();
  const values = { date: new Date(5), buffer: new Uint8Array([1, 2]).buffer, floats: new Float64Array([0.5]), json: { a: 1 } };
  for (const [name, value] of Object.entries(values)) {
    cache.set(name, value);
  }
  const bytes = cache.snapshot();
  const larger = new Shared(bytes.length + 20);
  larger.set(bytes, 10);
  const copy = createCache({ clock });
  assert.equal(copy.restore(larger.subarray(10, 10 + bytes.length)), 4);
  for (const [name, value] of Object.entries(values)) {
    assert.ok(same(value, copy.get(name)), name);
  }
});

test("a value nested ten thousand deep is held or left out, and brings nothing down", () => {
  for (const wrap of [(inner) => [inner], (inner) => ({ inner }), (inner) => new Map([["k", inner]]), (inner) => new Set([inner])]) {
    let deep = 1;
    for (let level = 0; level < 10_000; level += 1) {
      deep = wrap(deep);
    }
    const { cache } = made();
    cache.set("deep", deep, { weight: 1 }).set("fine", 1);
    const copy = copyOf(cache);
    assert.equal(copy.cache.get("fine"), 1);
  }
});

test("each entry keeps its own deadline, windows, tags and time of birth", async () => {
  const { cache, clock } = made();
  cache
    .set("brief", 1, { ttl: "1m" })
    .set("long", 2, { ttl: "1h", tags: ["t", "u"] })
    .set("ever", 3)
    .set("windowed", 4, { ttl: "10s", swr: "5m" })
    .set("idle", 5, { tti: "2m" });
  await clock.advance("30s");
  const bytes = cache.snapshot();
  await clock.advance("20s");
  const other = createCache({ clock, ttl: "5s", swr: "1s" });
  assert.equal(other.restore(bytes), 5);
  assert.deepEqual(
    ["brief", "long", "ever"].map((key) => other.entry(key).ttlMs),
    [10_000, 3_550_000, Infinity],
  );
  assert.deepEqual([other.entry("long").createdAt, other.entry("long").ageMs], [START, 50_000]);
  assert.deepEqual([...other.entry("long").tags].sort(), ["t", "u"]);
  assert.equal(other.entry("windowed").state, "stale");
  await clock.advance("10s");
  assert.deepEqual([other.has("brief"), other.has("long"), other.getStale("windowed"), other.has("idle")], [false, true, 4, true]);
  assert.equal(other.invalidateTag("t"), 1);
});

test("nothing that has expired is revived", async () => {
  const { cache, clock } = made();
  cache.set("a", 1, { ttl: "1m" }).set("b", 2, { ttl: "1h" }).set("c", 3, { ttl: "1m", swr: "1m" });
  const bytes = cache.snapshot();
  await clock.advance("2m");
  const other = createCache({ clock });
  assert.equal(other.restore(bytes), 1);
  assert.deepEqual(listed(other), ["b"]);
  await clock.advance("1h");
  assert.equal(cache.restore(bytes), 0);
  assert.equal(other.size === 0 || listed(other).length === 0, true);
});

test("no life is made longer by a time of day that has gone back meanwhile", async () => {
  const { cache } = made();
  cache.set("a", 1, { ttl: "1m" });
  const clock = manualClock(START - 86_400_000);
  const other = createCache({ clock });
  other.restore(cache.snapshot());
  await clock.advance("1m");
  assert.equal(other.get("a"), undefined);
});

test("a newer entry is never replaced, an older one is", async () => {
  const { cache, clock } = made();
  cache.set("a", "first").set("b", "first");
  const bytes = cache.snapshot();
  await clock.advance("1s");
  cache.set("a", "second");
  cache.delete("b");
  assert.equal(cache.restore(bytes), 1);
  assert.deepEqual([cache.get("a"), cache.get("b")], ["second", "first"]);
  const old = createCache({ clock: manualClock(START - 5_000) });
  old.set("a", "oldest");
  const later = createCache({ clock });
  later.restore(old.snapshot());
  assert.equal(later.restore(bytes), 2);
  assert.equal(later.get("a"), "first");
});

test("namespaces and named partitions travel with their entries", () => {
  const { cache } = made();
  cache.set("a", "root");
  cache.namespace("n").set("a", "n");
  cache.partition("ada").set("a", "ada");
  cache.namespace("n").partition("ada").set("a", "ada in n");
  const { cache: copy, restored } = copyOf(cache);
  assert.equal(restored, 4);
  assert.deepEqual(
    [copy.get("a"), copy.namespace("n").get("a"), copy.partition("ada").get("a"), copy.namespace("n").partition("ada").get("a")],
    ["root", "n", "ada", "ada in n"],
  );
});

test("a snapshot of a view or a namespace holds nothing of anybody else", () => {
  const { cache } = made();
  cache.set("a", "root");
  cache.namespace("n").set("a", "n");
  cache.partition("ada").set("a", "ada");
  cache.partition("bob").set("a", "bob's secret");
  const text = (bytes) => String.fromCharCode(...bytes);
  assert.ok(!text(cache.partition("ada").snapshot()).includes("bob"));
  assert.ok(!text(cache.namespace("n").snapshot()).includes("secret"));
});

test("a prefix says what a snapshot holds", () => {
  const { cache } = made();
  cache.set("user:1", 1).set("user:1:a", 2).set("user:10", 3).set("other", 4);
  const held = (prefix) => {
    const copy = made();
    copy.cache.restore(cache.snapshot({ prefix }));
    return listed(copy.cache);
  };
  assert.deepEqual(held("user:1"), ["user:1", "user:10", "user:1:a"]);
  assert.deepEqual(held(["user", 1]), ["user:1", "user:1:a"]);
  assert.deepEqual(held(""), ["other", "user:1", "user:10", "user:1:a"]);
  assert.deepEqual(held("none"), []);
  assert.throws(() => cache.snapshot({ prefix: [] }), { name: "FetchwellError" });
  assert.throws(() => cache.snapshot({ prefx: "a" }), { name: "FetchwellError", field: "prefx" });
});

test("the same content gives the same bytes, in whatever order it came", () => {
  const chance = random(6);
  const entries = Array.from({ length: 200 }, (_, number) => [`k${number}`, { number, list: [number] }]);
  const bytesOf = (order) => {
    const { cache } = made({ ttl: "1h", tags: ["b", "a"] });
    for (const [key, value] of order) {
      cache.set(key, value);
      cache.get(key);
    }
    return cache.snapshot();
  };
  const first = bytesOf(entries);
  for (let round = 0; round < 5; round += 1) {
    const shuffled = entries
      .map((entry) => [chance(), entry])
      .sort(([one], [other]) => one - other)
      .map(([, entry]) => entry);
    assert.deepEqual(bytesOf(shuffled), first);
  }
});

test("a snapshot moves nothing, and what is changed later is not in it", () => {
  const { cache } = made();
  const value = { list: [1] };
  cache.set("a", value);
  const before = JSON.stringify(cache.stats());
  const told = listening(cache);
  const bytes = cache.snapshot();
  assert.ok(bytes instanceof Uint8Array && bytes.length > 0);
  assert.deepEqual(told.take(), []);
  assert.equal(JSON.stringify(cache.stats()), before);
  value.list.push(2);
  cache.set("b", 1);
  const copy = made();
  copy.cache.restore(bytes);
  assert.deepEqual(copy.cache.get("a"), { list: [1] });
  assert.equal(copy.cache.size, 1);
});

test("restoring the same twice brings nothing new", () => {
  const { cache } = made();
  cache.set("a", 1).set("b", 2);
  const copy = copyOf(cache);
  assert.equal(copy.restored, 2);
  assert.equal(copy.cache.restore(cache.snapshot()), 0);
  assert.equal(copy.cache.size, 2);
  assert.deepEqual(copy.cache.snapshot(), cache.snapshot());
});

test("an empty cache has a snapshot, and restoring it is nothing", () => {
  const { cache } = made();
  const copy = copyOf(cache);
  assert.deepEqual([copy.restored, copy.cache.size], [0, 0]);
});

test("what does not fit is left behind: bounds hold while a snapshot is restored", () => {
  const { cache } = made();
  for (let number = 0; number < 500; number += 1) {
    cache.set(`k${number}`, "x".repeat(number));
  }
  const small = createCache({ maxEntries: 10, clock: manualClock(START) });
  small.restore(cache.snapshot());
  assert.ok(small.size <= 10 && small.size > 0);
  const light = createCache({ maxBytes: 5_000, clock: manualClock(START) });
  light.restore(cache.snapshot());
  assert.ok(light.bytes <= 5_000 && light.size > 0);
  for (const each of [small, light]) {
    for (const { key, value } of each.entries()) {
      assert.equal(value, "x".repeat(Number(key.slice(1))));
    }
  }
});

test("what is held stays when a snapshot is restored: the newest of it take the room there is", async () => {
  const { cache, clock } = made();
  for (const key of ["d", "a", "e", "b", "c"]) {
    cache.set(key, `old ${key}`);
    await clock.advance(1);
  }
  const bytes = cache.snapshot();
  const full = createCache({ maxEntries: 4, clock });
  full.set("b", "newer b").set("x", 1);
  const told = listening(full);
  assert.equal(full.restore(bytes), 2);
  assert.deepEqual([listed(full), full.get("b")], [["b", "c", "e", "x"], "newer b"]);
  assert.equal(full.restore(bytes), 0);
  told.take();
  // What was stored first goes first.
  full.set("y", 2);
  assert.deepEqual([listed(full), told.take()], [["b", "c", "x", "y"], ["remove e evicted", "set y"]]);
});

test("what is restored counts as stored", () => {
  const { cache } = made();
  cache.set("a", 1).set("b", 2);
  const copy = copyOf(cache);
  assert.equal(copy.cache.stats().sets, 2);
});

test("a restore tells its number and no set events", () => {
  const { cache } = made();
  cache.set("a", 1).set("b", 2);
  const copy = made();
  const told = listening(copy.cache);
  assert.equal(copy.cache.restore(cache.snapshot()), 2);
  assert.deepEqual(told.take(), []);
});

test("a restore is no request", async () => {
  const { cache } = made();
  cache.set("a", 1);
  const copy = made();
  const told = listening(copy.cache);
  copy.cache.restore(cache.snapshot());
  assert.deepEqual(
    told.take().filter((line) => /^(hit|miss|stale)/.test(line)),
    [],
  );
  assert.deepEqual([copy.cache.stats().hits, copy.cache.stats().misses], [0, 0]);
});

test("whatever a snapshot is restored into, full or not, each key keeps its own value and each partition its own", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const { chance } = dice(seed);
    const { cache } = made({ maxEntries: 3 });
    let bytes;
    for (let step = 0; step < 60; step += 1) {
      const user = ["ada", "bob"][chance(2)];
      const key = `k${chance(5)}`;
      const way = chance(4);
      if (way < 2) cache.partition(user).set(key, `${user}'s ${key}`);
      else if (way === 2) bytes = cache.snapshot();
      else if (bytes) cache.restore(bytes);
      for (const name of ["ada", "bob"]) {
        for (const entry of cache.partition(name).entries()) {
          assert.equal(entry.value, `${name}'s ${entry.key}`, `seed ${seed}, step ${step}`);
        }
      }
    }
  }
});

/** Numbers below a limit, the same ones for the same seed. */
function dice(seed) {
  let state = seed * 7_919;
  const chance = (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return { chance };
}
