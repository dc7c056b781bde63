// A clock for tests: it stands until it is moved, and moving it runs what became due.

import type { Duration, ManualClock } from "./api.js";
import { duration } from "./lengths.js";
import { number, refused } from "./options.js";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** How many turns of the queue of promises pass before time moves on: more than any chain of awaits in the cache has. */
const TURNS = 200;

/** A clock that shows this time of day (milliseconds since 1970), and stands. */
export function manualClock(start = 0): ManualClock {
  number()(start, "start");
  let elapsed = 0;
  /** In the order of setting. */
  const timers = new Set<Timer>();
  /** What advances before this one wait for. */
  let before: Promise<unknown> = Promise.resolve();

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) await null;
  };
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer;
    return first;
  };

  const move = async (by: number): Promise<void> => {
    const failures: unknown[] = [];
    // What was begun before comes to its first pause, and may set a timer that counts from now.
    await settle();
    const target = elapsed + by;
    for (let due = next(target); due; due = next(target)) {
      timers.delete(due);
      elapsed = Math.max(elapsed, due.at);
      try {
        due.run();
      } catch (error) {
        failures.push(error);
      }
      await settle();
    }
    elapsed = target;
    await settle();
    if (failures.length) throw failures[0];
  };

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    setTimer(run, ms) {
      const timer: Timer = { at: elapsed + Math.max(0, ms || 0), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(by: Duration) {
      const ms = duration(by, "advance");
      if (ms === Infinity) throw refused(by, "advance", "a duration that ends");
      const moved = before.then(() => move(ms));
      // One that fails holds up none that come after it.
      before = moved.catch(() => {});
      return moved;
    },
  };
}
