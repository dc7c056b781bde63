// What all views of one cache share: the engine, the clock, listeners, loads in flight, failures that are remembered.

import type { AnyCacheEvent } from "./api.js";
import type { Ticker } from "./clock.js";
import { Core } from "./core.js";
import { fault } from "./errors.js";
import type { Hub } from "./events.js";
import type { Flight } from "./flight.js";
import type { Keys } from "./keys.js";
import type { Rules } from "./policy.js";
import { Unavailable } from "./wasm.js";
import { BY, type Bounds, HOW, REACH } from "./words.js";

/** A namespace; the root's own keys are in number 0. */
export interface Space {
  readonly number: number;
  /** Empty is the root's. */
  readonly name: string;
  rules: Rules;
  /** As it was asked for, to tell whether somebody asks for another. */
  asked: string;
  /** A snapshot brought it, and nobody asked for it yet. */
  implied: boolean;
}

/** A key of somebody's that is subscribed to, and whether there was a value when somebody last looked. */
interface Watch {
  readonly space: number;
  readonly key: string;
  readonly who: string | undefined;
  readonly name: string;
  count: number;
  present: boolean;
}

/** A failure that is remembered. */
export interface Failure {
  readonly error: unknown;
  /** Does it answer callers, or only keep refreshes from being tried at once? */
  readonly answers: boolean;
}

