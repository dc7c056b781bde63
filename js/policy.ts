// The lifetime rules of a cache, a namespace and a call, checked and brought to numbers; the nearest that says something wins.

import type { Duration } from "./api.js";
import { duration } from "./lengths.js";
import { wellFormed } from "./keys.js";
import { flag, integer, number, plain, type Reader, readOptions, refused } from "./options.js";

/** Lifetime rules, as far as they are given; lengths in milliseconds. Without a prototype. */
export interface Rules {
  ttl?: number | ((value: any, key: string) => Duration);
  tti?: number;
  jitter?: number;
  swr?: number;
  staleIfError?: { for: number; on?: readonly ("network" | "timeout" | number)[] };
  softTimeout?: number;
  timeout?: number;
  refreshAhead?: number; // how eager; 0 is off
  negativeTtl?: number | ReadonlyMap<number, number>; // by status
  retry?: { limit: number; backoff: number; respectRetryAfter: boolean };
  tags?: readonly string[] | ((value: any, key: string) => readonly string[]);
  weight?: number | ((value: any, key: string) => number);
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);

/** Takes a function as it is, and else what the reader takes. */
const orFunction =
  <T>(read: Reader<T>): Reader<T | ((...args: any[]) => any)> =>
  (value, field) =>
    typeof value === "function" ? (value as (...args: any[]) => any) : read(value, field);

/** What a value weighs, in whole bytes. Also for what a weight function returned. */
export const weight: Reader<number> = (value, field) => Math.floor(number()(value, field));

/** A list of texts. Also for what a tags function returned and for what a loader gave to its context. */
export function tagList(tags: unknown, field: string): readonly string[] {
  if (!Array.isArray(tags)) throw refused(tags, field, "a list of texts");
  // By place, so that each is read once and no gap is passed over.
  return Array.from({ length: tags.length }, (_, at) => wellFormed(tags[at], field));
}

const status = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 599;

const staleIfError: Reader<Rules["staleIfError"]> = (value, field) => {
  if (!isObject(value)) return { for: duration(value, field) };
  const read = readOptions(value, field, { for: duration, on: reasons }, `${field}.`);
  if (read.for === undefined) throw refused(undefined, `${field}.for`, "a duration");
  return read;
};

const reasons: Reader<readonly unknown[]> = (value, field) => {
  if (!Array.isArray(value)) throw refused(value, field, 'a list of "network", "timeout" and statuses');
  return Array.from({ length: value.length }, (_, at) => {
    const reason: unknown = value[at];
    if (reason === "network" || reason === "timeout" || status(reason)) return reason;
    throw refused(reason, field, '"network", "timeout" or a status from 100 to 599');
  });
};

const refreshAhead: Reader<number> = (value, field) =>
  isObject(value) ? (readOptions(value, field, { beta: number() }, `${field}.`).beta ?? 1) : Number(flag(value, field));

const negativeTtl: Reader<Rules["negativeTtl"]> = (value, field) => {
  if (!isObject(value)) return duration(value, field);
  plain(value, field, "a duration, or an object of statuses and durations");
  const byStatus = new Map<number, number>();
  for (const name of Object.keys(value)) {
    const inside = `${field}.${name}`;
    if (String(Number(name)) !== name || !status(Number(name))) throw refused(name, inside, "a status from 100 to 599");
    const length = value[name];
    if (length !== undefined) byStatus.set(Number(name), duration(length, inside));
  }
  return byStatus;
};

const retry: Reader<Rules["retry"]> = (value, field) => {
  const defaults = { backoff: 100, respectRetryAfter: true };
  if (!isObject(value)) return { limit: integer(0)(value, field), ...defaults };
  const read = readOptions(value, field, { limit: integer(0), backoff: duration, respectRetryAfter: flag }, `${field}.`);
  if (read.limit === undefined) throw refused(undefined, `${field}.limit`, "an integer, 0 or more");
  return { ...defaults, ...read };
};

/** A reader for each rule. */
export const policyReaders: Record<string, Reader<unknown>> = {
  ttl: orFunction(duration),
  tti: duration,
  jitter: number(1),
  swr: duration,
  staleIfError,
  softTimeout: duration,
  timeout: duration,
  refreshAhead,
  negativeTtl,
  retry,
  tags: orFunction(tagList),
  weight: orFunction(weight),
};

/** Reads a policy; `what` names who takes it. */
export function readPolicy(given: unknown, what: string): Rules {
  return readOptions(given, what, policyReaders);
}

/** The nearer rules, and where they say nothing, the wider ones. */
export function over(nearer: Rules, wider: Rules): Rules {
  return Object.assign(Object.create(null), wider, nearer);
}
