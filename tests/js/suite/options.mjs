// Options: what is wrong is refused at the door, by its name; what is right is read once, and from the object itself alone.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache, manualClock } from "fetchwell";
import { attempt, made } from "./support.mjs";

const NO_LENGTH = [
  -1,
  -0.5,
  NaN,
  -Infinity,
  "",
  "5",
  "5 m",
  "5M",
  "5 minutes",
  "-5m",
  "+5m",
  " 5m",
  "5m ",
  "1e3ms",
  "0x5ms",
  "1h30m",
  "Infinity",
  "m",
  "5min",
  "5us",
  "٥m",
  true,
  false,
  null,
  {},
  [],
  ["5m"],
  5n,
  Symbol("s"),
  new Number(5),
];
const NO_SIZE = [
  -1,
  NaN,
  Infinity,
  -Infinity,
  "",
  "5",
  "16 mb",
  "16MB",
  "16Mb",
  "mb",
  "-1kb",
  "1e3b",
  "1kib",
  "1tb",
  true,
  null,
  {},
  [],
  5n,
  Symbol("s"),
  () => 1,
];
const NO_FLAG = [0, 1, "true", "", null, {}, [], () => true, Symbol("s")];
const NO_FUNCTION = [0, true, "f", null, {}, [], Symbol("s")];
const SAYS_LENGTH = /"5m"|ms|millisecond/;

/** Rules of lifetimes: each with what it cannot be, and what the message says that it can be. */
const RULES = {
  ttl: [NO_LENGTH, SAYS_LENGTH],
  tti: [[...NO_LENGTH, () => "5m"], SAYS_LENGTH],
  swr: [[...NO_LENGTH, () => "5m"], SAYS_LENGTH],
  softTimeout: [[...NO_LENGTH, () => "5m"], SAYS_LENGTH],
  timeout: [[...NO_LENGTH, () => "5m"], SAYS_LENGTH],
  staleIfError: [[...NO_LENGTH.filter((wrong) => typeof wrong !== "object"), null, () => "5m"], SAYS_LENGTH],
  jitter: [[-0.1, 1.1, NaN, Infinity, -1, 2, "0.5", "50%", true, null, {}, [], () => 0.5, 1n, Symbol("s")], /0.*1/],
  refreshAhead: [[0, 1, "yes", null, [], () => true, Symbol("s")], /true|false|beta/],
  negativeTtl: [[...NO_LENGTH.filter((wrong) => typeof wrong !== "object"), null, () => "5m"], SAYS_LENGTH],
  retry: [[-1, 1.5, NaN, "3", true, null, [], () => 3, 3n, Symbol("s")], /integer|whole|0 or more|limit/],
  tags: [["t", 7, null, {}, [7], [null], [["t"]], ["t", undefined], new Set(["t"]), true, Symbol("s")], /list|array|text|string|function/],
  weight: [[-1, NaN, Infinity, -Infinity, "5", "5kb", null, {}, [], true, 5n, Symbol("s")], /0 or more|finite|function|bytes/],
};

/** Options of a cache alone. */
const CACHE = {
  name: [[7, null, {}, [], true, () => "n", Symbol("s"), "\ud800"], /text|string|surrogate/],
  maxEntries: [[0, -1, 1.5, NaN, Infinity, "5", "5kb", null, {}, [], true, 5n, Symbol("s"), 2 ** 53], /1|integer|whole/],
  maxBytes: [NO_SIZE, /kb|mb|bytes/],
  maxEntryBytes: [NO_SIZE, /kb|mb|bytes/],
  separator: [["", 7, null, {}, [], true, () => ":", Symbol("s"), "\ud800"], /text|string|character|surrogate/],
  prefixIndex: [["fast", "", "Lazy", true, false, null, 7, {}, Symbol("s")], /lazy.*eager|eager.*lazy/],
  partition: [["ada", 7, null, {}, [], true, Symbol("s")], /function/],
  clock: [
    [7, "now", true, {}, [], null, { now: 5 }, { now: null }, { now: () => 0, setTimer: 5 }, { now: () => 0, monotonic: "x" }, Symbol("s")],
    /now/,
  ],
  waitUntil: [NO_FUNCTION, /function/],
  enabled: [NO_FLAG, /true|false|boolean/],
};

