// One random program: the same steps for the cache and for the naive one, and the comparison of every answer.

import { createCache, manualClock } from "fetchwell";
import { elsewhere } from "./elsewhere.mjs";
import { HOMES, byKey, info, scopes, seenFrom } from "./homes.mjs";
import { Naive } from "./naive.mjs";

const START = 1_700_000_000_000;
const KEYS = ["", "a", "a:1", "a:1:x", "a:10", "a/1", "b", "b:1", "b:2/x", "é:1", ":", "__proto__"];
/** Keys that are loaded. They never have an idle time, since whether a look that ends in a load is a use is nobody's promise. */
const LOADED = ["l", "l:1", "l:1:x", "l:2", "m:1"];
const TAGS = ["t", "u", "v:1", "toString"];
const GLOBS = ["*", "**", "a:*", "a:?", "?", "**:x", "l:**", "b:*/x", "a**", "", "l:1", "*:*", "?:1"];
const EXPRESSIONS = ["^a", "1$", ":", "^$", "x"];
const PREFIXES = ["", "a", "a:", "a:1", "l", "l:1", "b", "é", "none"];
const SEGMENTS = [["a"], ["a", 1], ["l"], ["l", "1"], ["b"], ["é"], ["a", "1", "x"], ["none"], [""]];
const SPANS = [1, 5, 10, 50, 100, 1_000];

const same = (one, other) => JSON.stringify(one, plain) === JSON.stringify(other, plain);
const plain = (_, value) =>
  value === undefined ? "undefined" : value === Infinity ? "Infinity" : typeof value === "number" && Number.isNaN(value) ? "NaN" : value;
const show = (value) => JSON.stringify(value, plain);
/** What a step is called is only written out when it is needed. */
const text = (what) => (typeof what === "string" ? what : what());

export class Program {
  #state;
  #steps = [];
  #caches;
  #flights = [];
  #values = 0;
  #snapshots = [];
  #reasons;
  kinds = new Map();

