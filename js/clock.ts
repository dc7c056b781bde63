// Where the time comes from: the host's clocks and timers, or a clock that was given in. A bad clock never fails a request.

import type { Clock } from "./api.js";
import { type Reader, refused } from "./options.js";

/** What the cache needs of time. */
export interface Ticker {
  /** Whole milliseconds on a line of its own, for lifetimes. */
  now(): number;
  /** The same, but perhaps as it was earlier in this turn of the host; for what is asked a million times in a row. */
  lately(): number;
  /** How often a reading was less than the one before. */
  readonly falls: number;
  /** Milliseconds since 1970, for people and snapshots. */
  wall(): number;
  /**
   * Calls back after so many milliseconds; returns what stops it, or undefined where there are no timers. A host that could end (Node)
   * does not wait for it, unless `awaited` says that a caller does: a pause between two tries, the limit of a load.
   */
  timer(run: () => void, ms: number, awaited?: boolean): (() => void) | undefined;
}

/** A reading that may be a turn old is good enough for lives that go on for longer than this. */
export const NEAR = 5_000;

/** What hosts have. Looked up at each use, so that tests which replace the globals are obeyed. */
interface Host {
  performance?: { now(): number };
  setTimeout?(run: () => void, ms: number): unknown;
  clearTimeout?(timer: unknown): void;
  Deno?: { unrefTimer?(timer: unknown): void };
}
const host = globalThis as unknown as Host;

/** The longest that hosts can wait in one go; beyond it they fire at once. */
const LONGEST = 2 ** 31 - 1;

// The line of the host's time. One for all caches of the module: they share what the first real reading was.
let elapsed = 0;
let wallBefore: number | undefined;
/** Where the line was when the steady clock was read last, and what it said. */
let lineThen = 0;
let steadyThen = 0;

// A reading is kept for the rest of a turn when several in a row were the same. A microtask ends it; others that were queued before that one may
// still see it, so it is for those alone to whom seconds do not matter.
const { now: hosts } = Date;
/** Is the clock the host's own? One that a test puts in its place may be moved within a turn. */
const native = hosts.name === "now" && /\[native code\]/.test(Function.prototype.toString.call(hosts));
/** A reading is used so often, and kept after so many that were the same. */
const USES = 64;
const ALIKE = 4;
/** The last reading that was given to anybody. */
let last = -1;
let alike = 0;
let uses = 0;
let ending = false;

/** A longer step of the time of day than this is checked against the steady clock. */
const LONG_STEP = 1_000;

/**
 * Some day in 2001. In a Worker's global scope the clock stands at 0, and the next reading is of today: what leaps from 0 to beyond this was no
 * clock before, and time begins with the leap. A clock that a test begins at 0 goes on in smaller steps, and is believed from the first one on.
 */
const LEAP = 1e12;

/**
 * The time of day, which goes on while the machine sleeps but can be set; the steady clock, which nobody can set but which may stand during
 * sleep. In small steps the time of day is believed. When it goes back, or far ahead, the steady clock says how much has passed at least: so when
 * it is put forward, that much time has passed, and when it is put back, nothing is lost.
 */
function hostNow(): number {
  const wall = hostWall();
  const begins = wallBefore === undefined || (wallBefore === 0 && wall > LEAP);
  const step = begins ? 0 : wall - wallBefore!;
  if (begins || step < 0 || step > LONG_STEP) {
    const steady = host.performance?.now() ?? wall;
    const bySteady = begins ? 0 : lineThen + Math.max(0, steady - steadyThen);
    elapsed = Math.max(elapsed + Math.max(0, step), bySteady);
    [lineThen, steadyThen] = [elapsed, steady];
  } else {
    elapsed += step;
  }
  wallBefore = wall;
  return (last = Math.floor(elapsed));
}

function endOfTurn(): void {
  ending = false;
  // Where turns are short it is not worth while.
  alike = uses > USES - ALIKE ? -USES : 0;
  uses = 0;
}

function hostLately(): number {
  if (uses > 0 && Date.now === hosts) {
    uses--;
    return last;
  }
  const before = last;
  const now = hostNow();
  alike = now === before ? alike + 1 : Math.min(alike, 0);
  if (alike >= ALIKE && native) {
    uses = USES;
    if (!ending) queueMicrotask(endOfTurn);
    ending = true;
  }
  return now;
}

/** The time of day; where the host gives none, the last good one holds. */
function hostWall(): number {
  const wall = Date.now();
  return Number.isFinite(wall) ? wall : (wallBefore ?? 0);
}

function hostTimer(run: () => void, ms: number, awaited = false): (() => void) | undefined {
  return waiting(run, ms, (run, step) => {
    const timer = host.setTimeout!(run, step);
    if (!awaited) {
      if (typeof timer === "object") (timer as { unref?(): void } | null)?.unref?.();
      else host.Deno?.unrefTimer?.(timer);
    }
    return () => host.clearTimeout?.(timer);
  });
}

/** Waits in steps that every timer can wait. */
function waiting(run: () => void, ms: number, wait: (run: () => void, ms: number) => unknown): (() => void) | undefined {
  let stop: unknown;
  const next = (left: number): void => {
    const step = Math.min(left, LONGEST);
    stop = wait(() => (left > step ? next(left - step) : run()), step);
  };
  try {
    // Without an end there is nothing to wait for.
    if (ms !== Infinity) next(ms);
    return () => {
      if (typeof stop === "function") stop();
    };
  } catch {
    // There are no timers, or not here: a Worker's global scope.
    return undefined;
  }
}

/** The host's time, or a given clock's. */
export function tickerOf(clock: Clock | undefined): Ticker {
  if (!clock) return { now: hostNow, lately: hostLately, falls: 0, wall: hostWall, timer: hostTimer };
  const now = line(
    () => (clock.monotonic ? clock.monotonic() : clock.now()),
    () => ticker.falls++,
  );
  const ticker = {
    now,
    lately: now,
    falls: 0,
    wall: line(() => clock.now()),
    timer: (run, ms, awaited) => (clock.setTimer ? waiting(run, ms, (run, step) => clock.setTimer!(run, step)) : hostTimer(run, ms, awaited)),
  } satisfies Ticker;
  return ticker;
}

/** Readings of a given clock in whole milliseconds. Where it gives none, the last good one holds. */
function line(read: () => unknown, fell?: () => void): () => number {
  let last = 0;
  return () => {
    try {
      const reading = read();
      if (typeof reading === "number" && Number.isFinite(reading)) {
        const next = Math.min(Math.max(Math.floor(reading), 0), Number.MAX_SAFE_INTEGER);
        if (next < last) fell?.();
        last = next;
      }
    } catch {
      // It is the user's: what is wrong with it must not reach a request.
    }
    return last;
  };
}

/** A clock given as an option. */
export const clockOption: Reader<Clock> = (value, field) => {
  const clock = value as Partial<Clock> | null;
  const fits = (method: unknown, needed: boolean): boolean => typeof method === "function" || (!needed && method === undefined);
  if (typeof clock !== "object" || clock === null || !fits(clock.now, true) || !fits(clock.monotonic, false) || !fits(clock.setTimer, false)) {
    throw refused(value, field, "a clock: an object with a method now(), and perhaps monotonic() and setTimer()");
  }
  return clock as Clock;
};