/** How a wrong value shows in a message: simple ones as they are. */
function shows(message, wrong) {
  if (typeof wrong === "string" && /[\ud800-\udfff]/.test(wrong)) {
    return true;
  }
  return typeof wrong !== "string" && typeof wrong !== "number" ? true : message.includes(String(wrong));
}

function checkRefusal(error, name, wrong, says) {
  const what = `${name}: ${typeof wrong === "symbol" ? "a symbol" : typeof wrong === "object" || typeof wrong === "function" ? typeof wrong : JSON.stringify(String(wrong))}`;
  assert.ok(error instanceof FetchwellError && error instanceof Error, `${what} gives ${String(error)}`);
  assert.equal(error.code, "invalid-option", what);
  assert.ok(error.field === name || error.field?.startsWith(`${name}.`), `${what}: the field is ${error.field}`);
  assert.ok(error.message.includes(name), `${what}: ${error.message}`);
  assert.ok(shows(error.message, wrong), `${what} is not named: ${error.message}`);
  assert.match(error.message, says, what);
}

for (const [name, [wrongs, says]] of Object.entries({ ...RULES, ...CACHE })) {
  test(`createCache refuses a wrong ${name}, and says what was given and what is allowed`, () => {
    for (const wrong of wrongs) {
      checkRefusal(
        assert.throws(() => createCache({ [name]: wrong })),
        name,
        wrong,
        says,
      );
    }
  });
}

for (const [name, [wrongs, says]] of Object.entries(RULES)) {
  test(`namespace, set, setMany and getOrSet refuse a wrong ${name}, and nothing changes`, async () => {
    const cache = createCache();
    cache.set("a", "old");
    for (const wrong of wrongs) {
      const policy = { [name]: wrong };
      checkRefusal(
        assert.throws(() => cache.namespace("n", policy)),
        name,
        wrong,
        says,
      );
      checkRefusal(
        assert.throws(() => cache.set("a", "new", policy)),
        name,
        wrong,
        says,
      );
      checkRefusal(
        assert.throws(() => cache.setMany([["a", "new"]], policy)),
        name,
        wrong,
        says,
      );
      const refused = await assert.rejects(attempt(() => cache.getOrSet("b", () => assert.ok(false, "it was loaded"), policy)));
      checkRefusal(refused, name, wrong, says);
    }
    assert.deepEqual([cache.get("a"), cache.size, cache.stats().sets, cache.stats().loads], ["old", 1, 1, 0]);
  });
}

test("options inside options are checked as well, and named by their path", () => {
  const table = [
    [{ staleIfError: {} }, "staleIfError"],
    [{ staleIfError: { for: "soon" } }, "staleIfError"],
    [{ staleIfError: { for: "1h", on: "network" } }, "staleIfError"],
    [{ staleIfError: { for: "1h", on: ["nettwork"] } }, "staleIfError"],
    [{ staleIfError: { for: "1h", on: [7.5] } }, "staleIfError"],
    [{ staleIfError: { fr: "1h" } }, "staleIfError"],
    [{ refreshAhead: { beta: -1 } }, "refreshAhead"],
    [{ refreshAhead: { beta: NaN } }, "refreshAhead"],
    [{ refreshAhead: { beta: "1" } }, "refreshAhead"],
    [{ refreshAhead: { bta: 1 } }, "refreshAhead"],
    [{ retry: {} }, "retry"],
    [{ retry: { limit: -1 } }, "retry"],
    [{ retry: { limit: 1, backoff: "soon" } }, "retry"],
    [{ retry: { limit: 1, respectRetryAfter: 1 } }, "retry"],
    [{ retry: { limit: 1, backof: 5 } }, "retry"],
    [{ negativeTtl: { 404: "soon" } }, "negativeTtl"],
    [{ negativeTtl: { 404: -1 } }, "negativeTtl"],
    [{ negativeTtl: { notFound: "1s" } }, "negativeTtl"],
  ];
  for (const [options, field] of table) {
    const error = assert.throws(() => createCache(options), { name: "FetchwellError" }, JSON.stringify(options));
    assert.ok(error.field === field || error.field.startsWith(`${field}.`), `${JSON.stringify(options)}: ${error.field}`);
    assert.equal(error.code, "invalid-option");
  }
});

