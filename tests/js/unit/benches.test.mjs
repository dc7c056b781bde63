// The parts of the benches that compute and draw. What they measure is asserted nowhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { duel } from "../../../benches/js/measure/duel.mjs";
import { NEVER_SEEN, loop } from "../../../benches/js/measure/loops.mjs";
import { mixed } from "../../../benches/js/measure/ratio.mjs";
import { geometricMean, median, quantile } from "../../../benches/js/measure/stats.mjs";
import { random, requests, zipf } from "../../../benches/js/measure/zipf.mjs";
import { losses } from "../../../benches/js/report/losses.mjs";
import { digits, shortly } from "../../../benches/js/report/numbers.mjs";
import { bars, curves } from "../../../benches/js/report/svg.mjs";
import { cell, forMarkdown, none, table } from "../../../benches/js/report/table.mjs";

test("between two figures lies what lies between", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(quantile([0, 10], 0.25), 2.5);
  assert.equal(quantile([7], 0.99), 7);
  assert.ok(Math.abs(geometricMean([2, 0.5]) - 1) < 1e-12);
});

test("the first ranks are as popular as the law says", () => {
  const rank = zipf(1_000, random(1));
  const counts = new Uint32Array(1_000);
  for (let time = 0; time < 100_000; time += 1) counts[rank()] += 1;
  // 1 / zeta(1000) = 0.1302; half of it (2^-0.99) for the second.
  assert.ok(counts[0] > 12_700 && counts[0] < 13_350, `${counts[0]}`);
  assert.ok(counts[1] > 6_300 && counts[1] < 6_800, `${counts[1]}`);
  assert.ok(counts[999] < 60);
  assert.deepEqual(requests(500, 50), requests(500, 50));
});

test("of a mixed load a tenth writes, and with scans a third is for keys that nobody asks for again", () => {
  const order = mixed(1_000, 90_000, true);
  const share = (fits) => order.reduce((sum, number) => sum + fits(number), 0) / order.length;
  assert.ok(Math.abs(share((number) => number > NEVER_SEEN) - 0.1) < 0.005);
  assert.ok(Math.abs(share((number) => (number & NEVER_SEEN) === NEVER_SEEN) - 1 / 3) < 0.001);
  assert.ok(order.every((number) => (number & NEVER_SEEN) === NEVER_SEEN || (number & NEVER_SEEN) < 1_000));
});

test("a loop calls the contestant's own methods, and never asks twice for a key of a scan", () => {
  const asked = [];
  const cache = { get: (key) => void asked.push(key), set: (key, value) => asked.push([key, value]) };
  const contestant = { awaits: false, get: (key) => `cache.get(${key})`, set: (key, value) => `cache.set(${key}, ${value})` };
  const order = Uint32Array.of(5, NEVER_SEEN, NEVER_SEEN, NEVER_SEEN + 1 + 3);
  loop("mixed", contestant, { cache, order, key: "'k' + number", values: Array.from({ length: 64 }, (_, number) => String(number)), next: 10 })();
  assert.deepEqual(asked, ["k5", ["k5", "5"], "k10", ["k10", "10"], "k11", ["k11", "11"], ["k3", "3"]]);
});

test("a drift of the machine falls on both", async () => {
  // It gets slower with each call; the first needs 10, the second 30 of its units.
  let [time, slowness] = [0, 1];
  const call = (units) => () => {
    slowness += 0.01;
    time += units * slowness;
  };
  const { ratio } = await duel(call(10), call(30), { calls: 1, rounds: 8, clock: () => time });
  assert.ok(Math.abs(ratio.median - 3) < 0.01, `${ratio.median}`);
});

test("a loop that got other values than were stored is not measured", async () => {
  await assert.rejects(duel(() => 5, () => 6, { calls: 1, rounds: 3, expected: 5 }), /6 in place of 5/);
});

test("who is in front of us is named, by how much, whichever way is better", () => {
  const rows = (ours, other) => [
    { name: "fetchwell", cells: [cell(String(ours), ours), none] },
    { name: "other", cells: [cell(`${other} (1–3)`, other), cell("9", 9)] },
  ];
  const [more, less] = [table("speed", ["1k", "2k"], rows(1, 2), "more"), table("bytes", ["1k", "2k"], rows(1, 2), "less")];
  assert.deepEqual(losses([more, less]), [{ where: "speed, 1k", ours: "1", ahead: ["other 2"] }]);
  assert.equal(forMarkdown(more).split("\n")[1], "| --- | --: | --: |");
});

test("numbers are read at a glance", () => {
  assert.deepEqual([0.0123, 0.5, 1.234, 45.67, 123.4, 12_345].map(digits), ["0.012", "0.50", "1.23", "45.7", "123", "12 345"]);
  assert.deepEqual([7, 1_000, 250_000, 4_000_000].map(shortly), ["7", "1k", "250k", "4M"]);
});

test("pictures hold no number that is none, also of nothing", () => {
  const drawn = [
    bars({ title: "a < b", columns: ["x"], rows: [{ name: "ours", values: [0.02] }, { name: "absent", values: [undefined] }] }),
    curves({ title: "t", across: "entries", lines: [{ name: "ours", points: [[1_000, 0], [4_000_000, 9]] }, { name: "one", points: [[1_000, 3]] }] }),
    curves({ title: "t", across: "entries", lines: [{ name: "none", points: [] }] }),
  ];
  for (const svg of drawn) assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  assert.match(drawn[0], /a &lt; b/);
});
