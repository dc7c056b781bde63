// The text of a key: a text is one as it is, a list is joined. What has to be escaped is escaped by the engine, in Rust.

import { fault, shown } from "./errors.js";

/** The engine's own joining, which escapes. */
export type Joiner = (parts: readonly string[], separator: string) => string;

/** What is about keys, and so refused as a key. */
const OF_KEYS = ["key", "prefix", "pattern"];

/** Can UTF-8 say it? Halves of a surrogate pair would all become the same replacement character. */
export const isWellFormed: (text: string) => boolean =
  "isWellFormed" in String.prototype
    ? (text) => (text as string & { isWellFormed(): boolean }).isWellFormed()
    : (text) => !/\p{Surrogate}/u.test(text);

/** The text, if it is one, and one that UTF-8 can say. */
export function wellFormed(text: unknown, field: string): string {
  if (typeof text === "string" && isWellFormed(text)) return text;
  const why = typeof text === "string" ? "holds half of a surrogate pair" : "is not a text";
  throw fault(OF_KEYS.includes(field) ? "invalid-key" : "invalid-option", `${shown(text)} ${why}`, { field });
}

/** Keys of one cache. */
export class Keys {
  readonly #separator: string;
  readonly #join: Joiner;
  /** What cannot stand in a part as it is: the separator's characters, and the mark that begins an escape. */
  readonly #special: readonly string[];

  constructor(separator: string, join: Joiner) {
    this.#separator = separator;
    this.#join = join;
    // A separator that uses up the usual marks is escaped by rarer ones, which only the engine knows: then all is special.
    const mark = [..."\\~^%!"].find((mark) => !separator.includes(mark)) ?? "";
    this.#special = [...separator, mark];
  }

  /** The text that an entry is stored under. */
  text(key: unknown, field = "key"): string {
    return typeof key === "string" ? wellFormed(key, field) : this.#joined(key, field);
  }

  /** A prefix: a text is taken letter by letter, a list ends where a part ends. */
  prefix(key: unknown): { text: string; segment: boolean } {
    return { text: this.text(key, "prefix"), segment: typeof key !== "string" };
  }

  #joined(key: unknown, field: string): string {
    if (!Array.isArray(key)) throw fault("invalid-key", `${shown(key)} is neither a text nor a list of parts`, { field });
    const parts: string[] = [];
    let plain = true;
    for (let at = 0; at < key.length; at++) {
      const part: unknown = key[at];
      if (typeof part !== "string" && !Number.isFinite(part)) {
        throw fault("invalid-key", `part ${at} of the ${field} is ${shown(part)}, neither a text nor a finite number`, { field });
      }
      const text = String(part);
      plain &&= text !== "" && !this.#special.some((special) => text.includes(special));
      parts.push(text);
    }
    if (!parts.length) throw fault("invalid-key", `a ${field} needs at least one part`, { field });
    const text = wellFormed(parts.join(this.#separator), field);
    return plain ? text : this.#join(parts, this.#separator);
  }
}

const known = new WeakMap<object, Keys>();

/** Says by which separator a cache (a namespace, a view) joins parts, for those who have no more of it than its public face. */
export const rememberKeys = (cache: object, keys: Keys): void => void known.set(cache, keys);

/** How a cache joins parts. One that is none of ours is taken to have the usual separator, and nothing to escape. */
export const keysOf = (cache: object): Keys => known.get(cache) ?? new Keys(":", (parts, separator) => parts.join(separator));
