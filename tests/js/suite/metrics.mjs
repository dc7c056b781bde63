// Metrics: the OpenMetrics text, read by a small and strict reader of that format.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { made, settle } from "./support.mjs";

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The labels between braces; anything not exactly as the format says is an error. */
function labelsOf(text, line) {
  const labels = new Map();
  let at = 0;
  while (at < text.length) {
    const [whole, name] = /^([a-zA-Z_][a-zA-Z0-9_]*)="/.exec(text.slice(at)) ?? assert.ok(false, `no label at ${at} of ${line}`);
    at += whole.length;
    let value = "";
    for (; text[at] !== '"'; at += 1) {
      assert.ok(at < text.length, `a label without an end: ${line}`);
      if (text[at] !== "\\") {
        value += text[at];
        continue;
      }
      at += 1;
      const escaped = { n: "\n", "\\": "\\", '"': '"' }[text[at]];
      assert.ok(escaped !== undefined, `an escape that is none: ${line}`);
      value += escaped;
    }
    at += 1;
    assert.ok(!labels.has(name), `the label ${name} twice: ${line}`);
    labels.set(name, value);
    if (at < text.length) {
      assert.equal(text[at], ",", `no comma between labels: ${line}`);
      at += 1;
      assert.ok(at < text.length, `a comma too many: ${line}`);
    }
  }
  return labels;
}

/** Reads a page: families by name, each with its type and its samples. Throws at whatever the format does not allow. */
function read(text) {
  assert.ok(text.endsWith("# EOF\n"), "it ends with # EOF and a line feed");
  assert.ok(!text.includes("\r") && !text.includes("\n\n"), "no empty lines, no carriage returns");
  const lines = text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1);
  const families = new Map();
  const series = new Set();
  let family;
  for (const line of lines) {
    const comment = /^# (TYPE|HELP|UNIT) (\S+) (.+)$/.exec(line);
    if (comment) {
      const [, kind, name, rest] = comment;
      assert.match(name, NAME);
      if (family?.name !== name) {
        assert.ok(!families.has(name), `the family ${name} is in two pieces`);
        family = { name, type: "unknown", help: "", unit: "", samples: [] };
        families.set(name, family);
      }
      assert.equal(family.samples.length, 0, `${line} after its samples`);
      const field = kind.toLowerCase();
      assert.equal(family[field], field === "type" ? "unknown" : "", `${kind} of ${name} twice`);
      family[field] = rest;
      continue;
    }
    const sample = SAMPLE.exec(line) ?? assert.ok(false, `neither a comment nor a sample: ${line}`);
    const [, name, inside = "", number] = sample;
    const labels = labelsOf(inside, line);
    assert.match(number, NUMBER, line);
    assert.ok(family !== undefined, `a sample before any family: ${line}`);
    const value = Number(number);
    if (family.type === "counter") {
      assert.equal(name, `${family.name}_total`, "a counter's sample ends with _total");
      assert.ok(value >= 0, line);
    } else {
      assert.equal(family.type, "gauge", `the type of ${family.name}`);
      assert.equal(name, family.name);
    }
    const identity = `${name} ${JSON.stringify([...labels].sort())}`;
    assert.ok(!series.has(identity), `the series ${identity} twice`);
    series.add(identity);
    family.samples.push({ labels, value });
  }
  for (const { name, help, unit, samples } of families.values()) {
    assert.ok(help !== "", `${name} says what it is`);
    assert.ok(samples.length > 0, `${name} has a sample`);
    assert.equal(
      unit,
      name.endsWith("_seconds") ? "seconds" : name.endsWith("_bytes") && unit !== "" ? "bytes" : "",
      `the unit of ${name}`,
    );
  }
  return families;
}

const sum = (families, name) => families.get(name).samples.reduce((total, { value }) => total + value, 0);

