// Keys by shape, so that they are spelt in one place.

import type { Key } from "./api.js";
import { plain, type Reader, readOptions, refused } from "./options.js";
import { isWellFormed } from "./keys.js";
import { tagList } from "./policy.js";

/** What may stand in a key for a parameter. */
export const keyPart: Reader<string | number> = (value, field) => {
  if (typeof value === "string" ? isWellFormed(value) : Number.isFinite(value)) return value as string | number;
  throw refused(value, field, "a well-formed text or a finite number");
};

/** The name of the parameter that a part stands for: ":id" is "id". */
export const parameter = (part: unknown): string | undefined =>
  typeof part === "string" && part.length > 1 && part.startsWith(":") ? part.slice(1) : undefined;

/** See the public type. The functions give lists and not texts, so that each parameter stays one part of its key, whatever is in it. */
export function defineKeys<const S extends Record<string, readonly string[]>>(
  shapes: S,
): { readonly [K in keyof S]: (params?: Record<string, string | number>) => Key } {
  plain(shapes, "shapes", "an object of keys, each a list of parts");
  const functions = Object.entries(shapes).map(([name, shape]) => {
    const parts = tagList(shape, name);
    if (!parts.length) throw refused(shape, name, "a list of at least one part");
    const readers = Object.fromEntries(parts.flatMap((part) => (parameter(part) === undefined ? [] : [[parameter(part), keyPart]])));
    const key = (params?: Record<string, string | number>): Key => {
      const given = readOptions(params, `the key ${name}`, readers);
      return parts.map((part) => {
        const wanted = parameter(part);
        if (wanted === undefined) return part;
        // A missing one is refused like a wrong one.
        return given[wanted] ?? keyPart(given[wanted], wanted);
      });
    };
    return [name, key];
  });
  return Object.fromEntries(functions);
}
