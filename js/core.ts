// One engine of one cache, behind a gate: what goes in is laid where the engine finds it, what comes out are numbers, and a trap is an
// answer like "nothing there". Values stay here; the engine holds them by number.

import { Aside, UNTOLD } from "./aside.js";
import { NEAR, type Ticker } from "./clock.js";
import type { Offer } from "./offer.js";
import { Values } from "./values.js";
import { Unavailable, abandonInstance, allEnd, answer, bytesAt, enter, era, isOf, keyEnd, layAll, layKey, leave, lives, raw, settled, textOf, textsOf, wordsAt } from "./wasm.js";

import { type Bounds, type Decoded, type Facts, type Gone, HOW, LOAD, LOST, type Meant, REMOVAL_CAUSES, STATISTICS, STORED, type Ticket } from "./words.js";

export { provide } from "./wasm.js";

/** The engine holds no key of so many characters; it need not see more of one to find that out. */
const LONGEST = (64 << 10) + 1;
/** More characters of tags than any cache holds. */
const tooLong = (tags: readonly string[]): boolean => tags.reduce((sum, tag) => sum + tag.length, 0) > 1 << 26;
const short = (key: string): string => (key.length > LONGEST ? key.slice(0, LONGEST) : key);

const NOBODY = 0xffff_ffff;
/** The handles of the first few that went are numbers of the answer itself. */
const NAMED = 8;
const FIRST_NAMED = 40;
const NO_ROOM = new Uint32Array(0);
const NO_TAGS: readonly string[] = [];

/**
 * 128 bits that nobody can guess, as two numbers. In Node `crypto` takes longer to be there than all else at the start, so there they come from
 * `Math.random` and the clock: whoever knew them could have his keys refused, no more. Where there is no randomness yet, in a
 * Worker's global scope, they are the same each time.
 */
function seed(): Float64Array {
  const bits = new Uint32Array(4);
  try {
    const { process } = globalThis as { process?: { versions?: { node?: string } } };
    if (process?.versions?.node) bits.forEach((_, at) => (bits[at] = (Math.random() * 2 ** 32) ^ (performance.now() * 1e6)));
    else globalThis.crypto.getRandomValues(bits);
  } catch {
    bits.fill(0x5eed);
  }
  return new Float64Array(bits.buffer);
}

// Frees the engine of a cache that nobody holds any more. Some hosts have no such registry; their isolates do not live long.
interface Left {
  engine: number;
  era: number;
}
const left =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<Left>((engine) => {
        if (engine.era === era) guarded(() => raw.close(engine.engine));
      })
    : undefined;

function guarded(run: () => void): void {
  try {
    run();
  } catch {
    abandonInstance();
  }
}

export class Core<V = unknown> {
  /** What left the cache and was not told of yet; kept only if somebody wants to know. */
  readonly gone: Gone[] = [];
  /** Does anybody want to know what leaves? */
  watched = false;
  /** Was what `get` was asked for last, stale or not, past its lifetime? */
  wasStale = false;
  /** How often the instance was lost, and why, as far as nobody was told yet. */
  traps = 0;
  readonly faults: unknown[] = [];

  readonly maxEntries: number;
  readonly #bounds: Bounds;
  readonly #separator: string;
  readonly #eager: boolean;
  readonly #spaces: { name: string; bounds: Bounds | undefined }[] = [];
  readonly #ticket: Left = { engine: NOBODY, era: 0 };
  #engine = NOBODY;
  /** The instance that the engine lives in. */
  #era = 0;
  readonly #values = new Values<V>();
  readonly #aside: Aside<V>;
  /** When somebody was answered from aside for the last time. */
  #asideAt = 0;
  /** How often the clock had fallen when it was last looked at. */
  #falls = 0;
  /** Does the engine keep the keys of what leaves it? */
  #named = false;
  #told = false;
  #closed = false;

