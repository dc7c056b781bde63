// The binary form of values. Each begins with a letter; lengths and counts are in groups of seven bits, the lowest first; numbers are
// little-endian.
//
//   z u t f   null, undefined, true, false          h         a hole in a list
//   n, d      8 bytes: a number, a date             i         a bigint: a text of hexadecimal digits
//   s         length, UTF-8                         w         length, UTF-16: a text with half of a surrogate pair
//   l, e      count, items: a list, a Set           o, m      count, names (s or w) and values: an object, a Map
//   b         length, bytes: an ArrayBuffer         v         which kind of view, length, bytes
//   p         as o: an object without a prototype

import { isWellFormed } from "../keys.js";
import { bits, isBuffer } from "../kinds.js";
import { VIEWS, kindOf, memberOf, namesOf, only, onlyItems } from "./exact.js";
import { enter } from "./json.js";
import { bytesOf } from "./utf8.js";

/** What the binary form begins with. */
export const BINARY = 1;

/** The bytes of a value. Throws where it has none. */
export function writeBinary(value: unknown): Uint8Array {
  let out = new Uint8Array(256);
  let end = 0;
  const way: object[] = [];

  const room = (length: number): void => {
    if (end + length <= out.length) return;
    const larger = new Uint8Array((end + length) * 2);
    larger.set(out);
    out = larger;
  };
  const byte = (value: number): void => {
    room(1);
    out[end++] = value;
  };
  const tag = (letter: string): void => byte(letter.charCodeAt(0));
  const count = (value: number): void => {
    for (; value > 127; value = Math.floor(value / 128)) byte((value % 128) + 128);
    byte(value);
  };
  const block = (given: Uint8Array): void => {
    count(given.length);
    room(given.length);
    out.set(given, end);
    end += given.length;
  };
  const float = (letter: string, value: number): void => {
    tag(letter);
    room(8);
    new DataView(out.buffer).setBigUint64(end, BigInt(`0x${bits(value)}`), true);
    end += 8;
  };
  const text = (letter: string, value: string): void => {
    if (isWellFormed(value)) {
      tag(letter);
      return block(bytesOf(value));
    }
    tag("w");
    const units = Uint16Array.from({ length: value.length }, (_, at) => value.charCodeAt(at));
    block(new Uint8Array(units.buffer));
  };

  const write = (value: unknown): void => {
    switch (typeof value) {
      case "undefined":
        return tag("u");
      case "boolean":
        return tag(value ? "t" : "f");
      case "number":
        return float("n", value);
      case "bigint":
        return text("i", value.toString(16));
      case "string":
        return text("s", value);
      case "object":
        return value === null ? tag("z") : inside(value);
      default:
        throw value;
    }
  };

  const inside = (value: object): void => {
    const kind = kindOf(value);
    if (kind === "Date") {
      only(0, value);
      return float("d", Date.prototype.getTime.call(value));
    }
    if (kind === "ArrayBuffer" && isBuffer(value) && !(value as { resizable?: boolean }).resizable) {
      only(0, value);
      tag("b");
      return block(new Uint8Array(value as ArrayBuffer));
    }
    if (ArrayBuffer.isView(value)) {
      const number = VIEWS.findIndex((view) => view === kind);
      if (number < 0) throw value;
      onlyItems((value as { length?: number }).length ?? 0, value);
      tag("v");
      byte(number);
      return block(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    enter(value, way);
    if (kind === "Array" && Array.isArray(value)) list(value);
    else if (kind === "Map") {
      only(0, value);
      const members = [...Map.prototype.entries.call(value)];
      tag("m");
      count(members.length);
      members.flat().forEach(write);
    } else if (kind === "Set") {
      only(0, value);
      const items = [...Set.prototype.values.call(value)];
      tag("e");
      count(items.length);
      items.forEach(write);
    } else if (kind === "Object" || Object.getPrototypeOf(value) === null) {
      const names = namesOf(value);
      tag(kind ? "o" : "p");
      count(names.length);
      for (const name of names) {
        text("s", name);
        write(memberOf(value, name));
      }
    } else throw value;
    way.pop();
  };

  const list = (items: readonly unknown[]): void => {
    const present = Reflect.ownKeys(items).length - 1; // its length is one
    // A list that is nearly all holes would be all holes in the bytes, too.
    if (items.length > 1_000 && items.length > 8 * present) throw items;
    let found = 0;
    tag("l");
    count(items.length);
    for (let at = 0; at < items.length; at++) {
      if (Object.hasOwn(items, at)) {
        found++;
        write(memberOf(items, at));
      } else tag("h");
    }
    if (found !== present) throw items;
  };

  byte(BINARY);
  write(value);
  return out.slice(0, end);
}
