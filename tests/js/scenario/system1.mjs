// System 1 of five that a user must be able to build: the asynchronous in-memory cache of an MCP server. Each test is one of its rows.

import { test, assert } from "../harness.mjs";
import { createCache, describe, manualClock, toSnakeCase, ttlFromEnv } from "fetchwell";

const ENV = { CACHE_TTL_PRODUCTS: "3600", CACHE_TTL_TESTS: "300", CACHE_TTL_BUGS: "60" };

/** The service as its texts describe it: three kinds of resources, one cache that is passed in. */
function service({ env = ENV, api, clock = manualClock(1_700_000_000_000) } = {}) {
  const cache = createCache({ clock, maxBytes: "100mb", maxEntries: 10_000 });
  const ttl = ttlFromEnv(
    env,
    { products: "CACHE_TTL_PRODUCTS", tests: "CACHE_TTL_TESTS", bugs: "CACHE_TTL_BUGS" },
    { unit: "s", defaults: { products: 3_600, tests: 300, bugs: 60 } },
  );
  const products = cache.namespace("products", { ttl: ttl.products });
  const tests = cache.namespace("tests", { ttl: ttl.tests });
  const bugs = cache.namespace("bugs", { ttl: ttl.bugs });
  return {
    cache,
    clock,
    products,
    tests,
    bugs,
    listProducts: () => products.getOrSet("products:list:raw", () => api.products()),
    testsOf: (product) => tests.getOrSet(["product", product, "tests", "raw"], () => api.tests(product)),
    bugsOf: (id) => bugs.getOrSet(["test", id, "bugs", "raw"], () => api.bugs(id)),
  };
}

/** An API that counts its calls and can be told to fail. */
function counted() {
  const calls = { products: 0, tests: 0, bugs: 0 };
  const failing = { with: undefined };
  const answer = (kind, value) => async () => {
    calls[kind] += 1;
    await undefined;
    if (failing.with !== undefined) {
      throw failing.with;
    }
    return value;
  };
  const api = {
    products: answer("products", [
      { id: 7, name: "Saw" },
      { id: 8, name: "Drill" },
    ]),
    tests: (product) =>
      answer(
        "tests",
        Array.from({ length: 200 }, (_, id) => ({ id, product, status: ["open", "closed", "running", "archived"][id % 4], team: id % 5 })),
      )(),
    bugs: (id) => answer("bugs", [{ id: 1, test: id }])(),
  };
  return { api, calls, failing };
}

test("1.1 products live 3 600 s, tests 300 s, bugs 60 s", async () => {
  const { products, tests, bugs, clock } = service();
  for (const [cache, seconds] of [
    [products, 3_600],
    [tests, 300],
    [bugs, 60],
  ]) {
    cache.set("a", 1);
    assert.equal(cache.entry("a").ttlMs, seconds * 1_000);
  }
  await clock.advance(59_999);
  assert.deepEqual([products.has("a"), tests.has("a"), bugs.has("a")], [true, true, true]);
  await clock.advance(1);
  assert.deepEqual([products.has("a"), tests.has("a"), bugs.has("a")], [true, true, false]);
  await clock.advance(240_000);
  assert.deepEqual([products.has("a"), tests.has("a")], [true, false]);
  await clock.advance(3_299_999);
  assert.equal(products.has("a"), true);
  await clock.advance(1);
  assert.equal(products.has("a"), false);
});

test("1.2 keys are products:list:raw, product:{id}:tests:raw and test:{id}:bugs:raw", async () => {
  const { api } = counted();
  const { products, tests, bugs, listProducts, testsOf, bugsOf } = service({ api });
  await listProducts();
  await testsOf(7);
  await bugsOf(42);
  assert.deepEqual(
    [[...products.keys()], [...tests.keys()], [...bugs.keys()]],
    [["products:list:raw"], ["product:7:tests:raw"], ["test:42:bugs:raw"]],
  );
  assert.equal(tests.invalidatePrefix(["product", 7]), 1);
});

test("1.3 get, set, delete, clear and statistics need no event loop, and whatever waits is a promise", async () => {
  const { cache } = service();
  cache.set("a", 1);
  const answers = [cache.get("a"), cache.delete("a"), cache.clear(), typeof cache.stats()];
  assert.deepEqual(answers, [1, true, undefined, "object"]);
  const waits = [cache.getOrSet("b", () => 1), cache.drop("somebody")];
  assert.ok(waits.every((each) => each instanceof Promise));
  await Promise.all(waits);
});

