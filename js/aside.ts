// What was found lately, by key: most hits are answered from here, without a call into the engine. The engine stays the authority: whatever
// it lets go of is dropped here in the same breath, whatever else may change an answer clears the whole, and each hit is told to it before it
// does anything else.
//
// A line holds one key. Which line a key belongs to is told by a few of its characters, at places where keys were seen to differ: reading
// five characters costs less than hashing fifty, and comparing two texts less than finding one in a Map.

/** A longer key is none that is asked for often. */
const LONGEST = 256;
/** Of so many entries the engine can be told at once. */
export const UNTOLD = 512;
const FEWEST = 256;
const MOST = 1 << 16;
/** How many places of a key are looked at. */
const PLACES = 5;
/** How often they are chosen anew, at most, and how many keys must have been confused for each time. */
const LESSONS = 64;
const CONFUSED = 4;

// What a line says beside its key and value lies together, since memory far apart is what costs most: words of 32 bits, then numbers of 64.
const WORDS = 8;
const HASH = 0;
const SPACE = 1;
/** The number of the entry in the engine. */
const ENTRY = 2;
/** How often it was given to somebody of whom the engine was not told. */
const GIVEN = 3;
const NUMBERS = 4;
/** Until when it is fresh. */
const UNTIL = 2;
const WEIGHT = 3;

export class Aside<V> {
  /** The key of each line, and its value. */
  #held: (string | V | undefined)[] = [];
  #words = new Int32Array(0);
  /** The same memory. */
  #numbers = new Float64Array(0);
  /** By which number the value is known. */
  #handles = new Uint32Array(0);
  /** The lines that were given to somebody of whom the engine was not told, all of one namespace; and how many they are. */
  readonly #given = new Uint32Array(UNTOLD);
  untold = 0;
  #space = 0;
  /** Whose key wanted the line last. */
  #wanted = new Int32Array(0);
  /** The line of each handle, and one more; 0 is none. */
  #lines = new Uint32Array(0);
  #shift = 0;
  #count = 0;
  #used = 0;
  readonly #most: number;
  /** Counts what lines come to hold, or hold no more: as long as it stands, a line that was found is the right one. */
  changes = 0;

  // The places: three counted from the end, two from the beginning; and the last of them.
  #a = 0;
  #b = 1;
  #c = 3;
  #d = 2;
  #e = 5;
  #reach = 5;
  #lessons = 0;
  #confused = 0;

  constructor(maxEntries: number, maxBytes: number) {
    // However many entries there are: what lies here is no part of their bytes, and must be little beside them.
    this.#most = Math.min(MOST, 8 * maxEntries, maxBytes / 1_024);
  }

