import assert from "node:assert/strict";
import { test } from "node:test";
import { refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { manual_clock } = await leaves("manual-clock");
const { manualClock } = manual_clock;

test("it stands until it is moved", async () => {
  const clock = manualClock();
  assert.deepEqual([clock.now(), clock.monotonic()], [0, 0]);
  await clock.advance("1.5s");
  assert.deepEqual([clock.now(), clock.monotonic()], [1_500, 1_500]);
  const later = manualClock(1_700_000_000_000);
  await later.advance(7);
  assert.deepEqual([later.now(), later.monotonic()], [1_700_000_000_007, 7]);
});

test("timers run at their time, in the order of time and then of setting", async () => {
  const clock = manualClock();
  const ran = [];
  for (const [name, ms] of [["c", 30], ["a", 10], ["d", 30], ["b", 20], ["late", 41], ["never", Infinity]]) {
    clock.setTimer(() => ran.push([name, clock.now()]), ms);
  }
  await clock.advance(40);
  assert.deepEqual(ran, [["a", 10], ["b", 20], ["c", 30], ["d", 30]]);
  assert.equal(clock.now(), 40);
  await clock.advance(1);
  assert.deepEqual(ran.at(-1), ["late", 41]);
});

test("what becomes due meanwhile is run, too", async () => {
  const clock = manualClock();
  const ran = [];
  clock.setTimer(() => {
    ran.push(clock.now());
    clock.setTimer(() => ran.push(clock.now()), 0);
    clock.setTimer(() => ran.push(clock.now()), 5);
    clock.setTimer(() => ran.push(clock.now()), 500);
  }, 10);
  await clock.advance(20);
  assert.deepEqual(ran, [10, 10, 15]);
});

test("promises settle before time moves on, so that a pause set in answer to another begins in time", async () => {
  const clock = manualClock();
  const sleep = (ms) => new Promise((resolve) => clock.setTimer(resolve, ms));
  const at = [];
  const work = (async () => {
    for (let turn = 0; turn < 40; turn++) await null; // it takes a while to come to its first pause
    for (const ms of [10, 20, 30]) {
      await sleep(ms);
      await (async () => { for (let turn = 0; turn < 30; turn++) await null; })();
      at.push(clock.now());
    }
  })();
  await clock.advance(100);
  assert.deepEqual(at, [10, 30, 60]);
  await work;
});

test("a timer that is stopped does not run, even by one that is due at the same time", async () => {
  const clock = manualClock();
  const ran = [];
  const stop = [];
  clock.setTimer(() => { ran.push(1); stop[0](); stop[0](); }, 5);
  stop.push(clock.setTimer(() => ran.push(2), 5));
  await clock.advance(10);
  assert.deepEqual(ran, [1]);
});

test("a timer that throws stops no other, and advance tells at the end", async () => {
  const clock = manualClock();
  const mine = new Error("mine");
  const ran = [];
  clock.setTimer(() => { throw mine; }, 5);
  clock.setTimer(() => ran.push(clock.now()), 6);
  await assert.rejects(clock.advance(10), (error) => error === mine);
  assert.deepEqual([ran, clock.now()], [[6], 10]);
  await clock.advance(1);
  assert.equal(clock.now(), 11);
});

test("advances wait for one another", async () => {
  const clock = manualClock();
  const ran = [];
  clock.setTimer(() => { ran.push(clock.now()); void clock.advance(100); }, 10);
  clock.setTimer(() => ran.push(clock.now()), 25);
  await Promise.all([clock.advance(10), clock.advance(10), clock.advance(10)]);
  assert.deepEqual([ran, clock.now()], [[10, 25], 30]);
  await clock.advance(0);
  assert.equal(clock.now(), 130);
});

test("what is no duration that ends is refused, and time stands", async () => {
  const clock = manualClock();
  for (const by of [-1, NaN, Infinity, "5 minutes", undefined, null]) {
    await assert.rejects(clock.advance(by), { name: "FetchwellError", code: "invalid-option", field: "advance" });
  }
  assert.equal(clock.now(), 0);
  for (const start of [-1, NaN, Infinity, "0", null]) refuses(() => manualClock(start), "invalid-option", "start");
});

test("a timer for no time or a time that is none is due at once", async () => {
  const clock = manualClock();
  let ran = 0;
  for (const ms of [0, -5, NaN, undefined]) clock.setTimer(() => ran++, ms);
  await clock.advance(0);
  assert.equal(ran, 4);
});
