import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { everyKind, refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { errors, options } = await leaves("errors", "options");
const { readOptions, flag, callback, integer, number, oneOf, someText, text, signal } = options;
const { fault, shown, FetchwellError } = errors;
const readers = { ttl: flag, swr: flag, maxEntries: integer(1), staleIfError: flag };

test("an error has a name, a code, and what else there is to say, and no more", () => {
  const plain = new FetchwellError("timeout", "too slow");
  assert.ok(plain instanceof Error && plain instanceof FetchwellError);
  assert.deepEqual([plain.name, plain.code, plain.message, String(plain)], ["FetchwellError", "timeout", "too slow", "FetchwellError: too slow"]);
  assert.deepEqual(["field" in plain, "status" in plain, "cause" in plain], [false, false, false]);
  assert.match(plain.stack, /^FetchwellError: too slow\n/);
  const full = fault("invalid-option", "no", { field: "ttl", status: 404, cause: undefined });
  assert.deepEqual([full.message, full.field, full.status, "cause" in full], ["ttl: no", "ttl", 404, true]);
});

test("whatever was given, a text about it is short, and nothing of it is run", () => {
  const wanted = ["undefined", "null", "true", "false", "0", "-1", "1.5", "NaN", "Infinity", "-Infinity", "a bigint", '""', '"5m"', '"x"', '"\\ud800"',
    "a symbol", "a function", "a function", "an object", "an array", "an array", "an array", "an object", "an object", "an object", "an object",
    "an object", "an object", "an object", "an object"];
  assert.deepEqual(everyKind().map(shown), wanted);
  assert.equal(shown(-0), "-0");
  assert.ok(shown("x".repeat(1e6)).length < 100);
});

test("options are own properties, each read once", () => {
  assert.deepEqual({ ...readOptions({ ttl: true, maxEntries: 3 }, "f", readers) }, { ttl: true, maxEntries: 3 });
  assert.deepEqual(Object.keys(readOptions(undefined, "f", readers)), []);
  assert.deepEqual(Object.keys(readOptions(Object.create({ ttl: true }), "f", readers)), []);
  let reads = 0;
  readOptions({ get ttl() { return ++reads === 1; } }, "f", readers);
  assert.equal(reads, 1);
  const hidden = Object.defineProperty({ [Symbol("ttl")]: 1 }, "tttl", { value: 1, enumerable: false });
  assert.deepEqual(Object.keys(readOptions(hidden, "f", readers)), []);
});

test("an option that is undefined is absent", () => {
  assert.equal("ttl" in readOptions({ ttl: undefined }, "f", readers), false);
});

test("what is read has no prototype, so that nothing comes in from a polluted one", () => {
  Object.prototype.ttl = true;
  try {
    assert.equal(readOptions({}, "f", readers).ttl, undefined);
    assert.equal(readOptions(undefined, "f", readers).ttl, undefined);
  } finally {
    delete Object.prototype.ttl;
  }
});

test("a getter's or a proxy's own error goes through untouched", () => {
  const mine = new Error("mine");
  const throws = () => { throw mine; };
  assert.throws(() => readOptions({ get ttl() { throw mine; } }, "f", readers), (error) => error === mine);
  assert.throws(() => readOptions(new Proxy({}, { ownKeys: throws }), "f", readers), (error) => error === mine);
});

test("an unknown name is refused by name, with the nearest right one or all of them", () => {
  for (const [given, right] of [["tttl", "ttl"], ["tll", "ttl"], ["TTL", "ttl"], ["maxEntires", "maxEntries"], ["staleiferror", "staleIfError"], ["max_entries", "maxEntries"]]) {
    refuses(() => readOptions({ [given]: true }, "createCache()", readers), "invalid-option", given, `"${given}"`, "createCache()", `did you mean "${right}"?`);
  }
  refuses(() => readOptions({ colour: 1 }, "f", readers), "invalid-option", "colour", "ttl, swr, maxEntries, staleIfError");
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "", "then", "x".repeat(1e5)]) {
    const given = Object.defineProperty({}, name, { value: 1, enumerable: true });
    refuses(() => readOptions(given, "f", readers), "invalid-option", name === "then" ? "options" : name);
  }
  refuses(() => readOptions({ tttl: undefined }, "f", readers), "invalid-option", "tttl");
});

test("what is no object of options is refused", () => {
  for (const given of [null, true, 0, 5n, "ttl", Symbol("x"), () => 1, class {}, [], [{}], new Map(), new Set(), Promise.resolve({}), new String("a"), new Uint8Array(1),
    new Date(0), /x/, new Error("x"), new (class extends TypeError {})("x"), new Number(1), new ArrayBuffer(1), new WeakMap(), new URL("http://a/"), new AbortController().signal,
    ...["new Date(0)", "/x/", "new Error('x')", "new Map()", "[]", "new Number(1)"].map((code) => runInNewContext(code))]) {
    refuses(() => readOptions(given, "createCache()", readers), "invalid-option", "options", "createCache()");
  }
});

test("plain objects of any realm, without a prototype, and instances of a user's own class are options", () => {
  class Mine { ttl = true; }
  for (const given of [{ ttl: true }, Object.assign(Object.create(null), { ttl: true }), runInNewContext("({ ttl: true })"), new Mine(), Object.freeze({ ttl: true, [Symbol.toStringTag]: "Mine" })]) {
    assert.deepEqual({ ...readOptions(given, "f", readers) }, { ttl: true });
  }
});

test("nested options are named by their way", () => {
  refuses(() => readOptions({ limmit: 1 }, "retry", { limit: flag }, "retry."), "invalid-option", "retry.limmit", '"limit"');
  refuses(() => readOptions({ limit: 1 }, "retry", { limit: flag }, "retry."), "invalid-option", "retry.limit", "1 is not true or false");
});

test("each reader takes its kind and refuses every other", () => {
  const takes = (reader, fits) => {
    for (const value of everyKind()) {
      if (fits(value)) assert.doesNotThrow(() => reader(value, "field"), shown(value));
      else refuses(() => reader(value, "field"), "invalid-option", "field");
    }
  };
  takes(flag, (value) => typeof value === "boolean");
  takes(text, (value) => typeof value === "string" && value !== "\ud800");
  takes(someText, (value) => typeof value === "string" && value !== "\ud800" && value !== "");
  takes(callback, (value) => typeof value === "function");
  takes(integer(0), (value) => value === 0);
  takes(number(), (value) => value === 0 || value === 1.5);
  takes(number(1), (value) => value === 0);
  takes(oneOf("5m", "x"), (value) => value === "5m" || value === "x");
});

test("a signal is one of the platform, or does what that does", () => {
  const { signal: real } = new AbortController();
  assert.equal(signal(real, "signal"), real);
  assert.ok(signal({ aborted: false, addEventListener() {}, removeEventListener() {} }, "signal"));
  for (const value of [null, {}, new AbortController(), "x", { aborted: false }]) refuses(() => signal(value, "signal"), "invalid-option", "signal", "AbortSignal");
});
