// Something done at regular moments, and how late each was done: what a cache does to everything else in its process.
//
// On a machine that others use, wall time shows their pauses, too. A pause that this process caused has cost it processor time, so of the
// lateness at most that counts as its own. (What helping threads did at the same time is in it, so it is an upper bound.)

import { processor } from "./duel.mjs";
import { quantile } from "./stats.mjs";

/** Calls `act` every `every` milliseconds for `lasts` milliseconds; gives how late it was done with it each time. A timer is a millisecond coarse. */
export async function ticks(act, { every, lasts }) {
  const begun = performance.now();
  const [late, own] = [[], []];
  let spent = processor();
  for (let due = begun + every; due < begun + lasts; due += every) {
    // What is overdue comes at once, but not before others had their turn.
    await new Promise((resolve) => (performance.now() < due ? setTimeout(resolve, due - performance.now()) : setImmediate(resolve)));
    act();
    const now = processor();
    late.push(Math.max(0, performance.now() - due));
    own.push(Math.min(late.at(-1), now - spent));
    spent = now;
  }
  const told = (times) => ({ p99: quantile(times, 0.99), p999: quantile(times, 0.999), max: Math.max(...times) });
  return { late: told(late), own: told(own), ticks: late.length };
}
