// What users of a cache without prefixes write: a look at every key.

export function startingWith(keys, prefix, remove) {
  let removed = 0;
  for (const key of keys) {
    if (key.startsWith(prefix)) {
      remove(key);
      removed += 1;
    }
  }
  return removed;
}
