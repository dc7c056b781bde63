// One run of a loader, with its further tries: from its beginning to its landing, the work that all its callers wait for. Callers come and
// go; when the last one has left and nobody needs the value any more, the load is aborted.

import type { LoadContext } from "./api.js";
import { COUNT, LOST, REJECTIONS, STORED, type Ticket } from "./words.js";
import { fault } from "./errors.js";
import { duration } from "./lengths.js";
import { type Offer, endOf, offered } from "./offer.js";
import { type Rules, tagList } from "./policy.js";
import { pause } from "./retry.js";
import type { Failure, Root } from "./root.js";

/** How a load ended. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

export type Loader = (context: LoadContext<any>) => unknown;

/** A refresh behind somebody's back that failed is not tried again for this long. */
const RESTS_MS = 1_000;

export interface Departure {
  readonly root: Root;
  readonly space: number;
  readonly key: string;
  readonly who: string | undefined;
  readonly rules: Rules;
  /** The handle of the old value, or -1. Not the value: a load in flight holds nothing that may go meanwhile. */
  readonly old: number;
  /** Nobody waits for it: an old value was served. */
  readonly background: boolean;
}

/** What is between two tries. */
interface Pause {
  readonly until: number;
  readonly over: (stopped: boolean) => void;
  /** Does a caller wait it out? */
  awaited?: boolean;
  stop?: (() => void) | undefined;
}

export class Flight {
  readonly space: number;
  readonly key: string;
  readonly who: string | undefined;
  readonly #from: Departure;
  readonly #load: Loader;
  readonly #ticket: Ticket;
  /** The load of its failure, if one would be remembered. */
  readonly #failure: Ticket | undefined;
  readonly #controller = new AbortController();
  /** Who waits, and whether that is a caller. */
  readonly #waiting = new Map<(outcome: Outcome) => void, boolean>();
  #over = false;
  #departed = 0;
  /** When the present run of the loader began. */
  #began = 0;
  #running = false;
  #pausing: Pause | undefined;
  /** What the loader said. */
  #ttl: number | undefined;
  #tags: string[] = [];
  #skip = false;

  constructor(from: Departure, load: Loader) {
    const { root, space, key, who, rules, background } = from;
    [this.space, this.key, this.who] = [space, key, who];
    this.#from = from;
    this.#load = load;
    this.#ticket = root.core.begin(space, key, who);
    const remembers = !root.passes && (background || rules.negativeTtl !== undefined);
    this.#failure = remembers ? root.failures().begin(space, key, who) : undefined;
    root.running.add(this);
    if (!root.passes) root.flights.set(nameOf(space, key, who), this);
  }

  /** May a caller who comes now wait for it? */
  get joinable(): boolean {
    return !this.#over && this.#from.root.core.mayJoin(this.#ticket);
  }

  /** Runs the loader. The user's code begins here. */
  depart(): void {
    this.#departed = this.#from.root.ticker.now();
    void this.#try(0);
  }