/** Hosts in which a timer belongs to a request: there expiry is left to readers and writers alone. */
export const SWEEPS =
  typeof WeakRef === "function" && (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent !== "Cloudflare-Workers";
/** What is dead is taken out a little after its end if nobody asks, so that many go together; and so many at a time. */
const SWEEP_MS = 250;
const SWEPT = 512;
/** While there is more it goes on after so long: others have their turn in between. */
const REST_MS = 1;
/** How many failures are remembered at most; in a larger cache one for each entry, since each may have a refresh that failed. */
const FAILURES: Bounds = { maxEntries: 1_000, maxBytes: 16 << 20, maxEntryBytes: 1 << 20 };

export class Root {
  readonly core: Core;
  readonly spaces: Space[] = [];
  /** The newest load of each key, by a name of namespace, partition and key. */
  readonly flights = new Map<string, Flight>();
  /** All loads in flight. */
  readonly running = new Set<Flight>();
  /** The keys that somebody subscribed to, by namespace and key. */
  readonly #watches = new Map<string, readonly Watch[]>();
  closed = false;
  #failures: Core<Failure> | undefined;
  /** When the timer rings, and how to stop it. */
  #due = Infinity;
  #stop: (() => void) | undefined;

  readonly name: string;
  readonly keys: Keys;
  readonly ticker: Ticker;
  readonly hub: Hub;
  readonly enabled: boolean;
  readonly partition: (() => string) | undefined;
  /** Are keys the same for everybody? */
  readonly plain: boolean;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  /** Are there timers that may be used for what nobody waits for? */
  readonly sweeps: boolean;

  constructor(
    core: Core,
    parts: Pick<Root, "name" | "keys" | "ticker" | "hub" | "enabled" | "partition" | "waitUntil" | "sweeps">,
  ) {
    this.core = core;
    this.name = parts.name;
    this.keys = parts.keys;
    this.ticker = parts.ticker;
    this.hub = parts.hub;
    this.enabled = parts.enabled;
    this.partition = parts.partition;
    this.plain = parts.partition === undefined;
    this.waitUntil = parts.waitUntil;
    this.sweeps = parts.sweeps;
  }

  /** Is nothing stored, and nothing found? */
  get passes(): boolean {
    return this.closed || !this.enabled;
  }

  /** What everybody is given under a key, if it was asked for lately and is still fresh; where somebody wants to hear of it, `core.get` is to tell. */
  recall(space: number, key: string): unknown {
    return this.hub.listening || this.hub.subscribed ? undefined : this.core.recall(space, key, this.ticker);
  }

  /** Does anybody want events made? To be asked before each change. */
  watch(): boolean {
    return (this.core.watched = this.hub.listening || this.hub.subscribed);
  }

  /** Tells what left the cache, then what happened: after the change is complete. `who` is whose key the events are about. */
  tell(space: number, who: string | undefined, ...events: AnyCacheEvent[]): void {
    const { core, hub } = this;
    // Most have nothing to tell, and nobody to tell it to.
    if (!hub.listening && !hub.subscribed) core.gone.length = 0;
    if (core.faults.length === 0 && !hub.listening && !hub.subscribed) return;
    const faults = core.faults.splice(0);
    for (const cause of faults) hub.emit(0, { type: "error", error: faultOf(cause), phase: "trap" });
    if (!hub.listening && !hub.subscribed) return;
    const gone = core.gone.splice(0);
    for (const { space, key, cause } of gone) hub.emit(space, { type: "remove", key, cause });
    for (const event of events) hub.emit(space, event);
    if (!hub.subscribed) return;
    if (faults.length) this.tellDifferences();
    // What went does not say whose it was; those are concerned for whom there was a value and is none any more.
    for (const name of new Set(gone.map(({ space, key }) => `${space} ${key}`))) this.#lookAgain(this.#watches.get(name));
    // A snapshot replaces values without a word of its own.
    const silent = events.length ? [] : gone.filter(({ cause }) => cause === "replaced");
    for (const { space, key } of silent) {
      for (const watch of this.#watches.get(`${space} ${key}`) ?? []) if (watch.present) hub.changed(space, watch.name);
    }
    for (const event of events) {
      // What was found to be stale, or not at all, may have been fresh when somebody looked last.
      if (event.type === "miss" || (event.type === "hit" && event.stale)) this.#lookAgain(this.#watches.get(`${space} ${event.key}`));
      if (event.type !== "set") continue;
      for (const watch of this.#watches.get(`${space} ${event.key}`) ?? []) {
        if (watch.who !== who) continue;
        watch.present = true;
        hub.changed(space, watch.name);
      }
    }
  }

  /** Somebody subscribes to a key; the returned function ends it. */
  watchKey(space: number, key: string, who: string | undefined, fn: () => void): () => void {
    const name = JSON.stringify(who === undefined ? [key] : [key, who]);
    const end = this.hub.subscribe(space, name, fn);
    const at = `${space} ${key}`;
    const watches = this.#watches.get(at) ?? [];
    let watch = watches.find((watch) => watch.name === name);
    if (!watch) {
      watch = { space, key, who, name, count: 0, present: false };
      watch.present = this.#holds(watch);
      this.#watches.set(at, [...watches, watch]);
    }
    watch.count++;
    let ended = false;
    return () => {
      end();
      if (ended || --watch.count > 0) return;
      ended = true;
      const left = (this.#watches.get(at) ?? []).filter((other) => other !== watch);
      if (left.length) this.#watches.set(at, left);
      else this.#watches.delete(at);
    };
  }

  /** Tells all who subscribed to a key for which it has changed whether there is a value. */
  tellDifferences(): void {
    for (const watches of [...this.#watches.values()]) this.#lookAgain(watches);
  }

  #lookAgain(watches: readonly Watch[] | undefined): void {
    for (const watch of watches ?? []) {
      const before = watch.present;
      watch.present = this.#holds(watch);
      if (before !== watch.present) this.hub.changed(watch.space, watch.name);
    }
  }

  #holds({ space, key, who }: Watch): boolean {
    return this.core.peek(space, key, who, this.ticker.now()) >= 0;
  }

  /** Sees that what dies is taken out, even if nobody asks for it: at a moment, or a little later. */
  sweep(at: number, later = SWEEP_MS): void {
    if (!this.sweeps || this.closed || at === Infinity || at >= this.#due) return;
    const now = this.ticker.now();
    const due = Math.max(at, now + later);
    if (due >= this.#due) return;
    this.#stop?.();
    // A cache that nobody holds any more is not kept alive by its timer.
    const self = new WeakRef(this);
    this.#stop = this.ticker.timer(() => self.deref()?.sweepNow(), due - now);
    this.#due = this.#stop ? due : Infinity;
  }

  /** Takes out what is dead by now. */
  sweepNow(): void {
    if (this.closed) return;
    this.#due = Infinity;
    this.watch();
    const now = this.ticker.now();
    const { pruned, next } = this.core.prune(SWEPT, now);
    this.tell(0, undefined);
    if (pruned === SWEPT) this.sweep(now, REST_MS);
    else this.sweep(next);
  }

  // Failures.

  /** The store of failures, made when the first one is to be remembered. */
  failures(): Core<Failure> {
    if (!this.#failures) {
      this.#failures = new Core({ ...FAILURES, maxEntries: Math.max(FAILURES.maxEntries, this.core.maxEntries) });
      for (const space of this.spaces.slice(1)) this.#failures.namespace(space.name, undefined);
    }
    return this.#failures;
  }

  failure(space: number, key: string, who: string | undefined, now: number): Failure | undefined {
    const failures = this.#failures;
    const handle = failures ? failures.peek(space, key, who, now) : -1;
    return handle < 0 ? undefined : failures!.value(handle);
  }

  /** A newer value came, or was taken away: what failed before is no longer true. */
  forgive(space: number, key: string, who: string | undefined, now: number): void {
    this.#failures?.remove(space, key, who, now);
  }

  /** Invalidates what is remembered of failures as well. What failed never told its tags, so any tag may have been among them. */
  forgiveAll(by: number, reach: number, space: number, text: string, who: string | undefined, now: number): void {
    const all = by === BY.tags;
    this.#failures?.invalidate(all ? BY.everything : by, reach, space, all ? "" : text, who, [], HOW.hard, now);
  }

  /** The same for what is remembered under keys that a function picks out. */
  forgiveMatching(space: number, who: string | undefined, test: (key: string) => boolean, now: number): void {
    const failures = this.#failures;
    failures?.endEach({ by: BY.everything, reach: REACH.namespace, space, text: "", who }, HOW.hard, now, (number, handle) => {
      const key = failures.keyAt(number, handle);
      return key !== undefined && test(key);
    });
  }

  /** A namespace that was made after the failures were. */
  joined(space: Space): void {
    this.spaces.push(space);
    if (space.number > 0) this.#failures?.namespace(space.name, undefined);
  }

  close(): void {
    this.closed = true;
    this.#stop?.();
    this.core.close();
    this.#failures?.close();
    this.hub.close();
    this.flights.clear();
  }
}

/** An event about an engine that was lost, or could not be had. */
function faultOf(cause: unknown): Error {
  return cause instanceof Unavailable
    ? fault("no-engine", "the engine cannot be started here: nothing is held, and loads go on", { cause: cause.cause ?? cause })
    : fault("trap", "the engine was lost, and all entries with it; the cache goes on empty", { cause });
}
