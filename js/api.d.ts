/// <reference lib="esnext.disposable" />

// The public face of Fetchwell: every name that `import { … } from "fetchwell"` gives, and when to use it. In the examples all names are
// imported, and what stands behind an arrow is what the line before it gives; a test runs them.

/** The platform's AbortSignal, where its types are known; else what is used of it. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer S } }
  ? S
  : {
      readonly aborted: boolean;
      readonly reason: unknown;
      addEventListener(type: "abort", run: () => void): void;
      removeEventListener(type: "abort", run: () => void): void;
    };

/**
 * A length of time: milliseconds, or a decimal number and `ms`, `s`, `m`, `h` or `d`. Use texts in code that people read; a wrong one does
 * not compile. `Infinity` never ends.
 *
 * ```js
 * createCache({ ttl: "1.5h", swr: 30_000 });
 * ```
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/**
 * A size: bytes, or a decimal number and `b`, `kb`, `mb` or `gb`, where a kilobyte is 1 024 bytes. Use it for bounds.
 *
 * ```js
 * createCache({ maxBytes: "64mb", maxEntryBytes: 4_096 });
 * ```
 */
export type Bytes = number | `${number}${"b" | "kb" | "mb" | "gb"}`;

/**
 * A value or a promise of one. Use it for loaders of your own that may or may not wait.
 *
 * ```ts
 * const load: (id: number) => Awaitable<string> = (id) => `book ${id}`;
 * ```
 */
export type Awaitable<T> = T | Promise<T>;

/**
 * What an entry is stored under: a text, or a list of parts. Use lists wherever something from outside becomes part of a key: parts are
 * escaped, so that lists which differ give keys that differ (a number equals its decimal text). A text is taken as it is.
 *
 * ```js
 * const cache = createCache();
 * cache.set(["books", 7], "Emma");
 * cache.get("books:7"); // → "Emma"
 * cache.get(["books", "7:admin"]); // → undefined
 * ```
 */
export type Key = string | readonly (string | number)[];

/**
 * What can be stored: anything but `undefined`, which means "not there". Use `null` for "known to be nothing".
 *
 * ```js
 * const cache = createCache();
 * cache.set("books:8", null);
 * cache.get("books:8"); // → null
 * ```
 */
export type Storable = {} | null;

/**
 * Lifetime rules. Use them on a cache, on a namespace and on one call: the nearest that says something wins.
 *
 * ```js
 * const cache = createCache({ ttl: "5m", staleIfError: "1d", jitter: 0.1 });
 * cache.set("books:7", "Emma", { ttl: "1h", tags: ["austen"] });
 * ```
 */
export interface Policy<V = unknown> {
  /** Fresh for this long. 0 never stores (callers still share one load), `Infinity` never expires. Use it always, unless every change
   *  reaches the cache as an invalidation. A function decides by the value. */
  ttl?: Duration | ((value: V, key: string) => Duration) | undefined;
  /** Gone when nobody asked for it this long. Use it for what is read in bursts, such as sessions. `get` and `touch` slide it; `has`,
   *  `peek` and `entry` do not. */
  tti?: Duration | undefined;
  /** Shortens each lifetime by up to this share (0 to 1), drawn anew each time. Use it where many values are stored together. */
  jitter?: number | undefined;
  /** Past `ttl`, served at once for this long while it is loaded anew behind. Use it where a slightly old answer beats waiting. */
  swr?: Duration | undefined;
  /** Past `ttl`, served for this long when a load throws or takes too long. Use it to ride out an origin's bad minutes; `on` says which
   *  failures it is for. */
  staleIfError?: Duration | { for: Duration; on?: readonly ("network" | "timeout" | number)[] | undefined } | undefined;
  /** When a load is slower than this and an old value may answer, that answers; the load goes on. Use it where latency counts most. */
  softTimeout?: Duration | undefined;
  /** The longest a caller waits; then a `FetchwellError` with the code `timeout`, unless an old value may answer. Use it always with
   *  origins that can hang. */
  timeout?: Duration | undefined;
  /** Loads a value anew shortly before it expires, when it is asked for; the likelier, the longer its load takes. Use it for popular
   *  values nobody should ever wait for. A `beta` above 1 is earlier. */
  refreshAhead?: boolean | { beta?: number | undefined } | undefined;
  /** A load that failed is not tried again for this long; callers get the same error. Use it to spare an origin that is down, or, by
   *  status, to remember what is not there: `{ 404: "30s" }`. */
  negativeTtl?: Duration | Record<number, Duration> | undefined;
  /** Tries a failed load again, so many times, after a tenth of a second and then twice as long each time. Use it for origins that
   *  stumble. */
  retry?: number | { limit: number; backoff?: Duration | undefined; respectRetryAfter?: boolean | undefined } | undefined;
  /** What values can be invalidated by, beside their keys. Use it for what no key tells: all lists a book is on. */
  tags?: readonly string[] | ((value: V, key: string) => readonly string[]) | undefined;
  /** What a value weighs, in bytes. Use it where the estimate is not good enough: texts and buffers are counted to the byte, other
   *  objects by looking at a few dozen of the values in them. */
  weight?: number | ((value: V, key: string) => number) | undefined;
}

