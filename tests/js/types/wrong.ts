// What must not compile, each for the reason given.

import { createCache, defineKeys, FetchwellError, invalidateOn, manualClock, ttlFromEnv } from "fetchwell";
import type { Bytes, Duration, Key, Policy, Storable } from "fetchwell";

const cache = createCache();
const books = createCache<{ title: string }>();

// Durations and sizes.
// @ts-expect-error words are no units
const words: Duration = "5 minutes";
// @ts-expect-error no such unit
const unit: Duration = "5min";
// @ts-expect-error no unit
const bare: Duration = "5";
// @ts-expect-error units are lower case
const upper: Bytes = "16MB";
// @ts-expect-error a duration is no size
const duration: Bytes = "5m";
// @ts-expect-error no bigint
const big: Duration = 5n;

// Options.
// @ts-expect-error an unknown option
createCache({ tttl: "5m" });
// @ts-expect-error a wrong duration
createCache({ ttl: "5 minutes" });
// @ts-expect-error a wrong duration from a function
createCache({ ttl: () => "soon" });
// @ts-expect-error null is no duration
createCache({ ttl: null });
// @ts-expect-error a name is a text
createCache({ name: 5 });
// @ts-expect-error one of two words
createCache({ prefixIndex: "early" });
// @ts-expect-error the limit is missing
createCache({ retry: { backoff: "1s" } });
// @ts-expect-error the length is missing
createCache({ staleIfError: { on: ["network"] } });
// @ts-expect-error no such failure
createCache({ staleIfError: { for: "1d", on: ["netwerk"] } });
// @ts-expect-error off or eager, but no number
createCache({ refreshAhead: 1 });
// @ts-expect-error tags are a list
createCache({ tags: "books" });
// @ts-expect-error a clock has now()
createCache({ clock: {} });
// @ts-expect-error bounds belong to caches and namespaces, not to one call
cache.set("a", 1, { maxEntries: 5 });
// @ts-expect-error a namespace has no clock of its own
cache.namespace("books", { clock: manualClock() });
// @ts-expect-error a signal belongs to one call
const policy: Policy = { signal: undefined };

// Values.
// @ts-expect-error undefined is "not there"
cache.set("a", undefined);
// @ts-expect-error perhaps undefined
cache.set("a", books.get("a"));
// @ts-expect-error void is nothing to store
cache.set("a", console_log());
// @ts-expect-error undefined among many
cache.setMany([["a", undefined]]);
// @ts-expect-error undefined
const nothing: Storable = undefined;
// @ts-expect-error a value is missing
cache.set("a");

// Keys.
// @ts-expect-error a number alone is no key
cache.get(7);
// @ts-expect-error a part is a text or a number
cache.get(["a", true]);
// @ts-expect-error a part is there
cache.get(["a", undefined]);
// @ts-expect-error a part is no list
const nested: Key = ["a", ["b"]];
// @ts-expect-error null is no key
cache.has(null);
// @ts-expect-error no key at all
cache.delete();

// What comes back may be missing.
// @ts-expect-error perhaps undefined
const title: string = books.get("a").title;
// @ts-expect-error a promise
const loaded: number = cache.getOrSet("a", () => 1);
// @ts-expect-error a loader is a function
void cache.getOrSet("a", 1);
// @ts-expect-error it gives something else
void cache.getOrSet<number>("a", () => "1");
// @ts-expect-error a wrong duration
void cache.getOrSet("a", (ctx) => ctx.ttl("soon"));
// @ts-expect-error an unknown option
void cache.getOrSet("a", () => 1, { froce: true });

// Invalidating.
// @ts-expect-error an unknown option
cache.invalidate("a", { dryrun: true });
// @ts-expect-error tags are texts
cache.invalidateTag([7]);
// @ts-expect-error a function is for invalidateWhere
cache.invalidateMatching(() => true);
// @ts-expect-error whom?
void cache.drop();
// @ts-expect-error all of them, or one of them
void cache.drop({ credentials: "some" });

// Events and figures.
// @ts-expect-error no such event
cache.on("hits", () => {});
// @ts-expect-error a hit has no reason
cache.on("hit", ({ reason }) => reason);
// @ts-expect-error figures are read, not set
cache.size = 5;
// @ts-expect-error no such reason
cache.stats().missesBy.forgotten;

// Helpers.
// @ts-expect-error a shape is a list
defineKeys({ book: "books:id" });
// @ts-expect-error no such key
defineKeys({ book: ["books"] }).books();
// @ts-expect-error a parameter is a text or a number
defineKeys({ book: ["books", ":id"] }).book({ id: true });
// @ts-expect-error no such step
invalidateOn(cache, { e: [{ keys: "a" }] }, "e");
// @ts-expect-error no such unit
ttlFromEnv({}, { a: "A" }, { unit: "m" });
// @ts-expect-error a default for what is not asked
ttlFromEnv({}, { a: "A" }, { defaults: { b: 5 } });
// @ts-expect-error the clock's start is a number
manualClock("now");
// @ts-expect-error a code and a text
new FetchwellError("timeout");
// @ts-expect-error what is known of an error does not change
new FetchwellError("timeout", "too slow").code = "other";

declare function console_log(): void;

export { bare, big, duration, loaded, nested, nothing, policy, title, unit, upper, words };
