import assert from "node:assert/strict";
import { test } from "node:test";
import { everyKind } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { weigh } = await leaves("weigh");
const { utf8Length, weightOf } = weigh;

test("texts weigh their UTF-8 bytes, to the byte", () => {
  const texts = ["", "a", "é", "€", "😀", "a".repeat(31), "é".repeat(16), "a".repeat(1e6), "€".repeat(1e5), "😀".repeat(1e5), "x😀".repeat(5e4), "\ud800", "\udc00a", "\ud83d".repeat(50)];
  for (let at = 0; at < 300; at++) texts.push("a".repeat(8_190 - at % 7) + "😀é€".repeat(at));
  for (const text of texts) {
    assert.equal(utf8Length(text), Buffer.byteLength(text));
    assert.equal(weightOf(text), Buffer.byteLength(text));
  }
});

test("buffers, views and blobs weigh their bytes", () => {
  const buffer = new ArrayBuffer(1_000);
  for (const [value, bytes] of [[buffer, 1_000], [new Uint8Array(buffer, 10, 20), 20], [new Float64Array(7), 56], [new DataView(buffer, 5), 995],
    [Buffer.from("abc"), 3], [new SharedArrayBuffer(64), 64], [new Blob(["abcd"]), 4], [new ArrayBuffer(0), 0]]) {
    assert.equal(weightOf(value), bytes);
  }
});

test("a buffer in an object weighs its bytes, too", () => {
  assert.ok(weightOf({ body: new ArrayBuffer(1e6) }) > 1e6);
  assert.ok(weightOf([[{ body: new Uint8Array(1e6) }]]) < 1e6 + 1_000);
});

test("small values and small objects are counted as the rules say", () => {
  for (const [value, bytes] of [[7, 8], [true, 8], [null, 8], [Symbol("x"), 8], [() => 1, 32], [{}, 32], [[], 32], [new Date(), 32], [new Map(), 32],
    [{ a: 1, bc: "xyz" }, 32 + 9 + 10 + 16 + 3], [[1, "xyz"], 32 + 8 + 8 + 19], [new Map([["k", 1]]), 32 + 9], [new Set(["k"]), 32 + 8 + 17],
    [new Map([[7, 1]]), 32 + 16], [{ big: 255n }, 32 + 11 + 17]]) {
    assert.equal(weightOf(value), bytes);
  }
});

test("one long text among many members is found", () => {
  const page = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`field${at}`, at]));
  for (const name of ["field0", "field20", "field39"]) assert.ok(weightOf({ ...page, [name]: "x".repeat(1e6) }) > 1e6);
});

test("long lists and Maps are estimated by a part of them", () => {
  const near = (value, bytes) => {
    const estimate = weightOf(value);
    assert.ok(estimate > bytes * 0.7 && estimate < bytes * 1.4, `${estimate} for ${bytes}`);
  };
  const book = (at) => ({ id: at, title: `A title of ${1_000 + at} letters`, tags: ["kids", "crime"] });
  const one = weightOf(book(5)) + 8;
  near(Array.from({ length: 10_000 }, (_, at) => book(at)), 32 + 10_000 * one);
  near(new Map(Array.from({ length: 10_000 }, (_, at) => [`key${1_000 + at}`, book(at)])), 32 + 10_000 * (one + 8));
  near(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`key${1_000 + at}`, book(at)])), 32 + 10_000 * (one + 8));
  near(new Set(Array.from({ length: 1_000 }, (_, at) => `text ${1_000 + at}`)), 32 + 1_000 * (8 + 16 + 9));
  near({ page: 1, data: { rows: Array.from({ length: 1_000 }, () => ["x".repeat(100), "y".repeat(100)]) } }, 1_000 * (40 + 2 * 124));
});

test("what is met twice counts once, and cycles end", () => {
  const shared = { text: "x".repeat(10_000) };
  const cycle = { shared, again: shared };
  cycle.self = cycle;
  assert.ok(weightOf(cycle) < 11_000);
});

test("no getter is run, nothing throws, and the weight is always a whole number of bytes", () => {
  const never = () => assert.fail("run");
  const throws = new Proxy({}, { ownKeys() { throw new Error("mine"); }, getPrototypeOf() { throw new Error("mine"); }, get() { throw new Error("mine"); } });
  class Mine { get size() { return never(); } get byteLength() { return never(); } }
  const hostile = [new Mine(), { get a() { return never(); } }, Object.defineProperty([1], 0, { get: never }), { toJSON: never, valueOf: never, toString: never }, throws, [throws, { throws }],
    Object.create(Map.prototype), Object.create(Set.prototype), Object.create(ArrayBuffer.prototype), Object.create(Uint8Array.prototype), Object.create(Blob.prototype),
    new Proxy(new Map([[1, 2]]), {}), Array(1e9), new Proxy(Array(5), { get: () => { throw new Error("mine"); } }), { size: 1e9, byteLength: 1e9 },
    new Proxy([], { get: (_, name) => (name === "length" ? NaN : undefined) }), new Proxy({}, { getPrototypeOf: () => null })];
  let deep = {};
  for (let level = 0; level < 1e5; level++) deep = { deep };
  for (const value of [...everyKind(), ...hostile, deep, globalThis, process, Array, JSON]) {
    const bytes = weightOf(value);
    assert.ok(Number.isSafeInteger(bytes) && bytes >= 0, String(bytes));
  }
});

test("a walk looks at a few dozen values, however large the whole is", () => {
  let looks = 0;
  const count = (value) => new Proxy(value, { getOwnPropertyDescriptor(target, name) { looks++; return Reflect.getOwnPropertyDescriptor(target, name); } });
  weightOf(Array.from({ length: 1_000 }, () => count({ a: count({ b: [1, 2, 3] }) })));
  // Object.keys looks at each name of a proxy as well, so each look may show twice.
  assert.ok(looks < 2 * 64 + 64, String(looks));
});