test("1.4 expiry is looked at on each get, the expired entry goes, a lifetime of zero is a case", async () => {
  const { cache, clock } = service();
  cache.set("a", 1, { ttl: 1_000 });
  const removed = [];
  cache.on("remove", ({ key, cause }) => removed.push(`${key} ${cause}`));
  await clock.advance(1_000);
  assert.deepEqual([cache.get("a"), cache.size, removed], [undefined, 0, ["a expired"]]);
  cache.set("b", 1, { ttl: 0 });
  assert.deepEqual([cache.get("b"), cache.size], [undefined, 0]);
});

test("1.5 statistics are hits, misses, total_requests, hit_rate_percent with two decimals and cached_keys", () => {
  const { cache } = service();
  assert.deepEqual(pick(cache), { hits: 0, misses: 0, total_requests: 0, hit_rate_percent: 0, cached_keys: 0 });
  cache.set("a", 1);
  cache.get("a");
  cache.get("a");
  cache.get("b");
  assert.deepEqual(pick(cache), { hits: 2, misses: 1, total_requests: 3, hit_rate_percent: 66.67, cached_keys: 1 });
});

function pick(cache) {
  const { hits, misses, total_requests, hit_rate_percent, cached_keys } = toSnakeCase(cache.stats());
  return { hits, misses, total_requests, hit_rate_percent, cached_keys };
}

test("1.6 clear also resets the statistics where that is asked for: after it hits 0, misses 1, keys 0", () => {
  const { cache } = service();
  cache.set("a", 1);
  cache.get("a");
  cache.clear({ resetStats: true });
  cache.get("a");
  assert.deepEqual(pick(cache), { hits: 0, misses: 1, total_requests: 1, hit_rate_percent: 0, cached_keys: 0 });
  cache.clear();
  assert.equal(cache.stats().misses, 1, "and not otherwise");
});

test("1.7 a missing key, an overwrite, several keys, nested values and no requests at all are ordinary", () => {
  const { cache } = service();
  assert.deepEqual([cache.get("missing"), createCache().stats().hitRate], [undefined, 0]);
  cache.set("a", 1).set("a", 2).set("b", 3);
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.size], [2, 3, 2]);
  const nested = { list: [{ deep: new Map([["k", new Set([new Date(5)])]]) }], bytes: new Uint8Array(9), nothing: null };
  cache.set("nested", nested);
  assert.equal(cache.get("nested"), nested);
});

test("1.8 ten reads and five writes at once leave no error, one of the written values and at least ten requests", async () => {
  const { cache } = service();
  const reads = Array.from({ length: 10 }, async () => {
    await undefined;
    return cache.get("shared");
  });
  const writes = Array.from({ length: 5 }, async (_, number) => {
    await undefined;
    cache.set("shared", number);
  });
  await Promise.all([...reads, ...writes]);
  assert.ok([0, 1, 2, 3, 4].includes(cache.get("shared")));
  assert.ok(cache.stats().requests >= 10);
});

test("1.9 five concurrent requests are one call of the API, four joined it", async () => {
  const { api, calls } = counted();
  const { cache, listProducts } = service({ api });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(listProducts));
  assert.deepEqual([calls.products, cache.stats().coalesced, new Set(answers).size], [1, 4, 1]);
});

test("1.10 errors are not cached, unless somebody opts in", async () => {
  const { api, calls, failing } = counted();
  const { products, listProducts } = service({ api });
  failing.with = new Error("503");
  await assert.rejects(listProducts(), failing.with);
  await assert.rejects(listProducts(), failing.with);
  assert.equal(calls.products, 2);
  const options = { negativeTtl: "10s" };
  await assert.rejects(
    products.getOrSet("other", () => api.products(), options),
    failing.with,
  );
  await assert.rejects(
    products.getOrSet("other", () => api.products(), options),
    failing.with,
  );
  assert.equal(calls.products, 3);
  failing.with = undefined;
  assert.equal((await listProducts()).length, 2);
});

test("1.11 one cache is made first, passed to every service and shared by them", async () => {
  const { cache } = service();
  const lifespan = { cache };
  const productService = (context) => ({ list: () => context.cache.getOrSet("products:list:raw", () => ["a product"]) });
  const testService = (context) => ({ products: () => context.cache.get("products:list:raw") });
  await productService(lifespan).list();
  assert.deepEqual(testService(lifespan).products(), ["a product"]);
  assert.equal(cache.stats().hits, 1);
});

test("1.12 services are isolated: the same key is another one in each, and one clears only its own", () => {
  const { products, tests, bugs } = service();
  [products, tests, bugs].forEach((each, number) => each.set("list:raw", number));
  tests.clear();
  assert.deepEqual([products.get("list:raw"), tests.get("list:raw"), bugs.get("list:raw")], [0, undefined, 2]);
});

