// The most naive cache imaginable: a list of entries, looked through from end to end for every question.
//
// It knows the rules of lifetimes, scopes, selectors and the fence, written as plainly as they are said. It has no bounds: whom the cache
// itself evicts is not its business.

export const FRESH = "fresh";
export const STALE = "stale";
/** Softly invalidated, past its windows: for getStale alone, until its old deadline. */
const GRACE = "grace";
const DEAD = "dead";

/** Text against pattern, one character at a time, trying everything. Patterns are lists, in which "**" is one item. */
function glob(pattern, key) {
  if (pattern.length === 0) {
    return key.length === 0;
  }
  const [first, ...rest] = pattern;
  if (first === "**") {
    return glob(rest, key) || (key.length > 0 && glob(pattern, key.slice(1)));
  }
  const stops = key.length === 0 || key[0] === ":" || key[0] === "/";
  if (first === "*") {
    return glob(rest, key) || (!stops && glob(pattern, key.slice(1)));
  }
  return key.length > 0 && (first === "?" ? !stops : key[0] === first) && glob(rest, key.slice(1));
}

/** Is a key with these tags meant? */
export function means(pick, key, tags) {
  const { by, what } = pick;
  switch (by) {
    case "all":
      return true;
    case "key":
      return key === what;
    case "prefix":
      return key.startsWith(what);
    case "segment":
      return key === what || key.startsWith(`${what}:`);
    case "tag":
      return tags.includes(what);
    case "glob":
      return glob(what.match(/\*\*|[^]/gu) ?? [], [...key]);
    case "expression":
      return new RegExp(what, "u").test(key);
    // A predicate: keys of this length modulo three.
    case "where":
      return key.length % 3 === what;
    default:
      throw new Error(`no such selector: ${by}`);
  }
}

/** Does a scope cover a place? `space` and `who` are undefined where they say nothing. */
const covers = (scope, home) =>
  (scope.space === undefined || scope.space === home.space) && (scope.who === undefined || scope.who === home.who);

const sameHome = (one, other) => one.space === other.space && one.who === other.who;

export function emptyCounts() {
  return {
    hits: 0,
    misses: 0,
    staleHits: 0,
    coalesced: 0,
    loads: 0,
    loadErrors: 0,
    sets: 0,
    rejections: 0,
    invalidations: 0,
    missesBy: { cold: 0, expired: 0, invalidated: 0, bypass: 0 },
  };
}

export class Naive {
  entries = [];
  counts = new Map();
  /** The reasons of misses since somebody took them, and whether the cache has the entry and so must know. */
  reasons = [];
  /** How each key that is gone went last. */
  ended = new Map();
  /** What concerns loads in flight, in the order in which it happened. */
  #events = [];
  #begun = 0;

  constructor(now) {
    this.now = now;
  }

  count(space) {
    if (!this.counts.has(space)) {
      this.counts.set(space, emptyCounts());
    }
    return this.counts.get(space);
  }

