// Values as bytes, for snapshots.
//
// What JSON can say is its JSON text, which the Rust side reads and writes as well. The rest has a binary form of its own, which begins
// with a byte that no JSON text begins with. What neither can say (class instances, functions, symbols, cycles) has no bytes at all.

import { jsonOf } from "./codec/json.js";
import { readBinary } from "./codec/read.js";
import { bytesOf, textOf } from "./codec/utf8.js";
import { BINARY, writeBinary } from "./codec/write.js";

/** The bytes of a value; undefined where it has none. */
export function encode(value: unknown): Uint8Array | undefined {
  try {
    const json = jsonOf(value, []);
    return json === undefined ? writeBinary(value) : bytesOf(json);
  } catch {
    // Something in it cannot be said, or threw when it was looked at.
    return undefined;
  }
}

/** The value of such bytes; undefined where they are not what `encode` or the Rust side wrote. */
export function decode(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    if (bytes[0] !== BINARY) return { value: parsed(textOf(bytes)) };
    const value = readBinary(bytes);
    // Each value has one form. Lengths written in a longer way, members that come twice, and the like are damage.
    const again = encode(value);
    return again?.length === bytes.length && again.every((byte, at) => byte === bytes[at]) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** JSON.parse, but Rust's integers of 64 bits that no number can hold are refused rather than rounded. */
function parsed(json: string): unknown {
  const value: unknown = JSON.parse(json);
  if (/\d{16}/.test(json)) {
    const outsideOfTexts = json.replace(/"(?:[^"\\]|\\.)*"/g, "");
    for (const [number] of outsideOfTexts.matchAll(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
      if (/^-?\d{16,}$/.test(number) && String(Number(number)) !== number) throw number;
    }
  }
  return value;
}
