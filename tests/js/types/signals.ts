// Where the platform's types know AbortSignal, ours is that one.

import { createCache } from "fetchwell";

const cache = createCache();
const controller = new AbortController();

export const loaded: Promise<number> = cache.getOrSet(
  "a",
  async ({ signal }) => {
    const same: AbortSignal = signal;
    signal.throwIfAborted();
    return Number(same.aborted);
  },
  { signal: controller.signal },
);
// @ts-expect-error a controller is no signal
void cache.getOrSet("a", () => 1, { signal: controller });