  #windowEnd(entry) {
    return entry.deadline + Math.max(entry.swr, entry.staleIfError);
  }

  /** Did its idle time end it, before anything else did? */
  #idledAway(entry) {
    const idleEnd = entry.asked + entry.tti;
    const otherEnd = Math.max(this.#windowEnd(entry), entry.soft ? entry.oldDeadline : -Infinity);
    return entry.tti > 0 && this.now >= idleEnd && idleEnd <= otherEnd;
  }

  state(entry) {
    const { now } = this;
    if (entry.tti > 0 && now >= entry.asked + entry.tti) {
      return DEAD;
    }
    if (now < entry.deadline) {
      return FRESH;
    }
    if (now < this.#windowEnd(entry)) {
      return STALE;
    }
    return entry.soft && now < entry.oldDeadline ? GRACE : DEAD;
  }

  find(home, key) {
    return this.entries.find((entry) => entry.key === key && sameHome(entry, home));
  }

  readable(entry) {
    const state = this.state(entry);
    return state === FRESH || state === STALE;
  }

  /** Why a key is not there for a plain reader. Of a key that is gone the cache may remember nothing, and call it cold. */
  reason(home, key) {
    const entry = this.find(home, key);
    if (entry) {
      return entry.soft && !this.#idledAway(entry) ? "invalidated" : "expired";
    }
    return this.ended.get(this.#name(home, key)) ?? "cold";
  }

  #name(home, key) {
    return `${home.space}|${home.who}|${key}`;
  }

  #takeOut(entry, alive = "invalidated") {
    const dead = this.state(entry) === DEAD;
    this.ended.set(this.#name(entry, entry.key), dead ? this.reason(entry, entry.key) : alive);
    this.entries.splice(this.entries.indexOf(entry), 1);
  }

  #hit(entry, state) {
    const counts = this.count(entry.space);
    counts.hits += 1;
    counts.staleHits += state === FRESH ? 0 : 1;
    entry.asked = this.now;
    return entry.value;
  }

  /** Is it there, if not for a plain reader? */
  holds(home, key) {
    const entry = this.find(home, key);
    return entry !== undefined && this.state(entry) !== DEAD;
  }

  miss(home, reason, { sure = false, coalesced = false } = {}) {
    const counts = this.count(home.space);
    counts.misses += 1;
    counts.missesBy[reason] += 1;
    this.reasons.push({ reason, sure });
    counts.coalesced += coalesced ? 1 : 0;
  }

  get(home, key, states = [FRESH]) {
    const entry = this.find(home, key);
    const state = entry && this.state(entry);
    if (entry && states.includes(state)) {
      return this.#hit(entry, state);
    }
    this.miss(home, this.reason(home, key), { sure: this.holds(home, key) });
    return undefined;
  }

  getStale(home, key) {
    return this.get(home, key, [FRESH, STALE, GRACE]);
  }

  peek(home, key) {
    const entry = this.find(home, key);
    return entry && this.state(entry) === FRESH ? entry.value : undefined;
  }

  info(entry) {
    return {
      key: entry.key,
      value: entry.value,
      state: this.state(entry),
      createdAt: entry.created,
      expiresAt: entry.deadline,
      ageMs: this.now - entry.created,
      ttlMs: entry.deadline - this.now,
      tags: [...new Set(entry.tags)].sort(),
    };
  }

  entry(home, key) {
    const entry = this.find(home, key);
    return entry && this.readable(entry) ? this.info(entry) : undefined;
  }

  list(home, pick = { by: "all" }) {
    return this.entries.filter((entry) => sameHome(entry, home) && this.readable(entry) && means(pick, entry.key, entry.tags));
  }

  set(home, key, value, policy) {
    this.#events.push({ home, key, than: Infinity });
    this.#put(home, key, value, policy);
  }

  #put(home, key, value, { ttl = Infinity, tti = 0, swr = 0, staleIfError = 0, tags = [] }) {
    const old = this.find(home, key);
    const { now } = this;
    if (ttl === 0) {
      this.count(home.space).rejections += 1;
      if (old) {
        this.#takeOut(old);
      }
      return;
    }
    if (old) {
      this.entries.splice(this.entries.indexOf(old), 1);
    }
    this.count(home.space).sets += 1;
    this.entries.push({
      ...home,
      key,
      value,
      ttl,
      tti,
      swr,
      staleIfError,
      tags,
      created: now,
      deadline: now + ttl,
      asked: now,
      soft: false,
      oldDeadline: -Infinity,
    });
  }

  touch(home, key, ttl) {
    const entry = this.find(home, key);
    if (!entry || this.state(entry) !== FRESH) {
      return false;
    }
    entry.deadline = this.now + (ttl ?? entry.ttl);
    entry.asked = this.now;
    return true;
  }

  delete(home, key) {
    this.#events.push({ home, key, than: Infinity });
    const entry = this.find(home, key);
    if (!entry) {
      return false;
    }
    const readable = this.readable(entry);
    this.count(home.space).invalidations += readable ? 1 : 0;
    this.#takeOut(entry);
    return readable;
  }

  /** Returns how many a reader could still have been given. */
  invalidate(scope, picks, { soft = false, dryRun = false } = {}) {
    if (!dryRun) {
      picks.forEach((pick) => this.#events.push({ scope, pick }));
    }
    const chosen = this.entries.filter((entry) => covers(scope, entry) && picks.some((pick) => means(pick, entry.key, entry.tags)));
    let count = 0;
    for (const entry of chosen) {
      const state = this.state(entry);
      const readable = state === FRESH || state === STALE;
      // Of the dead no predicate is asked; they go by themselves.
      if (picks[0].by === "where" && state === DEAD) {
        continue;
      }
      count += readable ? 1 : 0;
      if (dryRun) {
        continue;
      }
      this.count(entry.space).invalidations += readable ? 1 : 0;
      if (soft && state === FRESH) {
        Object.assign(entry, { soft: true, oldDeadline: entry.deadline, deadline: this.now });
      } else if (!soft) {
        this.#takeOut(entry);
      }
    }
    return count;
  }

  /** What a snapshot holds: copies of all that is meant and not dead. */
  snapshot(scope, pick) {
    const meant = this.entries.filter((entry) => covers(scope, entry) && this.state(entry) !== DEAD && means(pick, entry.key, entry.tags));
    return meant.map((entry) => ({ ...entry }));
  }

  /** What of these copies could come back to this scope: the newest first, and of those as old by their names. */
  newest(scope, copies) {
    const name = ({ space, who, key }) => [space, who, key].join("\0");
    const alive = copies.filter((copy) => covers(scope, copy) && this.state(copy) !== DEAD);
    return alive.sort((one, other) => other.created - one.created || (name(one) < name(other) ? -1 : 1));
  }

  /** Puts back what belongs to the scope, is not dead by now, and replaces nothing newer, and gives that. It is no change of data. */
  restore(scope, copies) {
    const alive = this.newest(scope, copies);
    const hinders = (held, copy) => held !== undefined && this.state(held) !== DEAD && held.created >= copy.created;
    const restored = alive.filter((copy) => !hinders(this.find(copy, copy.key), copy)).map((copy) => ({ ...copy }));
    for (const copy of restored) {
      this.entries = this.entries.filter((entry) => entry.key !== copy.key || !sameHome(entry, copy));
      this.count(copy.space).sets += 1;
      this.entries.push(copy);
    }
    return restored;
  }

  begin(home, key) {
    this.#begun += 1;
    this.count(home.space).loads += 1;
    return { home, key, began: this.#events.length, serial: this.#begun };
  }

  #since(load, test) {
    return this.#events.some((event, at) => at >= load.began && test(event));
  }

  /** Did anything happen since the load began that concerns its value? */
  #concerned(load, tags) {
    return this.#since(load, ({ scope, pick, home, key, than }) => {
      if (pick === undefined) {
        return sameHome(home, load.home) && key === load.key && load.serial < than;
      }
      return covers(scope, load.home) && (pick.by === "where" || means(pick, load.key, tags));
    });
  }

  /** May somebody wait for this load? */
  joinable(load) {
    return !this.#since(load, ({ pick }) => pick?.by === "tag") && !this.#concerned(load, []);
  }

  complete(load, value, policy) {
    if (this.#concerned(load, policy.tags ?? [])) {
      this.count(load.home.space).rejections += 1;
      return;
    }
    this.#events.push({ home: load.home, key: load.key, than: load.serial });
    this.#put(load.home, load.key, value, policy);
  }

  /** What an old value may do for whoever finds it: answer at once, answer for a failure. */
  old(entry) {
    const stale = this.state(entry) === STALE;
    return { atOnce: stale && this.now < entry.deadline + entry.swr, forFailure: stale && this.now < entry.deadline + entry.staleIfError };
  }

  serve(entry) {
    return this.#hit(entry, this.state(entry));
  }

  /** A stale answer for a load that failed: counts, but is no use of the entry beyond its look-up. */
  serveForFailure(entry) {
    const counts = this.count(entry.space);
    counts.hits += 1;
    counts.staleHits += 1;
    return entry.value;
  }
}