  constructor({ seed, bounded }) {
    this.#state = seed >>> 0;
    this.bounded = bounded;
    this.clock = manualClock(START);
    this.naive = new Naive(START);
    const bounds = bounded
      ? { maxEntries: 3 + this.#below(20), maxBytes: 4_000 + this.#below(10_000), maxEntryBytes: 2_000 }
      : { maxEntries: 10_000, maxBytes: "64mb" };
    this.bounds = bounds;
    this.root = createCache({ clock: this.clock, prefixIndex: this.#below(2) === 0 ? "lazy" : "eager", ...bounds });
    const own = bounded ? { maxEntries: 2 + this.#below(5) } : {};
    this.own = own;
    // Some programs have a listener, which tells why each request missed.
    if (this.#below(2) === 0) {
      this.#reasons = [];
      this.root.on("miss", ({ reason }) => this.#reasons.push(reason));
    }
    this.root.namespace("n", own);
    this.#caches = HOMES.map((home) => ({ cache: seenFrom(this.root, home), home, view: home.who !== "" }));
  }

  /** A number below `most`, the same for the same seed (mulberry32). */
  #below(most) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  }

  #pick(list) {
    return list[this.#below(list.length)];
  }

  #key() {
    return this.#below(3) === 0 ? this.#pick(LOADED) : this.#pick(KEYS);
  }

  #policy(key) {
    const policy = {};
    if (this.#below(3) > 0) {
      policy.ttl = this.#below(12) === 0 ? 0 : this.#pick(SPANS);
    }
    if (this.#below(5) === 0 && !LOADED.includes(key)) {
      policy.tti = this.#pick(SPANS);
    }
    if (this.#below(4) === 0) {
      policy.swr = this.#pick(SPANS);
    }
    if (this.#below(4) === 0) {
      policy.staleIfError = this.#pick(SPANS);
    }
    if (this.#below(3) === 0) {
      policy.tags = [this.#pick(TAGS), this.#pick(TAGS)];
    }
    if (this.bounded) {
      policy.weight = this.#below(2_300);
    }
    return policy;
  }

  #value() {
    this.#values += 1;
    return this.#below(10) === 0 ? this.#pick([null, 0, false, ""]) : this.#values;
  }

  #how() {
    return [undefined, undefined, {}, { soft: true }, { dryRun: true }, { soft: true, dryRun: true }][this.#below(6)];
  }

  /** Runs so many steps. Returns what was wrong at which step, or nothing. */
  async run(steps) {
    for (let step = 0; step < steps; step += 1) {
      const wrong = await this.#step().catch((error) => `it threw ${error?.stack ?? String(error)}`);
      const more = wrong ?? (step % 40 === 39 || step === steps - 1 ? this.#compareAll() : this.#hold());
      if (this.#steps.length > 2_000) {
        this.#steps.splice(0, 1_000);
      }
      if (more !== undefined) {
        return { step, what: more, steps: this.#steps.slice(-60).map(([what, got]) => `${text(what)} → ${show(got)}`) };
      }
    }
    await this.#endAll();
    return undefined;
  }

  #hold() {
    const { size, bytes } = this.root;
    if (
      this.bounded &&
      (size > this.bounds.maxEntries || bytes > this.bounds.maxBytes || this.#caches[3].cache.stats().entries > this.own.maxEntries)
    ) {
      return `the bounds ${show(this.bounds)} do not hold: ${size} entries, ${bytes} bytes`;
    }
    return undefined;
  }

  /** Both answers, compared; under bounds the cache may have less than the naive one. */
  #judge(what, got, right) {
    this.#steps.push([what, got]);
    const [told, known] = [this.#reasons?.splice(0) ?? [], this.naive.reasons.splice(0)];
    if (this.#reasons && !this.bounded && !agree(told, known)) {
      return `${text(what)} missed for ${told}, not for ${show(known)}`;
    }
    if (Object.is(got, right) || same(got, right)) {
      return undefined;
    }
    if (this.bounded && less(got, right)) {
      return undefined;
    }
    return `${text(what)} gave ${show(got)}, not ${show(right)}`;
  }

  async #step() {
    const { cache, home, view } = this.#pick(this.#caches);
    const at = `${home.space || "root"}${view ? `/${home.who}` : ""}`;
    const key = this.#key();
    const kind = this.#pick(OPERATIONS);
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    const { naive } = this;
    const keyed = { cache, home, key, at };
    switch (kind) {
      case "get":
      case "getStale":
      case "peek":
        return this.#judge(() => `${at}.${kind}("${key}")`, cache[kind](key), naive[kind](home, key));
      case "has":
        return this.#judge(() => `${at}.has("${key}")`, cache.has(key), naive.peek(home, key) !== undefined);
      case "entry":
        return this.#judge(() => `${at}.entry("${key}")`, info(cache.entry(key)), naive.entry(home, key));
      case "set": {
        const [value, policy] = [this.#value(), this.#policy(key)];
        cache.set(key, value, policy);
        naive.set(home, key, value, policy);
        return this.#judge(() => `${at}.set("${key}", ${show(value)}, ${show(policy)})`, undefined, undefined);
      }
      case "setMany": {
        const pairs = [
          [key, this.#value()],
          [this.#key(), this.#value()],
          [this.#key(), this.#value()],
        ];
        const policy = this.#policy(LOADED[0]);
        cache.setMany(pairs, policy);
        pairs.forEach(([each, value]) => naive.set(home, each, value, policy));
        return this.#judge(() => `${at}.setMany(${show(pairs)}, ${show(policy)})`, undefined, undefined);
      }
      case "getMany": {
        const keys = [key, this.#key(), this.#key()];
        const got = keys.map((each) => [each, cache.getMany([each]).get(each)]);
        return this.#judge(
          () => `${at}.getMany(${show(keys)})`,
          got,
          keys.map((each) => [each, naive.get(home, each)]),
        );
      }
      case "touch": {
        const ttl = this.#below(2) === 0 ? undefined : this.#pick(SPANS);
        const got = ttl === undefined ? cache.touch(key) : cache.touch(key, ttl);
        return this.#judge(() => `${at}.touch("${key}", ${ttl})`, got, naive.touch(home, key, ttl));
      }
      case "delete":
        return this.#judge(() => `${at}.delete("${key}")`, cache.delete(key), naive.delete(home, key));
      case "keys":
      case "entries":
        return this.#listing(kind, keyed);
      case "advance": {
        const ms = this.#pick(SPANS) >> this.#below(2);
        await this.clock.advance(ms);
        naive.now = this.clock.now();
        return this.#judge(() => `${ms} ms later`, undefined, undefined);
      }
      case "drop": {
        // A view drops nobody but its own; others it refuses.
        const who = this.#pick(["ada", "bob", "nobody"].filter((name) => home.who === "" || home.who === name));
        // On the root it reaches every namespace, on a namespace only that one.
        const scope = home.space === "" ? { who } : { space: home.space, who };
        const dropped = await cache.drop(who);
        return this.#judge(() => `${at}.drop("${who}")`, dropped, this.naive.invalidate(scope, [{ by: "all" }]));
      }
      case "load":
        return this.bounded ? undefined : this.#load(keyed);
      case "land":
        return this.#land();
      case "snapshot":
        return this.#snapshot(keyed, view);
      case "restore":
        return this.#snapshots.length === 0 ? undefined : this.#restore(keyed, view);
      case "carry":
        return this.#snapshots.length === 0 ? undefined : this.#carry();
      default:
        return this.#invalidation(kind, keyed, view);
    }
  }

  /** A prefix of one kind or another, or none, and what it means. */
  #prefix() {
    const asked = this.#below(3);
    const given = asked === 0 ? undefined : asked === 1 ? this.#pick(PREFIXES) : this.#pick(SEGMENTS);
    const pick =
      given === undefined
        ? { by: "all" }
        : typeof given === "string"
          ? { by: "prefix", what: given }
          : { by: "segment", what: given.join(":") };
    return { given, pick };
  }

  /** Some of the last snapshots are kept, and restored while they grow old. */
  #snapshot({ cache, home, at }, view) {
    const { own, wide } = scopes(home, view);
    const { given, pick } = this.#prefix();
    if (this.bounded) {
      this.#forgetEvicted();
    }
    const bytes = given === undefined ? cache.snapshot() : cache.snapshot({ prefix: given });
    this.#snapshots.unshift({ bytes, entries: this.naive.snapshot(given === undefined ? wide : own, pick) });
    this.#snapshots.length = Math.min(this.#snapshots.length, 4);
    return this.#judge(() => `${at}.snapshot(${show(given)})`, undefined, undefined);
  }

  #restore({ cache, home, at }, view) {
    const which = this.#below(this.#snapshots.length);
    const { bytes, entries } = this.#snapshots[which];
    const what = () => `${at}.restore(snapshot ${which} from last)`;
    if (this.bounded) {
      this.#forgetEvicted();
    }
    const got = cache.restore(bytes);
    const restored = this.naive.restore(scopes(home, view).wide, entries);
    return this.#judge(what, got, restored.length) ?? (this.bounded ? this.#stays(what, got, restored) : undefined);
  }

  /** What the cache holds where the naive one has an entry, in whatever state. That one is asked too, as it counts as use. */
  #held(entry) {
    const { cache, home } = this.#caches.find(({ home }) => home.space === entry.space && home.who === entry.who);
    this.naive.getStale(home, entry.key);
    return cache.getStale(entry.key);
  }

  /** From here on the naive one holds what the cache does. */
  #forgetEvicted() {
    this.naive.entries = this.naive.entries.filter((entry) => this.#held(entry) !== undefined);
  }

  /** For want of room less may come back; what was held stays, unless it was older than what came. */
  #stays(what, got, restored) {
    const other = this.naive.entries.find((entry) => !restored.includes(entry) && this.#held(entry) !== entry.value);
    if (other !== undefined) {
      return `${what()} left ${show(this.#held(other))} where ${show(other)} was`;
    }
    const back = restored.filter((entry) => this.#held(entry) !== undefined).length;
    return got === back ? undefined : `${what()} gave ${got}, and ${back} came back`;
  }

  /** A snapshot goes to another cache: a roomy one, or in one program in four a small one. */
  #carry() {
    const which = this.#below(this.#snapshots.length);
    const to = this.#pick(this.#caches);
    const maxEntries = this.bounded ? 2 + this.#below(3) : 10_000;
    const sets = Array.from({ length: 3 }, () => ({ home: this.#pick(HOMES), key: this.#pick(KEYS), value: this.#value() }));
    for (const [what, got, right] of elsewhere(this.#snapshots[which], to, { clock: this.clock, maxEntries }, sets)) {
      const wrong = this.#judge(() => `snapshot ${which} from last in another cache, ${show(to.home)}: ${what}`, got, right);
      if (wrong !== undefined) {
        return wrong;
      }
    }
    return undefined;
  }

  #listing(kind, { cache, home, at }) {
    const { given, pick } = this.#prefix();
    const right = this.naive.list(home, pick);
    const listing = given === undefined ? cache[kind]() : cache[kind](given);
    const [got, wanted] =
      kind === "keys"
        ? [[...listing].sort(), right.map((entry) => entry.key).sort()]
        : [[...listing].map(info).sort(byKey), right.map((entry) => this.naive.info(entry)).sort(byKey)];
    return this.#judge(() => `${at}.${kind}(${show(given)})`, got, wanted);
  }

  #invalidation(kind, { cache, home, key, at }, view) {
    const how = this.#how();
    const { own, wide } = scopes(home, view);
    const run = (scope, picks, call, what) =>
      this.#judge(() => `${at}.${what}, ${show(how)}`, Number(call()), this.naive.invalidate(scope, picks, how));
    switch (kind) {
      case "invalidate":
        return this.#judge(
          () => `${at}.invalidate("${key}"), ${show(how)}`,
          cache.invalidate(key, how),
          this.naive.invalidate(own, [{ by: "key", what: key }], how) > 0,
        );
      case "invalidatePrefix": {
        const raw = this.#below(2) === 0;
        const given = raw ? this.#pick(PREFIXES) : this.#pick(SEGMENTS);
        return run(
          own,
          [raw ? { by: "prefix", what: given } : { by: "segment", what: given.join(":") }],
          () => cache.invalidatePrefix(given, how),
          `invalidatePrefix(${show(given)})`,
        );
      }
      case "invalidateTag": {
        const tags = this.#below(3) === 0 ? [this.#pick(TAGS), this.#pick(TAGS)] : this.#pick(TAGS);
        return run(
          wide,
          [tags].flat().map((what) => ({ by: "tag", what })),
          () => cache.invalidateTag(tags, how),
          `invalidateTag(${show(tags)})`,
        );
      }
      case "invalidateMatching": {
        const expression = this.#below(3) === 0;
        const what = this.#pick(expression ? EXPRESSIONS : GLOBS);
        const given = expression ? new RegExp(what, "u") : what;
        return run(
          own,
          [{ by: expression ? "expression" : "glob", what }],
          () => cache.invalidateMatching(given, how),
          `invalidateMatching(${expression ? given : show(what)})`,
        );
      }
      case "invalidateWhere": {
        const what = this.#below(3);
        return run(
          own,
          [{ by: "where", what }],
          () => cache.invalidateWhere((entry) => entry.key.length % 3 === what, how),
          `invalidateWhere(length % 3 is ${what})`,
        );
      }
      case "clear":
        cache.clear();
        this.naive.invalidate(wide, [{ by: "all" }]);
        return this.#judge(() => `${at}.clear()`, undefined, undefined);
      default:
        throw new Error(`no such operation: ${kind}`);
    }
  }

  /** Somebody asks with a loader: is it answered, does it wait, is the loader run? */
  async #load({ cache, home, at }) {
    const key = this.#pick(LOADED);
    const { naive } = this;
    const policy = { ...this.#policy(key), ttl: this.#pick(SPANS) };
    let run;
    const load = () => new Promise((resolve, reject) => (run = { resolve, reject }));
    const caller = { result: undefined };
    cache.getOrSet(key, load, policy).then(
      (value) => (caller.result = { value }),
      (error) => (caller.result = { error }),
    );
    await turns();
    const entry = naive.find(home, key);
    const state = entry && naive.state(entry);
    const old = entry ? naive.old(entry) : { atOnce: false, forFailure: false };
    const flight = this.#flights.find((each) => each.load.key === key && each.load.home === home && naive.joinable(each.load));
    const what = () => `${at}.getOrSet("${key}", …, ${show(policy)})`;
    const begin = (background) => {
      const begun = { load: naive.begin(home, key), run, policy, callers: [], background };
      this.#flights.push(begun);
      return begun;
    };
    if (state === "fresh" || old.atOnce) {
      const value = naive.serve(entry);
      const refreshes = state !== "fresh" && !flight;
      if (refreshes && run) {
        begin(true);
      }
      return this.#judge(what, { answer: caller.result, ran: run !== undefined }, { answer: { value }, ran: refreshes });
    }
    Object.assign(caller, {
      reason: naive.reason(home, key),
      sure: naive.holds(home, key),
      entry: old.forFailure ? entry : undefined,
      joined: Boolean(flight),
    });
    if (flight) {
      flight.callers.push(caller);
    } else if (run) {
      begin(false).callers.push(caller);
    }
    return this.#judge(what, { answer: caller.result, ran: run !== undefined }, { answer: undefined, ran: !flight });
  }

  /** A load in flight ends, well or badly. */
  async #land(all = false) {
    if (this.#flights.length === 0) {
      return undefined;
    }
    const { naive } = this;
    const [flight] = this.#flights.splice(this.#below(this.#flights.length), 1);
    const { load, run, policy, callers, background } = flight;
    const newest = naive.find(load.home, load.key);
    const replaced = callers.some(({ entry }) => newest !== undefined && entry !== newest);
    // A refresh that fails rests a second, and what a failure finds that another value overtook is nobody's promise.
    const fails = !all && !background && !replaced && this.#below(3) === 0;
    const value = this.#value();
    const mine = new Error(`failure ${value}`);
    if (fails) {
      run.reject(mine);
    } else {
      run.resolve(value);
    }
    await turns();
    const right = callers.map(({ entry, joined, reason, sure }) => {
      if (!fails) {
        naive.miss(load.home, reason, { sure, coalesced: joined });
        return { value };
      }
      const answers = entry !== undefined && newest === entry && naive.old(entry).forFailure;
      if (answers && !joined) {
        return { value: naive.serveForFailure(entry) };
      }
      naive.miss(load.home, reason, { sure, coalesced: joined });
      return answers ? { value: entry.value } : { error: mine.message };
    });
    if (fails) {
      naive.count(load.home.space).loadErrors += 1;
    } else {
      naive.complete(load, value, policy);
    }
    const got = callers.map(({ result }) => (result?.error ? { error: result.error.message } : result));
    return this.#judge(
      () => `the load of "${load.key}" in ${load.home.space || "root"}/${load.home.who} ${fails ? "fails" : `brings ${show(value)}`}`,
      got,
      right,
    );
  }

  async #endAll() {
    while (this.#flights.length > 0) {
      await this.#land(true);
    }
    this.root.close();
  }

  /** Every listing and every counter. */
  #compareAll() {
    const { naive } = this;
    for (const { cache, home, view } of this.#caches) {
      const right = naive
        .list(home)
        .map((entry) => naive.info(entry))
        .sort(byKey);
      const wrong = this.#judge(() => `all entries of ${show(home)}`, [...cache.entries()].map(info).sort(byKey), right);
      this.#steps.pop();
      if (wrong !== undefined) {
        return wrong;
      }
      if (!view && home.space !== "" && !this.bounded) {
        const counted = this.#counters(`the statistics of ${home.space}`, cache.stats(), naive.count(home.space));
        if (counted !== undefined) {
          return counted;
        }
      }
    }
    if (this.bounded) {
      return this.#hold();
    }
    const stats = this.root.stats();
    const wrong = this.#counters("the statistics of the root", stats, total(naive));
    const removed = Object.values(stats.removalsBy).reduce((sum, count) => sum + count, 0);
    return (
      wrong ??
      (removed + stats.entries === stats.sets && stats.entries === this.root.size && stats.traps === 0
        ? undefined
        : `${removed} removed and ${stats.entries} held of ${stats.sets}`)
    );
  }

  /** All counters are the same; of the reasons for misses some may have been forgotten. */
  #counters(what, stats, right) {
    const { missesBy: known, ...plain } = right;
    const got = Object.fromEntries(Object.keys(plain).map((name) => [name, stats[name]]));
    const wrong = this.#judge(what, got, plain);
    this.#steps.pop();
    const { cold, expired, evicted, invalidated, vary, bypass } = stats.missesBy;
    const likely =
      cold >= known.cold &&
      expired <= known.expired &&
      invalidated <= known.invalidated &&
      cold + expired + invalidated === stats.misses &&
      evicted + vary + bypass === 0;
    return wrong ?? (likely ? undefined : `${what} gave as reasons ${show(stats.missesBy)}, not ${show(known)}`);
  }
}

