// The loops that are timed. Each contestant gets its own, compiled from text: in one function for all, what V8 learnt of one would slow the
// others. The text calls the contestant's own methods, with nothing in between.

/** In orders of requests: not a number of a key, but the next key that nobody has seen yet. */
export const NEVER_SEEN = 2 ** 31 - 1;

const BODIES = {
  get: ({ get, key }) => `sum += (${get(key)}).length;`,
  // `next` goes on from round to round, so each key is new.
  evict: ({ set, key, value }) => `number = next++; ${set(key, value)};`,
  replace: ({ set, key, value }) => `${set(key, value)};`,
  // One in ten writes; the others read, and what is not there they store, as who uses a cache does.
  mixed: ({ get, set, key, value }) => `
    const writes = number > ${NEVER_SEEN};
    number = number & ${NEVER_SEEN};
    if (number === ${NEVER_SEEN}) number = next++;
    const key = ${key};
    if (writes) { ${set("key", value)}; continue; }
    const found = ${get("key")};
    if (found == null) ${set("key", value)};
    else sum += found.length;`,
};

/**
 * A function that runs one of the bodies over an order of numbers and gives the sum of the lengths it got. `key` is what stands for the key
 * of `number`: `keys[number]`, or how it is put together.
 */
export function loop(body, contestant, { cache, order, key, keys, values, next = 0 }) {
  const { awaits } = contestant;
  const call = (text) => (awaits ? `await ${text}` : text);
  const parts = { get: (key) => call(contestant.get(key)), set: (key, value) => call(contestant.set(key, value)), key, value: "values[number & 63]" };
  const text = `let next = ${next};
return ${awaits ? "async " : ""}() => {
  let sum = 0;
  for (let number of order) {${BODIES[body](parts)}}
  return sum;
};`;
  return new Function("cache", "order", "keys", "values", text)(cache, order, keys, values);
}

/** Puts `count` entries in: the keys below that number. */
export async function fill(contestant, { cache, key, keys, values, count }) {
  const order = Uint32Array.from({ length: count }, (_, number) => number);
  await loop("replace", contestant, { cache, order, key, keys, values })();
}
