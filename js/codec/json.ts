// The JSON text of a value, if JSON says all of it.

import { kindOf, memberOf, namesOf, only } from "./exact.js";

/** How many lists and objects may lie in one another, in either form. */
export const MAX_DEPTH = 500;

/** Enters a list or an object; throws when it lies in itself or too deep. */
export function enter(value: object, way: object[]): void {
  if (way.length >= MAX_DEPTH || way.includes(value)) throw way;
  way.push(value);
}

/**
 * What JSON.stringify would write, or undefined where that would not give the same value back; throws where nothing would. `way` is what the
 * value lies in. Written by hand, as JSON.stringify leaves things out in silence and calls toJSON methods.
 */
export function jsonOf(value: unknown, way: object[]): string | undefined {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : undefined;
  if (typeof value !== "object") return undefined;
  const kind = kindOf(value);
  const list = kind === "Array" && Array.isArray(value);
  if (!list && kind !== "Object") return undefined;
  enter(value, way);
  const parts: string[] = [];
  if (list) {
    for (let at = 0; at < value.length; at++) {
      const part = jsonOf(memberOf(value, at), way);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    only(value.length + 1, value); // its length is one
  } else {
    for (const name of namesOf(value)) {
      const part = jsonOf(memberOf(value, name), way);
      if (part === undefined) return undefined;
      parts.push(`${JSON.stringify(name)}:${part}`);
    }
  }
  way.pop();
  return list ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}
