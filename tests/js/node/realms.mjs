// What comes from another realm (a frame, a `vm` context) is taken for what it is.

import vm from "node:vm";
import { test, assert } from "../harness.mjs";
import { createCache, defineKeys, hashKey, manualClock } from "fetchwell";

const foreign = (code) => vm.runInNewContext(code);

test("options, keys and tags of another realm are read as one's own", async () => {
  const cache = createCache(foreign('({ ttl: "1m", tags: ["t"], retry: { limit: 0 } })'));
  cache.set(foreign('["a", 7]'), 1);
  assert.deepEqual([cache.get("a:7"), cache.entry("a:7").ttlMs > 59_000, cache.invalidateTag(foreign('["t"]'))], [1, true, 1]);
  assert.deepEqual(cache.getMany(foreign('["a", "b"]')).size, 0);
  assert.equal(
    createCache()
      .set(defineKeys(foreign('({ book: ["b", ":id"] })')).book(foreign("({ id: 7 })")), 1)
      .get("b:7"),
    1,
  );
});

test("hashKey gives the same for the same content of any realm", () => {
  for (const code of ['({ a: 1, b: [1, "2", null] })', "[]", "({})", "new Date(5)", '"text"', "7n"]) {
    assert.equal(hashKey(foreign(code)), hashKey(vm.runInThisContext(code)), code);
  }
  assert.throws(() => hashKey(foreign("new Map()")), { name: "FetchwellError" });
});

test("a value of another realm comes back from a snapshot, as one of this realm", () => {
  const clock = manualClock(1_700_000_000_000);
  for (const code of [
    "({ a: [1, 2], b: { c: null } })",
    "[1, [2]]",
    "new Date(5)",
    "new Map([[1, 2]])",
    "new Set([1])",
    "new Uint8Array([1, 2])",
    "new Float64Array([1, 2])",
    "new DataView(new ArrayBuffer(2))",
    "Object.create(null)",
    "new Uint8Array([1, 2]).buffer",
    "({ all: [new Map([[new Date(5), new Set([1n])]]), new Uint8Array([7])] })",
  ]) {
    const cache = createCache({ clock });
    cache.set("a", foreign(code));
    const copy = createCache({ clock });
    assert.equal(copy.restore(cache.snapshot()), 1, code);
    const own = vm.runInThisContext(`(${code})`);
    assert.deepEqual(copy.get("a"), own, code);
    assert.equal(Object.getPrototypeOf(copy.get("a")), Object.getPrototypeOf(own), code);
  }
});

test("an instance of another realm's classes is left out of a snapshot as one of this realm's is", () => {
  for (const code of ["new (class Book { a = 1; })()", "new (class extends Map {})()", "/x/", "new Error('x')", "Math"]) {
    const cache = createCache();
    cache.set("a", foreign(code));
    assert.equal(createCache().restore(cache.snapshot()), 0, code);
  }
});

test("a snapshot is restored from a Uint8Array of another realm and from a Buffer, wherever in it", () => {
  const clock = manualClock(1_700_000_000_000);
  const cache = createCache({ clock });
  cache.set("a", new Date(5)).set("b", { bytes: new Uint8Array([1, 2]).buffer }).set("c", { c: 1 });
  const bytes = cache.snapshot();
  const theirs = vm.runInNewContext("(bytes) => { const own = new Uint8Array(bytes.length + 5); own.set(bytes, 3); return own.subarray(3, 3 + bytes.length); }")(bytes);
  for (const given of [theirs, Buffer.from(bytes), Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]).subarray(6, 6 + bytes.length)]) {
    const copy = createCache({ clock });
    assert.equal(copy.restore(given), 3);
    assert.deepEqual([copy.get("a"), copy.get("b"), copy.get("c")], [new Date(5), { bytes: new Uint8Array([1, 2]).buffer }, { c: 1 }]);
    assert.equal(Object.getPrototypeOf(copy.get("b").bytes), ArrayBuffer.prototype);
  }
  for (const wrong of [foreign("new Uint16Array(4)"), foreign("new ArrayBuffer(4)"), "bytes", [1], null, Object.create(Uint8Array.prototype)]) {
    assert.throws(() => createCache().restore(wrong), { name: "FetchwellError", code: "invalid-option", field: "bytes" });
  }
});

test("texts and buffers of another realm are weighed as one's own", () => {
  const bytesOf = (value) => createCache().set("a", value).bytes;
  for (const code of ["new Uint8Array(5_000)", "new ArrayBuffer(5_000)", '"x".repeat(5_000)', '["x".repeat(5_000)]']) {
    assert.equal(bytesOf(foreign(code)), bytesOf(vm.runInThisContext(code)), code);
  }
});

test("an expression of another realm is an expression", () => {
  const cache = createCache();
  cache.set("a1", 1).set("b", 2);
  assert.equal(cache.invalidateMatching(foreign("/^a/g")), 1);
});

test("an error and a promise of another realm are what they are", async () => {
  const cache = createCache();
  const reason = foreign('new TypeError("fetch failed")');
  assert.equal(await cache.getOrSet("x", () => Promise.reject(reason)).catch((error) => error), reason);
  assert.equal(await cache.getOrSet("y", () => foreign("Promise.resolve(7)")), 7);
});

test("what another realm's dates, errors and Maps are is no options", () => {
  for (const code of ["new Date(0)", "/x/", "new Error('x')", "new Map()", "[]"]) {
    assert.throws(() => createCache(foreign(code)), { name: "FetchwellError", code: "invalid-option", field: "options" });
  }
});
