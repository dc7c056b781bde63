// The cache as users know it: a view of one namespace, and perhaps of one partition, of what a root holds.

import type {
  AnyCacheEvent,
  Cache,
  EntryInfo,
  GetOrSetOptions,
  InvalidateOptions,
  Key,
  LoadContext,
  Policy,
  Stats,
  Storable,
} from "./api.js";
import { BY, COUNT, type Facts, HOW, LOST, MISS_REASONS, REACH, STORED } from "./words.js";
import { NEAR } from "./clock.js";
import { fault, shown } from "./errors.js";
import { type Loader, stored } from "./flight.js";
import { rememberKeys, wellFormed } from "./keys.js";
import { duration } from "./lengths.js";
import { obtain } from "./load.js";
import { openMetrics, readMetricNames } from "./metrics.js";
import { namespaceOf } from "./namespace.js";
import { type Offer, endOf, offered } from "./offer.js";
import { callback, flag, readOptions, signal, text } from "./options.js";
import { type Rules, over, policyReaders, readPolicy } from "./policy.js";
import type { Root, Space } from "./root.js";
import { restore, snapshot } from "./snapshot.js";
import { added, statsOf } from "./stats.js";

const LOADING = { ...policyReaders, signal, force: flag, waitUntil: callback };
const NO_OPTIONS: ReturnType<typeof readOptions> = {};
const INVALIDATING = { soft: flag, dryRun: flag };

interface ReadInvalidate {
  soft?: boolean;
  dryRun?: boolean;
}

/** Hosts that have no such symbol yet are given it by what `using` is compiled to. */
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** What an invalidation of more leaves behind is buried later. */
const MANY = 32;

/** One key to be asked for: its text, whose it is, and when. */
interface Spot {
  readonly key: string;
  readonly who: string | undefined;
  readonly now: number;
}

export class View<V = unknown> implements Cache<V> {
  readonly engine = "wasm";
  readonly #root: Root;
  readonly #space: Space;
  /** The one partition that this is a view of. */
  readonly #of: string | undefined;

  constructor(root: Root, space: Space, of?: string) {
    this.#root = root;
    this.#space = space;
    this.#of = of;
    rememberKeys(this, root.keys);
  }

  // Where things are.

  /** The partition of this moment. */
  #who(): string | undefined {
    if (this.#of !== undefined) return this.#of;
    const name = this.#root.partition?.();
    return name === undefined && !this.#root.partition ? undefined : wellFormed(name, "partition");
  }

  #spot(key: unknown): Spot {
    const spelled = this.#root.keys.text(key);
    // The user's clock and partition are asked before anything is laid or changed.
    const who = this.#who();
    return { key: spelled, who, now: this.#root.ticker.now() };
  }

