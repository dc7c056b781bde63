// The values of one cache, by number: the engine holds the number, and a value never leaves JavaScript.

export class Values<V> {
  #values: (V | undefined)[] = [];
  #free: number[] = [];
  /** While somebody walks over entries no number is given again. */
  #walks = 0;
  #resting: number[] = [];

  /** A number for a value. */
  hold(value: V): number {
    const handle = this.#free.pop() ?? this.#values.length;
    this.#values[handle] = value;
    return handle;
  }

  /** Lets go of a value. No value is undefined, so that one tells a number that nobody has: it must not be given to two. */
  release(handle: number): void {
    if (this.#values[handle] === undefined) return;
    this.#values[handle] = undefined;
    (this.#walks ? this.#resting : this.#free).push(handle);
  }

  at(handle: number): V | undefined {
    return this.#values[handle];
  }

  /** While `walk` runs, a number means the value that it meant before, or nothing. */
  walk<R>(walk: () => R): R {
    this.#walks++;
    try {
      return walk();
    } finally {
      if (--this.#walks === 0) {
        for (const handle of this.#resting) this.#free.push(handle);
        this.#resting = [];
      }
    }
  }

  /** Gives room back where nothing is held any more: a cache that was large once need not stay so. */
  trim(): void {
    if (this.#free.length === this.#values.length && !this.#walks) this.forget();
  }

  /** Lets go of all. */
  forget(): void {
    this.#values = [];
    this.#free = [];
    this.#resting = [];
  }
}
