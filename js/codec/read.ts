// Reads the binary form of values: see write.ts. The bytes may be anything; what is wrong with them throws, whatever it throws.

import { VIEWS, makerOf } from "./exact.js";
import { MAX_DEPTH } from "./json.js";
import { textOf } from "./utf8.js";

/** The value of some bytes in the binary form. */
export function readBinary(bytes: Uint8Array): unknown {
  let at = 1;
  let depth = 0;

  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw length;
    return bytes.slice(at, (at += length));
  };
  const byte = (): number => take(1)[0]!;
  const count = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const group = byte();
      value += (group % 128) * scale;
      if (group < 128) break;
      if (scale > 2 ** 28) throw scale;
    }
    // Everything that is counted takes a byte or more: so no number asks for more memory than there are bytes.
    if (value > bytes.length - at) throw value;
    return value;
  };
  const float = (): number => new DataView(take(8).buffer).getFloat64(0, true);
  const times = (each: () => void): void => {
    if (++depth > MAX_DEPTH) throw depth;
    for (let left = count(); left > 0; left--) each();
    depth--;
  };

  const read = (): unknown => {
    const letter = String.fromCharCode(byte());
    switch (letter) {
      case "z":
        return null;
      case "u":
        return undefined;
      case "t":
      case "f":
        return letter === "t";
      case "n":
        return float();
      case "d":
        return new Date(float());
      case "i":
        return bigint(textOf(take(count())));
      case "s":
        return textOf(take(count()));
      case "w":
        return Array.from(new Uint16Array(take(count()).buffer), (unit) => String.fromCharCode(unit)).join("");
      case "b":
        return take(count()).buffer;
      case "v":
        return view(VIEWS[byte()]!, take(count()).buffer as ArrayBuffer);
      case "l":
        return list();
      case "o":
        return object({});
      case "p":
        return object(Object.create(null) as object);
      case "m": {
        const map = new Map<unknown, unknown>();
        times(() => map.set(read(), read()));
        return map;
      }
      case "e": {
        const set = new Set<unknown>();
        times(() => set.add(read()));
        return set;
      }
      default:
        throw letter;
    }
  };

  const bigint = (digits: string): bigint => (digits.startsWith("-") ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`));

  const view = (name: string, buffer: ArrayBuffer): unknown => {
    const View = makerOf(name) as (new (buffer: ArrayBuffer) => unknown) & { from(buffer: ArrayBuffer): unknown };
    return name === "Buffer" ? View.from(buffer) : new View(buffer);
  };

  const list = (): unknown[] => {
    const items: unknown[] = [];
    times(() => {
      if (bytes[at] !== 104 /* h */) return void items.push(read());
      at++;
      items.length++;
    });
    return items;
  };

  const object = (object: object): object => {
    times(() => {
      const name = read();
      if (typeof name !== "string") throw name;
      // Defined, not assigned: "__proto__" is a name like any other.
      Object.defineProperty(object, name, { value: read(), writable: true, enumerable: true, configurable: true });
    });
    return object;
  };

  const value = read();
  if (at !== bytes.length) throw at;
  return value;
}