  /** How far sizes, `clear` and tags reach. */
  get #reach(): number {
    return this.#space.number === 0 ? REACH.whole : REACH.namespace;
  }

  #tell(...events: AnyCacheEvent[]): void {
    this.#root.tell(this.#space.number, undefined, ...events);
  }

  // Reading.

  get<T = V>(key: Key): T | undefined {
    const root = this.#root;
    if (typeof key === "string" && this.#of === undefined && root.plain) {
      const value = root.recall(this.#space.number, key);
      if (value !== undefined) return value as T;
    }
    const spelled = root.keys.text(key);
    const who = this.#of === undefined && root.plain ? undefined : this.#who();
    return this.#read(spelled, who, root.ticker.now(), false) as T | undefined;
  }

  getStale<T = V>(key: Key): T | undefined {
    const spot = this.#spot(key);
    return this.#read(spot.key, spot.who, spot.now, true) as T | undefined;
  }

  getMany<T = V>(keys: Iterable<Key>): Map<string, T> {
    const spots = Array.from(listed(keys, "keys"), (key) => this.#spot(key as Key));
    const found = new Map<string, T>();
    for (const { key, who, now } of spots) {
      const value = this.#read(key, who, now, false);
      if (value !== undefined) found.set(key, value as T);
    }
    return found;
  }

  #read(key: string, who: string | undefined, now: number, stale: boolean): unknown {
    const { core } = this.#root;
    const space = this.#space.number;
    const watched = this.#root.watch();
    if (this.#root.passes) {
      const reason = MISS_REASONS.indexOf("bypass");
      core.count(space, COUNT.miss, reason, now);
      this.#tell({ type: "miss", key, reason: "bypass" });
      return undefined;
    }
    const handle = core.get(space, key, who, stale, now);
    const value = handle < 0 ? undefined : core.value(handle);
    if (watched || core.faults.length) {
      this.#tell(
        handle < 0
          ? { type: "miss", key, reason: MISS_REASONS[-1 - handle]! }
          : { type: "hit", key, stale: stale && core.wasStale },
      );
    }
    return value;
  }

  peek<T = V>(key: Key): T | undefined {
    const { key: spelled, who, now } = this.#spot(key);
    const handle = this.#root.passes ? -1 : this.#root.core.peek(this.#space.number, spelled, who, now);
    this.#tell();
    return handle < 0 ? undefined : (this.#root.core.value(handle) as T);
  }

  has(key: Key): boolean {
    return this.peek(key) !== undefined;
  }

  entry<T = V>(key: Key): EntryInfo<T> | undefined {
    const { key: spelled, who, now } = this.#spot(key);
    const facts = this.#root.passes ? undefined : this.#root.core.entry(this.#space.number, spelled, who, now);
    this.#tell();
    return facts && this.#info<T>(facts, now);
  }

  /** What is known of an entry, in the terms of people: by the time of day. */
  #info<T>(facts: Facts, now: number): EntryInfo<T> {
    const epoch = this.#root.ticker.wall() - now;
    return {
      key: facts.key,
      value: this.#root.core.value(facts.handle) as T,
      state: facts.stale ? "stale" : "fresh",
      createdAt: facts.createdAt + epoch,
      expiresAt: facts.expiresAt + epoch,
      ageMs: facts.age,
      ttlMs: facts.left,
      bytes: facts.bytes,
      tags: facts.tags,
      hits: facts.hits,
    };
  }

  // Storing.

  set<T extends Storable = V & Storable>(key: Key, value: T, policy?: Policy<T>): this {
    const root = this.#root;
    const spelled = root.keys.text(key);
    const who = this.#of === undefined && root.plain ? undefined : this.#who();
    const offer = this.#offered(spelled, value, this.#rules(policy, "set"));
    // A long life that begins a moment early is none the worse for it.
    const { ttl, tti } = offer.terms;
    const now = Math.min(ttl, tti || Infinity) > NEAR ? root.ticker.lately() : root.ticker.now();
    this.#tellStored(spelled, who, this.#put(spelled, who, now, value, offer), offer);
    return this;
  }

  setMany<T extends Storable = V & Storable>(entries: Iterable<readonly [Key, T]>, policy?: Policy<T>): this {
    const rules = this.#rules(policy, "setMany");
    // All are looked at before the first is stored: bad input leaves nothing half-done.
    const offers = Array.from(listed(entries, "entries"), (entry) => {
      if (!Array.isArray(entry)) throw fault("invalid-option", `${shown(entry)} is not a pair of a key and a value`, { field: "entries" });
      const [key, value] = entry as [Key, T];
      const spot = this.#spot(key);
      return { spot, value, offer: this.#offered(spot.key, value, rules) };
    });
    const verdicts = offers.map(({ spot: { key, who, now }, value, offer }) => this.#put(key, who, now, value, offer));
    // Told when the change is complete: when all of them are there.
    offers.forEach(({ spot: { key, who }, offer }, at) => this.#tellStored(key, who, verdicts[at]!, offer));
    return this;
  }

  #rules(policy: unknown, what: string): Rules {
    return policy === undefined ? this.#space.rules : over(readPolicy(policy, what), this.#space.rules);
  }

  #offered(key: string, value: unknown, rules: Rules): Offer {
    if (value === undefined) {
      throw fault("invalid-value", `undefined cannot be stored under ${shown(key)}; store null, or delete the key`, { field: "value" });
    }
    return offered(rules, value, key);
  }

  #put(key: string, who: string | undefined, now: number, value: unknown, offer: Offer): number {
    const root = this.#root;
    if (root.passes) return LOST;
    const space = this.#space.number;
    root.watch();
    const verdict = root.core.set(space, key, who, value, offer, now);
    root.forgive(space, key, who, now);
    if (verdict === STORED) root.sweep(endOf(offer.terms, now));
    return verdict;
  }

  #tellStored(key: string, who: string | undefined, verdict: number, offer: Offer): void {
    const root = this.#root;
    if (verdict === LOST || !root.core.watched) root.tell(this.#space.number, who);
    else root.tell(this.#space.number, who, stored(key, verdict, offer));
  }

  touch(key: Key, ttl?: Parameters<Cache["touch"]>[1]): boolean {
    const length = ttl === undefined ? NaN : duration(ttl, "ttl");
    const { key: spelled, who, now } = this.#spot(key);
    this.#root.watch();
    const touched = !this.#root.passes && this.#root.core.touch(this.#space.number, spelled, who, length, now);
    if (touched && length !== Infinity) this.#root.sweep(now);
    this.#tell();
    return touched;
  }

  delete(key: Key): boolean {
    const { key: spelled, who, now } = this.#spot(key);
    const watched = this.#root.watch();
    const space = this.#space.number;
    const removed = this.#root.core.remove(space, spelled, who, now);
    this.#root.forgive(space, spelled, who, now);
    // It counts as an invalidation, so it is told as one.
    this.#tell(...(watched ? [{ type: "invalidate", by: "key", what: spelled, count: Number(removed) } as const] : []));
    return removed;
  }

  // Loading.

  getOrSet<T = V, R = T>(
    key: Key,
    load: (context: LoadContext<T>) => R | Promise<R>,
    options?: GetOrSetOptions<R>,
  ): Promise<R> {
    // What is wrong with what was given is a rejection, as everything else that goes wrong.
    try {
      return this.#obtain(key, load, options) as Promise<R>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #obtain(key: unknown, load: unknown, options: unknown): Promise<unknown> {
    const root = this.#root;
    const given = options === undefined ? NO_OPTIONS : readOptions(options, "getOrSet", LOADING);
    const spelled = root.keys.text(key);
    const who = this.#of === undefined && root.plain ? undefined : this.#who();
    callback(load, "load");
    const { force = false, signal, waitUntil, ...policy } = given;
    const rules = options === undefined ? this.#space.rules : over(policy, this.#space.rules);
    return obtain({ root, space: this.#space.number, key: spelled, who, rules, load: load as Loader, force, signal, waitUntil });
  }

  // Invalidating.

  invalidate(key: Key, options?: InvalidateOptions): boolean {
    const spelled = this.#root.keys.text(key);
    return this.#invalidate("key", spelled, BY.key, spelled, REACH.namespace, options) > 0;
  }

  invalidatePrefix(prefix: Key, options?: InvalidateOptions): number {
    const { text, segment } = this.#root.keys.prefix(prefix);
    return this.#invalidate("prefix", text, segment ? BY.segment : BY.prefix, text, REACH.namespace, options);
  }

  invalidateTag(tag: string | readonly string[], options?: InvalidateOptions): number {
    const tags = typeof tag === "string" ? [tag] : [...readTags(tag)];
    for (const one of tags) wellFormed(one, "tag");
    return this.#invalidate("tag", tags.join(", "), BY.tags, "", this.#reach, options, tags);
  }

  invalidateMatching(pattern: string | RegExp, options?: InvalidateOptions): number {
    // Also one of another realm: of a frame, or of a test runner's own.
    if (Object.prototype.toString.call(pattern) === "[object RegExp]") {
      const expression = pattern as RegExp;
      const test = (key: string): boolean => {
        // One that is "global" would go on where it stopped in another key.
        expression.lastIndex = 0;
        return expression.test(key);
      };
      const how = readOptions(options, "invalidateMatching", INVALIDATING) as ReadInvalidate;
      if (!how.dryRun) this.#fenceMatching(test);
      return this.#invalidateEach("match", String(pattern), how, (number, handle) => {
        const key = this.#root.core.keyAt(number, handle);
        return key !== undefined && test(key);
      });
    }
    const glob = wellFormed(pattern as string, "pattern");
    return this.#invalidate("match", glob, BY.pattern, glob, REACH.namespace, options);
  }

  invalidateWhere(test: (entry: EntryInfo<V>) => boolean, options?: InvalidateOptions): number {
    callback(test, "test");
    const how = readOptions(options, "invalidateWhere", INVALIDATING) as ReadInvalidate;
    const { core } = this.#root;
    if (!how.dryRun) {
      core.fence(BY.everything, REACH.namespace, this.#space.number, "", this.#of);
      this.#root.forgiveAll(BY.everything, REACH.namespace, this.#space.number, "", this.#of, this.#root.ticker.now());
    }
    const label = test.name ? `${test.name}()` : "a function";
    return this.#invalidateEach("where", label, how, (number, handle, now) => {
      const facts = core.info(number, handle, now);
      return facts && test(this.#info(facts, now));
    });
  }

  /** Fences the loads whose key matches. */
  #fenceMatching(test: (key: string) => boolean): void {
    const now = this.#root.ticker.now();
    for (const { space, key, who } of [...this.#root.running]) {
      if (space !== this.#space.number || (this.#of !== undefined && who !== this.#of) || !test(key)) continue;
      this.#root.core.fence(BY.key, REACH.place, space, key, who);
    }
    this.#root.forgiveMatching(this.#space.number, this.#of, test, now);
  }

  #invalidate(
    by: "key" | "prefix" | "tag" | "match",
    what: string,
    kind: number,
    text: string,
    reach: number,
    options: unknown,
    tags: readonly string[] = [],
  ): number {
    const how = readOptions(options, "invalidate", INVALIDATING) as ReadInvalidate;
    const root = this.#root;
    const space = this.#space.number;
    const now = root.ticker.now();
    root.watch();
    return this.#told(by, what, how, () => {
      if (!how.dryRun) root.forgiveAll(kind, reach, space, text, this.#of, now);
      return root.core.invalidate(kind, reach, space, text, this.#of, tags, howOf(how), now);
    });
  }

  /** Invalidates the entries that a function picks out of all that are kept: getStale may give what no other reader sees. */
  #invalidateEach(
    by: "match" | "where",
    what: string,
    how: ReadInvalidate,
    meant: (number: number, handle: number, now: number) => unknown,
  ): number {
    const root = this.#root;
    const now = root.ticker.now();
    root.watch();
    const all = { by: BY.everything, reach: REACH.namespace, space: this.#space.number, text: "", who: this.#of };
    return this.#told(by, what, how, () =>
      root.core.endEach(all, howOf(how), now, (number, handle) => {
        const picked = meant(number, handle, now);
        // Listeners may have come or gone while a function of the user's ran.
        root.watch();
        return picked;
      }),
    );
  }

  /** Tells of an invalidation, and those who subscribed of what it made stale. */
  #told(by: "key" | "prefix" | "tag" | "match" | "where", what: string, how: ReadInvalidate, act: () => number): number {
    const root = this.#root;
    const count = act();
    if (how.dryRun) {
      this.#tell();
      return count;
    }
    this.#tell({ type: "invalidate", by, what, count });
    // A soft invalidation takes nothing out, and changes what is answered all the same.
    if (how.soft && root.hub.subscribed) root.tellDifferences();
    if (count > MANY) root.sweep(root.ticker.now());
    return count;
  }

  clear(options?: { resetStats?: boolean }): void {
    const { resetStats } = readOptions(options, "clear", { resetStats: flag });
    const root = this.#root;
    const now = root.ticker.now();
    root.watch();
    const count = root.core.invalidate(BY.everything, this.#reach, this.#space.number, "", this.#of, [], HOW.hard, now);
    root.forgiveAll(BY.everything, this.#reach, this.#space.number, "", this.#of, now);
    if (resetStats) this.resetStats();
    if (count > MANY) root.sweep(now);
    this.#tell({ type: "invalidate", by: "prefix", what: "", count });
  }

  async drop(who: string | { credential: string } | { credentials: "all" }): Promise<number> {
    const root = this.#root;
    const now = root.ticker.now();
    root.watch();
    if (typeof who === "string") {
      const space = this.#space.number;
      const name = wellFormed(who, "who");
      if (this.#of !== undefined && this.#of !== name && !root.closed) throw this.#others(name, "who");
      const count = root.core.invalidate(BY.everything, this.#reach, space, "", name, [], HOW.hard, now);
      root.forgiveAll(BY.everything, this.#reach, space, "", name, now);
      this.#tell({ type: "invalidate", by: "partition", what: name, count });
      return count;
    }
    const { credential, credentials } = readOptions(who, "drop", { credential: text, credentials: text });
    if (this.#of !== undefined && !root.closed) throw this.#others(credentials ?? "a credential", "who");
    if (credentials === undefined && credential === undefined) {
      throw fault("invalid-option", "give the name of a partition, a credential, or credentials: \"all\"", { field: "who" });
    }
    if (credentials !== undefined && credentials !== "all") {
      throw fault("invalid-option", `${shown(credentials)} is not "all"`, { field: "credentials" });
    }
    // Nobody's credential has opened a partition yet: only requests do.
    const count = credentials === "all" ? root.core.dropCredentials(now) : 0;
    this.#tell({ type: "invalidate", by: "partition", what: credentials === "all" ? "all credentials" : "a credential", count });
    return count;
  }

  // Scopes.

  namespace<T = V>(name: string, options?: Parameters<Cache["namespace"]>[1]): Cache<T> {
    return new View<T>(this.#root, namespaceOf(this.#root, name, options), this.#of);
  }

  partition(name: string): Cache<V> {
    const whose = wellFormed(name, "partition");
    if (this.#of !== undefined && this.#of !== whose) throw this.#others(whose, "partition");
    return new View<V>(this.#root, this.#space, whose);
  }

  /** A view sees and touches nothing of others. */
  #others(whose: string, field: string): Error {
    return fault("invalid-option", `this is a view of ${shown(this.#of)} alone; ask the cache itself for ${shown(whose)}`, { field });
  }

  // Looking on.

  stats(): Stats {
    const { core, ticker } = this.#root;
    const numbers = core.stats(this.#space.number === 0 ? -1 : this.#space.number, ticker.now());
    this.#tell();
    return statsOf(numbers, core.traps);
  }

  resetStats(): void {
    this.#root.core.resetStats(this.#space.number === 0 ? -1 : this.#space.number);
  }

  metrics(options?: { prefix?: string; label?: string }): string {
    const { core, spaces, name, ticker } = this.#root;
    const names = readMetricNames(options);
    const own = this.#space.number === 0 ? spaces : [this.#space];
    const now = ticker.now();
    const series = new Map<string, number[]>();
    for (const space of own) {
      const label = space.number === 0 ? name : space.name;
      const numbers = core.stats(space.number, now);
      // A namespace may be called as the root is: one series then, since no reader takes two of one name.
      const same = series.get(label);
      series.set(label, same ? added(same, numbers) : numbers);
    }
    return openMetrics(
      Array.from(series, ([label, numbers]) => [label, statsOf(numbers, own !== spaces || label === name ? core.traps : 0)] as const),
      names,
    );
  }

  on(event: string, fn: (event: never) => void): () => void {
    return this.#root.hub.on(event, this.#space.number === 0 ? undefined : this.#space.number, fn);
  }

  subscribe(key: Key, fn: () => void): () => void {
    return this.#root.watchKey(this.#space.number, this.#root.keys.text(key), this.#who(), fn);
  }

  keys(prefix: Key = ""): IterableIterator<string> {
    return this.#listed(prefix, this.#who())[Symbol.iterator]();
  }

  entries(prefix: Key = ""): IterableIterator<EntryInfo<V>> {
    const who = this.#who();
    return this.#each(this.#listed(prefix, who), who);
  }

  *#each(keys: readonly string[], who: string | undefined): IterableIterator<EntryInfo<V>> {
    const { core, ticker } = this.#root;
    for (const key of keys) {
      // It may have gone while somebody looked at the one before.
      const now = ticker.now();
      const facts = core.entry(this.#space.number, key, who, now);
      if (facts) yield this.#info(facts, now);
    }
  }

  /** The keys of this moment. */
  #listed(prefix: unknown, who: string | undefined): string[] {
    const { core, keys, ticker } = this.#root;
    const { text, segment } = keys.prefix(prefix);
    const meant = { by: segment ? BY.segment : BY.prefix, reach: REACH.place, space: this.#space.number, text, who };
    const listed: string[] = [];
    core.each(meant, ticker.now(), (number, handle) => {
      const key = core.keyAt(number, handle);
      if (key !== undefined) listed.push(key);
    });
    return listed;
  }

  get size(): number {
    return this.#root.core.size(this.#reach, this.#space.number, this.#of)[0];
  }

  get bytes(): number {
    return this.#root.core.size(this.#reach, this.#space.number, this.#of)[1];
  }

  snapshot(options?: { prefix?: Key }): Uint8Array {
    const { prefix } = readOptions(options, "snapshot", { prefix: (given) => this.#root.keys.prefix(given) });
    return snapshot(this.#root, this.#space.number, this.#of, prefix);
  }

  restore(bytes: Uint8Array): number {
    return restore(this.#root, this.#space.number, this.#of, bytes);
  }

  close(): void {
    this.#root.close();
  }

  [DISPOSE](): void {
    this.close();
  }
}

function howOf({ soft, dryRun }: ReadInvalidate): number {
  return dryRun ? HOW.dryRun : soft ? HOW.soft : HOW.hard;
}

/** What can be gone through; a text could be, too, but is meant otherwise. */
function listed(given: unknown, field: string): Iterable<unknown> {
  if (typeof given === "object" && given !== null && Symbol.iterator in given) return given as Iterable<unknown>;
  throw fault("invalid-option", `${shown(given)} is nothing that can be gone through`, { field });
}

function readTags(tags: unknown): readonly string[] {
  if (Array.isArray(tags)) return tags as readonly string[];
  throw fault("invalid-option", `${shown(tags)} is neither a tag nor a list of tags`, { field: "tag" });
}
