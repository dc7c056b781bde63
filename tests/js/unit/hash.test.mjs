import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { hash } = await leaves("hash");
const { canonical } = hash;
const golden = JSON.parse(readFileSync(new URL("../golden/filters.json", import.meta.url), "utf8"));

test("the text is that of the Rust side, and its hash the one that sha256sum gives", () => {
  for (const row of golden) {
    assert.equal(canonical(row.value), row.canonical);
    assert.equal(createHash("sha256").update(row.canonical).digest("hex").slice(0, 32), row.hash);
  }
});

test("what JSON cannot say has the text of the Rust side, too", () => {
  const rows = [[undefined, "u"], [1n, "i1:1"], [-12n, "i3:-12"], [0n, "i1:0"], [-0, "n0000000000000000"], [NaN, "n7ff8000000000000"],
    [Infinity, "n7ff0000000000000"], [new Date(1), "d3ff0000000000000"], [new Date(0), "d0000000000000000"], [new Date(NaN), "d7ff8000000000000"],
    [[undefined, null], "l2:uz"], [Array(2), "l2:uu"], [{ a: undefined, b: 1 }, "o1:s1:bn3ff0000000000000"]];
  for (const [value, text] of rows) assert.equal(canonical(value), text);
});

test("the order of members does not count, that of a list does", () => {
  assert.equal(canonical({ a: { x: 1, y: 2 }, b: 3 }), canonical({ b: 3, a: { y: 2, x: 1 } }));
  assert.notEqual(canonical([1, 2]), canonical([2, 1]));
});

test("types are kept", () => {
  const values = [null, undefined, false, 0, 0n, "0", "", "z", new Date(0), [], [undefined], [[]], {}, { 0: 0 }, { a: null }];
  assert.equal(new Set(values.map(canonical)).size, values.length);
});

test("objects without a prototype and of another realm are plain", () => {
  assert.equal(canonical(Object.assign(Object.create(null), { a: 1 })), canonical({ a: 1 }));
  assert.equal(canonical(runInNewContext("({ a: [1, new Date(5)] })")), canonical({ a: [1, new Date(5)] }));
});

test("everything else is refused, and where it lies is said", () => {
  class Mine { a = 1; }
  for (const value of [() => 1, Symbol("x"), new Mine(), new Map(), new Set(), /x/, new Uint8Array(1), new ArrayBuffer(1), new Number(1), new String("a"),
    new Error("x"), Promise.resolve(), Object.create({ a: 1 }), new URL("http://a/"), Object.create(Date.prototype), "\ud800"]) {
    refuses(() => canonical(value), "invalid-key", "value");
    refuses(() => canonical({ filter: [1, value] }), "invalid-key", "value.filter[1]");
  }
  refuses(() => canonical({ "\udc00": 1 }), "invalid-key", "value.\udc00");
});

test("a member whose name is a symbol is refused, and what is hidden is no member", () => {
  for (const value of [{ [Symbol("s")]: 1 }, { a: 1, [Symbol.toStringTag]: "A" }, Object.assign([1], { [Symbol("s")]: undefined })]) {
    refuses(() => canonical(value), "invalid-key", "value", "symbol");
    refuses(() => canonical({ filter: [1, value] }), "invalid-key", "value.filter[1]", "symbol");
  }
  assert.equal(canonical(Object.defineProperty({ a: 1 }, Symbol("s"), { value: 1 })), canonical({ a: 1 }));
});

test("cycles and depths beyond 64 are refused, what is met twice is not", () => {
  const cycle = { list: [] };
  cycle.list.push({ cycle }, { cycle });
  refuses(() => canonical(cycle), "invalid-key", "value.list[0].cycle", "itself");
  const deep = (levels) => { let value = 1; for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value }; return value; };
  assert.ok(canonical(deep(64)));
  for (const levels of [65, 100_000]) assert.equal(refused(() => canonical(deep(levels))).code, "invalid-key");
  const shared = { a: 1 };
  assert.equal(canonical([shared, shared]), canonical([{ a: 1 }, { a: 1 }]));
});

const refused = (call) => { try { call(); } catch (error) { return error; } };

test("a getter's own error reaches the caller untouched", () => {
  const mine = new Error("mine");
  assert.throws(() => canonical({ get a() { throw mine; } }), (error) => error === mine);
});

test("nothing of a polluted prototype gets into the text", () => {
  Object.prototype.evil = 1;
  try {
    assert.equal(canonical({ a: 1 }), "o1:s1:an3ff0000000000000");
  } finally {
    delete Object.prototype.evil;
  }
});
