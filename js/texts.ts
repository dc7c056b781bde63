// What the engine does with texts that concern no cache: parts of keys, and digests.

import { fault } from "./errors.js";
import { Unavailable, abandonInstance, allEnd, enter, era, isOf, keyEnd, layAll, layKey, leave, raw, textOf } from "./wasm.js";

/** Tries once more in a new instance if the present one traps: these concern nobody's entries. */
function twice(act: () => string): string {
  const once = (): string => {
    enter();
    isOf(era);
    const text = act();
    leave();
    return text;
  };
  try {
    return once();
  } catch (error) {
    if (error instanceof Unavailable) {
      leave();
      throw error;
    }
    abandonInstance();
    return once();
  }
}

/** A key of parts, of which some have to be escaped. */
export function joined(parts: readonly string[], separator: string): string {
  try {
    const escaped = parts.map((part) =>
      twice(() => {
        layAll(part, undefined, [separator]);
        return textOf(raw.escapePart(keyEnd, allEnd));
      }),
    );
    return escaped.join(separator);
  } catch {
    // Without an engine nothing is held under it; loads in flight are told apart by it all the same.
    return JSON.stringify(parts);
  }
}

/** 128 bits of the SHA-256 of a text, in hexadecimal. */
export function digest(text: string): string {
  try {
    return twice(() => {
      layKey(text);
      return textOf(raw.digest(keyEnd));
    });
  } catch (cause) {
    throw fault("no-engine", "there is no hash without the engine, which cannot be started here", { cause });
  }
}
