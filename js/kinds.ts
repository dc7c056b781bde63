// What kind of object a value is, for those who look into values: weigh.ts, hash.ts, codec.ts, options.ts. A frame, a test runner's sandbox
// or a `vm` context is a realm of its own, whose lists, dates and Maps are none of this one's; they are taken for what they are.

/** Is it an object as literals and JSON make them, of this realm or another, or one without a prototype? */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "hasOwnProperty");
}

/** Tells a kind by what only that kind has inside, whatever realm it is of and whatever it says of itself. */
function kind(prototype: object, property: string): (value: object) => boolean {
  const inside = Object.getOwnPropertyDescriptor(prototype, property)!.get!;
  return (value) => {
    try {
      inside.call(value);
      return true;
    } catch {
      return false;
    }
  };
}
export const isBuffer = kind(ArrayBuffer.prototype, "byteLength");
export const isMap = kind(Map.prototype, "size");
export const isSet = kind(Set.prototype, "size");

/** The name of a typed array's kind ("Uint8Array"), also for instances of classes derived from it; undefined for anything else. */
export const typedArrayName: (value: unknown) => string | undefined = (value) => nameOf.call(value) as string | undefined;
const nameOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;

/** A member, unless it is a getter: that one is not run. */
export const own = (value: object, name: string | number): unknown => Object.getOwnPropertyDescriptor(value, name)?.value;

/** The bits of a number in hexadecimal, as IEEE 754 has them. There is one NaN; −0 is not 0 here. */
export function bits(number: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return Number.isNaN(number) ? "7ff8000000000000" : view.getBigUint64(0).toString(16).padStart(16, "0");
}