  /** Waits for the landing; what is returned leaves. */
  wait(landed: (outcome: Outcome) => void, caller = true): (why?: unknown) => void {
    this.#waiting.set(landed, caller);
    this.#waitOut();
    return (why) => {
      if (!this.#waiting.delete(landed)) return;
      this.#leftAlone(why);
      this.#waitOut();
    };
  }

  /** Lets it go on although nobody waits, until a limit. Resolves when it is over, and never rejects. */
  goOn(limitMs: number | undefined): Promise<void> {
    return new Promise((over) => {
      const leave = this.wait(() => {
        stop?.();
        over();
      }, false);
      const late = (): void => {
        leave(tooLong(limitMs!));
        over();
      };
      // Nobody waits for it: a host that could end need not stay for its limit.
      const stop = limitMs ? this.#from.root.ticker.timer(late, limitMs) : undefined;
    });
  }

  /** All callers have left: nobody needs what it would bring. */
  #leftAlone(why: unknown): void {
    if (this.#waiting.size > 0 || this.#over) return;
    const { root } = this.#from;
    const timedOut = isTooLong(why);
    this.#end();
    root.core.abandon(this.#ticket);
    this.#pausing?.stop?.();
    this.#pausing?.over(true);
    if (timedOut) {
      this.#runEnded(true);
      this.#remember(why);
    } else if (this.#failure) {
      root.failures().abandon(this.#failure);
    }
    this.#controller.abort(why ?? fault("aborted", "all who waited for this load have left"));
    root.tell(this.#from.space, undefined);
  }

  #end(): void {
    const { root, space, key, who } = this.#from;
    this.#over = true;
    root.running.delete(this);
    const name = nameOf(space, key, who);
    if (root.flights.get(name) === this) root.flights.delete(name);
  }

  async #try(tries: number): Promise<void> {
    const { root, rules, space } = this.#from;
    this.#began = root.ticker.now();
    this.#running = true;
    this.#ttl = undefined;
    this.#tags = [];
    this.#skip = false;
    let outcome: Outcome;
    try {
      const value: unknown = await this.#load(this.#context());
      if (this.#over) return;
      this.#runEnded(false);
      outcome = { ok: true, value };
    } catch (error) {
      if (this.#over) return;
      this.#runEnded(true);
      const wait = pause(rules.retry, tries);
      if (wait !== undefined) {
        const stopped = await this.#pause(wait);
        if (stopped || this.#over) return;
        root.core.count(space, COUNT.loadBegan, 0, root.ticker.now());
        return this.#try(tries + 1);
      }
      outcome = { ok: false, error };
    }
    this.#land(outcome);
  }

  /** Waits between two tries. */
  #pause(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const over = (stopped: boolean): void => {
        this.#pausing = undefined;
        resolve(stopped);
      };
      this.#pausing = { until: this.#from.root.ticker.now() + ms, over };
      this.#waitOut();
    });
  }

  /** Waits out the pause, if there is one. A host that could end stays for it as long as a caller waits: callers come and go meanwhile. */
  #waitOut(): void {
    const pause = this.#pausing;
    if (!pause) return;
    const awaited = [...this.#waiting.values()].includes(true);
    if (pause.awaited === awaited) return;
    pause.awaited = awaited;
    pause.stop?.();
    const { ticker } = this.#from.root;
    const over = (): void => {
      // A clock may call late, or again.
      if (this.#pausing === pause) pause.over(false);
    };
    pause.stop = ticker.timer(over, Math.max(pause.until - ticker.now(), 0), awaited);
    // Without timers the next try is at once.
    if (!pause.stop) over();
  }

  #runEnded(failed: boolean): void {
    if (!this.#running) return;
    this.#running = false;
    const { root, space } = this.#from;
    const now = root.ticker.now();
    root.core.count(space, failed ? COUNT.loadFailed : COUNT.loadTook, Math.max(now - this.#began, 0), now);
  }

  #context(): LoadContext<any> {
    const { key, background } = this.#from;
    let stale: { value: unknown } | undefined;
    const old = (): unknown => (stale ??= { value: this.#old() }).value;
    return {
      key,
      // A loader that asked for it has it, whatever becomes of the entry: an answer "not modified" is about this one.
      get stale() {
        return old();
      },
      background,
      signal: this.#controller.signal,
      ttl: (length) => {
        this.#ttl = duration(length, "ttl");
      },
      tags: (...tags) => {
        this.#tags.push(...tagList(tags, "tags"));
      },
      skip: () => {
        this.#skip = true;
      },
    };
  }

  /** The value that was there when this began, if it still is. */
  #old(): unknown {
    const { root, space, key, who, old } = this.#from;
    const held = old < 0 ? undefined : root.core.entry(space, key, who, root.ticker.now());
    return held?.handle === old ? root.core.value(old) : undefined;
  }

  /** Stores what was brought, remembers what failed, tells, and answers those who wait. */
  #land(outcome: Outcome): void {
    const { root, space, key, who, rules, background } = this.#from;
    let offer: Offer | undefined;
    if (outcome.ok && outcome.value !== undefined && !this.#skip && !root.passes) {
      try {
        const own = offered(rules, outcome.value, key, this.#ttl);
        offer = { ...own, tags: [...own.tags, ...this.#tags] };
      } catch (error) {
        outcome = { ok: false, error };
      }
      // The user's functions may have ended it meanwhile.
      if (this.#over) return;
    }
    this.#end();
    root.watch();
    const now = root.ticker.now();
    const took = Math.max(now - this.#departed, 0);
    const verdict = outcome.ok && offer ? root.core.complete(this.#ticket, outcome.value, took, offer, now) : undefined;
    if (verdict === undefined) root.core.abandon(this.#ticket);
    if (outcome.ok) {
      if (this.#failure) root.failures().abandon(this.#failure);
      root.forgive(space, key, who, now);
    } else {
      this.#remember(outcome.error);
    }
    if (verdict === STORED) root.sweep(endOf(offer!.terms, now));
    const told = verdict === undefined || verdict === LOST ? [] : [stored(key, verdict, offer!)];
    root.tell(space, who, ...told, ...(background ? [{ type: "refresh" as const, key, ok: outcome.ok, ms: took }] : []));
    for (const landed of [...this.#waiting.keys()]) landed(outcome);
    this.#waiting.clear();
  }

  /** Remembers a failure: for callers, if the rules say so and one of them has seen it; else only so that refreshes rest. */
  #remember(error: unknown): void {
    const ticket = this.#failure;
    if (!ticket) return;
    const { root, rules, background } = this.#from;
    const negative = background ? 0 : negativeTtl(rules.negativeTtl, error);
    const ttl = negative || (background ? RESTS_MS : 0);
    const failure: Failure = { error, answers: negative > 0 };
    const terms = { ttl, tti: 0, swr: 0, staleIfError: 0, jitter: 0 };
    const offer = { terms, weight: failure.answers ? 1_000 : 0, tags: [] };
    root.failures().complete(ticket, failure, 0, offer, root.ticker.now());
  }
}

/** The event of a value that was offered. */
export function stored(key: string, verdict: number, offer: Offer): { type: "set"; key: string; bytes: number } | { type: "reject"; key: string; reason: "too-large" | "ttl-0" | "fenced" } {
  const reason = REJECTIONS[verdict];
  return reason === undefined ? { type: "set", key, bytes: offer.weight } : { type: "reject", key, reason };
}

export function nameOf(space: number, key: string, who: string | undefined): string {
  return who === undefined ? `${space} ${key}` : `${space}=${who.length} ${who}${key}`;
}

/** Our own errors about limits of time. */
const late = new WeakSet<object>();

export function tooLong(ms: number): Error {
  const error = fault("timeout", `the load took longer than ${ms} ms`);
  late.add(error);
  return error;
}

/** Did a limit of time of ours end it? Nothing is read from what was thrown: it may be anything. */
export function isTooLong(error: unknown): boolean {
  return typeof error === "object" && error !== null && late.has(error);
}

/** The status that an error tells of, if it tells one. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    const { status } = error as { status?: unknown };
    return typeof status === "number" ? status : undefined;
  } catch {
    return undefined;
  }
}

function negativeTtl(rule: Rules["negativeTtl"], error: unknown): number {
  if (rule === undefined || typeof rule === "number") return rule ?? 0;
  return rule.get(statusOf(error) ?? -1) ?? 0;
}
