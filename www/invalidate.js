// Invalidation, and the rehearsal of it: a dry run says how many would go, and the page shows which.

import { createCache } from "fetchwell";

/** What can be typed, what it does to a cache, and a word about it. */
export const WAYS = {
  prefix: {
    label: "Prefix",
    hint: "Letter by letter: books:1 takes books:10 too. The empty prefix is everything.",
    run: (cache, what, options) => cache.invalidatePrefix(what, options),
  },
  parts: {
    label: "Parts of a key",
    hint: "Ends where a part ends: books:1 does not take books:10, but books:1:reviews.",
    run: (cache, what, options) => cache.invalidatePrefix(what.split(":"), options),
  },
  tag: {
    label: "Tag",
    hint: "Every entry that was stored with this tag, whatever its key.",
    run: (cache, what, options) => cache.invalidateTag(what, options),
  },
  pattern: {
    label: "Pattern",
    hint: "* and ? stop at a colon and at a slash, ** crosses them: user:*:cart",
    run: (cache, what, options) => cache.invalidateMatching(what, options),
  },
};

/** Which entries would go: they go, in a copy of the cache that nobody else sees. */
export function rehearse(cache, way, what) {
  const copy = createCache();
  copy.restore(cache.snapshot());
  const before = [...copy.keys()];
  way.run(copy, what);
  const after = new Set(copy.keys());
  copy.close();
  return before.filter((key) => !after.has(key));
}
