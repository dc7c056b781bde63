// Damaged snapshots: whatever became of the bytes, they are refused or skipped, and no wrong value is ever there.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache, manualClock } from "fetchwell";
import { START, made, random } from "./support.mjs";
import { same } from "./alike.mjs";

/** A small cache with some of everything, and its snapshot. */
function small() {
  const { cache } = made();
  cache
    .set("a", { title: "Emma", year: 1815 }, { ttl: "1h", tags: ["novel"] })
    .set("b", [1, 2n, null])
    .set("c", "text", { tti: "5m" });
  cache.namespace("n").set("d", new Date(5), { ttl: "1m", swr: "1h" });
  cache.partition("p").set("e", new Uint8Array([1, 2, 3]));
  return { cache, bytes: cache.snapshot() };
}

/** Restores what may be damaged; whatever it is, no wrong value is ever there. */
function harmless(original, bytes, what) {
  const clock = manualClock(START);
  const copy = createCache({ clock });
  copy.set("held", 1);
  let restored = 0;
  try {
    restored = copy.restore(bytes);
  } catch (error) {
    assert.ok(error instanceof FetchwellError, `${what}: ${String(error)}`);
    assert.match(error.code, /^snapshot-/, what);
    assert.deepEqual([copy.size, copy.get("held")], [1, 1], `${what}: what is refused changes nothing`);
    return "refused";
  }
  assert.ok(restored <= 5, what);
  const right = [
    [original, copy],
    [original.namespace("n"), copy.namespace("n")],
    [original.partition("p"), copy.partition("p")],
  ];
  for (const [from, to] of right) {
    for (const { key, value } of to.entries()) {
      assert.ok(key === "held" || same(from.peek(key), value), `${what}: a wrong value under ${key}`);
    }
  }
  assert.equal(copy.stats().traps, 0, what);
  return "restored";
}

test("every byte of a snapshot changed in every way never makes a wrong value", () => {
  const { cache, bytes } = small();
  assert.ok(bytes.length < 1_000, `${bytes.length} bytes`);
  assert.equal(harmless(cache, bytes, "whole"), "restored");
  for (let at = 0; at < bytes.length; at += 1) {
    for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const damaged = bytes.slice();
      damaged[at] ^= flip;
      harmless(cache, damaged, `byte ${at} with ${flip}`);
    }
  }
});

test("every truncation of a snapshot, and bytes too many, never make a wrong value", () => {
  const { cache, bytes } = small();
  for (let length = 0; length < bytes.length; length += 1) {
    assert.equal(harmless(cache, bytes.slice(0, length), `${length} bytes`), "refused");
    harmless(cache, bytes.slice(length + 1), `the last ${bytes.length - length - 1} bytes`);
  }
  for (const more of [1, 7, 8, 100]) {
    harmless(cache, new Uint8Array([...bytes, ...new Uint8Array(more)]), `${more} bytes too many`);
  }
  harmless(cache, new Uint8Array([...bytes, ...bytes]), "twice");
});

test("bytes that were never a snapshot are refused", () => {
  const { cache } = small();
  const chance = random(9);
  const junk = [
    new Uint8Array(),
    new Uint8Array(8),
    new Uint8Array(10_000),
    new TextEncoder().encode("not a snapshot"),
    new TextEncoder().encode("FWSN"),
    new TextEncoder().encode('{"a":1}'),
  ];
  for (let round = 0; round < 500; round += 1) {
    junk.push(Uint8Array.from({ length: Math.floor(chance() * 200) }, () => Math.floor(chance() * 256)));
  }
  junk.forEach((bytes, number) => assert.equal(harmless(cache, bytes, `junk ${number}`), "refused"));
});

test("a snapshot of another version is told from a damaged one, whatever else is wrong", () => {
  const { bytes } = small();
  for (const version of [0, 2, 3, 255, 256, 65_535]) {
    const other = bytes.slice();
    other[4] = version & 255;
    other[5] = version >> 8;
    for (const given of [other, other.slice(0, 6), other.slice(0, -3)]) {
      const error = assert.throws(() => createCache().restore(given), { name: "FetchwellError", code: "snapshot-version" });
      assert.match(error.message, new RegExp(`\\b${version}\\b`));
    }
  }
});

test("what are no bytes is refused", () => {
  const cache = createCache();
  for (const wrong of [undefined, null, "FWSN", 7, {}, [70, 87], new Float64Array(2), () => {}]) {
    assert.throws(() => cache.restore(wrong), { name: "FetchwellError" });
  }
});

test("a snapshot can be restored from the middle of a larger buffer", () => {
  const { cache, bytes } = small();
  const larger = new Uint8Array(bytes.length + 20);
  larger.set(bytes, 7);
  assert.equal(harmless(cache, larger.subarray(7, 7 + bytes.length), "in the middle"), "restored");
});
