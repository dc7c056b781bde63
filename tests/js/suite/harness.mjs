// The harness itself: a rule that cannot fail keeps nothing.

import { test, assert } from "../harness.mjs";

const same = (a, b) => assert.deepEqual(a, b);
const differ = (a, b) => assert.throws(() => assert.deepEqual(a, b), { name: "AssertionError" });

test("what is equal in structure is told from what is not", () => {
  same({ a: [1, NaN, { b: null }] }, { a: [1, NaN, { b: null }] });
  differ({ a: 1 }, { a: 1, b: undefined });
  differ({ a: 1 }, { a: "1" });
  differ(0, -0);
  differ([1, 2], [2, 1]);
  differ([], {});
  differ([1], [1, undefined]);
});

test("maps, sets, dates, bytes and errors are compared by what is in them", () => {
  same(new Map([[{ a: 1 }, [2]]]), new Map([[{ a: 1 }, [2]]]));
  differ(new Map([["a", 1]]), new Map([["a", 2]]));
  same(new Set([1, 2]), new Set([2, 1]));
  differ(new Set([1]), new Set([2]));
  differ(new Date(1), new Date(2));
  same(new Uint8Array([1, 2]), new Uint8Array([0, 1, 2]).subarray(1));
  differ(new Uint8Array([1, 2]), new Uint8Array([1, 3]));
  differ(new Uint8Array([1]), new Int8Array([1]));
  differ(new Error("a"), new Error("b"));
  differ(/a/, /a/i);
});

test("a value that contains itself can be compared", () => {
  const circle = (name) => {
    const one = { name };
    one.self = one;
    return one;
  };
  same(circle("a"), circle("a"));
  differ(circle("a"), circle("b"));
});

test("a claim that does not hold shows what was there and what was wanted", () => {
  const error = assert.throws(() => assert.equal("a", 'b"', "the note"));
  assert.match(error.message, /the note\n.*"a"\n.*"b\\""/);
  assert.throws(() => assert.ok(0));
  assert.throws(() => assert.match("abc", /d/), { message: /"abc" does not match \/d\// });
});

test("an error is wanted by its parts or as itself, and returned", async () => {
  const error = Object.assign(new TypeError("no such thing"), { code: "bad", field: "ttl" });
  const thrower = () => {
    throw error;
  };
  assert.equal(assert.throws(thrower, { code: "bad", field: "ttl", message: /such/ }), error);
  assert.equal(await assert.rejects(Promise.reject(error), error), error);
  assert.throws(() => assert.throws(thrower, { code: "good" }), { message: /the code is "bad"/ });
  assert.throws(() => assert.throws(thrower, { field: undefined }), { message: /the field is "ttl"/ });
  await assert.rejects(assert.rejects(Promise.reject(error), new Error("no such thing")), { message: /another reason/ });
  assert.throws(() => assert.throws(() => 7), { message: /returned 7/ });
  await assert.rejects(assert.rejects(Promise.resolve(7)), { message: /gave 7/ });
});