  /** Where a key belongs. */
  #hash(space: number, key: string): number {
    const last = key.length - 1;
    let hash = last;
    if (last < this.#reach) {
      for (let at = 0; at <= last; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
    } else {
      // Side by side, so that none has to wait for the one before.
      const ends = key.charCodeAt(last - this.#a) + (key.charCodeAt(last - this.#b) << 8) + (key.charCodeAt(last - this.#c) << 16);
      const begins = key.charCodeAt(this.#d) + (key.charCodeAt(this.#e) << 8);
      hash = (Math.imul(ends, 0x2c1b_3c6d) + Math.imul(begins, 0x297a_2d39) + last) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0x9e37_79b1) ^ space;
    return hash;
  }

  /** The line of a key, or -1. It may be past its time. */
  find(space: number, key: string): number {
    if (key === "" || this.#count === 0) return -1;
    const hash = this.#hash(space, key);
    const words = this.#words;
    let line = hash >>> this.#shift;
    if (words[WORDS * line + HASH] === hash && this.#held[2 * line] === key && words[WORDS * line + SPACE] === space) return line;
    line ^= 1;
    if (words[WORDS * line + HASH] === hash && this.#held[2 * line] === key && words[WORDS * line + SPACE] === space) return line;
    return -1;
  }

  /** Until when what a line holds is fresh. */
  until(line: number): number {
    return this.#numbers[NUMBERS * line + UNTIL]!;
  }

  /** Can what a line of this namespace holds be given without telling the engine of others before? */
  mayGive(space: number): boolean {
    return this.untold === 0 || (this.#space === space && this.untold < UNTOLD);
  }

  /** Gives the value of a line to somebody. */
  give(line: number, space: number): V | undefined {
    if (this.#words[WORDS * line + GIVEN]!++ === 0) {
      this.#given[this.untold++] = line;
      this.#space = space;
    }
    return this.#held[2 * line + 1] as V | undefined;
  }

  /** Writes which entries were given to somebody where the engine is to read it, and tells how often that was and what it weighed. */
  tell(room: Uint32Array): { space: number; count: number; hits: number; bytes: number } {
    const told = { space: this.#space, count: this.untold, hits: 0, bytes: 0 };
    for (let at = 0; at < told.count; at++) {
      const line = this.#given[at]!;
      const times = this.#words[WORDS * line + GIVEN]!;
      this.#words[WORDS * line + GIVEN] = 0;
      room[at] = this.#words[WORDS * line + ENTRY]!;
      told.hits += times;
      told.bytes += times * this.#numbers[NUMBERS * line + WEIGHT]!;
    }
    this.untold = 0;
    if (4 * this.#used > this.#count && 2 * this.#count <= this.#most) this.#resize(2 * this.#count);
    return told;
  }

  /** Something was found; it is fresh until then, if nothing happens. */
  offer(space: number, key: string, value: V, weight: number, handle: number, entry: number, until: number): void {
    if (key === "" || key.length > LONGEST || this.#most < FEWEST) return;
    if (this.#count === 0) this.#resize(FEWEST);
    // Not everybody who was answered by the engine has looked here before. A key has one line.
    const there = this.find(space, key);
    if (there >= 0) {
      if (this.#handles[there] === handle && this.until(there) === until) return;
      this.#empty(there);
    }
    const hash = this.#hash(space, key);
    const first = hash >>> this.#shift;
    const line = this.#room(first, hash, key);
    if (line < 0) return;
    this.#empty(line);
    this.changes++;
    this.#used++;
    this.#held[2 * line] = key;
    this.#held[2 * line + 1] = value;
    this.#words.set([hash, space, entry, 0], WORDS * line);
    this.#numbers[NUMBERS * line + UNTIL] = until;
    this.#numbers[NUMBERS * line + WEIGHT] = weight;
    this.#handles[line] = handle;
    if (handle >= this.#lines.length) this.#lines = longer(this.#lines, Math.max(1_024, 2 * handle));
    this.#lines[handle] = line + 1;
  }

  /**
   * The line that a newcomer may have: its own or the one beside it. Where somebody else is, only one who is met so near to his last time that
   * nobody else came by meanwhile; else lines would only change hands.
   */
  #room(first: number, hash: number, key: string): number {
    for (const line of [first, first ^ 1]) {
      const other = this.#held[2 * line] as string | undefined;
      // What is asked for just now stays, and what was said of it is still to be told.
      if (this.#words[WORDS * line + GIVEN] !== 0) continue;
      if (other === undefined || other === key || this.#wanted[line] === hash) {
        this.#wanted[line] = 0;
        return line;
      }
      if (this.#words[WORDS * line + HASH] === hash && this.#learn(other, key)) return -1;
    }
    this.#wanted[first] = hash;
    return -1;
  }

  /** Two keys looked alike. If that happens often, one of the places becomes one where they differ. */
  #learn(one: string, other: string): boolean {
    if (++this.#confused < CONFUSED * (this.#lessons + 1) || this.#lessons >= LESSONS) return false;
    let [end, start] = [0, 0];
    while (end < one.length && one.charCodeAt(one.length - 1 - end) === other.charCodeAt(other.length - 1 - end)) end++;
    while (start < one.length && one.charCodeAt(start) === other.charCodeAt(start)) start++;
    this.#confused = 0;
    switch (this.#lessons++ % PLACES) {
      case 0: this.#a = end; break;
      case 1: this.#d = start; break;
      case 2: this.#b = end; break;
      case 3: this.#e = start; break;
      default: this.#c = end;
    }
    this.#reach = Math.max(this.#a, this.#b, this.#c, this.#d, this.#e);
    this.clear();
    return true;
  }

  #empty(line: number): void {
    if (this.#held[2 * line] === undefined) return;
    this.#held[2 * line] = this.#held[2 * line + 1] = undefined;
    this.changes++;
    this.#used--;
  }

  /** A value is let go of. */
  drop(handle: number): void {
    const line = (this.#lines[handle] ?? 0) - 1;
    // What was cleared meanwhile is somebody else's by now.
    if (line >= 0 && this.#handles[line] === handle) this.#empty(line);
  }

  /** What is known of a key may not be true any more. */
  forget(space: number, key: string): void {
    const line = this.find(space, key);
    if (line >= 0) this.#empty(line);
  }

  /** What is known may not be true any more. */
  clear(): void {
    if (this.#used === 0) return;
    this.changes++;
    this.#held.fill(undefined);
    this.#used = 0;
  }

  /** Another number of lines, all of them empty: they fill again as keys are met. */
  #resize(lines: number): void {
    this.changes++;
    [this.#used, this.#count, this.#shift] = [0, lines, 32 - Math.log2(lines)];
    this.#held = new Array<undefined>(2 * lines).fill(undefined);
    this.#words = new Int32Array(WORDS * lines);
    this.#numbers = new Float64Array(this.#words.buffer);
    [this.#wanted, this.#handles] = [new Int32Array(lines), new Uint32Array(lines)];
  }
}

function longer(lines: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(length);
  more.set(lines);
  return more;
}
