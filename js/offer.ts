// How a value is to be held: what the rules say of it, the user's functions asked. All of this happens before anything is changed.

import type { Terms } from "./words.js";
import { duration } from "./lengths.js";
import { type Rules, tagList, weight as weighed } from "./policy.js";
import { weightOf } from "./weigh.js";

export interface Offer {
  readonly terms: Terms;
  /** In bytes. */
  readonly weight: number;
  readonly tags: readonly string[];
}

const NONE: readonly string[] = [];

/** When a value that is held on these terms dies, if nobody asks for it and it was stored now. */
export function endOf({ ttl, tti, swr, staleIfError }: Terms, now: number): number {
  return now + Math.min(ttl + Math.max(swr, staleIfError), tti || Infinity);
}

interface Alike extends Terms {
  /** Does a function of the user's have to be asked about each value? */
  readonly asks: boolean;
  readonly weight: number | undefined;
  readonly tags: readonly string[];
}

/** What rules say of every value alike. Those of a cache or a namespace are asked again and again, so the latest answer is kept. */
function alikeOf(rules: Rules): Alike {
  if (rules === latest) return latestAlike;
  latest = rules;
  const { ttl, tti, swr, staleIfError, jitter } = rules;
  return (latestAlike = {
    ttl: typeof ttl === "number" ? ttl : Infinity,
    tti: tti ?? 0,
    swr: swr ?? 0,
    staleIfError: staleIfError?.for ?? 0,
    jitter: jitter ?? 0,
    asks: [ttl, rules.weight, rules.tags].some((rule) => typeof rule === "function"),
    weight: typeof rules.weight === "number" ? rules.weight : undefined,
    tags: Array.isArray(rules.tags) ? rules.tags : NONE,
  });
}
let latest: Rules | undefined;
let latestAlike: Alike;

/** Asks the rules about a value. What a user's function throws comes through untouched. */
export function offered(rules: Rules, value: unknown, key: string, ttl?: number): Offer {
  const alike = alikeOf(rules);
  if (ttl === undefined && !alike.asks) return { terms: alike, weight: alike.weight ?? weightOf(value), tags: alike.tags };
  const { tags, weight } = rules;
  return {
    terms: { ...alike, ttl: ttl ?? (typeof rules.ttl === "function" ? duration(rules.ttl(value, key), "ttl") : alike.ttl) },
    weight: typeof weight === "function" ? weighed(weight(value, key), "weight") : (alike.weight ?? weightOf(value)),
    tags: typeof tags === "function" ? tagList(tags(value, key), "tags") : alike.tags,
  };
}
