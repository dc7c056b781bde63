// Statistics under the names that logs and older tools expect.

import type { Stats } from "./api.js";

/**
 * All figures of the statistics in one flat object. `total_requests`, `hit_rate_percent` (two decimals) and `cached_keys` stand beside
 * `requests`, `hit_rate` (0..1) and `entries`; what lies in another object has that one's name before it: `misses_by_cold`,
 * `removals_by_evicted`, `windows_1m_hit_rate`, `what_if_hit_rate_at_double_size`.
 */
export function toSnakeCase(stats: Stats): Record<string, number> {
  const flat: Record<string, number> = {
    total_requests: stats.requests,
    hit_rate_percent: Math.round(stats.hitRate * 10_000) / 100,
    cached_keys: stats.entries,
  };
  const take = (given: object, before: string): void => {
    for (const [name, value] of Object.entries(given)) {
      const snake = before + name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      if (typeof value === "number") flat[snake] = value;
      else take(value as object, `${snake}_`);
    }
  };
  take(stats, "");
  return flat;
}