/**
 * What a cache can be told when it is made. Use as little of it as you need: every default is bounded.
 *
 * ```js
 * createCache({ name: "api", ttl: "5m", maxEntries: 10_000, maxBytes: "64mb" });
 * ```
 */
export interface CacheOptions<V = unknown> extends Policy<V> {
  /** The cache's name in metrics; default "default". Use it where there are several. */
  name?: string | undefined;
  /** The most entries held; default 1000. Use it to bound what many small values cost. */
  maxEntries?: number | undefined;
  /** The most bytes held, keys and tags included; default "16mb". Use it to bound memory. */
  maxBytes?: Bytes | undefined;
  /** What one value may weigh; a heavier one is rejected; default "1mb". Use it so that no value pushes out hundreds. */
  maxEntryBytes?: Bytes | undefined;
  /** What stands between the parts of a key; default ":". Use it where keys are paths. */
  separator?: string | undefined;
  /** When the index of prefixes is built: when a prefix is first asked for ("lazy", the default), or from the start. Use "eager" where
   *  the first invalidation must not take longer than the others. */
  prefixIndex?: "lazy" | "eager" | undefined;
  /** Who is asking. Use it where a cache serves one user at a time, as in a page; on servers use `cache.partition(name)`. */
  partition?: (() => string) | undefined;
  /** Where the time comes from. Use it in tests: `manualClock()`. */
  clock?: Clock | undefined;
  /** Keeps the host alive for work that goes on behind an answer. Use it where that is one function for all requests. */
  waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** false stores nothing; statistics still count. Use it to switch a cache off without touching the code around it. */
  enabled?: boolean | undefined;
}

/**
 * Why a request was not answered from the cache. Use it to see what would help: longer lifetimes (`expired`), more room (`evicted`), or
 * neither.
 *
 * ```js
 * const cache = createCache();
 * cache.get("books:7");
 * cache.stats().missesBy.cold; // → 1
 * ```
 */
export type MissReason = "cold" | "expired" | "evicted" | "invalidated" | "vary" | "bypass";

/**
 * Why an entry went. Use it in `remove` listeners and in `stats().removalsBy`.
 *
 * ```js
 * const cache = createCache({ maxEntries: 1 });
 * cache.set("a", 1).set("b", 2);
 * cache.stats().removalsBy.evicted; // → 1
 * ```
 */
export type RemovalCause = "expired" | "idle" | "evicted" | "invalidated" | "replaced";

/**
 * Why a value was not stored: too heavy, without a lifetime, or loaded before an invalidation. Use it in `reject` listeners.
 *
 * ```js
 * const cache = createCache({ maxEntryBytes: "1kb" });
 * cache.on("reject", ({ key, reason }) => console.warn(`${key} is never cached: ${reason}`));
 * ```
 */