/** Three series with some of everything in them. */
async function busy() {
  const { cache, clock } = made({ name: "api", ttl: "1m", maxEntries: 6, staleIfError: "5m" });
  const spaces = [cache, cache.namespace("tickets"), cache.namespace("bugs", { maxEntries: 3 })];
  for (const [number, each] of spaces.entries()) {
    for (const key of ["a", "b", "c", "d"].slice(0, number + 2)) {
      await each.getOrSet(key, () => `${key} of ${number}`);
      each.get(key);
    }
    await clock.advance("1500ms");
    each.invalidate("a");
    each.get("a");
    each.set("z", 1, { ttl: 0 });
    await Promise.all([each.getOrSet("slow", async () => 1), each.getOrSet("slow", async () => 1)]);
    await each.getOrSet("down", () => Promise.reject(new Error("down"))).catch(() => {});
  }
  await clock.advance("2m");
  await cache.getOrSet("b", () => Promise.reject(new Error("down"))).catch(() => {});
  cache.get("never");
  cache.partition("ada").set("mine", 1);
  await clock.advance("10m");
  spaces[1].get("b");
  await settle();
  return cache;
}

test("a reader of the format takes the page whole: no series twice, every family in one piece", async () => {
  const families = read((await busy()).metrics());
  assert.ok(families.size >= 15, `${families.size} families`);
});

test("each namespace has one series of each family, the root's own keys under its name", async () => {
  const families = read((await busy()).metrics());
  for (const { name, samples } of families.values()) {
    const plain = samples.filter(({ labels }) => labels.size === 1);
    if (plain.length > 0) {
      assert.deepEqual(plain.map(({ labels }) => labels.get("cache")).sort(), ["api", "bugs", "tickets"], name);
    }
    assert.ok(
      samples.every(({ labels }) => ["api", "bugs", "tickets"].includes(labels.get("cache"))),
      name,
    );
  }
});

test("the sums over the series are the root's statistics", async () => {
  const cache = await busy();
  const families = read(cache.metrics());
  const stats = cache.stats();
  const counters = {
    cache_hits: "hits",
    cache_misses: "misses",
    cache_stale_hits: "staleHits",
    cache_coalesced: "coalesced",
    cache_loads: "loads",
    cache_load_errors: "loadErrors",
    cache_sets: "sets",
    cache_rejections: "rejections",
    cache_invalidations: "invalidations",
    cache_evictions: "evictions",
    cache_expirations: "expirations",
    cache_revalidations: "revalidations",
  };
  for (const [family, counter] of Object.entries(counters)) {
    assert.equal(sum(families, family), stats[counter], family);
    assert.equal(families.get(family).type, "counter", family);
  }
  assert.ok(
    stats.hits > 0 && stats.coalesced > 0 && stats.loadErrors > 0 && stats.invalidations > 0 && stats.evictions > 0 && stats.rejections > 0,
    "there is something to see",
  );
  assert.equal(sum(families, "cache_entries"), stats.entries);
  assert.equal(sum(families, "cache_bytes"), stats.bytes);
  assert.deepEqual([families.get("cache_entries").type, families.get("cache_bytes").type], ["gauge", "gauge"]);
});

test("what loads took and hits saved is there, in seconds and bytes", async () => {
  const { cache, clock } = made();
  const slow = cache.getOrSet("a", () => new Promise((resolve) => clock.setTimer(() => resolve("x"), 1_250)), { weight: 700 });
  await clock.advance("2s");
  await slow;
  cache.get("a");
  cache.get("a");
  const families = read(cache.metrics());
  assert.deepEqual(
    [sum(families, "cache_load_seconds"), sum(families, "cache_saved_seconds"), sum(families, "cache_saved_bytes")],
    [1.25, 2.5, 1_400],
  );
});

test("misses by reason and removals by cause are there, and add up", async () => {
  const cache = await busy();
  const families = read(cache.metrics());
  const stats = cache.stats();
  const byLabel = (label, word) =>
    [...families.values()]
      .flatMap(({ samples }) => samples.filter(({ labels }) => labels.get(label) === word))
      .reduce((total, { value }) => total + value, 0);
  for (const [reason, count] of Object.entries(stats.missesBy)) {
    assert.equal(byLabel("reason", reason), count, reason);
  }
  for (const [cause, count] of Object.entries(stats.removalsBy)) {
    assert.equal(byLabel("cause", cause), count, cause);
  }
});