const OPERATIONS = Object.entries({
  get: 10,
  getStale: 5,
  peek: 3,
  has: 2,
  entry: 4,
  set: 16,
  setMany: 2,
  getMany: 2,
  touch: 4,
  delete: 3,
  keys: 2,
  entries: 1,
  advance: 8,
  drop: 1,
  load: 9,
  land: 8,
  invalidate: 4,
  invalidatePrefix: 3,
  invalidateTag: 3,
  invalidateMatching: 3,
  invalidateWhere: 2,
  clear: 1,
  snapshot: 2,
  restore: 2,
  carry: 1,
}).flatMap(([kind, share]) => Array(share).fill(kind));

/** The reasons that were told are those that are known, or "cold" where it may have been forgotten. */
function agree(told, known) {
  const left = [...known].sort((one, other) => Number(other.sure) - Number(one.sure));
  const others = told.filter((reason) => {
    const at = left.findIndex((one) => one.reason === reason);
    if (at !== -1) {
      left.splice(at, 1);
    }
    return at === -1;
  });
  return others.length === left.length && others.every((reason) => reason === "cold") && left.every(({ sure }) => !sure);
}

function total(naive) {
  const sum = (one, other) =>
    Object.fromEntries(
      Object.entries(one).map(([name, value]) => [name, typeof value === "number" ? value + other[name] : sum(value, other[name])]),
    );
  ["", "n", "m"].forEach((space) => naive.count(space));
  return [...naive.counts.values()].reduce(sum);
}

/** Has the cache less than the naive one, and nothing that it has not? */
function less(got, right) {
  if (got === undefined || got === false) {
    return true;
  }
  if (typeof got === "number" && typeof right === "number") {
    return got <= right;
  }
  if (!Array.isArray(got) || !Array.isArray(right)) {
    return false;
  }
  const texts = new Set(right.map(show));
  return got.every((one) => texts.has(show(one)) || (Array.isArray(one) && one[1] === undefined));
}

async function turns() {
  for (let turn = 0; turn < 12; turn += 1) {
    await undefined;
  }
}
