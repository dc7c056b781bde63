// What kind of object a value is, for those who look into values: weigh.ts, hash.ts, codec.ts.

/** Is it an object as literals and JSON make them, of this realm or another (a frame, a test runner's sandbox)? */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "hasOwnProperty");
}

/** The bits of a number in hexadecimal, as IEEE 754 has them. There is one NaN; −0 is not 0 here. */
export function bits(number: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return Number.isNaN(number) ? "7ff8000000000000" : view.getBigUint64(0).toString(16).padStart(16, "0");
}
