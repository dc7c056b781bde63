// What the face and the engine say to each other: numbers with names, and what an answer consists of. The other side of each list is in
// `src/bindings/`.

/** What a caller does next who wants a value, loaded if need be. */
export const SERVE = 0;
export const SERVE_AND_REFRESH = 1;
export const LOAD = 2;
export const LOAD_WITH_FALLBACK = 3;

/** What became of a value that was offered. */
export const STORED = 0;
export const REJECTIONS = [undefined, "too-large", "ttl-0", "fenced"] as const;
/** The instance trapped: the value is not stored, and nothing else is. */
export const LOST = 4;

export const MISS_REASONS = ["cold", "expired", "evicted", "invalidated", "vary", "bypass"] as const;
export const REMOVAL_CAUSES = ["expired", "idle", "evicted", "invalidated", "replaced"] as const;

/** What is counted outside the engine. */
export const COUNT = { hit: 0, staleHit: 1, miss: 2, coalesced: 3, loadBegan: 4, loadTook: 5, loadFailed: 6 } as const;

/** What an invalidation or a listing means by its text. */
export const BY = { everything: 0, key: 1, prefix: 2, segment: 3, pattern: 4, tags: 5 } as const;
/** How far something reaches: a place (one namespace, one partition), a namespace in all partitions, the whole. */
export const REACH = { place: 0, namespace: 1, whole: 2 } as const;
export const HOW = { hard: 0, soft: 1, dryRun: 2 } as const;

/** How many numbers the statistics are. */
export const STATISTICS = 36;

export interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
}

/** How a value is to be held: milliseconds, and a share. */
export interface Terms {
  readonly ttl: number;
  readonly tti: number;
  readonly swr: number;
  readonly staleIfError: number;
  readonly jitter: number;
}

/** Which entries are meant: by what, how far it reaches, and from where. */
export interface Meant {
  readonly by: number;
  readonly reach: number;
  readonly space: number;
  readonly text: string;
  readonly who: string | undefined;
}

/** Something that left the cache. */
export interface Gone {
  readonly space: number;
  readonly key: string;
  readonly cause: (typeof REMOVAL_CAUSES)[number];
}

/** What the engine knows of an entry; times on the line of the clock that was given to it. */
export interface Facts {
  readonly key: string;
  readonly tags: readonly string[];
  readonly handle: number;
  readonly stale: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly age: number;
  readonly left: number;
  readonly bytes: number;
  readonly hits: number;
}

/** The bytes of the values of a snapshot, in its order. */
export type Decoded = (Uint8Array | undefined)[] | "damaged" | "no memory" | { version: number };

/** A load in flight, as the engine knows it. */
export interface Ticket {
  readonly load: number;
  readonly era: number;
}
