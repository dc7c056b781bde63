// What a value weighs, in bytes.
//
// Exactly: texts (their UTF-8 bytes), ArrayBuffers and views on them, Blobs.
// Everything else is estimated, by looking at no more than 64 values in it:
//   an object, a list, a Map, a Set, a date, a function   32
//   and for each member                                   8 and its name; a number, a truth value, null need no more
//   a text or a bigint in it                              16 and its bytes
// An object's members are all looked at, as long as 64 are enough; of a long list or Map a few stand for all. What there was no room to look at
// counts as the average of what was looked at; what is met twice counts once.

import { isBuffer, isMap, isPlain, isSet, own } from "./kinds.js";

const OBJECT = 32;
const SLOT = 8;
const TEXT = 16;
const MOST_LOOKS = 64;

interface Encoder {
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
const Encoder = (globalThis as unknown as { TextEncoder?: new () => Encoder }).TextEncoder;
const encoder = Encoder && new Encoder();
let scratch: Uint8Array | undefined;

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  // The host's encoder is quicker than a loop, but for short texts the way to it is longer.
  if (!encoder || text.length < 32) return counted(text);
  scratch ??= new Uint8Array(8_192);
  let bytes = 0;
  for (let rest = text; rest; ) {
    const { read, written } = encoder.encodeInto(rest, scratch);
    bytes += written;
    if (read === rest.length) break;
    rest = rest.slice(read);
  }
  return bytes;
}

function counted(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A pair of surrogates is four bytes for two units; half of one is written as the three of U+FFFD.
    const pair = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (pair) at++;
    bytes += unit < 0x800 ? 1 : 2;
  }
  return bytes;
}

/** What a value weighs. Runs nothing of the value's own (but for proxies, which cannot be told), and never throws. */
export function weightOf(value: unknown): number {
  if (typeof value === "string") return utf8Length(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return SLOT;
  return bytesOf(value) ?? estimate(value);
}

const host = globalThis as { Blob?: Function; SharedArrayBuffer?: Function };

/** The size of what is bytes by itself. */
function bytesOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === Array.prototype) return undefined; // most are, and this is quick
    const isA = (kind: Function | undefined): boolean => kind !== undefined && value instanceof kind;
    const buffer = ArrayBuffer.isView(value) || isBuffer(value) || isA(host.SharedArrayBuffer);
    const sized = value as { byteLength?: unknown; size?: unknown };
    const bytes = buffer ? sized.byteLength : isA(host.Blob) ? sized.size : undefined;
    return Number.isSafeInteger(bytes) && (bytes as number) >= 0 ? (bytes as number) : undefined;
  } catch {
    return undefined;
  }
}

/** A walk, those nearest to the root first. */
function estimate(root: unknown): number {
  /** What is to be looked into, and how many values of the whole each stands for. */
  const queue: [value: object, times: number][] = [];
  const met = new Set<unknown>();
  let [weight, looked, unseen, looks] = [0, 0, 0, MOST_LOOKS];

  const look = (value: unknown, times: number, own: number): void => {
    looks--;
    looked += times;
    if (typeof value === "string") own += TEXT + utf8Length(value);
    else if (typeof value === "bigint") own += TEXT + Math.ceil(value.toString(16).length / 2);
    else if (typeof value === "function") own += OBJECT;
    else if (typeof value === "object" && value !== null && !met.has(value)) {
      met.add(value);
      const bytes = bytesOf(value);
      own += OBJECT + (bytes ?? 0);
      if (bytes === undefined) queue.push([value, times]);
    }
    weight += own * times;
  };

  look(root, 1, 0);
  for (const [value, times] of queue) {
    try {
      const { count, some } = members(value, looks);
      for (const [name, member] of some) {
        const each = (times * count) / some.length;
        // The name of a Map's member may be anything.
        if (typeof name === "string") look(member, each, SLOT + utf8Length(name));
        else {
          look(member, each, SLOT);
          if (name !== undefined) look(name, each, SLOT);
        }
      }
      if (!some.length) unseen += times * count;
    } catch {
      // A proxy that throws, or an object that only pretends to be a Map.
    }
  }
  weight += (unseen * weight) / looked;
  // A proxy may say that it has no number of members.
  return Math.min(Math.max(Math.ceil(weight) || 0, SLOT), Number.MAX_SAFE_INTEGER);
}

type Member = readonly [name: unknown, value: unknown];

/** How many members an object has, and some of them, at even distances where that can be. */
function members(value: object, room: number): { count: number; some: Member[] } {
  // Members of long lists are alike: a few tell enough, and leave room to look into them.
  const few = Math.min(room, Math.max(8, room >> 2));
  if (Array.isArray(value)) {
    return { count: value.length, some: spread(value.length, few, (at) => [undefined, own(value, at)]) };
  }
  // Most objects are plain, and told by that alone.
  const [map, set] = isPlain(value) ? [false, false] : [isMap(value), isSet(value)];
  if (map || set) {
    const { size } = value as Set<unknown>;
    const entries = map ? Map.prototype.entries.call(value) : Set.prototype.values.call(value);
    const some = spread(size, few >> 1, () => {
      const entry: unknown = entries.next().value;
      return map ? (entry as Member) : [undefined, entry];
    });
    return { count: size, some };
  }
  const names = Object.keys(value);
  return { count: names.length, some: spread(names.length, names.length > room ? few : room, (at) => [names[at], own(value, names[at]!)]) };
}

const spread = (count: number, most: number, at: (place: number) => Member): Member[] => {
  const some: Member[] = [];
  const length = Math.min(count, most);
  for (let place = 0; place < length; place++) some.push(at(Math.floor((place * count) / length)));
  return some;
};
