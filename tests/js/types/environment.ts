// Node's own types of what we take and give.

import { createCache, ttlFromEnv } from "fetchwell";
import { writeFileSync, readFileSync } from "node:fs";

const ttls = ttlFromEnv(process.env, { books: "BOOK_TTL" }, { unit: "s", defaults: { books: 600 } });
const cache = createCache({ ttl: ttls.books });
writeFileSync("cache.bin", cache.snapshot());
cache.restore(readFileSync("cache.bin"));
