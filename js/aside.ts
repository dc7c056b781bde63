// What was found lately, by key: most hits are answered from here, without a call into the engine. The engine stays the authority: whatever
// it lets go of is dropped here in the same breath, and whatever else may change an answer closes the whole.
//
// A line holds one key. Which line a key belongs to is told by a few of its characters, at places where keys were seen to differ: reading
// five characters costs less than hashing fifty, and comparing two texts less than finding one in a Map.

/** A longer key is none that is asked for often. */
const LONGEST = 256;
/** Of so many entries the engine can be told at once. */
export const UNTOLD = 512;
const FEWEST = 256;
const MOST = 1 << 16;
/** A key is taken in when it is met so near to its last time that nobody else wanted its line meanwhile; else lines would only change hands. */
const PLACES = 5;
/** How often the places to look at are chosen anew, at most, and how many keys must have been confused for each time. */
const LESSONS = 64;
const CONFUSED = 4;

// What a line says beside its key and value, in words of 32 bits that lie together.
const WORDS = 4;
const HASH = 0;
const SPACE = 1;
const ENTRY = 2;
/** How often it was given to somebody of whom the engine was not told. */
const GIVEN = 3;

export class Aside<V> {
  #keys: (string | undefined)[] = new Array<undefined>(FEWEST).fill(undefined);
  #values: (V | undefined)[] = new Array<undefined>(FEWEST).fill(undefined);
  #words = new Int32Array(WORDS * FEWEST);
  /** Until when it is fresh, and what it weighs. */
  #facts = new Float64Array(2 * FEWEST);
  /** By which number the value is known. */
  #handles = new Uint32Array(FEWEST);
  /** The lines that were given to somebody of whom the engine was not told, all of one namespace; and how many they are. */
  readonly #given = new Uint32Array(UNTOLD);
  untold = 0;
  #space = 0;
  /** Whose key wanted the line last. */
  #wanted = new Int32Array(FEWEST);
  /** The line of each handle, and one more; 0 is none. */
  #lines = new Uint32Array(0);
  #shift = 32 - Math.log2(FEWEST);
  #used = 0;
  readonly #most: number;

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
    if (key === "") return -1;
    const hash = this.#hash(space, key);
    const words = this.#words;
    let line = hash >>> this.#shift;
    if (words[WORDS * line + HASH] === hash && this.#keys[line] === key && words[WORDS * line + SPACE] === space) return line;
    line ^= 1;
    if (words[WORDS * line + HASH] === hash && this.#keys[line] === key && words[WORDS * line + SPACE] === space) return line;
    return -1;
  }

  /** Until when what a line holds is fresh. */
  until(line: number): number {
    return this.#facts[2 * line]!;
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
    return this.#values[line];
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
      told.bytes += times * this.#facts[2 * line + 1]!;
    }
    this.untold = 0;
    if (4 * this.#used > this.#keys.length && 2 * this.#keys.length <= this.#most) this.#resize(2 * this.#keys.length);
    return told;
  }

  /** Something was found; it is fresh until then, if nothing happens. */
  offer(space: number, key: string, value: V, weight: number, handle: number, entry: number, until: number): void {
    if (key === "" || key.length > LONGEST || this.#most < FEWEST) return;
    const hash = this.#hash(space, key);
    const first = hash >>> this.#shift;
    const line = this.#room(first, hash, key);
    if (line < 0) return;
    this.#empty(line);
    this.#used++;
    this.#keys[line] = key;
    this.#values[line] = value;
    this.#words.set([hash, space, entry, 0], WORDS * line);
    this.#facts[2 * line] = until;
    this.#facts[2 * line + 1] = weight;
    this.#handles[line] = handle;
    if (handle >= this.#lines.length) this.#lines = longer(this.#lines, Math.max(1_024, 2 * handle));
    this.#lines[handle] = line + 1;
  }

  /** The line that a newcomer may have: its own or the one beside it. */
  #room(first: number, hash: number, key: string): number {
    for (const line of [first, first ^ 1]) {
      const other = this.#keys[line];
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
    if (this.#keys[line] === undefined) return;
    this.#keys[line] = this.#values[line] = undefined;
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
    this.#keys.fill(undefined);
    this.#values.fill(undefined);
    this.#used = 0;
  }

  /** Another number of lines, all of them empty: they fill again as keys are met. */
  #resize(lines: number): void {
    this.#used = 0;
    this.#shift = 32 - Math.log2(lines);
    [this.#keys, this.#values] = [new Array<undefined>(lines).fill(undefined), new Array<undefined>(lines).fill(undefined)];
    [this.#words, this.#wanted] = [new Int32Array(WORDS * lines), new Int32Array(lines)];
    [this.#facts, this.#handles] = [new Float64Array(2 * lines), new Uint32Array(lines)];
  }
}

function longer(lines: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(length);
  more.set(lines);
  return more;
}
