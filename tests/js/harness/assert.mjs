// What a test can claim. Every complaint shows what was there and what was wanted.

import { alike } from "./alike.mjs";
import { show } from "./show.mjs";

/** What a claim throws that does not hold. */
export class AssertionError extends Error {
  name = "AssertionError";
}

export const assert = { ok, equal, deepEqual, match, throws, rejects };

function ok(value, note) {
  if (!value) {
    fail(note, `${show(value)} is not what a true claim gives`);
  }
}

/** The very same: `Object.is`. */
function equal(actual, expected, note) {
  if (!Object.is(actual, expected)) {
    fail(note, `got      ${show(actual)}\n  expected ${show(expected)}`);
  }
}

/** The same in structure: own properties, Map, Set, Date, typed arrays, NaN. */
function deepEqual(actual, expected, note) {
  if (!alike(actual, expected)) {
    fail(note, `got      ${show(actual)}\n  expected ${show(expected)}`);
  }
}

function match(text, pattern, note) {
  if (typeof text !== "string" || !new RegExp(pattern).test(text)) {
    fail(note, `${show(text)} does not match ${pattern}`);
  }
}

/** Calls it, wants it to throw, and returns what it threw. */
function throws(call, expected, note) {
  let error;
  try {
    const value = call();
    error = { returned: value };
  } catch (thrown) {
    wanted(thrown, expected, note);
    return thrown;
  }
  return fail(note, `nothing was thrown; the call returned ${show(error.returned)}`);
}

/** Wants a promise to reject, and returns the reason. */
async function rejects(promise, expected, note) {
  let value;
  try {
    value = await promise;
  } catch (reason) {
    wanted(reason, expected, note);
    return reason;
  }
  return fail(note, `nothing was rejected; the promise gave ${show(value)}`);
}

/** A pattern names some of these; anything else that is expected is the reason itself. */
const PARTS = new Set(["name", "code", "field", "status", "message", "cause"]);

function wanted(reason, expected, note) {
  if (expected === undefined || Object.is(reason, expected)) {
    return;
  }
  if (!isPattern(expected)) {
    fail(note, `got another reason: ${show(reason)}\n  expected ${show(expected)}`);
  }
  for (const [part, value] of Object.entries(expected)) {
    const found = reason?.[part];
    const fits = value instanceof RegExp ? value.test(String(found)) : Object.is(found, value);
    if (!fits) {
      fail(note, `the ${part} is ${show(found)}\n  expected ${show(value)}\n  of ${show(reason)}`);
    }
  }
}

function isPattern(expected) {
  if (typeof expected !== "object" || expected === null || Object.getPrototypeOf(expected) !== Object.prototype) {
    return false;
  }
  const parts = Object.keys(expected);
  return parts.length > 0 && parts.every((part) => PARTS.has(part));
}

function fail(note, complaint) {
  throw new AssertionError(note === undefined ? `\n  ${complaint}` : `${note}\n  ${complaint}`);
}
