// What must compile, and be of these types.

import {
  createCache, defineKeys, describe, FetchwellError, hashKey, invalidateOn, manualClock, toSnakeCase, ttlFromEnv,
} from "fetchwell";
import type {
  AnyCacheEvent, Awaitable, Bytes, Cache, CacheEvents, CacheOptions, Clock, Duration, EntryInfo, GetOrSetOptions, InvalidateOptions,
  InvalidationMap, Key, LoadContext, ManualClock, MissReason, Policy, RejectReason, RemovalCause, Stats, Storable,
} from "fetchwell";

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

interface Book {
  title: string;
  year?: number;
}

// Durations and sizes.
const durations: Duration[] = [0, 1.5, Infinity, "0ms", "500ms", "30s", "5m", "1.5h", "7d"];
const sizes: Bytes[] = [0, "64kb", "16mb", "4gb", "7b"];

// Caches, with and without a type of values.
const any: Cache = createCache();
const books = createCache<Book>({ ttl: (book) => (book.year ? "1h" : "5m"), tags: ({ title }, key) => [title, key] });
same<typeof books, Cache<Book>>(true);
const got = books.get("a");
same<typeof got, Book | undefined>(true);
const title: string | undefined = books.get(["books", 7])?.title;
const typed: number | undefined = any.get<number>("n");
const options: CacheOptions<Book> = {
  name: "api", maxEntries: 10, maxBytes: "64mb", maxEntryBytes: "1mb", separator: "/", prefixIndex: "eager", partition: () => "ada",
  clock: manualClock(), waitUntil: (work) => void work, enabled: true,
  ttl: "5m", tti: "1m", jitter: 0.1, swr: 1_000, staleIfError: { for: "1d", on: ["network", "timeout", 503] }, softTimeout: "50ms", timeout: "2s",
  refreshAhead: { beta: 1.5 }, negativeTtl: { 404: "30s" }, retry: { limit: 2, backoff: "100ms", respectRetryAfter: false }, tags: ["a"], weight: 5,
};
createCache(options);
createCache({ staleIfError: 0, refreshAhead: true, negativeTtl: "1s", retry: 3, weight: (value: string) => value.length });
// Left out is undefined, even where the two are told apart.
createCache({ ttl: undefined, maxBytes: undefined, retry: { limit: 1, backoff: undefined } });

// What is stored.
any.set("a", 1).set("b", null).set("c", "").set("d", false).set(["e", 1], new Map());
books.set("a", { title: "Emma" }, { ttl: "1h", weight: (book) => book.title.length });
any.setMany([["a", 1], [["b", 2], 2]]).setMany(new Map([["c", 3]]), { ttl: 5 });
const storable: Storable[] = [null, 0, "", false, {}];

// Loads: the type of the value is that of what the loader gives, whether or not it looks at its context.
const one = any.getOrSet("a", () => 1);
const two = any.getOrSet("a", async () => 1);
const three = any.getOrSet("a", async (ctx) => {
  ctx.ttl("5m");
  ctx.tags("a", "b");
  if (ctx.background) ctx.skip();
  same<typeof ctx.stale, unknown>(true);
  return ctx.key.length;
});
for (const loaded of [one, two, three]) same<typeof loaded, Promise<number>>(true);
const four = any.getOrSet<Book>("a", ({ stale }) => stale ?? { title: "Emma" }, { ttl: (book) => (book.year ? 1 : 2), force: true });
const five = books.getOrSet("a", async ({ stale }) => ({ title: stale?.title ?? "Emma" }));
same<typeof four, Promise<Book>>(true);
const book: Promise<Book> = five;
const load: (ctx: LoadContext<Book>) => Awaitable<Book> = () => ({ title: "Emma" });
const loaded: Promise<Book> = books.getOrSet("a", load, { swr: "1m" } satisfies GetOrSetOptions<Book>);

// Looking.
const entry: EntryInfo<Book> | undefined = books.entry("a");
for (const [key, value] of books.getMany(["a", ["b", 1]])) same<[typeof key, typeof value], [string, Book]>(true);
for (const key of books.keys(["a"])) same<typeof key, string>(true);
for (const { value } of books.entries()) same<typeof value, Book>(true);

// Invalidating.
const gone: boolean = books.invalidate("a", { soft: true });
const soft: InvalidateOptions = { soft: true, dryRun: false };
const count: number =
  books.invalidatePrefix(["books", 7]) + books.invalidateTag(["a", "b"], soft) + books.invalidateMatching(/a/) + books.invalidateWhere(({ value }) => value.title === "Emma");
const dropped: Promise<number> = books.drop({ credential: "Bearer 1" });

// Scopes.
const numbers = any.namespace<number>("numbers", { ttl: "1m", maxEntries: 5, maxBytes: "1kb", tags: (value) => [String(value.toFixed())] });
same<typeof numbers, Cache<number>>(true);
same<ReturnType<typeof books.partition>, Cache<Book>>(true);
const whole: Cache = books; // a cache of something is a cache

// Events.
const stop: () => void = books.on("miss", ({ key, reason }) => same<[typeof key, typeof reason], [string, MissReason]>(true));
books.on("*", (event) => {
  same<typeof event, AnyCacheEvent>(true);
  if (event.type === "remove") same<typeof event.cause, RemovalCause>(true);
  if (event.type === "reject") same<typeof event.reason, RejectReason>(true);
});
const listener = (event: CacheEvents["hit"]): boolean => event.stale;
books.on("hit", listener);
books.subscribe(["a", 1], stop);

// Time.
const clock: ManualClock = manualClock(5);
const moved: Promise<void> = clock.advance("1h");
const mine: Clock = { now: () => 5 };

// Figures.
const stats: Stats = books.stats();
const { rating, text } = describe(stats);
same<typeof rating, "excellent" | "good" | "fair" | "poor" | "no requests">(true);
const figures: Record<string, number> = toSnakeCase(stats);
const rate: number = stats.windows["5m"].hitRate + stats.missesBy.cold + stats.whatIf.hitRateAtDoubleSize;

// Helpers.
const keys = defineKeys({ book: ["books", ":id"], list: ["books"] });
const key: Key = keys.book({ id: 7 });
keys.list();
const map: InvalidationMap = { "book.updated": [{ key }, { prefix: ["books"] }, { tag: ["publisher", ":id"] }] };
const went: number = invalidateOn(books, map, "book.updated", { id: 7 });
const ttls = ttlFromEnv({ A: "5" }, { books: "A", films: "B" }, { unit: "s", defaults: { films: "1h" } });
same<typeof ttls, Record<"books" | "films", Duration>>(true);
const hash: string = hashKey({ page: 1 });

// Errors.
const error: unknown = new FetchwellError("timeout", "too slow", { status: 504, cause: 5 });
if (error instanceof FetchwellError) same<[typeof error.code, typeof error.name], [string, "FetchwellError"]>(true);

// The end of it.
books.clear({ resetStats: true });
{
  using short = createCache();
  void short;
}
const policy: Policy<Book> = { ttl: "1m" };

export {
  book, clock, count, dropped, durations, entry, figures, gone, hash, loaded, mine, moved, policy, rate, sizes, storable, text, title, typed, went, whole,
};
