// The clock for tests, and hashes of filters.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache, hashKey, manualClock } from "fetchwell";
import { random, settle } from "./support.mjs";

test("manualClock begins where it is told and moves only when it is moved", async () => {
  const clock = manualClock(1_000);
  assert.equal(clock.now(), 1_000);
  await settle();
  assert.equal(clock.now(), 1_000);
  await clock.advance(5);
  assert.equal(clock.now(), 1_005);
  await clock.advance("2s");
  assert.equal(clock.now(), 3_005);
  await clock.advance(0);
  assert.equal(clock.now(), 3_005);
  const other = manualClock();
  assert.ok(Number.isFinite(other.now()) && other.now() >= 0);
  assert.ok(other.advance(1) instanceof Promise);
});

test("advance runs what becomes due, in order, each at its own time", async () => {
  const clock = manualClock(0);
  const ran = [];
  const at = (ms, name = ms) => clock.setTimer(() => ran.push([name, clock.now()]), ms);
  at(30);
  at(10);
  at(20);
  at(10, "later at the same time");
  const stop = at(15, "stopped");
  stop();
  await clock.advance(9);
  assert.deepEqual(ran, []);
  await clock.advance(11);
  assert.deepEqual(ran, [
    [10, 10],
    ["later at the same time", 10],
    [20, 20],
  ]);
  await clock.advance(100);
  assert.deepEqual(ran.slice(3), [[30, 30]]);
  assert.equal(clock.now(), 120);
  stop();
});

test("a timer that sets a timer inside the time that passes has it run as well, and what it awaits", async () => {
  const clock = manualClock(0);
  const ran = [];
  const tick = () => {
    ran.push(clock.now());
    clock.setTimer(tick, 10);
  };
  clock.setTimer(tick, 10);
  await clock.advance(35);
  assert.deepEqual(ran, [10, 20, 30]);
  const later = [];
  const wait = (ms) => new Promise((resolve) => clock.setTimer(resolve, ms));
  (async () => {
    await wait(1);
    later.push(clock.now());
    await wait(1);
    later.push(clock.now());
  })();
  await clock.advance(2);
  assert.deepEqual(later, [36, 37]);
});

test("a timer that is stopped by another that ran before it does not run", async () => {
  const clock = manualClock(0);
  let ran = false;
  clock.setTimer(() => stop(), 5);
  const stop = clock.setTimer(() => (ran = true), 5);
  await clock.advance(10);
  assert.equal(ran, false);
});

test("a clock can neither be moved back nor by what is no duration", async () => {
  const clock = manualClock(5);
  for (const wrong of [-1, NaN, "soon", "5 m", undefined, null, {}, "-1s"]) {
    const error = await assert.rejects((async () => clock.advance(wrong))());
    assert.ok(error instanceof FetchwellError);
  }
  for (const wrong of [NaN, "now", null, {}, Infinity]) {
    assert.throws(() => manualClock(wrong), { name: "FetchwellError" });
  }
  assert.equal(clock.now(), 5);
});

test("one clock can move many caches", async () => {
  const clock = manualClock();
  const caches = Array.from({ length: 20 }, (_, number) => createCache({ clock, ttl: (number + 1) * 10 }).set("a", 1));
  for (let step = 1; step <= 20; step += 1) {
    await clock.advance(10);
    assert.equal(caches.filter((cache) => cache.has("a")).length, 20 - step);
  }
});

test("hashKey is the same for the same content, whatever the order of members", () => {
  assert.equal(hashKey({ page: 2, filters: { a: 1, b: [1, 2] } }), hashKey({ filters: { b: [1, 2], a: 1 }, page: 2 }));
  assert.equal(hashKey({ a: 1, b: undefined }), hashKey({ a: 1 }), "an undefined member is an absent one");
  assert.equal(hashKey(new Date(5)), hashKey(new Date(5)));
  assert.equal(hashKey(-0), hashKey(0));
  assert.equal(hashKey(Object.assign(Object.create(null), { a: 1 })), hashKey({ a: 1 }));
  assert.equal(hashKey("é"), hashKey("\u00e9"));
});