export type RejectReason = "too-large" | "ttl-0" | "fenced";

/**
 * One entry and what is known of it. Use it to show what a cache holds, and in `invalidateWhere`.
 *
 * ```js
 * const cache = createCache({ ttl: "1m", clock: manualClock() });
 * cache.set("books:7", "Emma");
 * cache.entry("books:7").ttlMs; // → 60_000
 * cache.entry("books:7").state; // → "fresh"
 * ```
 */
export interface EntryInfo<V = unknown> {
  /** Its key's text. */
  key: string;
  /** The value itself, not a copy. */
  value: V;
  /** Past its lifetime, but inside a window in which it may still answer, it is stale. */
  state: "fresh" | "stale";
  /** When it was stored, in milliseconds since 1970. */
  createdAt: number;
  /** When it ceases to be fresh, in milliseconds since 1970; Infinity for never. */
  expiresAt: number;
  /** How long ago it was stored. */
  ageMs: number;
  /** What is left of its lifetime; negative when it is stale. */
  ttlMs: number;
  /** What it counts for, as `maxBytes` counts: its value as weighed, its key and tags, and some 128 bytes for itself. */
  bytes: number;
  /** What it can be invalidated by, beside its key. */
  tags: readonly string[];
  /** How often it was asked for, roughly: what the eviction policy counted, which saturates. 0: not since it was stored. */
  hits: number;
}

/**
 * The counters of a cache or a namespace. Use them first when a cache does not do what it should: everything has a reason. They only
 * grow, so that rates can be taken from their differences.
 *
 * ```js
 * const cache = createCache();
 * cache.set("a", 1);
 * cache.get("a");
 * cache.get("b");
 * cache.stats().hitRate; // → 0.5
 * ```
 */
export interface Stats {
  /** Requests answered from the cache, stale answers included. */
  hits: number;
  /** Requests answered otherwise. */
  misses: number;
  /** Hits and misses. */
  requests: number;
  /** Hits among requests, 0 to 1; 0 when nobody asked. */
  hitRate: number;
  /** Hits whose value was past its lifetime. */
  staleHits: number;
  /** Hits after the origin confirmed the stored value. */
  revalidations: number;
  /** Misses that joined a load which was already running. */
  coalesced: number;
  /** Loader runs begun. */
  loads: number;
  /** Loader runs that failed. */
  loadErrors: number;
  /** What loader runs took, summed. */
  loadMsTotal: number;
  /** Values stored, in whatever way. */
  sets: number;
  /** Values offered and not stored. */
  rejections: number;
  /** Entries that invalidations took from readers, `delete`, `clear` and `drop` among them: the sum of the counts in `invalidate` events. */
  invalidations: number;
  /** Entries that had to make room. */
  evictions: number;
  /** Entries whose time ran out, counted when they are taken out. */
  expirations: number;
  /** How often the WebAssembly instance broke; each time an empty cache went on. */
  traps: number;
  /** Entries held now. */
  entries: number;
  /** Bytes held now: values, keys, tags and a fixed amount for each entry. */
  bytes: number;
  /** The weight of all values that hits answered with. */
  bytesSaved: number;
  /** What hits saved, at the price of an average load. */
  msSaved: number;
  /** Misses by reason. Their sum is `misses`. */
  missesBy: Readonly<Record<MissReason, number>>;
  /** Removals by cause. */
  removalsBy: Readonly<Record<RemovalCause, number>>;
  /** How it goes now: the last minute, five and fifteen. */
  windows: Readonly<Record<"1m" | "5m" | "15m", { hits: number; misses: number; hitRate: number }>>;
  /** About what the hit rate would be with twice the room, and with lifetimes twice as long. */
  whatIf: { hitRateAtDoubleSize: number; hitRateAtDoubleTtl: number };
}