test("1.13 lifetimes come from the environment, with 3 600, 300 and 60 s where it says nothing", () => {
  const ttls = (env) => {
    const { products, tests, bugs } = service({ env });
    return [products, tests, bugs].map((each) => each.set("a", 1).entry("a").ttlMs / 1_000);
  };
  assert.deepEqual(ttls({}), [3_600, 300, 60]);
  assert.deepEqual(ttls({ CACHE_TTL_TESTS: "30", CACHE_TTL_BUGS: "7" }), [3_600, 30, 7]);
  const error = assert.throws(() => ttls({ CACHE_TTL_BUGS: "a minute" }), { name: "FetchwellError" });
  assert.match(error.message, /CACHE_TTL_BUGS/);
});

test("1.14 a test can make a lifetime a second and let two pass, without sleeping", async () => {
  const { cache, clock } = service();
  const brief = cache.namespace("brief", { ttl: "1s" });
  brief.set("a", 1);
  await clock.advance("2s");
  assert.equal(brief.get("a"), undefined);
});

test("1.16 twenty filters over one raw entry hit 95 %, twenty keys with filters in them hardly ever", async () => {
  const { api, calls } = counted();
  const filters = ["open", "closed", "running", "archived"].flatMap((status) => [0, 1, 2, 3, 4].map((team) => ({ status, team })));
  assert.equal(filters.length, 20);
  const raw = service({ api });
  for (const { status, team } of filters) {
    const found = (await raw.testsOf(7)).filter((each) => each.status === status && each.team === team);
    assert.equal(found.length, 10);
  }
  assert.equal(raw.cache.stats().hitRate, 0.95);
  assert.equal(calls.tests, 1);
  const keyed = service({ api });
  const asked = [...filters, ...filters.slice(0, 5)];
  for (const { status, team } of asked) {
    await keyed.tests.getOrSet(["product", 7, "tests", status, team], async () =>
      (await api.tests(7)).filter((each) => each.status === status && each.team === team),
    );
  }
  assert.equal(keyed.cache.stats().hitRate, 0.2);
  assert.equal(calls.tests, 21);
});

test("1.17 a rate of 90 % is excellent, 70 to 89 good, 50 to 69 fair and less poor, with the reasons beside it", () => {
  const at = (percent) => {
    const { cache } = service();
    cache.set("a", 1);
    for (let request = 0; request < 100; request += 1) {
      cache.get(request < percent ? "a" : "b");
    }
    return describe(cache.stats());
  };
  assert.deepEqual(
    [100, 90, 89, 70, 69, 50, 49, 0].map((percent) => at(percent).rating),
    ["excellent", "excellent", "good", "good", "fair", "fair", "poor", "poor"],
  );
  assert.match(at(70).text, /cold/);
});

test("1.18 the triggers to move on can be seen: bytes have a bound, the rate is told", () => {
  const { cache } = service();
  for (let number = 0; number < 300; number += 1) {
    cache.set(["big", number], number, { weight: 1 << 20 });
  }
  assert.ok(cache.bytes <= 100 << 20 && cache.bytes > 99 << 20);
  cache.get("missing");
  assert.ok(cache.stats().hitRate < 0.5);
});

test("1.22 defect absent: expiry does not hang on the time of day, which may be set back", async () => {
  let wall = 1_700_000_000_000;
  let steady = 50;
  const cache = createCache({ clock: { now: () => wall, monotonic: () => steady }, ttl: "1m" });
  cache.set("a", 1);
  await undefined;
  wall -= 86_400_000;
  steady += 59_999;
  assert.equal(cache.get("a"), 1);
  await undefined;
  steady += 1;
  assert.equal(cache.get("a"), undefined, "a minute is a minute");
});

/** Rows that need what is not there yet, or that something else shows. */
export const open = [
  ["1.13", "MAX_CONCURRENT_API_REQUESTS: createFetch({ concurrency: 10 }) comes with fetch"],
  ["1.15", "the MCP tools get_cache_stats and clear_cache come with fetchwell/mcp"],
  ["1.16", "cache.list() comes with lists; the row's rates are tested above with getOrSet and a filter"],
  ["1.18", "storage and bus adapters come later; bounds and rates are tested above"],
  ["1.19", "cost is the benchmarks' to show; tests assert no times"],
  ["1.20", "its 18 tests are the suite's, by behaviour"],
  ["1.21", "strict types are the type tests' to show"],
];
