// Whose keys there are in a program, and how the cache is seen from there.

/** Whose keys there are, in which namespace. */
export const HOMES = [
  { space: "", who: "" },
  { space: "", who: "ada" },
  { space: "", who: "bob" },
  { space: "n", who: "" },
  { space: "n", who: "ada" },
  { space: "m", who: "" },
];

/** Sorts what has a key. */
export const byKey = (one, other) => (one.key < other.key ? -1 : 1);

/** The cache as it is seen from one of the homes. */
export function seenFrom(root, { space, who }) {
  const cache = space === "" ? root : root.namespace(space);
  return who === "" ? cache : cache.partition(who);
}

/** What methods by key reach, and those that take the root for the whole: tags, clear, snapshots. */
export function scopes(home, view) {
  const own = view ? home : { space: home.space };
  return { own, wide: home.space !== "" ? own : view ? { who: home.who } : {} };
}

/** What entry() shows, without what is the engine's own affair. */
export function info(entry) {
  if (entry === undefined) {
    return undefined;
  }
  const { key, value, state, createdAt, expiresAt, ageMs, ttlMs, tags } = entry;
  return { key, value, state, createdAt, expiresAt, ageMs, ttlMs, tags: [...tags].sort() };
}
