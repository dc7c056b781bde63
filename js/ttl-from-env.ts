// Lifetimes from environment variables.

import type { Duration } from "./api.js";
import { fault, shown } from "./errors.js";
import { duration } from "./lengths.js";
import { oneOf, plain, type Reader, readOptions, refused, someText } from "./options.js";

/** See the public type. An empty variable is an absent one, as a shell has it; what has neither a value nor a default is refused. */
export function ttlFromEnv<K extends string>(
  env: Record<string, string | undefined>,
  names: Record<K, string>,
  options?: { unit?: "ms" | "s"; defaults?: Partial<Record<K, Duration>> },
): Record<K, Duration> {
  if (typeof env !== "object" || env === null) throw refused(env, "env", "an object of environment variables");
  plain(names, "names", "an object of names of environment variables");
  const { unit = "ms", defaults = {} } = readOptions(options, "ttlFromEnv()", {
    unit: oneOf("ms", "s"),
    defaults: (value, field) => readOptions(value, field, each(Object.keys(names), (value) => value), `${field}.`),
  });
  const ttls: [string, Duration][] = [];
  for (const [name, variable] of Object.entries(names)) {
    const field = someText(variable, `names.${name}`);
    const given: unknown = Object.hasOwn(env, field) ? env[field] : undefined;
    if (given !== undefined && given !== "") ttls.push([name, inUnit(given, field, unit)]);
    else if (defaults[name] === undefined) throw fault("invalid-option", "is not set, and has no default", { field });
    else ttls.push([name, byDefault(defaults[name], `defaults.${name}`, unit)]);
  }
  return Object.fromEntries(ttls) as Record<K, Duration>;
}

/** Hosts that give more than texts (bindings of Workers) may give a number. */
function inUnit(given: unknown, field: string, unit: "ms" | "s"): Duration {
  const number = typeof given === "number" ? String(given) : given;
  if (typeof number !== "string" || !/^\d+(\.\d+)?$/.test(number)) {
    throw fault("invalid-option", `${shown(given)} is no number; give ${unit === "s" ? "seconds" : "milliseconds"}, such as "600"`, { field });
  }
  return `${number}${unit}` as Duration;
}

/** A number is in the unit of the variables; a text says its own. */
function byDefault(given: unknown, field: string, unit: "ms" | "s"): Duration {
  if (typeof given === "number" && Number.isFinite(given)) return inUnit(given, field, unit);
  duration(given, field);
  return given as Duration;
}

const each = (names: string[], read: Reader<unknown>): Record<string, Reader<unknown>> => Object.fromEntries(names.map((name) => [name, read]));