test("every right value of every option is taken", () => {
  const right = {
    ttl: [0, 1, 1.5, Infinity, "5m", "0.5s", () => 5],
    tti: [0, 5, "5m"],
    jitter: [0, 0.5, 1],
    swr: [0, "5m"],
    staleIfError: [0, "1d", { for: "1h" }, { for: 5, on: ["network", "timeout", 429] }],
    softTimeout: ["50ms"],
    timeout: ["5s"],
    refreshAhead: [true, false, {}, { beta: 0 }, { beta: 2.5 }],
    negativeTtl: [0, "5s", {}, { 404: "30s", 410: 5 }],
    retry: [0, 3, { limit: 2 }, { limit: 2, backoff: "1s", respectRetryAfter: false }],
    tags: [[], ["t"], () => []],
    weight: [0, 5, 0.5, () => 1],
    name: ["api", 'with "quotes"\n'],
    maxEntries: [1, 1_000, 2 ** 31],
    maxBytes: [1_000, "4gb", "1.5kb"],
    maxEntryBytes: [0, 5, "64kb"],
    separator: ["/", "::", "\u{1f600}"],
    prefixIndex: ["lazy", "eager"],
    partition: [() => "ada"],
    clock: [manualClock(), { now: () => 5 }],
    waitUntil: [() => {}],
    enabled: [true, false],
  };
  for (const [name, values] of Object.entries(right)) {
    for (const value of values) {
      const cache = createCache({ [name]: value });
      cache.set("a", 1);
      cache.get("a");
    }
  }
});

test("an unknown name is refused, and the nearest right one suggested", () => {
  const misspelt = {
    tttl: "ttl",
    TTL: "ttl",
    maxentries: "maxEntries",
    maxEntry: "maxEntries",
    max_bytes: "maxBytes",
    stale_if_error: "staleIfError",
    staleIfErrors: "staleIfError",
    negativeTTL: "negativeTtl",
    prefixindex: "prefixIndex",
    seperator: "separator",
    partitions: "partition",
    retries: "retry",
    tag: "tags",
    softTimout: "softTimeout",
    wieght: "weight",
  };
  for (const [wrong, right] of Object.entries(misspelt)) {
    const error = assert.throws(() => createCache({ [wrong]: 1 }), { name: "FetchwellError", field: wrong });
    assert.match(error.code, /option/);
    assert.match(error.message, new RegExp(`\\b${right}\\b`), error.message);
  }
  for (const wrong of ["constructor", "toString", "hasOwnProperty", "xyzzy", "", "0"]) {
    assert.throws(() => createCache({ [wrong]: 1 }), { name: "FetchwellError", field: wrong });
  }
  assert.throws(() => createCache(JSON.parse('{"__proto__": {"ttl": 5}}')), { name: "FetchwellError", field: "__proto__" });
});

test("options of one place are unknown in another", async () => {
  const cache = createCache();
  assert.throws(() => cache.set("a", 1, { maxEntries: 5 }), { field: "maxEntries" });
  assert.throws(() => cache.set("a", 1, { force: true }), { field: "force" });
  assert.throws(() => cache.set("a", 1, { signal: new AbortController().signal }), { field: "signal" });
  assert.throws(() => createCache({ force: true }), { field: "force" });
  assert.throws(() => createCache({ signal: new AbortController().signal }), { field: "signal" });
  await assert.rejects(
    attempt(() => cache.getOrSet("a", () => 1, { enabled: true })),
    { field: "enabled" },
  );
  assert.equal(cache.size, 0);
});

test("what is no object of options is refused", async () => {
  class Late extends Error {}
  const objects = [new Date(0), /x/, new Error("x"), new Late("x"), new Map(), new Set(), Promise.resolve({}), new Uint8Array(1), new Number(1), new AbortController().signal];
  for (const wrong of [null, 7, "5m", true, Symbol("s"), () => ({}), [], ...objects]) {
    assert.throws(() => createCache(wrong), { name: "FetchwellError" });
    const cache = createCache();
    assert.throws(() => cache.set("a", 1, wrong), { name: "FetchwellError" });
    assert.throws(() => cache.namespace("n", wrong), { name: "FetchwellError" });
    assert.throws(() => cache.clear(wrong), { name: "FetchwellError" });
    assert.throws(() => cache.snapshot(wrong), { name: "FetchwellError" });
    assert.throws(() => cache.metrics(wrong), { name: "FetchwellError" });
    await assert.rejects(
      attempt(() => cache.getOrSet("a", () => 1, wrong)),
      { name: "FetchwellError" },
    );
    assert.equal(cache.size, 0);
  }
});

