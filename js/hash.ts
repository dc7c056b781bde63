// The canonical text of a filter, which hashKey hashes: the same text, byte for byte, that src/engine/filter.rs writes (the table is there).

import { fault, shown } from "./errors.js";
import { bits, isPlain } from "./kinds.js";
import { isWellFormed } from "./keys.js";
import { utf8Length } from "./weigh.js";

/** How many lists and objects may lie in one another. */
const MAX_DEPTH = 64;

/** The text of a value: values that are equal have equal texts, and others have not. */
export function canonical(value: unknown): string {
  /** The lists and objects on the way here. */
  const way: object[] = [];

  const refuse = (path: string, why: string): never => {
    throw fault("invalid-key", why, { field: path });
  };
  const digits = (value: bigint): string => `i${String(value).length}:${value}`;
  const text = (text: string, path: string): string =>
    isWellFormed(text) ? `s${utf8Length(text)}:${text}` : refuse(path, `${shown(text)} holds half of a surrogate pair`);

  const write = (value: unknown, path: string): string => {
    switch (typeof value) {
      case "undefined":
        return "u";
      case "boolean":
        return value ? "t" : "f";
      case "number":
        return `n${bits(value + 0)}`; // + 0: −0 is 0
      case "bigint":
        return digits(value);
      case "string":
        return text(value, path);
      case "object":
        return value === null ? "z" : inside(value, path);
      default:
        return refuse(path, `${shown(value)} has no hash; plain objects, lists, dates and primitive values have`);
    }
  };

  const inside = (value: object, path: string): string => {
    const list = Array.isArray(value);
    if (!list && !isPlain(value)) return `d${bits(time(value, path) + 0)}`;
    if (way.includes(value)) refuse(path, "it lies in itself");
    if (Object.getOwnPropertySymbols(value).some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))) {
      refuse(path, "it has a member whose name is a symbol");
    }
    if (way.length === MAX_DEPTH) refuse(path, `it is more than ${MAX_DEPTH} lists and objects deep`);
    way.push(value);
    const written = list
      ? `l${value.length}:${Array.from({ length: value.length }, (_, at) => write(value[at], `${path}[${at}]`)).join("")}`
      : members(value as Record<string, unknown>, path);
    way.pop();
    return written;
  };

  const members = (value: Record<string, unknown>, path: string): string => {
    const written: string[] = [];
    for (const name of Object.keys(value).sort(byCodePoints)) {
      const inside = `${path}.${name}`;
      const member = value[name];
      // An undefined member is an absent one.
      if (member !== undefined) written.push(text(name, inside) + write(member, inside));
    }
    return `o${written.length}:${written.join("")}`;
  };

  const time = (value: object, path: string): number => {
    try {
      return Date.prototype.getTime.call(value);
    } catch {
      return refuse(path, "only plain objects, lists, dates and primitive values have a hash");
    }
  };

  return write(value, "value");
}

/** The order of the texts' bytes in UTF-8. It is that of their UTF-16 units, but for surrogates: these stand for what comes last. */
function byCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

const rank = (unit: number): number => ((unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit);
