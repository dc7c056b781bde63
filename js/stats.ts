// Statistics: the engine's numbers, by their names.

import type { Stats } from "./api.js";
import { MISS_REASONS, REMOVAL_CAUSES } from "./words.js";

const rate = (hits: number, misses: number): number => (hits + misses === 0 ? 0 : hits / (hits + misses));

/** The numbers of two namespaces as those of one. */
export const added = (some: readonly number[], more: readonly number[]): number[] => some.map((number, place) => number + more[place]!);

/** The statistics that these numbers are. Their order is that of `Store::numbers` in Rust. */
export function statsOf(numbers: readonly number[], traps: number): Stats {
  let place = 0;
  const next = (): number => numbers[place++]!;
  const [hits, misses, staleHits, revalidations, coalesced] = [next(), next(), next(), next(), next()];
  const [loads, loadErrors, loadMsTotal, loadsEnded] = [next(), next(), next(), next()];
  const [sets, rejections] = [next(), next()];
  // Which of the rejections were the fence's is not told.
  place += 2;
  const [invalidations, entries, bytes, bytesSaved, atDoubleSize, atDoubleTtl] = [next(), next(), next(), next(), next(), next()];
  const by = <K extends string>(names: readonly K[]): Record<K, number> =>
    Object.fromEntries(names.map((name) => [name, next()])) as Record<K, number>;
  const missesBy = by(MISS_REASONS);
  const removalsBy = by(REMOVAL_CAUSES);
  const window = (): { hits: number; misses: number; hitRate: number } => {
    const [hits, misses] = [next(), next()];
    return { hits, misses, hitRate: rate(hits, misses) };
  };
  const windows = { "1m": window(), "5m": window(), "15m": window() };
  return {
    hits,
    misses,
    requests: hits + misses,
    hitRate: rate(hits, misses),
    staleHits,
    revalidations,
    coalesced,
    loads,
    loadErrors,
    loadMsTotal,
    sets,
    rejections,
    invalidations,
    evictions: removalsBy.evicted,
    expirations: removalsBy.expired + removalsBy.idle,
    traps,
    entries,
    bytes,
    bytesSaved,
    msSaved: Math.floor((loadMsTotal * hits) / (loadsEnded || 1)),
    missesBy,
    removalsBy,
    windows,
    // Of the misses so many would have been hits.
    whatIf: {
      hitRateAtDoubleSize: rate(hits + atDoubleSize, misses - atDoubleSize),
      hitRateAtDoubleTtl: rate(hits + atDoubleTtl, misses - atDoubleTtl),
    },
  };
}
