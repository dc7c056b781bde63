// A value, loaded if need be: single-flight, stale answers, limits of time. What a caller does next is decided in Rust (`cache/next.rs`);
// here it is carried out.

import { onAbort } from "./abort.js";
import { COUNT, LOAD, LOAD_WITH_FALLBACK, MISS_REASONS, SERVE, SERVE_AND_REFRESH } from "./words.js";
import { Flight, type Loader, type Outcome, nameOf, isTooLong, statusOf, tooLong } from "./flight.js";
import type { Rules } from "./policy.js";
import type { Root } from "./root.js";

/** What somebody wants who calls `getOrSet`. */
export interface Wanted {
  readonly root: Root;
  readonly space: number;
  readonly key: string;
  readonly who: string | undefined;
  readonly rules: Rules;
  readonly load: Loader;
  readonly force: boolean;
  readonly signal: AbortSignal | undefined;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
}

const BYPASS = MISS_REASONS.indexOf("bypass");

/** The value, or a rejection with what the load failed with, or with the reason for which this caller went away. */
export function obtain(wanted: Wanted): Promise<unknown> {
  const { root, space, key, who, rules, force, signal } = wanted;
  // One who has gone already asks for nothing.
  if (signal?.aborted) return Promise.reject(signal.reason);
  const fresh = force || rules.refreshAhead || who !== undefined ? undefined : root.recall(space, key);
  if (fresh !== undefined) return Promise.resolve(fresh);
  const now = root.ticker.now();
  root.watch();
  const failed = root.failure(space, key, who, now);
  const eager = rules.refreshAhead ? rules.refreshAhead * -Math.log(Math.random() || Number.MIN_VALUE) : 0;
  const found = root.passes
    ? { step: LOAD, stale: false, handle: -1, weight: 0, why: 0 }
    : root.core.look(space, key, who, { force, resting: failed !== undefined, eager }, now);

  if (found.step === SERVE || found.step === SERVE_AND_REFRESH) {
    const held = root.core.value(found.handle);
    if (found.step === SERVE_AND_REFRESH) refresh(wanted, found.handle);
    root.tell(space, undefined, { type: "hit", key, stale: found.stale });
    return Promise.resolve(held);
  }
  if (failed?.answers && !force) {
    if (found.step === LOAD_WITH_FALLBACK && covers(rules, failed.error)) {
      const held = root.core.value(found.handle);
      root.core.count(space, COUNT.staleHit, found.weight, now);
      root.tell(space, undefined, { type: "hit", key, stale: true });
      return Promise.resolve(held);
    }
    root.core.count(space, COUNT.hit, 0, now);
    root.tell(space, undefined, { type: "hit", key, stale: false });
    return Promise.reject(failed.error);
  }
  const why = force || root.passes ? BYPASS : found.why;
  return wait(wanted, { ...fly(wanted, found.handle, false), why, fallback: found.step === LOAD_WITH_FALLBACK });
}

/** Joins the load of this key that is in flight, or begins one; `old` is the handle of the value that is there. */
function fly(wanted: Wanted, old: number, background: boolean): { flight: Flight; joined: boolean } {
  const { root, space, key, who, rules, load, force } = wanted;
  const running = force || root.passes ? undefined : root.flights.get(nameOf(space, key, who));
  if (running?.joinable) return { flight: running, joined: true };
  return { flight: new Flight({ root, space, key, who, rules, old, background }, load), joined: false };
}

/** Has the value loaded anew behind the caller's back. */
function refresh(wanted: Wanted, old: number): void {
  const { flight, joined } = fly(wanted, old, true);
  // Who refreshes already needs no help.
  if (joined) return;
  keepAlive(wanted, flight.goOn(wanted.rules.timeout));
  flight.depart();
}

