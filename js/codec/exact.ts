// What an object is, as far as bytes can say it. What they cannot say could not come back: so where there is any such thing about a value,
// a class of its own, a getter, a member under a symbol or a name on a list, the value has no bytes. (That it is frozen is no part of it.)

import { own } from "../kinds.js";

/** Kinds of views by number. Their order is part of the format. Buffer is Node's. */
export const VIEWS = ["DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
  "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "Float16Array", "Buffer"] as const;

const KINDS: readonly string[] = ["Object", "Array", "Date", "Map", "Set", "ArrayBuffer", ...VIEWS];

/** What makes objects of a kind here, if this host has it. */
export const makerOf = (kind: string): (Function & { from?(bytes: ArrayBuffer): unknown }) | undefined =>
  (globalThis as unknown as Record<string, Function | undefined>)[kind];

/**
 * The kind of an object, of this realm or another. It has none when it has no prototype, or is made by anything else, also by a class
 * derived from one of these.
 */
export function kindOf(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Most are one of these, and this is quick.
  if (prototype === Object.prototype) return "Object";
  if (prototype === Array.prototype) return "Array";
  if (prototype === null) return undefined;
  const here = KINDS.find((kind) => makerOf(kind)?.prototype === prototype);
  if (here !== undefined) return here;
  // Another realm's makers are no functions of this one, have the same names, and their prototypes have as many above them.
  const maker = own(prototype, "constructor");
  if (typeof maker !== "function" || maker instanceof Function) return undefined;
  const kind = KINDS.find((kind) => kind === own(maker, "name"));
  return kind && height(prototype) === height(makerOf(kind)?.prototype) ? kind : undefined;
}

const height = (prototype: unknown): number => (prototype ? 1 + height(Object.getPrototypeOf(prototype)) : 0);

/** The names of a plain object's members. Throws where one has no name, but a symbol. */
export function namesOf(value: object): string[] {
  if (Object.getOwnPropertySymbols(value).length) throw value;
  return Object.getOwnPropertyNames(value);
}

/** A member, or undefined where there is none. Throws where it is a getter, or hidden from who lists the members. */
export function memberOf(value: object, name: string | number): unknown {
  const member = Object.getOwnPropertyDescriptor(value, name);
  if (member && !(member.enumerable && Object.hasOwn(member, "value"))) throw value;
  return member?.value;
}

/** Throws where an object has other than so many members, hidden ones and those under symbols too. */
export function only(count: number, value: object): void {
  if (Reflect.ownKeys(value).length !== count) throw value;
}

/** A view of more items is not asked for all its names: hosts would spell out its indices, which takes a thousand times as long as copying. */
const MOST_NAMED = 4_096;

/** As `only`, for what is seen of a buffer by so many items, each of which counts as a member. */
export function onlyItems(count: number, view: object): void {
  if (count <= MOST_NAMED) only(count, view);
  else if (Object.getOwnPropertySymbols(view).length) throw view;
}
