// Namespaces of one cache, made when they are first asked for.

import type { Bounds } from "./words.js";
import { fault, shown } from "./errors.js";
import { bytes } from "./lengths.js";
import { integer, readOptions, someText } from "./options.js";
import { over, policyReaders } from "./policy.js";
import type { Root, Space } from "./root.js";

const READERS = { ...policyReaders, maxEntries: integer(1), maxBytes: bytes };

/** What a namespace may hold that was given no bound of its own: as much as there is. */
const MOST_ENTRIES = 2 ** 31 - 1;
const MOST_BYTES = Number.MAX_SAFE_INTEGER;

/** Numbers for the functions that namespaces were given, so that another one is another option. */
const functions = new WeakMap<object, number>();
let known = 0;

/** Options as a text that is the same for the same options, in whatever order they were given. */
function spelled(value: unknown): string {
  if (typeof value === "function") {
    let number = functions.get(value);
    if (number === undefined) functions.set(value, (number = known++));
    return `function ${number}`;
  }
  if (typeof value !== "object" || value === null) return typeof value === "string" ? JSON.stringify(value) : String(value);
  const members = Array.isArray(value) ? value.entries() : value instanceof Map ? value : Object.entries(value);
  const texts = Array.from(members as Iterable<[unknown, unknown]>, ([name, member]) => (member === undefined ? "" : `${name}=${spelled(member)}`));
  return `(${texts.filter(Boolean).sort().join(",")})`;
}

const NOTHING = spelled({});

/** The namespace of this name. Asked for again it is the same one; with other options that is refused. */
export function namespaceOf(root: Root, given: unknown, options: unknown): Space {
  const name = someText(given, "name");
  const { maxEntries, maxBytes, ...rules } = readOptions(options, `namespace ${shown(name)}`, READERS);
  const asked = spelled({ ...rules, maxEntries, maxBytes });
  const bounded = maxEntries !== undefined || maxBytes !== undefined;
  const bounds: Bounds | undefined = bounded
    ? { maxEntries: maxEntries ?? MOST_ENTRIES, maxBytes: maxBytes ?? MOST_BYTES, maxEntryBytes: MOST_BYTES }
    : undefined;
  const there = root.spaces.find((space) => space.name === name);
  if (there?.implied) {
    Object.assign(there, { rules: over(rules, root.spaces[0]!.rules), asked, implied: false });
    root.watch();
    root.core.adopt(there.number, bounds);
    root.tell(there.number, undefined);
    return there;
  }
  if (there) {
    // Without options it is asked for as it is.
    if (asked !== NOTHING && asked !== there.asked) {
      throw fault("namespace-differs", `the namespace ${shown(name)} exists with other options`, { field: "name" });
    }
    return there;
  }
  const number = root.core.namespace(name, bounds);
  const space = { number, name, rules: over(rules, root.spaces[0]!.rules), asked, implied: false };
  root.joined(space);
  return space;
}
