// What the package exports.

import { digest } from "./texts.js";
import { canonical } from "./hash.js";

export { createCache } from "./create.js";
export { defineKeys } from "./define-keys.js";
export { describe } from "./describe.js";
export { FetchwellError } from "./errors.js";
export const hashKey = (value: unknown): string => digest(canonical(value));
export { invalidateOn } from "./invalidate-on.js";
export { manualClock } from "./manual-clock.js";
export { toSnakeCase } from "./snake-case.js";
export { ttlFromEnv } from "./ttl-from-env.js";