test("inside options, too, what is no plain object is refused by its name", () => {
  for (const field of ["staleIfError", "negativeTtl", "retry", "refreshAhead"]) {
    for (const wrong of [new Date(0), /x/, new Error("x"), new Map(), Promise.resolve({})]) {
      assert.throws(() => createCache({ [field]: wrong }), { name: "FetchwellError", code: "invalid-option", field });
    }
  }
});

test("an instance of one's own class may hold options, and so may an object without a prototype", () => {
  class Brief {
    ttl = "1m";
  }
  for (const options of [new Brief(), Object.assign(Object.create(null), { ttl: "1m" })]) {
    const { cache } = made();
    assert.equal(cache.set("a", 1, options).entry("a").ttlMs, 60_000);
  }
});

test("an option that is undefined is as if it were left out", () => {
  const { cache } = made({ ttl: "1m", maxEntries: undefined, swr: undefined, name: undefined });
  cache.set("a", 1, { ttl: undefined, tags: undefined });
  assert.equal(cache.entry("a").ttlMs, 60_000);
  assert.equal(createCache(undefined).set("a", 1, undefined).get("a"), 1);
});

test("options are read once, and what is changed later changes nothing", () => {
  const values = {
    ttl: "1m",
    tti: "1m",
    jitter: 0,
    swr: "1m",
    staleIfError: "1m",
    refreshAhead: false,
    retry: 1,
    tags: ["t"],
    weight: 5,
    name: "n",
    maxEntries: 5,
    maxBytes: "1mb",
    maxEntryBytes: "1kb",
    separator: ":",
    prefixIndex: "lazy",
    enabled: true,
    clock: manualClock(5),
    softTimeout: "1s",
    timeout: "2s",
    negativeTtl: { 404: "1s" },
    partition: () => "p",
    waitUntil: () => {},
  };
  const reads = new Map();
  const options = {};
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(options, name, {
      enumerable: true,
      get() {
        reads.set(name, (reads.get(name) ?? 0) + 1);
        return value;
      },
    });
  }
  const cache = createCache(options);
  cache.set("a", 1);
  for (const name of Object.keys(values)) {
    assert.equal(reads.get(name), 1, name);
  }
  values.tags.push("u");
  values.negativeTtl[404] = "1h";
  cache.set("b", 1);
  assert.deepEqual([...cache.entry("b").tags], ["t"]);
});

test("an option that changes each time it is read is what it was at first", () => {
  let reads = 0;
  const cache = createCache({
    get maxEntries() {
      reads += 1;
      return reads === 1 ? 2 : "many";
    },
  });
  cache.set("a", 1).set("b", 1).set("c", 1);
  assert.equal(cache.size, 2);
});

test("what an option's getter throws reaches the caller untouched, and nothing changes", async () => {
  const mine = new Error("mine");
  const options = {
    get ttl() {
      throw mine;
    },
  };
  const cache = createCache();
  cache.set("a", "old");
  assert.equal(
    assert.throws(() => createCache(options)),
    mine,
  );
  assert.equal(
    assert.throws(() => cache.set("a", "new", options)),
    mine,
  );
  assert.equal(
    assert.throws(() => cache.namespace("n", options)),
    mine,
  );
  assert.equal(await assert.rejects(attempt(() => cache.getOrSet("b", () => 1, options))), mine);
  assert.deepEqual([cache.get("a"), cache.size], ["old", 1]);
});

