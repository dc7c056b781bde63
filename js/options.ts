// Options as users give them: what is there is checked and read once, and what no option is called is refused.

import { fault, shown } from "./errors.js";
import { wellFormed } from "./keys.js";
import { isPlain } from "./kinds.js";

/** Checks one value and brings it to the form the cache works with; `field` is its name in errors. */
export type Reader<T> = (value: unknown, field: string) => T;

/** An error about an option: what was given and what is allowed. */
export function refused(value: unknown, field: string, allowed: string): Error {
  return fault("invalid-option", `${shown(value)} is not ${allowed}`, { field });
}

/**
 * Reads an object of options. Only its own properties count, so that nothing comes in through a prototype; each is read once. One that is
 * undefined is left out. `what` names whose options they are; `inside` is what the names of nested ones begin with ("retry.").
 * The result has no prototype either.
 */
export function readOptions(
  given: unknown,
  what: string,
  readers: Record<string, Reader<unknown>>,
  inside = "",
): any {
  const read: Record<string, unknown> = Object.create(null);
  if (given === undefined) return read;
  plain(given, inside.slice(0, -1) || "options", `a plain object of options for ${what}`);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(readers, name)) {
      const message = `${what} has no option ${shown(name)}; ${instead(name, Object.keys(readers))}`;
      throw fault("invalid-option", message, { field: inside + name });
    }
    const value = given[name];
    if (value !== undefined) read[name] = (readers[name] as Reader<unknown>)(value, inside + name);
  }
  return read;
}

/**
 * Refuses all but plain objects and instances of the user's own classes. Promises, Maps, dates, errors and lists have no properties of their
 * own: all that was meant would be lost in silence.
 */
export function plain(given: unknown, field: string, allowed: string): asserts given is Record<string, unknown> {
  if (typeof given !== "object" || given === null || !isOptions(given)) throw refused(given, field, allowed);
}

function isOptions(given: object): boolean {
  if (Array.isArray(given) || Symbol.iterator in given || "then" in given) return false;
  // What the language and the host make says what it is; of a user's class that is just "an object".
  return isPlain(given) || Object.prototype.toString.call(given) === "[object Object]";
}

/** What somebody may have meant: the nearest of the right names, or all of them where none is near. */
export function instead(name: string, names: readonly string[]): string {
  let nearest = "";
  let least = 1 + Math.floor(name.length / 3);
  for (const other of names) {
    const steps = distance(name.toLowerCase(), other.toLowerCase());
    if (steps <= least) [nearest, least] = [other, steps - 1];
  }
  return nearest ? `did you mean ${shown(nearest)}?` : `there are ${names.join(", ")}`;
}

/** How many letters have to be put in, left out or exchanged, or two neighbours swapped, to come from one text to the other. */
function distance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 9) return Infinity;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let steps = Math.min(row[j - 1]! + (same ? 0 : 1), row[j]! + 1, next[j - 1]! + 1);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) steps = Math.min(steps, before[j - 2]! + 1);
      next.push(steps);
    }
    [before, row] = [row, next];
  }
  return row[to.length]!;
}

/** true or false. */
export const flag: Reader<boolean> = (value, field) => {
  if (typeof value !== "boolean") throw refused(value, field, "true or false");
  return value;
};

/** A well-formed text. */
export const text: Reader<string> = (value, field) => wellFormed(value, field);

/** A text of at least one character. */
export const someText: Reader<string> = (value, field) => {
  if (value === "") throw refused(value, field, "a text of at least one character");
  return wellFormed(value, field);
};

/** A function of the user's. */
export const callback: Reader<(...args: any[]) => any> = (value, field) => {
  if (typeof value !== "function") throw refused(value, field, "a function");
  return value as (...args: any[]) => any;
};

/** An integer, `least` or more. */
export const integer = (least: number): Reader<number> => (value, field) => {
  if (!Number.isSafeInteger(value) || (value as number) < least) throw refused(value, field, `an integer, ${least} or more`);
  return value as number;
};

/** A finite number from 0 to `most`. */
export const number = (most?: number): Reader<number> => (value, field) => {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > (most ?? value)) {
    throw refused(value, field, most === undefined ? "a finite number, 0 or more" : `a number from 0 to ${most}`);
  }
  return value;
};

/** One of a few words. */
export const oneOf = <W extends string>(...words: W[]): Reader<W> => (value, field) => {
  if (!words.includes(value as W)) throw refused(value, field, words.map(shown).join(" or "));
  return value as W;
};

/** An AbortSignal, or what does all that one does. */
export const signal: Reader<AbortSignalLike> = (value, field) => {
  const given = value as Partial<AbortSignalLike> | null;
  if (typeof given !== "object" || given === null || typeof given.aborted !== "boolean" || typeof given.addEventListener !== "function") {
    throw refused(value, field, "an AbortSignal");
  }
  return given as AbortSignalLike;
};

interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", run: () => void): void;
  removeEventListener(type: "abort", run: () => void): void;
}
