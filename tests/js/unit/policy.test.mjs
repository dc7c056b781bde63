import assert from "node:assert/strict";
import { test } from "node:test";
import { everyKind, refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { policy } = await leaves("policy");
const { readPolicy, over, tagList, weight } = policy;
const read = (given) => readPolicy(given, "set()");
const wrong = (given, field, ...words) => refuses(() => read(given), "invalid-option", field, ...words);

test("lengths are brought to milliseconds", () => {
  const given = { ttl: "5m", tti: 1.9, swr: "1.5h", staleIfError: "1d", softTimeout: "50ms", timeout: Infinity, negativeTtl: "30s" };
  const wanted = { ttl: 300_000, tti: 1, swr: 5_400_000, staleIfError: { for: 86_400_000 }, softTimeout: 50, timeout: Infinity, negativeTtl: 30_000 };
  assert.deepEqual({ ...read(given) }, wanted);
  assert.deepEqual({ ...read({}) }, {});
});

test("every length refuses what is none, by its name", () => {
  for (const field of ["ttl", "tti", "swr", "staleIfError", "softTimeout", "timeout", "negativeTtl"]) {
    for (const value of [-1, NaN, -Infinity, "5 minutes", "", true, null, 5n, [], Symbol("x")]) wrong({ [field]: value }, field);
  }
  wrong({ tti: {} }, "tti");
  wrong({ tti: () => 1 }, "tti", "a function");
});

test("ttl, tags and weight may be functions, which are not called yet", () => {
  const mine = () => assert.fail("called");
  assert.deepEqual({ ...read({ ttl: mine, tags: mine, weight: mine }) }, { ttl: mine, tags: mine, weight: mine });
});

test("stale answers may be for some failures only", () => {
  assert.deepEqual(read({ staleIfError: { for: "1d", on: ["network", "timeout", 503, 429] } }).staleIfError, Object.assign(Object.create(null), { for: 86_400_000, on: ["network", "timeout", 503, 429] }));
  assert.equal(read({ staleIfError: { for: 0 } }).staleIfError.for, 0);
  wrong({ staleIfError: {} }, "staleIfError.for", "undefined");
  wrong({ staleIfError: { on: [503] } }, "staleIfError.for");
  wrong({ staleIfError: { for: "1 d" } }, "staleIfError.for", '"1 d"');
  wrong({ staleIfError: { for: 1, om: [] } }, "staleIfError.om", '"on"');
  for (const on of [503, "network", {}, null]) wrong({ staleIfError: { for: 1, on } }, "staleIfError.on");
  for (const on of [["netwerk"], [99], [600], [503.5], ["503"], [undefined], Array(1)]) wrong({ staleIfError: { for: 1, on } }, "staleIfError.on");
});

test("refreshing ahead is off, usual, or as eager as said", () => {
  for (const [given, beta] of [[false, 0], [true, 1], [{}, 1], [{ beta: undefined }, 1], [{ beta: 0 }, 0], [{ beta: 2.5 }, 2.5]]) {
    assert.equal(read({ refreshAhead: given }).refreshAhead, beta);
  }
  for (const given of [1, 0, "true", null]) wrong({ refreshAhead: given }, "refreshAhead");
  for (const beta of [-1, NaN, Infinity, "1", null]) wrong({ refreshAhead: { beta } }, "refreshAhead.beta");
});

test("failures are remembered all alike or by status", () => {
  assert.deepEqual([...read({ negativeTtl: { 404: "30s", 410: Infinity, 500: undefined } }).negativeTtl], [[404, 30_000], [410, Infinity]]);
  wrong({ negativeTtl: { 404: "soon" } }, "negativeTtl.404", '"soon"');
  for (const name of ["4xx", "99", "600", "404.5", "0404", "4e2", "__proto__", "default", ""]) {
    wrong({ negativeTtl: Object.defineProperty({}, name, { value: 1, enumerable: true }) }, `negativeTtl.${name}`, "status");
  }
  for (const given of [[], ["30s"], new Map([[404, "30s"]]), Promise.resolve("30s")]) wrong({ negativeTtl: given }, "negativeTtl");
});

test("retries are counted, and their pace may be left out", () => {
  const defaults = { backoff: 100, respectRetryAfter: true };
  assert.deepEqual({ ...read({ retry: 3 }).retry }, { limit: 3, ...defaults });
  assert.deepEqual({ ...read({ retry: { limit: 0 } }).retry }, { limit: 0, ...defaults });
  assert.deepEqual({ ...read({ retry: { limit: 2, backoff: "1s", respectRetryAfter: false } }).retry }, { limit: 2, backoff: 1_000, respectRetryAfter: false });
  for (const given of [-1, 1.5, NaN, Infinity, "3", true, null]) wrong({ retry: given }, "retry");
  wrong({ retry: {} }, "retry.limit");
  wrong({ retry: { limit: 1.5 } }, "retry.limit");
  wrong({ retry: { limit: 1, backof: 5 } }, "retry.backof", '"backoff"');
  wrong({ retry: { limit: 1, respectRetryAfter: 1 } }, "retry.respectRetryAfter");
});

test("jitter is a share", () => {
  for (const share of [0, 0.1, 1]) assert.equal(read({ jitter: share }).jitter, share);
  for (const share of [-0.1, 1.1, NaN, Infinity, "0.1", "10%", null]) wrong({ jitter: share }, "jitter");
});

test("a weight is a finite number", () => {
  for (const [given, bytes] of [[0, 0], [1.9, 1], [2 ** 40, 2 ** 40]]) assert.equal(read({ weight: given }).weight, bytes);
  for (const given of [-1, NaN, Infinity, "1kb", null, 1n]) wrong({ weight: given }, "weight");
  for (const value of everyKind().filter((value) => value !== 0 && value !== 1.5)) refuses(() => weight(value, "weight"), "invalid-option", "weight");
});

test("tags are a list of well-formed texts, of which a copy is kept", () => {
  const tags = ["a", "", "__proto__", "x:y"];
  assert.deepEqual(tagList(tags, "tags"), tags);
  assert.notEqual(tagList(tags, "tags"), tags);
  for (const given of ["a", null, {}, new Set(["a"]), 7]) refuses(() => tagList(given, "tags"), "invalid-option", "tags");
  for (const given of [[7], [undefined], Array(1), [["a"]], ["a", "\ud800"], [null]]) refuses(() => tagList(given, "tags"), "invalid-option", "tags");
});

test("the nearest rule wins, and one that switches something off is a rule", () => {
  const cache = read({ ttl: "1h", swr: "10m", jitter: 0.1, tags: ["a"] });
  const namespace = read({ ttl: "5m", tti: "1m" });
  const call = read({ swr: 0, tags: [], ttl: undefined });
  assert.deepEqual({ ...over(call, over(namespace, cache)) }, { ttl: 300_000, swr: 0, jitter: 0.1, tags: [], tti: 60_000 });
  assert.deepEqual({ ...cache }, { ttl: 3_600_000, swr: 600_000, jitter: 0.1, tags: ["a"] });
});

test("rules come from no prototype", () => {
  Object.prototype.ttl = 5;
  Object.prototype.limit = 5;
  try {
    assert.equal(over(read({}), read({})).ttl, undefined);
    wrong({ retry: {} }, "retry.limit");
  } finally {
    delete Object.prototype.ttl;
    delete Object.prototype.limit;
  }
});

test("an unknown rule is refused with the nearest right one", () => {
  wrong({ tttl: 5 }, "tttl", "set()", '"ttl"');
  wrong({ staleifError: 5 }, "staleifError", '"staleIfError"');
});