/** Tells the host to wait for work that nobody waits for. */
function keepAlive({ root, space, waitUntil }: Wanted, work: Promise<unknown>): void {
  const failed = (error: unknown): void => root.tell(space, undefined, { type: "error", error, phase: "waitUntil" });
  try {
    const result: unknown = (waitUntil ?? root.waitUntil)?.(work);
    if (typeof result === "object" && result !== null) Promise.resolve(result).then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

interface Waiting {
  readonly flight: Flight;
  readonly joined: boolean;
  readonly why: number;
  /** What was found may answer when the load fails or takes too long. */
  readonly fallback: boolean;
}

function wait(wanted: Wanted, { flight, joined, why, fallback }: Waiting): Promise<unknown> {
  const { root, space, key, rules, signal } = wanted;
  return new Promise((resolve, reject) => {
    const stops: ((() => void) | undefined)[] = [];
    /** Everything that could still call this caller is taken back; and a clock that calls all the same is not heard. */
    let over = false;
    const settled = (): void => {
      over = true;
      for (const stop of stops) stop?.();
      stops.length = 0;
    };
    const counted = (what: number, detail: number): void => root.core.count(space, what, detail, root.ticker.now());
    const answered = (outcome: Outcome): void => {
      if (over) return;
      settled();
      if (!outcome.ok && fallback && covers(rules, outcome.error)) {
        const old = oldAnswer(wanted, why, joined);
        if (old) return resolve(old.value);
      }
      counted(joined ? COUNT.coalesced : COUNT.miss, why);
      root.tell(space, undefined, { type: "miss", key, reason: MISS_REASONS[why & 7]! });
      if (outcome.ok) resolve(outcome.value);
      else reject(outcome.error);
    };
    const leave = flight.wait(answered);

    if (signal) {
      const abort = (): void => {
        settled();
        reject(signal.reason);
        leave(signal.reason);
      };
      stops.push(onAbort(signal, abort));
    }
    const { softTimeout, timeout } = rules;
    if (softTimeout && fallback && !(timeout && timeout <= softTimeout)) {
      const slow = (): void => {
        if (over) return;
        const old = oldAnswer(wanted, why, joined);
        // It may have gone meanwhile: then there is nothing to do but wait.
        if (!old) return;
        settled();
        keepAlive(wanted, flight.goOn(timeout && timeout - softTimeout));
        leave();
        resolve(old.value);
      };
      stops.push(root.ticker.timer(slow, softTimeout, true));
    }
    if (timeout) {
      const late = (): void => {
        if (over) return;
        const error = tooLong(timeout);
        answered({ ok: false, error });
        leave(error);
      };
      stops.push(root.ticker.timer(late, timeout, true));
    }
    if (!joined) flight.depart();
  });
}

/** Does a stale answer cover this failure? */
function covers(rules: Rules, error: unknown): boolean {
  const on = rules.staleIfError?.on;
  if (!on) return true;
  const status = statusOf(error);
  if (isTooLong(error)) return on.includes("timeout");
  return on.includes(status ?? "network");
}

/**
 * No value came, or not in time: an old one that may still answer, or one that somebody stored meanwhile. What was found before the load
 * began is not asked: an invalidation may have taken it since.
 */
function oldAnswer(wanted: Wanted, why: number, joined: boolean): { value: unknown } | undefined {
  const { root, space, key, who } = wanted;
  const now = root.ticker.now();
  const found = root.core.look(space, key, who, { force: true, resting: false, eager: 0 }, now);
  const usable = found.handle >= 0 && (!found.stale || found.step === LOAD_WITH_FALLBACK);
  if (!usable) return undefined;
  const value = root.core.value(found.handle);
  if (joined) root.core.count(space, COUNT.coalesced, why, now);
  else root.core.count(space, found.stale ? COUNT.staleHit : COUNT.hit, found.weight, now);
  root.tell(space, undefined, joined ? { type: "miss", key, reason: MISS_REASONS[why & 7]! } : { type: "hit", key, stale: found.stale });
  return { value };
}
