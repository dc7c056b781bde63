import assert from "node:assert/strict";
import { test } from "node:test";
import { everyKind, refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

/** Runs with a host whose clocks and timers are these. The module comes anew: it keeps the line of time. */
async function onHost(host, body) {
  const before = Object.keys(host).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  const { clock } = await leaves("clock");
  for (const [name, value] of Object.entries(host)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  try {
    await body(clock.tickerOf, clock);
  } finally {
    for (const [name, was] of before) was ? Object.defineProperty(globalThis, name, was) : delete globalThis[name];
  }
}

/** A host whose time is set by hand. */
const hands = (wall, steady) => {
  const hand = { wall, steady };
  return { hand, host: { Date: { now: () => hand.wall }, performance: { now: () => hand.steady } } };
};

test("time begins with the first reading and goes on with the host's", async () => {
  const { hand, host } = hands(1_000_000, 50.5);
  await onHost(host, (tickerOf) => {
    const ticker = tickerOf(undefined);
    assert.deepEqual([ticker.now(), ticker.wall()], [0, 1_000_000]);
    hand.wall += 10;
    hand.steady += 10.75;
    assert.deepEqual([ticker.now(), ticker.wall()], [10, 1_000_010]);
    assert.equal(tickerOf(undefined).now(), 10);
  });
});

test("time passes while the machine sleeps and its steady clock stands", async () => {
  const { hand, host } = hands(1_000_000, 50);
  await onHost(host, (tickerOf) => {
    const { now } = tickerOf(undefined);
    now();
    hand.wall += 3_600_000;
    assert.equal(now(), 3_600_000);
    hand.wall += 5;
    hand.steady += 5;
    assert.equal(now(), 3_600_005);
  });
});

test("a time of day that is put back neither turns time back nor stops it", async () => {
  const { hand, host } = hands(1_000_000_000, 50);
  await onHost(host, (tickerOf) => {
    const { now } = tickerOf(undefined);
    now();
    hand.wall -= 86_400_000;
    assert.equal(now(), 0);
    hand.wall += 2_000;
    hand.steady += 2_000;
    assert.equal(now(), 2_000);
    hand.wall += 86_400_000; // and right again: nobody can tell this from a sleep
    const later = now();
    hand.wall -= 86_400_000;
    hand.steady += 1_000;
    hand.wall += 1_000;
    assert.equal(now(), later + 1_000);
    hand.wall += 60_000; // a sleep after all that is still seen
    assert.equal(now(), later + 61_000);
  });
});

test("whole milliseconds of the time of day do not make time run ahead", async () => {
  const { hand, host } = hands(1_000_000, 0);
  await onHost(host, (tickerOf) => {
    const { now } = tickerOf(undefined);
    now();
    for (let tenths = 1; tenths <= 100_000; tenths++) {
      hand.steady = tenths / 10;
      hand.wall = 1_000_000 + Math.floor(tenths / 10);
      now();
    }
    assert.equal(now(), 10_000);
  });
});

test("where clocks stand at 0, as in a Worker's global scope, time begins later, for all", async () => {
  const { hand, host } = hands(0, 0);
  await onHost(host, (tickerOf) => {
    const early = tickerOf(undefined);
    assert.equal(early.now(), 0);
    hand.wall = 1_700_000_000_000;
    hand.steady = 1_700_000_000_000;
    assert.equal(tickerOf(undefined).now(), 0);
    hand.wall += 700;
    hand.steady += 700;
    assert.equal(early.now(), 700);
    hand.wall = 0;
    hand.steady = 0;
    assert.equal(early.now(), 700);
  });
});

test("a clock that a test begins at 0 is believed from its first step on, also after a real one was read", async () => {
  for (const [wall, steady] of [[0, 0], [0, 5_000], [1_700_000_000_000, 5_000]]) {
    for (const mocksSteady of [true, false]) {
      const { hand, host } = hands(wall, steady);
      await onHost(host, (tickerOf) => {
        const { now, wall } = tickerOf(undefined);
        const before = now();
        [hand.wall, hand.steady] = [0, mocksSteady ? 0 : steady];
        assert.deepEqual([now(), wall()], [before, 0]);
        for (const [step, after] of [[1, 1], [499, 500], [500, 1_000], [3_600_000, 3_601_000]]) {
          hand.wall += step;
          if (mocksSteady) hand.steady += step;
          assert.deepEqual([now() - before, wall()], [after, after]);
        }
      });
    }
  }
});

test("a host whose time of day is no number has the last good one", async () => {
  const { hand, host } = hands(NaN, 0);
  await onHost(host, (tickerOf) => {
    const { now, wall } = tickerOf(undefined);
    assert.deepEqual([now(), wall()], [0, 0]);
    hand.wall = 1_700_000_000_000;
    assert.deepEqual([now(), wall()], [0, 1_700_000_000_000]);
    hand.wall += 200;
    assert.equal(now(), 200);
    for (const bad of [NaN, Infinity, -Infinity, undefined]) {
      hand.wall = bad;
      assert.deepEqual([now(), wall()], [200, 1_700_000_000_200]);
    }
    hand.wall = 1_700_000_000_300;
    assert.deepEqual([now(), wall()], [300, 1_700_000_000_300]);
  });
});

test("a host without performance has the time of day, which still never turns back", async () => {
  const { hand, host } = hands(1_000_000, 0);
  await onHost({ ...host, performance: undefined }, (tickerOf) => {
    const { now } = tickerOf(undefined);
    now();
    hand.wall += 500;
    assert.equal(now(), 500);
    hand.wall -= 10_000;
    assert.equal(now(), 500);
    hand.wall += 100;
    assert.equal(now(), 600);
  });
});

/** Timers that fire when told to. */
function timers() {
  const set = [];
  return {
    set,
    host: {
      setTimeout: (run, ms) => {
        const timer = { run, ms, held: true, unref: () => (timer.held = false) };
        set.push(timer);
        return timer;
      },
      clearTimeout: (timer) => set.splice(set.indexOf(timer), 1),
    },
    fire: () => set.shift().run(),
  };
}

test("a timer holds no process, unless somebody waits for it", async () => {
  const { set, host } = timers();
  await onHost(host, (tickerOf) => {
    const ticker = tickerOf(undefined);
    ticker.timer(() => {}, 5);
    ticker.timer(() => {}, 5, true);
    assert.deepEqual(set.map((timer) => timer.held), [false, true]);
  });
});

test("a timer waits longer than hosts can, and can be stopped between its steps", async () => {
  const { set, host, fire } = timers();
  await onHost(host, (tickerOf) => {
    const month = 30 * 86_400_000;
    let fired = 0;
    tickerOf(undefined).timer(() => fired++, month);
    assert.deepEqual([set[0].ms, set[0].held], [2 ** 31 - 1, false]);
    fire();
    assert.deepEqual([fired, set[0].ms, set[0].held], [0, month - (2 ** 31 - 1), false]);
    fire();
    assert.deepEqual([fired, set.length], [1, 0]);
    const stop = tickerOf(undefined).timer(() => fired++, month);
    fire();
    stop();
    stop();
    assert.deepEqual([fired, set.length], [1, 0]);
    assert.equal(typeof tickerOf(undefined).timer(() => fired++, Infinity), "function");
    assert.equal(set.length, 0);
  });
});

test("where there are no timers that is said, and nothing is thrown", async () => {
  await onHost({ setTimeout: undefined }, (tickerOf) => assert.equal(tickerOf(undefined).timer(() => {}, 5), undefined));
  const setTimeout = () => { throw new Error("not in the global scope"); };
  await onHost({ setTimeout }, (tickerOf) => assert.equal(tickerOf(undefined).timer(() => {}, 5), undefined));
});

test("a Deno timer, which is a number, holds no process either", async () => {
  const unheld = [];
  await onHost({ setTimeout: () => 7, Deno: { unrefTimer: (timer) => unheld.push(timer) } }, (tickerOf) => {
    tickerOf(undefined).timer(() => {}, 5);
    tickerOf(undefined).timer(() => {}, 5, true);
    assert.deepEqual(unheld, [7]);
  });
});

test("a given clock is believed: its steady line for lifetimes, its time of day for people", async () => {
  await onHost({}, (tickerOf) => {
    assert.deepEqual([tickerOf({ now: () => 5_000.7 }).now(), tickerOf({ now: () => 0 }).now()], [5_000, 0]);
    const ticker = tickerOf({ now: () => 5_000, monotonic: () => 7.9 });
    assert.deepEqual([ticker.now(), ticker.wall()], [7, 5_000]);
    class Mine { #time = 3; now() { return this.#time; } monotonic() { return this.#time; } setTimer(run, ms) { run(ms); return () => {}; } }
    const mine = tickerOf(new Mine());
    assert.deepEqual([mine.now(), mine.wall(), typeof mine.timer(() => {}, 1)], [3, 3, "function"]);
  });
});

test("a given clock that fails is believed as of its last good reading", async () => {
  await onHost({}, (tickerOf) => {
    let reading = () => { throw new Error("broken"); };
    const ticker = tickerOf({ now: () => reading() });
    assert.deepEqual([ticker.now(), ticker.wall()], [0, 0]);
    reading = () => 40;
    assert.deepEqual([ticker.now(), ticker.wall()], [40, 40]);
    for (const bad of [NaN, Infinity, -Infinity, undefined, null, "41", 41n, {}, new Date(41)]) {
      reading = () => bad;
      assert.deepEqual([ticker.now(), ticker.wall()], [40, 40]);
    }
    reading = () => -5;
    assert.equal(ticker.now(), 0);
    reading = () => 1e300;
    assert.equal(ticker.now(), Number.MAX_SAFE_INTEGER);
  });
});

test("a given clock's timers are used where it has them, however badly they are made", async () => {
  const { set, host } = timers();
  await onHost(host, (tickerOf) => {
    let stopped = 0;
    const stop = tickerOf({ now: () => 0, setTimer: () => () => stopped++ }).timer(() => {}, 5);
    stop();
    assert.deepEqual([stopped, set.length], [1, 0]);
    tickerOf({ now: () => 0, setTimer: () => "no function" }).timer(() => {}, 5)();
    assert.equal(tickerOf({ now: () => 0, setTimer() { throw new Error("broken"); } }).timer(() => {}, 5), undefined);
    tickerOf({ now: () => 0 }).timer(() => {}, 5);
    assert.equal(set.length, 1);
  });
});

test("a clock that is none is refused", async () => {
  await onHost({}, (_, { clockOption }) => {
    for (const value of everyKind().slice(0, -2)) {
      refuses(() => clockOption(value, "clock"), "invalid-option", "clock", "now()");
    }
    for (const value of [{ now: 5 }, { now() {}, monotonic: 5 }, { now() {}, setTimer: true }]) refuses(() => clockOption(value, "clock"), "invalid-option", "clock");
    const mine = { now: () => 5 };
    assert.equal(clockOption(mine, "clock"), mine);
  });
});

test("a reading is of the moment, also for a microtask that ran long", async () => {
  const { hand, host } = hands(1_000_000, 50);
  await onHost(host, async (tickerOf) => {
    const ticker = tickerOf(undefined);
    const readings = [];
    Promise.resolve().then(() => {
      hand.wall += 200;
      hand.steady += 200;
      readings.push(ticker.now());
    });
    readings.push(ticker.now());
    await undefined;
    await undefined;
    assert.deepEqual(readings, [0, 200]);
  });
});

test("a given clock's timer is asked for no more than a timer can wait", async () => {
  const { clock } = await leaves("clock");
  const asked = [];
  const { timer } = clock.tickerOf({ now: () => 0, setTimer: (run, ms) => (asked.push(ms), () => {}) });
  timer(() => {}, 30 * 86_400_000);
  assert.deepEqual(asked, [2 ** 31 - 1]);
});
