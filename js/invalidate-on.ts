// What happened, and what has to go: one map for mutations, webhooks and the edge.

import type { Cache, InvalidationMap, Key } from "./api.js";
import { keyPart, parameter } from "./define-keys.js";
import { fault } from "./errors.js";
import { keysOf } from "./keys.js";
import { plain, type Reader, readOptions, refused } from "./options.js";

/**
 * See the public type. An event that the map does not name takes nothing. Parameters stand for whole parts of lists; there may be more
 * of them than are used. Everything is looked at before anything is invalidated.
 */
export function invalidateOn(cache: Cache, map: InvalidationMap, event: string, params: Record<string, string | number> = {}): number {
  plain(map, "map", "an object of events and what they invalidate");
  if (typeof event !== "string") throw refused(event, "event", "a text");
  plain(params, "params", "an object of parameters");
  const steps: readonly unknown[] | undefined = Object.hasOwn(map, event) ? map[event] : undefined;
  if (steps === undefined) return 0;
  if (!Array.isArray(steps)) throw refused(steps, `map.${event}`, "a list of keys, prefixes and tags");

  const filled: Reader<Key> = (value, field) => (Array.isArray(value) ? value.map((part) => fill(part, field)) : (value as Key));
  const fill = (part: unknown, field: string): string | number => {
    const name = parameter(part);
    if (name === undefined) return keyPart(part, field);
    const given = `params.${name}`;
    if (!Object.hasOwn(params, name)) throw fault("invalid-option", `it is missing, and ${field} needs it for ":${name}"`, { field: given });
    return keyPart(params[name], given);
  };

  const todo = steps.map((step: unknown, at) => {
    const field = `map.${event}[${at}]`;
    plain(step, field, "an object with a key, a prefix or a tag");
    const read = readOptions(step, field, { key: filled, prefix: filled, tag: filled }, `${field}.`);
    const [kind, ...more] = Object.keys(read);
    if (!kind || more.length) throw refused(step, field, "an object with one of key, prefix and tag");
    return [kind, read[kind]] as [kind: string, key: Key];
  });
  // What is refused is to be refused before the first of them is gone.
  const keys = keysOf(cache);
  for (const [kind, key] of todo) keys.text(key, kind);

  return todo.reduce((count, [kind, key]) => {
    if (kind === "key") return count + Number(cache.invalidate(key));
    if (kind === "prefix") return count + cache.invalidatePrefix(key);
    // A tag made of parts is its text; a list would be several tags.
    return count + cache.invalidateTag(keys.text(key));
  }, 0);
}