/**
 * How to invalidate. Use `soft` to keep old values for `getStale` and for origins that fail, `dryRun` to see what would go.
 *
 * ```js
 * const cache = createCache();
 * cache.set("books:7", "Emma");
 * cache.invalidatePrefix("books", { dryRun: true }); // → 1
 * cache.invalidatePrefix("books", { soft: true }); // → 1
 * cache.getStale("books:7"); // → "Emma"
 * ```
 */
export interface InvalidateOptions {
  /** Makes fresh entries stale instead of taking them away. */
  soft?: boolean | undefined;
  /** Only counts. */
  dryRun?: boolean | undefined;
}

/**
 * What one `getOrSet` can be told: any rule, and what concerns this caller. Use `signal` wherever the caller may go away.
 *
 * ```js
 * const cache = createCache();
 * const { signal } = new AbortController();
 * await cache.getOrSet("books:7", async () => "Emma", { ttl: "1h", signal }); // → "Emma"
 * ```
 */
export interface GetOrSetOptions<V = unknown> extends Policy<V> {
  /** Ends this caller's waiting, with the signal's reason. The load stops when its last caller has gone. */
  signal?: Signal | undefined;
  /** Loads anew whatever is held, and joins no load begun before. */
  force?: boolean | undefined;
  /** Keeps the host alive for what goes on behind this answer (on Workers: `(work) => ctx.waitUntil(work)`). */
  waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/**
 * What a loader is given. Use it to pass the signal on, and to decide by the answer how it is stored.
 *
 * ```js
 * const cache = createCache({ ttl: "1m" });
 * await cache.getOrSet("books:7", async (ctx) => {
 *   ctx.tags("austen", "novels");
 *   ctx.ttl("1h");
 *   return "Emma";
 * });
 * cache.invalidateTag("austen"); // → 1
 * ```
 */
export interface LoadContext<V = unknown> {
  /** The key's text. */
  key: string;
  /** The old value, when there is one: for a conditional request, or to load only what is new. */
  stale: V | undefined;
  /** Aborted when nobody waits any more. Give it to `fetch`. */
  signal: Signal;
  /** Is this a refresh that nobody waits for? */
  background: boolean;
  /** How long the value is fresh; over every other rule. */
  ttl(d: Duration): void;
  /** More tags for the value. */
  tags(...tags: string[]): void;
  /** Return the value, but store nothing. */
  skip(): void;
}

/**
 * A cache, a namespace of one, or a view of one: they have the same methods. All but `getOrSet` and `drop` are synchronous. Use
 * `createCache()` to make one.
 *
 * ```js
 * const cache = createCache({ ttl: "5m" });
 * cache.set("books:7", "Emma");
 * cache.get("books:7"); // → "Emma"
 * ```
 */
export interface Cache<V = unknown> {
  /** The value, if it is fresh. Use it where the value can be done without; else `getOrSet`. */
  get<T = V>(key: Key): T | undefined;
  /** As `get`, but moves no statistics, no recency and no idle time. Use it to look without leaving a trace. */
  peek<T = V>(key: Key): T | undefined;
  /** The value, fresh or stale, as long as it is held. Use it when an old answer is better than none. */
  getStale<T = V>(key: Key): T | undefined;
  /** What is known of an entry, fresh or stale. Use it to show ages and deadlines; it moves nothing. */
  entry<T = V>(key: Key): EntryInfo<T> | undefined;
  /** Would `get` answer? Use it where the value is not wanted; it moves nothing. */
  has(key: Key): boolean;
  /** Stores a value. Use it for what you have anyway, such as the answer to a write. What is rejected (too heavy, `ttl: 0`) still
   *  takes the old value away. */
  set<T extends Storable = V & Storable>(key: Key, value: T, policy?: Policy<T>): this;
  /** The value, loaded if need be. Use it for everything that can be loaded: callers who ask at the same time share one load, and what
   *  is invalidated meanwhile is never stored. A load that throws, or gives `undefined`, stores nothing.
   *
   *  ```js
   *  const cache = createCache({ ttl: "5m" });
   *  const load = async ({ signal }) => "Emma"; // (await fetch(url, { signal })).json()
   *  await cache.getOrSet(["books", 7], load); // → "Emma"
   *  ```
   */
  getOrSet<T = V, R = T>(key: Key, load: (ctx: LoadContext<T>) => Awaitable<R>, options?: GetOrSetOptions<R>): Promise<R>;
  /** Gives an entry its lifetime anew, or another; false when there is no fresh one. Use it for sessions. */
  touch(key: Key, ttl?: Duration): boolean;
  /** Takes an entry out, in the current partition alone; true when a reader could still have got it. It counts and is told as an
   *  invalidation by key. Use it as in a Map; `invalidate` has options, and reaches all partitions. */
  delete(key: Key): boolean;
  /** Takes everything out. Use it when nothing can be trusted any more; counters go on unless they are to be reset. */
  clear(options?: { resetStats?: boolean | undefined }): void;
  /** The values that are fresh, by the keys' texts. Use it for a page of things at once. */
  getMany<T = V>(keys: Iterable<Key>): Map<string, T>;
  /** Stores many values by the same rules. Use it for a page of things at once. */
  setMany<T extends Storable = V & Storable>(entries: Iterable<readonly [Key, T]>, policy?: Policy<T>): this;

