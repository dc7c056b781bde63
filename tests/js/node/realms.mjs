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

test("a value of another realm comes back from a snapshot as it was, or not at all", () => {
  const clock = manualClock(1_700_000_000_000);
  for (const code of [
    "({ a: [1, 2], b: { c: null } })",
    "[1, [2]]",
    "new Date(5)",
    "new Map([[1, 2]])",
    "new Set([1])",
    "new Uint8Array([1, 2])",
    "new Uint8Array([1, 2]).buffer",
  ]) {
    const cache = createCache({ clock });
    cache.set("a", foreign(code));
    const copy = createCache({ clock });
    if (copy.restore(cache.snapshot()) === 1) {
      assert.deepEqual(copy.get("a"), vm.runInThisContext(`(${code})`), code);
    }
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