  constructor(bounds: Bounds, separator = ":", eager = false) {
    this.maxEntries = bounds.maxEntries;
    this.#bounds = bounds;
    this.#separator = separator;
    this.#eager = eager;
    this.#aside = new Aside(bounds.maxEntries, bounds.maxBytes);
    left?.register(this, this.#ticket, this);
  }

  // The gate.

  /** Sees that there is an engine in the present instance. Only what is allocated here is done before the first use. */
  #ready(): void {
    // A trap of another cache's call took this one's engine with it.
    if (this.#era > 0) this.#emptied(new Error("the wasm instance trapped in a call of another cache"));
    const [high, low] = seed();
    const { maxEntries, maxBytes, maxEntryBytes } = this.#bounds;
    layKey(this.#separator);
    this.#engine = raw.open(maxEntries, maxBytes, maxEntryBytes, keyEnd, Number(this.#eager), high!, low!) >>> 0;
    [this.#era, this.#named] = [era, false];
    [this.#ticket.engine, this.#ticket.era] = [this.#engine, era];
    // In their order, so that each has its number again.
    this.#spaces.forEach(({ name, bounds }, place) => this.#namespace(place + 1, name, bounds));
  }

  /** All values are gone with the engine. */
  #emptied(error: unknown): void {
    this.#forget();
    this.traps++;
    this.faults.push(error);
  }

  #forget(): void {
    this.#era = 0;
    this.#values.forget();
    this.#aside.clear();
    this.#aside.tell(NO_ROOM);
    this.gone.length = 0;
  }

  /** A call begins: the engine is there, and knows all that was answered without it (before `now`, where order matters no more than that). */
  #begin(now?: number): void {
    enter();
    if (!isOf(this.#era)) this.#ready();
    if (this.#aside.untold > 0 && now !== this.#asideAt) this.#tellUntold();
    if (this.watched !== this.#named) raw.name(this.#engine, (this.#named = this.watched) ? 1 : 0);
  }

  /** Lets the engine do something; a trap on the way gives `otherwise`. */
  #do<R>(act: () => R, otherwise: R): R {
    if (this.#closed) return otherwise;
    let result: R;
    try {
      this.#begin();
      result = act();
      leave();
    } catch (error) {
      this.#failed(error);
      return otherwise;
    }
    if (answer(0) !== 0) this.#letGo();
    return result;
  }

  /** Tells the engine of the hits that it has not seen. */
  #tellUntold(): void {
    const { space, count, hits, bytes } = this.#aside.tell(wordsAt(raw.asked(), UNTOLD));
    raw.tellAsked(this.#engine, space, count, hits, bytes, this.#asideAt);
  }

  /** Lets go of the values that left the engine. */
  #letGo(): void {
    try {
      const count = answer(0);
      for (let at = 0; at < count; at++) {
        const handle = at < NAMED ? answer(FIRST_NAMED + at) : raw.gone(this.#engine, at) >>> 0;
        this.#values.release(handle);
        this.#aside.drop(handle);
        if (!this.watched) continue;
        const key = textOf(raw.goneKey(this.#engine, at));
        this.gone.push({ space: answer(1), key, cause: REMOVAL_CAUSES[answer(2)]! });
      }
      // The engine forgets a few by itself when more go.
      if (count > NAMED) raw.goneAll(this.#engine);
      settled();
      this.#values.trim();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Anything that comes out of the engine as an exception has left it in the middle of its work. */
  #failed(error: unknown): void {
    if (error instanceof Unavailable) {
      leave();
      // Without an engine nothing is held, and nothing more can be lost. It is said once.
      if (!this.#told) this.faults.push(error);
      this.#told = true;
      return;
    }
    abandonInstance();
    this.#emptied(error);
  }

  #lay(key: string, who: string | undefined): void {
    if (who === undefined) layKey(short(key));
    else layAll(short(key), who, NO_TAGS);
  }

  /** No engine any more: from now on nothing is there. */
  close(): void {
    this.#closed = true;
    const [engine, time] = [this.#engine, this.#era];
    if (time === era && time > 0) guarded(() => raw.close(engine));
    this.#ticket.era = 0;
    this.#forget();
  }

  value(handle: number): V | undefined {
    return this.#values.at(handle);
  }

  // What can be done. Numbers of what is there are handles; -1 is nothing.

  /** A new namespace. Its number is the next one, whatever becomes of this engine: each new one makes them all again, in their order. */
  namespace(name: string, bounds: Bounds | undefined): number {
    const number = this.#spaces.push({ name, bounds });
    this.#do(() => this.#namespace(number, name, bounds), undefined);
    return number;
  }

  #namespace(number: number, name: string, bounds: Bounds | undefined): void {
    layKey(name);
    raw.namespace(this.#engine, number, keyEnd, bounds?.maxEntries ?? 0, bounds?.maxBytes ?? 0, bounds?.maxEntryBytes ?? 0);
  }

  /** What was found lately under a key and is still fresh; counted as a hit. Undefined says nothing: ask `get`. */
  recall(space: number, key: string, ticker: Ticker): V | undefined {
    const aside = this.#aside;
    const line = aside.find(space, key);
    if (line < 0 || !lives(this.#era)) return undefined;
    const { changes } = aside;
    const until = aside.until(line);
    let now = ticker.lately();
    if (until - now < NEAR) now = ticker.now();
    if (ticker.falls !== this.#falls) {
      // The engine's line of time does not fall with the clock: what was noted by older readings means nothing now.
      this.#falls = ticker.falls;
      aside.clear();
      return undefined;
    }
    if (now >= until) return undefined;
    if (now !== this.#asideAt ? aside.untold > 0 : !aside.mayGive(space)) this.#do(() => undefined, undefined);
    // A clock of the user's may have done anything, and by telling lines may have changed places.
    if (aside.changes !== changes) return undefined;
    this.#asideAt = now;
    return aside.give(line, space);
  }

  /** A handle, or -1 less the number of the reason. */
  get(space: number, key: string, who: string | undefined, stale: boolean, now: number): number {
    // As `#do`, without a function: this is where most calls come by.
    if (this.#closed) return -1;
    let handle: number;
    try {
      // Which of two hits of one moment is told first makes no difference.
      this.#begin(now);
      this.#lay(key, who);
      handle = raw.get(this.#engine, space, keyEnd, allEnd, stale ? 1 : 0, now);
      leave();
    } catch (error) {
      this.#failed(error);
      return -1;
    }
    if (stale) this.wasStale = answer(1) === 1;
    if (handle < 0 || stale || who !== undefined) {
      if (answer(0) !== 0) this.#letGo();
      return handle;
    }
    const [entry, until, weight] = [answer(2), answer(3), answer(4)];
    if (answer(0) !== 0) this.#letGo();
    const value = this.#values.at(handle);
    if (until > now && value !== undefined) this.#aside.offer(space, key, value, weight, handle, entry, until);
    return handle;
  }

  peek(space: number, key: string, who: string | undefined, now: number): number {
    return this.#do(() => {
      this.#lay(key, who);
      return raw.peek(this.#engine, space, keyEnd, allEnd, now);
    }, -1);
  }

  /**
   * The next step of somebody who wants a value; whether what was found is stale, its handle (or -1), its weight, and if nothing is
   * served, why.
   */
  look(
    space: number,
    key: string,
    who: string | undefined,
    how: { force: boolean; resting: boolean; eager: number },
    now: number,
  ): { step: number; stale: boolean; handle: number; weight: number; why: number } {
    return this.#do(
      () => {
        this.#lay(key, who);
        const step = raw.look(this.#engine, space, keyEnd, allEnd, Number(how.force), Number(how.resting), how.eager, now);
        return { step: step & 3, stale: step > 3, handle: answer(1), weight: answer(2), why: answer(3) };
      },
      { step: LOAD, stale: false, handle: -1, weight: 0, why: 0 },
    );
  }

  entry(space: number, key: string, who: string | undefined, now: number): Facts | undefined {
    return this.#do(() => {
      this.#lay(key, who);
      return facts(raw.entry(this.#engine, space, keyEnd, allEnd, now));
    }, undefined);
  }

  /** For misses, `detail` is why, as `look` told it; the number of the reason is its last three bits. */
  count(space: number, what: number, detail: number, now: number): void {
    this.#do(() => raw.count(this.#engine, space, what, detail, now), undefined);
  }

  set(space: number, key: string, who: string | undefined, value: V, offer: Offer, now: number): number {
    const { terms, tags } = offer;
    // No cache holds so much, whatever the value weighs: it is refused, and takes the older one with it.
    const heavy = tags.length > 0 && tooLong(tags);
    // As `#do`, without a function: here come most changes by.
    if (this.#closed) return LOST;
    let verdict: number;
    try {
      this.#begin();
      if (tags.length && !heavy) layAll(short(key), who, tags);
      else this.#lay(key, who);
      const { ttl, tti, swr, staleIfError, jitter } = terms;
      const weight = heavy ? Number.MAX_VALUE : offer.weight;
      const handle = this.#values.hold(value);
      verdict = raw.set(this.#engine, space, keyEnd, allEnd, handle, weight, ttl, tti, swr, staleIfError, jitter, now);
      if (verdict !== STORED) this.#values.release(handle);
      leave();
    } catch (error) {
      this.#failed(error);
      return LOST;
    }
    if (answer(0) !== 0) this.#letGo();
    return verdict;
  }

  /** A `ttl` of NaN is the one it was stored with. */
  touch(space: number, key: string, who: string | undefined, ttl: number, now: number): boolean {
    if (who === undefined) this.#aside.forget(space, key);
    return this.#do(() => {
      this.#lay(key, who);
      return raw.touch(this.#engine, space, keyEnd, allEnd, ttl, now) === 1;
    }, false);
  }

  remove(space: number, key: string, who: string | undefined, now: number): boolean {
    return this.#do(() => {
      this.#lay(key, who);
      return raw.remove(this.#engine, space, keyEnd, allEnd, now) === 1;
    }, false);
  }

  /** Takes out what is dead, so many at most: how many it were, and when it is worth while to do so again, at the earliest. */
  prune(budget: number, now: number): { pruned: number; next: number } {
    return this.#do(() => ({ pruned: raw.prune(this.#engine, budget, now), next: answer(1) }), { pruned: 0, next: Infinity });
  }

  // Loads. One that began in an instance which is gone is nobody's: it may not be joined, and what it brings is not stored.

  begin(space: number, key: string, who: string | undefined): Ticket {
    return this.#do(
      () => {
        this.#lay(key, who);
        return { load: raw.begin(this.#engine, space, keyEnd, allEnd) >>> 0, era: this.#era };
      },
      { load: NOBODY, era: 0 },
    );
  }

  mayJoin(ticket: Ticket): boolean {
    return this.#do(() => this.#owns(ticket) && raw.mayJoin(this.#engine, ticket.load) === 1, false);
  }

  #owns(ticket: Ticket): boolean {
    return ticket.era === this.#era && ticket.load !== NOBODY;
  }

  complete(
    ticket: Ticket,
    value: V,
    loadMs: number,
    { terms, weight, tags }: Offer,
    now: number,
  ): number {
    return this.#do(() => {
      if (!this.#owns(ticket)) return LOST;
      layAll("", undefined, tags);
      const { ttl, tti, swr, staleIfError, jitter } = terms;
      const handle = this.#values.hold(value);
      const verdict = raw.complete(this.#engine, ticket.load, allEnd, handle, loadMs, weight, ttl, tti, swr, staleIfError, jitter, now);
      if (verdict !== STORED) this.#values.release(handle);
      return verdict;
    }, LOST);
  }

  abandon(ticket: Ticket): void {
    this.#do(() => this.#owns(ticket) && raw.abandon(this.#engine, ticket.load), false);
  }

  // Invalidation.

  invalidate(
    by: number,
    reach: number,
    space: number,
    text: string,
    who: string | undefined,
    tags: readonly string[],
    how: number,
    now: number,
  ): number {
    // What is soft takes nothing out, and changes answers all the same.
    if (how === HOW.soft) this.#aside.clear();
    return this.#do(() => {
      layAll(text, who, tags);
      return raw.invalidate(this.#engine, by, reach, space, keyEnd, allEnd, how, now) >>> 0;
    }, 0);
  }

  fence(by: number, reach: number, space: number, text: string, who: string | undefined): void {
    this.#do(() => {
      layAll(text, who, NO_TAGS);
      raw.fence(this.#engine, by, reach, space, keyEnd, allEnd);
    }, undefined);
  }

  /** Takes out everything that belongs to credentials. */
  dropCredentials(now: number): number {
    return this.#do(() => {
      layAll("", undefined, NO_TAGS);
      return raw.dropPartition(this.#engine, allEnd, now) >>> 0;
    }, 0);
  }

  // Listings.

  /**
   * Shows `look` the entries that are meant, each by its number and the handle of its value: at a moment those that could be given to a
   * reader, without one all that are kept, past their lifetime or not. `look` may do what it likes, and what goes meanwhile is not there any more.
   */
  each(
    { by, reach, space, text, who }: Meant,
    at: number | undefined,
    look: (number: number, handle: number) => void,
  ): void {
    this.#values.walk(() => {
      const pairs = this.#do(() => {
        layAll(text, who, NO_TAGS);
        const list = raw.list(this.#engine, by, reach, space, keyEnd, allEnd, Number(at === undefined), at ?? 0);
        return wordsAt(list, 2 * Math.max(answer(1), 0)).slice();
      }, new Uint32Array(0));
      for (let place = 0; place < pairs.length; place += 2) look(pairs[place]!, pairs[place + 1]!);
    });
  }

  /** Invalidates those of them that a function picks out, and tells how many a reader could still have been given. */
  endEach(meant: Meant, how: number, now: number, picks: (number: number, handle: number) => unknown): number {
    return this.#values.walk(() => {
      const pairs: number[] = [];
      this.each(meant, undefined, (number, handle) => {
        if (picks(number, handle)) pairs.push(number, handle);
      });
      return this.#do(() => {
        const room = raw.listRoom(this.#engine, pairs.length / 2);
        if (!room) return 0;
        wordsAt(room, pairs.length).set(pairs);
        if (how === HOW.soft) this.#aside.clear();
        return raw.endListed(this.#engine, how, now) >>> 0;
      }, 0);
    });
  }

  /** The key of one of them, if it holds that value still. */
  keyAt(number: number, handle: number): string | undefined {
    return this.#do(() => {
      const length = raw.keyAt(this.#engine, number, handle);
      return length < 0 ? undefined : textOf(length);
    }, undefined);
  }

  /** What is known of one of them, if it holds that value still. */
  info(number: number, handle: number, now: number): Facts | undefined {
    return this.#do(() => facts(raw.info(this.#engine, number, handle, now)), undefined);
  }

  // Sizes and statistics.

  size(reach: number, space: number, who: string | undefined): [entries: number, bytes: number] {
    return this.#do(
      () => {
        layAll("", who, NO_TAGS);
        raw.size(this.#engine, reach, space, allEnd);
        return [answer(1), answer(2)];
      },
      [0, 0],
    );
  }

  /** The numbers of `stats.ts`, of a namespace or of the whole (-1). */
  stats(space: number, now: number): number[] {
    return this.#do(() => {
      raw.stats(this.#engine, space, now);
      return Array.from({ length: STATISTICS }, (_, at) => answer(1 + at));
    }, new Array<number>(STATISTICS).fill(0));
  }

  resetStats(space: number): void {
    this.#do(() => raw.resetStats(this.#engine, space), undefined);
  }

  // Snapshots.

  /** Writes what is meant. `encode` gives the bytes of a value; what has none is left out. */
  snapshot(
    meant: Meant,
    encode: (value: V | undefined) => Uint8Array | undefined,
    now: number,
    wall: number,
  ): { bytes: Uint8Array; entries: number; leftOut: number } | undefined {
    return this.#values.walk(() => {
      const encoded: { handle: number; bytes: Uint8Array }[] = [];
      this.each(meant, undefined, (_, handle) => {
        const bytes = encode(this.value(handle));
        if (bytes) encoded.push({ handle, bytes });
      });
      // The engine looks them up by handle: where the bytes of each begin, and where they end.
      encoded.sort((one, other) => one.handle - other.handle);
      let length = 0;
      const places = encoded.flatMap(({ handle, bytes }) => [handle, length, (length += bytes.length)]);
      return this.#do(() => {
        const staged = raw.stage(this.#engine, length);
        const listed = raw.listRoom(this.#engine, Math.ceil(places.length / 2));
        if (!staged || !listed) return undefined;
        const room = bytesAt(staged, length);
        encoded.forEach(({ bytes }, at) => room.set(bytes, places[3 * at + 1]!));
        wordsAt(listed, places.length).set(places);
        const { by, reach, space, text, who } = meant;
        layAll(text, who, NO_TAGS);
        const at = raw.snapshot(this.#engine, by, reach, space, keyEnd, allEnd, now, wall);
        const [written, entries, leftOut] = [answer(1), answer(2), answer(3)];
        const bytes = written < 0 ? undefined : bytesAt(at, written).slice();
        raw.unstage(this.#engine);
        return bytes && { bytes, entries, leftOut };
      }, undefined);
    });
  }

  /** Reads a snapshot: the bytes of its values, as far as they are in reach, or why it is none. */
  decode(bytes: Uint8Array, reach: number, space: number, who: string | undefined): Decoded {
    return this.#do<Decoded>(() => {
      const staged = raw.stage(this.#engine, bytes.length);
      if (!staged) return "no memory";
      bytesAt(staged, bytes.length).set(bytes);
      layAll("", who, NO_TAGS);
      const at = raw.decode(this.#engine, reach, space, allEnd);
      const count = answer(1);
      if (count < 0) {
        const version = answer(2);
        raw.unstage(this.#engine);
        return count === -1 ? "damaged" : count === -2 ? { version } : "no memory";
      }
      const places = wordsAt(at, 2 * count);
      return Array.from({ length: count }, (_, index) => {
        const from = places[2 * index]!;
        return from === NOBODY ? undefined : bytes.slice(from, from + places[2 * index + 1]!);
      });
    }, "no memory");
  }

  /** The namespaces that a snapshot brought and nobody asked for yet, by their names; from now on they have numbers. */
  implied(): { number: number; name: string }[] {
    const names = this.#do(() => textsOf(raw.spaceNames(this.#engine)), []);
    return names.slice(this.#spaces.length).map((name) => ({ number: this.#spaces.push({ name, bounds: undefined }), name }));
  }

  /** One of them is asked for, and has bounds from now on. */
  adopt(number: number, bounds: Bounds | undefined): void {
    const space = this.#spaces[number - 1]!;
    space.bounds = bounds;
    this.#do(() => this.#namespace(number, space.name, bounds), undefined);
  }

  /** Puts back what was read, with a value for each entry; undefined leaves one out. Tells how many are held again. */
  restore(values: readonly ({ value: V } | undefined)[], now: number, wall: number): number {
    return this.#values.walk(() => {
      const handles = values.map((read) => (read ? this.#values.hold(read.value) : NOBODY));
      const { restored, held } = this.#do(
        () => {
          const room = raw.listRoom(this.#engine, Math.ceil(handles.length / 2));
          if (!room) return { restored: 0, held: undefined };
          wordsAt(room, handles.length).set(handles);
          const at = raw.restore(this.#engine, now, wall);
          const [restored, count] = [Math.max(answer(1), 0), answer(2)];
          return { restored, held: count < 0 ? undefined : new Set(wordsAt(at, count)) };
        },
        { restored: 0, held: undefined },
      );
      // What was not taken is nobody's.
      if (held) for (const handle of handles) if (handle !== NOBODY && !held.has(handle)) this.#values.release(handle);
      return restored;
    });
  }
}

function facts(length: number): Facts | undefined {
  if (length === 0) return undefined;
  const [key = "", ...tags] = textsOf(length);
  return {
    key,
    tags,
    handle: answer(1),
    stale: answer(2) === 1,
    createdAt: answer(3),
    expiresAt: answer(4),
    age: answer(5),
    left: answer(6),
    bytes: answer(7),
    hits: answer(8),
  };
}