test("inherited properties are no options", async () => {
  const { cache } = made({ ttl: "1h" });
  class Rules {
    get ttl() {
      return "1s";
    }
  }
  for (const inherited of [Object.create({ ttl: "1s", tags: ["t"], unknown: 1 }), new Rules()]) {
    cache.set("a", 1, inherited);
    assert.deepEqual([cache.entry("a").ttlMs, cache.entry("a").tags.length], [3_600_000, 0]);
  }
  const bare = Object.assign(Object.create(null), { ttl: "1s" });
  cache.set("a", 1, bare);
  assert.equal(cache.entry("a").ttlMs, 1_000, "an object without a prototype has its own");
});

test("a polluted prototype changes nothing", async () => {
  const polluting = {
    ttl: 1,
    tti: 1,
    jitter: 1,
    swr: 1,
    staleIfError: 1,
    tags: ["polluted"],
    weight: 2 ** 40,
    maxEntries: 1,
    maxBytes: 1,
    maxEntryBytes: 1,
    enabled: false,
    force: true,
    soft: true,
    dryRun: true,
    resetStats: true,
    partition: () => "polluted",
    prefix: "polluted",
    label: "polluted",
    name: "polluted",
    separator: "p",
    timeout: 1,
    retry: 5,
    limit: 5,
    signal: AbortSignal.abort("polluted"),
    for: 1,
    on: [],
    field: "polluted",
    credential: "polluted",
  };
  for (const [name, value] of Object.entries(polluting)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: false, writable: true });
  }
  try {
    const { cache } = made({});
    cache.set(["a", 1], 1, {}).set("b", 2);
    assert.deepEqual([cache.size, cache.get("a:1"), cache.entry("b").tags.length, cache.entry("b").ttlMs], [2, 1, 0, Infinity]);
    assert.equal(await cache.getOrSet("b", () => 3, {}), 2);
    assert.equal(cache.invalidate("b", {}), true);
    assert.equal(cache.has("b"), false, "neither soft nor dry");
    assert.equal(cache.getStale("b"), undefined);
    cache.clear({});
    assert.equal(cache.stats().sets, 2);
    assert.match(cache.metrics({}), /^cache_sets_total\{cache="default"\} 2$/m);
    cache.set("a", 1);
    assert.ok(cache.snapshot({}).length > 0);
    const error = assert.throws(() => cache.get([]));
    assert.equal(error.code, "invalid-key");
  } finally {
    for (const name of Object.keys(polluting)) {
      delete Object.prototype[name];
    }
  }
});

test("an error is an Error of its own name, with its code and field as own facts", () => {
  const error = assert.throws(() => createCache({ ttl: "soon" }));
  assert.deepEqual([error.name, error.code, error.field, error.status], ["FetchwellError", "invalid-option", "ttl", undefined]);
  assert.ok(error instanceof Error && error instanceof FetchwellError);
  assert.ok(String(error).startsWith("FetchwellError: "));
  assert.ok(typeof error.stack === "string");
  assert.match(error.message, /soon/);
});

test("a very long wrong value does not make a very long message", () => {
  const error = assert.throws(() => createCache({ ttl: "x".repeat(1_000_000) }));
  assert.ok(error.message.length < 1_000, String(error.message.length));
  const key = assert.throws(() => createCache().get([Array(1_000).fill("x".repeat(1_000))]));
  assert.ok(key.message.length < 1_000);
});

test("options with hostile parts are refused or read, and nothing else happens", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throwing = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error("mine");
      },
    },
  );
  for (const hostile of [revoked.proxy, throwing]) {
    assert.throws(() => createCache(hostile));
    assert.throws(() => createCache({ staleIfError: hostile }));
    assert.throws(() => createCache({ clock: hostile }));
    assert.throws(() => createCache({ tags: hostile }));
  }
  const cache = createCache();
  for (const hostile of [
    {
      toString: () => {
        throw new Error("no");
      },
    },
    {
      [Symbol.toPrimitive]: () => {
        throw new Error("no");
      },
    },
    Object.create(null),
  ]) {
    for (const name of ["ttl", "maxEntries", "name", "tags", "jitter"]) {
      assert.throws(() => createCache({ [name]: hostile }), { name: "FetchwellError" });
    }
    assert.throws(() => cache.get(hostile), { name: "FetchwellError" });
    assert.throws(() => cache.get(["a", hostile]), { name: "FetchwellError" });
    assert.throws(() => cache.invalidateTag(hostile), { name: "FetchwellError" });
  }
});