test("hashKey tells apart what differs: kinds, order of lists, absence, nesting", () => {
  const values = [
    null,
    undefined,
    true,
    false,
    0,
    1,
    "1",
    1n,
    "",
    "0",
    "null",
    "true",
    "undefined",
    [],
    {},
    [[]],
    [{}],
    [1],
    ["1"],
    [1n],
    [1, 2],
    [2, 1],
    [12],
    ["12"],
    [[1], 2],
    [1, [2]],
    [null],
    [undefined],
    [undefined, undefined],
    { a: 1 },
    { a: "1" },
    { a: null },
    { b: 1 },
    { a: { b: 1 } },
    { a: [1] },
    { "": 1 },
    { "a:1": 1 },
    { a: 1, b: 2 },
    { a: 2, b: 1 },
    { ab: 1 },
    new Date(0),
    new Date(1),
    new Date(NaN),
    "1970-01-01T00:00:00.000Z",
    NaN,
    Infinity,
    -Infinity,
    "NaN",
    0.1,
    0.1 + 0.2,
    0.3,
    2 ** 53,
    2 ** 53 + 2,
    2n ** 53n,
    "a",
    "A",
    "é",
    "e\u0301",
    " ",
    "\0",
    { a: "b,c:d" },
    { a: "b", c: "d" },
    JSON.parse('{"__proto__": 1}'),
    JSON.parse('{"__proto__": 2}'),
    { constructor: 1 },
  ];
  const hashes = new Map();
  for (const [number, value] of values.entries()) {
    const hash = hashKey(value);
    assert.ok(typeof hash === "string" && hash.length >= 16, "64 bits at least");
    assert.ok(!hashes.has(hash), `values ${hashes.get(hash)} and ${number} have one hash`);
    hashes.set(hash, number);
  }
});

test("hashKey gives what the crate's hash_key gives", () => {
  // printf '%s' "$canonical" | sha256sum | cut -c1-32, of the canonical text that src/engine/filter.rs describes.
  assert.equal(hashKey({ b: true, a: "x" }), "a29e1a394fbdf5b51382eaf402fecd96");
  assert.equal(hashKey(null), "594e519ae499312b29433b7dd8a97ff0");
  assert.equal(hashKey(7), "77d02276260272c23af662d9cd1c5f82");
  assert.equal(hashKey("7"), "383a48f584c3c961753f32f938d6a27b");
  assert.equal(hashKey(new Date(1_700_000_000_000)), "af616281d2691332fd3555a4d0cb1c6d");
  assert.equal(hashKey([1, 2]), "9cb8ccd3ffd8d09df393b37ce8398cf1");
  assert.equal(hashKey({}), "6ca6486412ffd97e14bd93d83faa44cc");
  assert.equal(hashKey(7n), "09bff0e604d75e2af67d407e38522661");
});

test("hashKey refuses what has no content to compare: functions, symbols, maps, classes, circles", () => {
  const circle = {};
  circle.self = circle;
  const list = [];
  list.push([list]);
  const wrong = [
    () => 1,
    Symbol("s"),
    new Map(),
    new Set(),
    /a/,
    new (class A {})(),
    new Error("e"),
    new Uint8Array(1),
    new ArrayBuffer(1),
    Promise.resolve(1),
    new WeakMap(),
    circle,
    list,
    { a: { b: [() => 1] } },
    new Number(1),
    new String("s"),
    globalThis,
  ];
  for (const value of wrong) {
    assert.throws(() => hashKey(value), { name: "FetchwellError" });
  }
  const shared = { a: 1 };
  assert.equal(hashKey([shared, shared]), hashKey([{ a: 1 }, { a: 1 }]), "twice the same is no circle");
});

test("hashKey of what is nested without end is refused and brings nothing down", () => {
  let deep = [];
  for (let level = 0; level < 100_000; level += 1) {
    deep = [deep];
  }
  assert.throws(() => hashKey(deep), { name: "FetchwellError" });
  assert.equal(hashKey(1), hashKey(1));
});

test("hashKey makes a part of a key", () => {
  const cache = createCache();
  cache.set(["tools", "list", hashKey({ filters: { kind: "saw" }, page: 1 })], ["a saw"]);
  assert.deepEqual(cache.get(["tools", "list", hashKey({ page: 1, filters: { kind: "saw" } })]), ["a saw"]);
  assert.equal(cache.invalidatePrefix(["tools", "list"]), 1);
});

test("a thousand random values with their members shuffled hash alike, and changed they do not", () => {
  const chance = random(31);
  const value = (depth) => {
    const kind = Math.floor(chance() * (depth > 3 ? 5 : 7));
    const list = () => Array.from({ length: Math.floor(chance() * 4) }, () => value(depth + 1));
    return [
      () => null,
      () => chance(),
      () => `t${Math.floor(chance() * 100)}`,
      () => chance() < 0.5,
      () => BigInt(Math.floor(chance() * 1e6)),
      list,
      () => Object.fromEntries(list().map((member, at) => [`m${at}`, member])),
    ][kind]();
  };
  const shuffled = (of) => {
    if (Array.isArray(of)) {
      return of.map(shuffled);
    }
    if (typeof of !== "object" || of === null) {
      return of;
    }
    const members = Object.entries(of)
      .map(([name, member]) => [chance(), name, shuffled(member)])
      .sort(([one], [other]) => one - other);
    return Object.fromEntries(members.map(([, name, member]) => [name, member]));
  };
  for (let round = 0; round < 1_000; round += 1) {
    const one = value(0);
    assert.equal(hashKey(one), hashKey(shuffled(one)));
    assert.ok(hashKey([one]) !== hashKey(one) && hashKey({ one, more: 1 }) !== hashKey({ one }));
  }
});