test("prefix and label name the metrics as an application wants them", async () => {
  const cache = await busy();
  const families = read(cache.metrics({ prefix: "qa_pms_", label: "cache_type" }));
  for (const [name, { samples }] of families) {
    assert.ok(name.startsWith("qa_pms_"), name);
    assert.ok(
      samples.every(({ labels }) => labels.has("cache_type") && !labels.has("cache")),
      name,
    );
  }
  for (const name of ["qa_pms_cache_hits", "qa_pms_cache_misses", "qa_pms_cache_evictions", "qa_pms_cache_entries"]) {
    assert.ok(families.has(name), name);
  }
  assert.equal(families.get("qa_pms_cache_entries").type, "gauge");
});

test("a prefix or label that no reader would take is refused by its name", () => {
  const cache = createCache();
  for (const prefix of ["9lives_", "a-b", "é", " ", "a b", 7, null]) {
    assert.throws(() => cache.metrics({ prefix }), { name: "FetchwellError", field: "prefix" });
  }
  for (const label of ["", "a-b", "a:b", "__name", "reason", "cause", "7", 7, null]) {
    assert.throws(() => cache.metrics({ label }), { name: "FetchwellError", field: "label" });
  }
  assert.throws(() => cache.metrics({ prefx: "a" }), { name: "FetchwellError", field: "prefx" });
  read(cache.metrics({ prefix: "", label: "cache" }));
});

test("names with quotes, lines and backslashes in them can be read again", () => {
  const names = ['a"b', "a\\b", "a\nb", "a\\nb", '"', "\\", "é \u{1f600}", 'a,b="c"', "}", "# EOF"];
  const cache = createCache({ name: 'the "root"' });
  for (const name of names) {
    cache.namespace(name).get("a");
  }
  const found = read(cache.metrics())
    .get("cache_misses")
    .samples.map(({ labels }) => labels.get("cache"));
  assert.deepEqual(found.sort(), [...names, 'the "root"'].sort());
});

test("a namespace with the root's own name makes no series twice", () => {
  for (const name of [undefined, "api"]) {
    const cache = createCache({ name });
    const same = cache.namespace(name ?? "default");
    cache.get("a");
    same.get("b");
    same.get("c");
    const families = read(cache.metrics());
    assert.equal(sum(families, "cache_misses"), 3);
  }
});

test("a namespace's own metrics are its own series", async () => {
  const cache = await busy();
  const families = read(cache.namespace("bugs").metrics());
  const { hits, misses } = cache.namespace("bugs").stats();
  assert.deepEqual([sum(families, "cache_hits"), sum(families, "cache_misses")], [hits, misses]);
});

test("a cache that nobody used yet has its metrics, all zero", () => {
  const families = read(createCache().metrics());
  for (const { name, samples } of families.values()) {
    assert.ok(
      samples.every(({ labels, value }) => value === 0 && labels.get("cache") === "default"),
      name,
    );
  }
});

test("metrics count nothing and are never old", () => {
  const cache = createCache();
  const hits = () => sum(read(cache.metrics()), "cache_hits");
  cache.set("a", 1);
  for (let number = 0; number < 5; number += 1) {
    assert.equal(hits(), number);
    cache.get("a");
  }
});

test("the reader that these tests use refuses what is no OpenMetrics", () => {
  const head = "# TYPE a counter\n# HELP a It counts.\n";
  read(`${head}a_total{b="c"} 1\n# EOF\n`);
  const wrong = [
    `${head}a_total{b="c"} 1\n`,
    `${head}a_total 1\na_total 2\n# EOF\n`,
    `${head}a 1\n# EOF\n`,
    `${head}a_total{b="c} 1\n# EOF\n`,
    `${head}a_total{b="\\x"} 1\n# EOF\n`,
    `${head}a_total NaN1\n# EOF\n`,
    `${head}\na_total 1\n# EOF\n`,
    "a_total 1\n# EOF\n",
    `${head}a_total 1\n${head}# EOF\n`,
    `${head}a_total{b="c",b="d"} 1\n# EOF\n`,
    `${head}a_total -1\n# EOF\n`,
  ];
  for (const text of wrong) {
    assert.throws(() => read(text), { name: "AssertionError" }, text);
  }
});
