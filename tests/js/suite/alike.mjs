// What comes back from a snapshot is compared more strictly than structure alone: kinds, prototypes, order of members, −0, gaps.

/** Are these the same to the last detail: kinds, prototypes, order of members, −0, gaps, invalid dates? */
export function same(one, other, seen = new Map()) {
  if (Object.is(one, other)) {
    return true;
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return false;
  }
  if (seen.get(one) === other) {
    return true;
  }
  seen.set(one, other);
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) {
    return false;
  }
  const all = (from, to) => from.length === to.length && from.every((each, at) => same(each, to[at], seen));
  if (one instanceof Date) {
    return Object.is(one.getTime(), other.getTime());
  }
  if (one instanceof Map) {
    return all([...one].flat(), [...other].flat());
  }
  if (one instanceof Set) {
    return all([...one], [...other]);
  }
  if (one instanceof ArrayBuffer || ArrayBuffer.isView(one)) {
    const bytes = (of) => [...(of instanceof ArrayBuffer ? new Uint8Array(of) : new Uint8Array(of.buffer, of.byteOffset, of.byteLength))];
    return all(bytes(one), bytes(other));
  }
  return all(Reflect.ownKeys(one), Reflect.ownKeys(other)) && Reflect.ownKeys(one).every((name) => same(one[name], other[name], seen));
}
