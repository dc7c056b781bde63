// How a value is to be held: what the rules say of it, the user's functions asked. All of this happens before anything is changed.

import type { Terms } from "./words.js";
import { duration } from "./lengths.js";
import { type Rules, tagList, weight } from "./policy.js";
import { weightOf } from "./weigh.js";

export interface Offer {
  readonly terms: Terms;
  readonly tags: readonly string[];
}

const NONE: readonly string[] = [];

/** When a value that is held on these terms dies, if nobody asks for it and it was stored now. */
export function endOf({ ttl, tti, swr, staleIfError }: Terms, now: number): number {
  return now + Math.min(ttl + Math.max(swr, staleIfError), tti || Infinity);
}

/** Asks the rules about a value. What a user's function throws comes through untouched. */
export function offered(rules: Rules, value: unknown, key: string, ttl?: number): Offer {
  const { tags } = rules;
  return {
    terms: {
      ttl: ttl ?? (typeof rules.ttl === "function" ? duration(rules.ttl(value, key), "ttl") : (rules.ttl ?? Infinity)),
      tti: rules.tti ?? 0,
      swr: rules.swr ?? 0,
      staleIfError: rules.staleIfError?.for ?? 0,
      jitter: rules.jitter ?? 0,
      weight: typeof rules.weight === "function" ? weight(rules.weight(value, key), "weight") : (rules.weight ?? weightOf(value)),
    },
    tags: typeof tags === "function" ? tagList(tags(value, key), "tags") : (tags ?? NONE),
  };
}
