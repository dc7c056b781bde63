import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { everyKind, refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { lengths } = await leaves("lengths");
const { duration, bytes } = lengths;
const golden = JSON.parse(readFileSync(new URL("../golden/lengths.json", import.meta.url), "utf8"));

test("texts are read as Rust reads them", () => {
  for (const [text, ms] of golden.durations) assert.equal(duration(text, "ttl"), ms, text);
  for (const [text, size] of golden.sizes) assert.equal(bytes(text, "maxBytes"), size, text);
});

test("texts that Rust refuses are refused, and named", () => {
  for (const text of golden.noDurations) refuses(() => duration(text, "ttl"), "invalid-option", "ttl", JSON.stringify(text), '"5m"');
  for (const text of golden.noSizes) refuses(() => bytes(text, "maxBytes"), "invalid-option", "maxBytes", JSON.stringify(text), '"16mb"');
});

test("numbers are milliseconds and bytes, fractions round down, and a duration may be without end", () => {
  for (const [given, ms] of [[0, 0], [-0, 0], [0.9, 0], [1.9, 1], [5e-324, 0], [2 ** 40, 2 ** 40], [Infinity, Infinity], [1e300, Number.MAX_SAFE_INTEGER]]) {
    assert.equal(duration(given, "ttl") + 0, ms);
  }
  assert.equal(bytes(1.5, "maxBytes"), 1);
  refuses(() => bytes(Infinity, "maxBytes"), "invalid-option", "maxBytes", "Infinity");
});

test("every other kind of value is refused", () => {
  const fits = [0, 1.5, Infinity, "5m"];
  for (const value of everyKind().filter((value) => !fits.includes(value))) refuses(() => duration(value, "ttl"), "invalid-option", "ttl");
  for (const value of everyKind().filter((value) => value !== 0 && value !== 1.5)) refuses(() => bytes(value, "maxBytes"), "invalid-option", "maxBytes");
});

test("a number beyond all bounds is a very long time that ends", () => {
  assert.equal(duration(`${"9".repeat(1_000_000)}d`, "ttl"), Number.MAX_SAFE_INTEGER);
  assert.equal(duration(`${"0".repeat(1_000)}5s`, "ttl"), 5_000);
});
