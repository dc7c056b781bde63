// A snapshot goes to another cache, as from one process to the next; then something is set there, which is given what restoring left over.

import { createCache } from "fetchwell";
import { HOMES, byKey, info, scopes, seenFrom } from "./homes.mjs";
import { Naive } from "./naive.mjs";

const names = (copies) =>
  copies
    .map(({ space, who, key }) => `${space}/${who}/${key}`)
    .sort()
    .join();

/** What was looked at, what the cache answered, and what the naive one did. */
export function elsewhere({ bytes, entries }, { home, view }, options, sets) {
  const root = createCache(options);
  const naive = new Naive(options.clock.now());
  const { wide } = scopes(home, view);
  const newest = naive.newest(wide, entries).slice(0, options.maxEntries);
  naive.restore(wide, newest);
  const looks = [["how many", String(seenFrom(root, home).restore(bytes)), String(newest.length)]];
  const held = entries.filter((copy) => {
    naive.getStale(copy, copy.key);
    return seenFrom(root, copy).getStale(copy.key) !== undefined;
  });
  looks.push(["who", names(held), names(newest)]);
  for (const set of sets) {
    seenFrom(root, set.home).set(set.key, set.value);
    naive.set(set.home, set.key, set.value, {});
  }
  looks.push(["its bounds", root.size > options.maxEntries ? `${root.size} entries` : "hold", "hold"]);
  const keys = [...new Set([...entries, ...sets].map(({ key }) => key))];
  for (const each of HOMES) {
    const cache = seenFrom(root, each);
    const known = naive.list(each).map((entry) => naive.info(entry));
    looks.push([`the entries of ${each.space}/${each.who}`, [...cache.entries()].map(info).sort(byKey), known.sort(byKey)]);
    const got = keys.map((key) => [key, cache.getStale(key)]);
    const right = keys.map((key) => [key, naive.getStale(each, key)]);
    looks.push([`what is stale in ${each.space}/${each.who}`, got, right]);
  }
  root.close();
  return looks;
}
