// The binary form of values. Each begins with a letter; lengths and counts are in groups of seven bits, the lowest first; numbers are
// little-endian.
//
//   z u t f   null, undefined, true, false          h         a hole in a list
//   n, d      8 bytes: a number, a date             i         a bigint: a text of hexadecimal digits
//   s         length, UTF-8                         w         length, UTF-16: a text with half of a surrogate pair
//   l, e      count, items: a list, a Set           o, m      count, names (s or w) and values: an object, a Map
//   b         length, bytes: an ArrayBuffer         v         which kind of view, length, bytes

import { isWellFormed } from "../keys.js";
import { bits, isPlain } from "../kinds.js";
import { enter } from "./json.js";
import { bytesOf } from "./utf8.js";

/** What the binary form begins with. */
export const BINARY = 1;

/** Kinds of views by number. Their order is part of the format. Buffer is Node's. */
export const VIEWS = ["DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
  "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "Float16Array", "Buffer"] as const;

/** A kind of view, if this host has it. */
export const viewOf = (name: string): (Function & { from?(bytes: ArrayBuffer): unknown }) | undefined =>
  (globalThis as unknown as Record<string, Function | undefined>)[name];

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
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Date.prototype) return float("d", Date.prototype.getTime.call(value));
    if (prototype === ArrayBuffer.prototype) {
      tag("b");
      return block(new Uint8Array(value as ArrayBuffer));
    }
    if (ArrayBuffer.isView(value)) {
      const kind = VIEWS.findIndex((name) => viewOf(name)?.prototype === prototype);
      if (kind < 0) throw value;
      tag("v");
      byte(kind);
      return block(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    enter(value, way);
    if (prototype === Array.prototype && Array.isArray(value)) list(value);
    else if (prototype === Map.prototype) {
      const members = [...Map.prototype.entries.call(value)];
      tag("m");
      count(members.length);
      members.flat().forEach(write);
    } else if (prototype === Set.prototype) {
      const items = [...Set.prototype.values.call(value)];
      tag("e");
      count(items.length);
      items.forEach(write);
    } else if (isPlain(value)) {
      const names = Object.keys(value);
      tag("o");
      count(names.length);
      for (const name of names) {
        text("s", name);
        write((value as Record<string, unknown>)[name]);
      }
    } else throw value;
    way.pop();
  };

  const list = (items: readonly unknown[]): void => {
    tag("l");
    count(items.length);
    for (let at = 0; at < items.length; at++) {
      const item = items[at];
      if (item !== undefined || Object.hasOwn(items, at)) write(item);
      // A list that is nearly all holes would be all holes in the bytes, too.
      else if (at > 1_000 && at > 8 * Object.keys(items).length) throw items;
      else tag("h");
    }
  };

  byte(BINARY);
  write(value);
  return out.slice(0, end);
}
