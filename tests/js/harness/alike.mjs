// Whether two values are the same in structure.

/** Circles are followed once: a pair that is being compared already counts as alike. */
export function alike(a, b, open = []) {
  if (Object.is(a, b)) {
    return true;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return false;
  }
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b) || open.some(([x, y]) => x === a && y === b)) {
    return Object.getPrototypeOf(a) === Object.getPrototypeOf(b);
  }
  const within = [...open, [a, b]];
  return insidesAlike(a, b, within) && propertiesAlike(a, b, within);
}

/** What is not in properties. */
function insidesAlike(a, b, open) {
  if (ArrayBuffer.isView(a) || a instanceof ArrayBuffer) {
    const [left, right] = [bytes(a), bytes(b)];
    return left.length === right.length && left.every((byte, index) => byte === right[index]);
  }
  if (a instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => mapHas(b, key, value, open));
  }
  if (a instanceof Set) {
    return a.size === b.size && [...a].every((value) => b.has(value) || [...b].some((other) => alike(value, other, open)));
  }
  if (a instanceof Error) {
    return a.name === b.name && a.message === b.message && alike(a.cause, b.cause, open);
  }
  if (a instanceof Date || a instanceof Number || a instanceof String || a instanceof Boolean) {
    return Object.is(a.valueOf(), b.valueOf());
  }
  if (a instanceof RegExp || (typeof URL === "function" && a instanceof URL)) {
    return String(a) === String(b);
  }
  return true;
}

function mapHas(map, key, value, open) {
  if (map.has(key)) {
    return alike(value, map.get(key), open);
  }
  return [...map].some(([otherKey, other]) => alike(key, otherKey, open) && alike(value, other, open));
}

function propertiesAlike(a, b, open) {
  if (ArrayBuffer.isView(a)) {
    return true; // its elements are properties too, and compared already
  }
  const keys = ownKeys(a);
  return keys.length === ownKeys(b).length && keys.every((key) => Object.hasOwn(b, key) && alike(a[key], b[key], open));
}

function ownKeys(value) {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

function bytes(view) {
  return view instanceof ArrayBuffer ? new Uint8Array(view) : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