  /** Takes one entry from readers, and stops loads of it from being stored; true when there was one. Use it after each write. */
  invalidate(key: Key, o?: InvalidateOptions): boolean;
  /** All entries whose key begins so; returns how many. Use a list, which ends where a part ends: `["user", 1]` is not `user:10`. A
   *  text is taken letter by letter; "" is everything here. */
  invalidatePrefix(prefix: Key, o?: InvalidateOptions): number;
  /** All entries with a tag, or with any of several; returns how many. Use it for what no key tells. */
  invalidateTag(tag: string | readonly string[], o?: InvalidateOptions): number;
  /** All entries whose key fits a pattern; returns how many. `*` and `?` stop at the separator and at "/", `**` does not. Use it for
   *  what lies across prefixes: `user:*:cart`. */
  invalidateMatching(pattern: string | RegExp, o?: InvalidateOptions): number;
  /** All entries that a function picks; returns how many. It looks at every entry, also at those that only `getStale` could still give:
   *  they are "stale", go when they are picked, and count for nothing. Use it when nothing else tells them. */
  invalidateWhere(test: (e: EntryInfo<V>) => boolean, o?: InvalidateOptions): number;

  /** A cache within this one, with keys, rules and figures of its own and within the same bounds. Use one for each kind of value. The
   *  same name is the same namespace.
   *
   *  ```js
   *  const cache = createCache({ maxBytes: "64mb" });
   *  const books = cache.namespace("books", { ttl: "10m" });
   *  books.set("7", "Emma");
   *  cache.size; // → 1
   *  cache.get("7"); // → undefined
   *  ```
   */
  namespace<T = V>(name: string, options?: Policy<T> & { maxEntries?: number | undefined; maxBytes?: Bytes | undefined }): Cache<T>;
  /** A view bound to one user or tenant: it sees and touches nothing else. Use it on servers, once for each request.
   *
   *  ```js
   *  const cache = createCache();
   *  cache.partition("ada").set("cart", ["Emma"]);
   *  cache.partition("bob").get("cart"); // → undefined
   *  await cache.drop("ada"); // → 1
   *  ```
   */
  partition(name: string): Cache<V>;
  /** Takes out all that is held for a user, or for a credential; takes effect at once. Use it on log-out. A view drops nobody but its own. */
  drop(who: string | { credential: string } | { credentials: "all" }): Promise<number>;
  /** The counters. Use them to see how well the cache does, and why not better. */
  stats(): Stats;
  /** Sets the counters to 0. Use it in tests; elsewhere counters that jump back break rates. */
  resetStats(): void;
  /** The counters as OpenMetrics text, one series for each namespace. Use it as the answer to `/metrics`. */
  metrics(o?: { prefix?: string | undefined; label?: string | undefined }): string;
  /** Listens to events of one kind, or to all ("*"); returns what ends it. Use it for logs and for metrics of your own. Listeners are
   *  called after the change and before the method returns; what they cause themselves is told to no listener.
   *
   *  ```js
   *  const cache = createCache();
   *  const stop = cache.on("remove", ({ key, cause }) => console.log(`${key} went: ${cause}`));
   *  stop();
   *  ```
   */
  on<E extends keyof CacheEvents>(event: E, fn: (e: CacheEvents[E]) => void): () => void;
  on(event: "*", fn: (e: AnyCacheEvent) => void): () => void;
  /** Calls back whenever what `get` answers for a key may have changed; returns what ends it. Use it to keep a page up to date. */
  subscribe(key: Key, fn: () => void): () => void;
  /** The keys that are held, fresh or stale, all or those with a prefix. Use it to look into a cache. */
  keys(prefix?: Key): IterableIterator<string>;
  /** The entries that are held, fresh or stale, all or those with a prefix. Use it to look into a cache. */
  entries(prefix?: Key): IterableIterator<EntryInfo<V>>;
  /** How many entries are held. Use it for gauges. */
  readonly size: number;
  /** How many bytes are held. Use it for gauges. */
  readonly bytes: number;
  /** What runs underneath. Use it in bug reports. */
  readonly engine: "wasm" | "js";
  /** The entries as bytes, all or those with a prefix. Use it to start warm: keep the bytes, and `restore` them later, here or in Rust.
   *  JSON-like values, dates, Maps, Sets, bigints and buffers can be kept; others are left out, and an `error` event says so.
   *
   *  ```js
   *  const before = createCache({ ttl: "1h" });
   *  before.set("books:7", { title: "Emma", read: new Date(0) });
   *  const after = createCache();
   *  after.restore(before.snapshot()); // → 1
   *  after.get("books:7"); // → { title: "Emma", read: new Date(0) }
   *  ```
   */
  snapshot(o?: { prefix?: Key | undefined }): Uint8Array;
  /**
   * Takes a snapshot in; returns how many entries. Use it at the start. Each entry keeps its own deadline, replaces none newer and evicts none; if
   * there is not room for all the newest come back. A namespace and a view take in what is theirs.
   */
  restore(bytes: Uint8Array): number;
  /** Lets everything go: entries, listeners, timers. Use it when the cache is done with; `using cache = createCache()` does it by
   *  itself. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * What can happen in a cache, by name. Use it to type listeners.
 *
 * ```ts
 * const cache = createCache();
 * const log = (event: CacheEvents["invalidate"]) => console.log(`${event.count} by ${event.by} ${event.what}`);
 * cache.on("invalidate", log);
 * ```
 */
export interface CacheEvents {
  /** A request was answered from the cache. */
  hit: { key: string; stale: boolean };
  /** A request was answered otherwise. */
  miss: { key: string; reason: MissReason };
  /** A value was stored. */
  set: { key: string; bytes: number };
  /** A value was offered and not stored. */
  reject: { key: string; reason: RejectReason };
  /** An entry went. */
  remove: { key: string; cause: RemovalCause };
  /** Something was invalidated, whether or not it was held; by `delete` as by "key", by `clear` as by the "prefix" "". */
  invalidate: { by: "key" | "prefix" | "tag" | "match" | "where" | "http" | "partition"; what: string; count: number };
  /** A load behind somebody's back ended. */
  refresh: { key: string; ok: boolean; ms: number };
  /** Something failed that failed no caller; `phase` says while doing what. */
  error: { error: unknown; phase: string };
}

/**
 * Any event, with its name as `type`. Use it for listeners to "*".
 *
 * ```ts
 * const cache = createCache();
 * cache.on("*", (event: AnyCacheEvent) => console.log(event.type, "key" in event ? event.key : ""));
 * ```
 */
export type AnyCacheEvent = { [E in keyof CacheEvents]: { type: E } & CacheEvents[E] }[keyof CacheEvents];

/**
 * Where a cache reads the time. Use it for a time of your own: a simulation's, a game's that can pause. What it gives is always believed.
 *
 * ```js
 * let played = 0;
 * const cache = createCache({ ttl: "5s", clock: { now: () => played } });
 * cache.set("shield", 3);
 * played += 5_000;
 * cache.get("shield"); // → undefined
 * ```
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since any moment, never turned back: for lifetimes, where it is there. */
  monotonic?(): number;
  /** Calls back after so many milliseconds; returns what stops it. The host's timers serve where it is missing. */
  setTimer?(run: () => void, ms: number): () => void;
}

/**
 * A clock that stands until it is moved. Use `manualClock()` to make one for a test.
 *
 * ```js
 * const clock = manualClock();
 * const cache = createCache({ ttl: "100ms", clock });
 * cache.set("a", 1);
 * await clock.advance("99ms");
 * cache.get("a"); // → 1
 * await clock.advance("1ms");
 * cache.get("a"); // → undefined
 * ```
 */
export interface ManualClock extends Clock {
  /** Moves it on, and runs what becomes due on the way, in order; promises settle in between. Use it in place of sleeping, and wait
   *  for it: time begins to move when what was begun before has come to its first pause. */
  advance(d: Duration): Promise<void>;
  monotonic(): number;
  setTimer(run: () => void, ms: number): () => void;
}

/**
 * Every error of ours: `code` is stable and tells them apart (docs/errors.md lists them), `field` names the option that is wrong. Use it
 * in `catch`. What your own functions throw reaches you untouched.
 *
 * ```js
 * try {
 *   createCache({ ttl: "5 minutes" });
 * } catch (error) {
 *   error instanceof FetchwellError; // → true
 *   error.code; // → "invalid-option"
 *   error.field; // → "ttl"
 * }
 * ```
 */
export declare class FetchwellError extends Error {
  constructor(code: string, message: string, more?: { field?: string; status?: number; cause?: unknown });
  readonly name: "FetchwellError";
  readonly code: string;
  readonly field?: string;
  readonly status?: number;
}

/**
 * Makes a cache. Use one for a whole application, and a namespace for each kind of value. It is bounded from the start: 1 000 entries,
 * 16 MB.
 *
 * ```js
 * const cache = createCache({ ttl: "5m", staleIfError: "1d" });
 * await cache.getOrSet("books:7", async () => "Emma"); // → "Emma"
 * cache.stats().loads; // → 1
 * ```
 */
export declare function createCache<V = unknown>(options?: CacheOptions<V>): Cache<V>;

/**
 * A clock for tests that stands until it is moved; `start` is the time of day it shows first, in milliseconds since 1970 (default 0). Use
 * it so that no test sleeps.
 *
 * ```js
 * const clock = manualClock(1_700_000_000_000);
 * await clock.advance("1h");
 * clock.now(); // → 1_700_003_600_000
 * ```
 */
export declare function manualClock(start?: number): ManualClock;

/**
 * A hash of a filter, a page, a sort order: 32 hexadecimal digits, the same in whatever order the members stand, and the same in Rust.
 * Use it as a part of a key. Plain objects, lists, dates and primitive values have one.
 *
 * ```js
 * hashKey({ page: 2, sort: "title" }) === hashKey({ sort: "title", page: 2 }); // → true
 * hashKey({ page: 2 }) === hashKey({ page: "2" }); // → false
 * const key = ["books", hashKey({ page: 2, sort: "title" })];
 * ```
 */
export declare function hashKey(value: unknown): string;

/**
 * Functions that build keys, each by its shape; a part such as ":id" is a parameter. Use it to spell every key of an application in one
 * place. They give lists, so that each parameter stays one part.
 *
 * ```js
 * const keys = defineKeys({ books: ["dcs", "books", "list"], book: ["dcs", "books", "id", ":id"] });
 * keys.book({ id: 7 }); // → ["dcs", "books", "id", 7]
 * const cache = createCache();
 * cache.set(keys.book({ id: 7 }), "Emma");
 * cache.get("dcs:books:id:7"); // → "Emma"
 * ```
 */
export declare function defineKeys<const S extends Record<string, readonly string[]>>(
  shapes: S,
): { readonly [K in keyof S]: (params?: Record<string, string | number>) => Key };

/**
 * What has to go, by what happened. Use one such map for mutations, webhooks and the edge alike. A part such as ":id" in a list is a
 * parameter of the event; a tag made of parts is their text.
 *
 * ```ts
 * const map: InvalidationMap = {
 *   "book.updated": [{ key: ["dcs", "books", "id", ":id"] }, { prefix: ["dcs", "books", "list"] }, { tag: ["publisher", ":publisher"] }],
 * };
 * ```
 */
export type InvalidationMap = Record<string, readonly ({ key: Key } | { prefix: Key } | { tag: Key })[]>;

/**
 * Invalidates what the map says for an event; returns how many entries went. Use it where the event arrives, before the work that it
 * causes. An event that the map does not name takes nothing; a parameter that is missing is refused before anything has gone.
 *
 * ```js
 * const cache = createCache();
 * cache.set(["books", 7], "Emma", { tags: ["shelf"] }).set(["books", "list"], ["Emma"]);
 * const map = { "book.deleted": [{ key: ["books", ":id"] }, { tag: "shelf" }, { prefix: ["books", "list"] }] };
 * invalidateOn(cache, map, "book.deleted", { id: 7 }); // → 2
 * ```
 */
export declare function invalidateOn(
  cache: Cache,
  map: InvalidationMap,
  event: string,
  params?: Record<string, string | number>,
): number;

/**
 * Statistics in words: a rating ("excellent" from 90 % hits on, "good" from 70, "fair" from 50, else "poor"), and the reasons behind it.
 * Use it in logs and health pages.
 *
 * ```js
 * const cache = createCache();
 * cache.get("books:7");
 * describe(cache.stats()).text; // → "poor: 0.0 % of 1 request answered from the cache. Misses: 1 cold."
 * ```
 */
export declare function describe(stats: Stats): {
  rating: "excellent" | "good" | "fair" | "poor" | "no requests";
  text: string;
};

/**
 * Statistics as one flat object in snake_case, with `total_requests`, `hit_rate_percent` (two decimals) and `cached_keys` beside all
 * other figures: `misses_by_cold`, `windows_1m_hit_rate` and so on. Use it for logs and for tools that expect such names.
 *
 * ```js
 * const cache = createCache();
 * cache.set("a", 1);
 * cache.getMany(["a", "a", "b"]);
 * toSnakeCase(cache.stats()).hit_rate_percent; // → 66.67
 * ```
 */
export declare function toSnakeCase(stats: Stats): Record<string, number>;

/**
 * Lifetimes from environment variables. Use it where operators set them. Variables and default numbers are in `unit` (default "ms"); an
 * empty variable is an absent one. One that is no number is refused by its name, and so is one that is absent and has no default.
 *
 * ```js
 * const env = { DCS_CACHE_LOGO_TTL: "3600" }; // process.env
 * const names = { books: "DCS_CACHE_BOOK_TTL", logos: "DCS_CACHE_LOGO_TTL" };
 * ttlFromEnv(env, names, { unit: "s", defaults: { books: 600, logos: "1d" } }); // → { books: "600s", logos: "3600s" }
 * ```
 */
export declare function ttlFromEnv<K extends string>(
  env: Record<string, string | undefined>,
  names: Record<K, string>,
  o?: { unit?: "ms" | "s" | undefined; defaults?: Partial<Record<K, Duration>> | undefined },
): Record<K, Duration>;

export {};
