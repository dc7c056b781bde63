import assert from "node:assert/strict";
import { test } from "node:test";
import { leaves } from "./leaves.mjs";

const { aside } = await leaves("aside");

/** The same numbers each time. */
function dice(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Tells, so that lines may change hands, and gives what was told. */
function told(lines) {
  const room = new Uint32Array(aside.UNTOLD);
  const { count, ...rest } = lines.tell(room);
  return { ...rest, entries: [...room.subarray(0, count)] };
}

const give = (lines, space, key) => {
  const line = lines.find(space, key);
  return line < 0 ? undefined : lines.give(line, space);
};

test("it answers with what was offered last under a key, or not at all, whatever comes between", () => {
  for (const seed of [1, 2, 3]) {
    const roll = dice(seed);
    const lines = new aside.Aside(10_000, 1e9);
    const held = new Map();
    const keys = Array.from({ length: 3_000 }, (_, n) => (n % 3 ? `GET https://example.com/${n}/details?n=${n % 7}` : `${n}`));
    let [handle, answers] = [0, 0];
    for (let step = 0; step < 100_000; step += 1) {
      const [space, key] = [roll(2), keys[roll(roll(2) ? 50 : keys.length)]];
      const name = `${space} ${key}`;
      switch (roll(8)) {
        case 0: {
          const known = held.get(name);
          if (known) lines.drop(known.handle);
          held.delete(name);
          break;
        }
        case 1:
          if (roll(2_000) === 0) lines.clear();
          else told(lines);
          break;
        default: {
          const known = held.get(name);
          const found = lines.find(space, key);
          if (found >= 0) {
            assert.equal(lines.until(found), known.until);
            // Lines may change places when they are told of.
            if (!lines.mayGive(space)) told(lines);
            else assert.equal(lines.give(found, space), known.value);
            answers += 1;
          } else {
            const value = known ?? { value: `${name} ${step}`, handle: handle++, until: step };
            held.set(name, value);
            lines.offer(space, key, value.value, 1, value.handle, value.handle, value.until);
          }
        }
      }
    }
    assert.ok(answers > 20_000, `${answers}`);
  }
});

test("of what was given it tells each entry once, how often all of them were, and what they weighed", () => {
  const lines = new aside.Aside(1_000, 1e9);
  lines.offer(3, "a", "x", 10, 0, 100, Infinity);
  lines.offer(3, "b", "y", 5, 1, 200, Infinity);
  for (const key of ["a", "b", "a", "a"]) give(lines, 3, key);
  assert.deepEqual(told(lines), { space: 3, hits: 4, bytes: 35, entries: [100, 200] });
  assert.deepEqual(told(lines).hits, 0);
});

test("it gives for one namespace at a time, and for no more entries than can be told", () => {
  const lines = new aside.Aside(10_000, 1e9);
  lines.offer(1, "a", 1, 0, 0, 0, Infinity);
  give(lines, 1, "a");
  assert.deepEqual([lines.mayGive(1), lines.mayGive(2)], [true, false]);
});

test("what was given is told, whatever else is offered in between", () => {
  const lines = new aside.Aside(1_000, 1e9);
  lines.offer(0, "hot key", "hot", 1, 0, 7, Infinity);
  give(lines, 0, "hot key");
  for (let number = 1; number < 20_000; number += 1) lines.offer(0, `other ${number % 2_000}`, number, 1, number, number, Infinity);
  lines.drop(0);
  lines.clear();
  assert.deepEqual(told(lines), { space: 0, hits: 1, bytes: 1, entries: [7] });
});

test("keys that differ in one place, wherever it is, find lines of their own", () => {
  for (const make of [(n) => `users/${n}/profile/settings/notifications/email`, (n) => `${n}/users/profile/settings/notifications`, (n) => `users/profile/settings/notifications/${n}`]) {
    const lines = new aside.Aside(1_000, 1e9);
    const keys = Array.from({ length: 200 }, (_, n) => make(n + 100));
    for (let round = 0; round < 60; round += 1) {
      keys.forEach((key, n) => lines.find(0, key) < 0 && lines.offer(0, key, n, 1, n, n, Infinity));
      told(lines);
    }
    const found = keys.filter((key) => lines.find(0, key) >= 0).length;
    assert.ok(found > 170, `${found} of 200`);
  }
});

test("a value that was dropped, cleared or pushed out is held by nobody here", () => {
  const lines = new aside.Aside(1_000, 1e9);
  lines.offer(0, "a", "x", 1, 5, 5, Infinity);
  lines.drop(5);
  assert.equal(lines.find(0, "a"), -1);
  lines.offer(0, "a", "y", 1, 6, 5, Infinity);
  lines.clear();
  assert.equal(lines.find(0, "a"), -1);
  lines.drop(6);
  lines.drop(1_000_000);
});

test("beside little room there is none here either", () => {
  const lines = new aside.Aside(1_000, 10_000);
  lines.offer(0, "a", "x", 1, 0, 0, Infinity);
  assert.equal(lines.find(0, "a"), -1);
});

test("a key that is offered again has one line still, also where its own was given away or is free again", () => {
  for (const seed of [1, 2, 3]) {
    const roll = dice(seed);
    const lines = new aside.Aside(10_000, 1e9);
    const held = new Map();
    for (let step = 0; step < 60_000; step += 1) {
      const key = `key ${roll(400)}`;
      const known = held.get(key);
      if (known && roll(4) === 0) {
        lines.drop(known);
        held.delete(key);
        assert.equal(lines.find(0, key), -1);
      } else {
        if (!known) held.set(key, step + 1);
        lines.offer(0, key, key, 1, held.get(key), 0, Infinity);
        if (roll(2)) give(lines, 0, key);
        if (roll(40) === 0) told(lines);
      }
    }
  }
});
