// The page that `cargo xtask demo` serves, in Chromium, used as a person would: `node tests/js/www/page.mjs`. It needs the built package.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { assert, run, test } from "../harness.mjs";
import { root } from "../hosts/stage.mjs";
import { Absent } from "../hosts/started.mjs";
import { told } from "../hosts/told.mjs";
import { withPage } from "./chromium.mjs";

let page;
let address;

/** A test of a page that was just opened, and of which nobody heard a complaint in the end. */
function onPage(sentence, act) {
  test(`page: ${sentence}`, async () => {
    await page.open(address);
    await page.says("#rows", "books:1");
    await act();
    assert.deepEqual(page.complaints, []);
  });
}

const row = (key) => `#rows [data-key="${key}"]`;
const figure = (name) => `[data-figure="${name}"]`;

async function store(key, { value = "a value", ttl = "1m", swr = " ", tags = " " }) {
  for (const [name, text] of Object.entries({ key, value, ttl, swr, tags })) await page.type(`#store-${name}`, text);
  await page.enter();
}

async function get(key) {
  await page.type("#read-key", key);
  await page.click('#read [value="get"]');
}

onPage("what is stored is listed, read, rehearsed, invalidated, and its next miss has a reason", async () => {
  await store("shop:1:cart", { value: '{"books":2}', ttl: "2m", tags: "shop, carts" });
  await page.says("#store output", "Stored shop:1:cart");
  for (const text of ["shop:1:cart", '{"books":2}', "fresh", "0 hits", "#shop #carts"]) await page.says(row("shop:1:cart"), text);

  await get("shop:1:cart");
  await page.says("#read output", 'Hit: {"books":2}');
  await page.says(row("shop:1:cart"), "1 hit");
  await page.says("#log li:first-child", "hit");

  await page.type("#invalidate-what", "shop:1");
  await page.click('#invalidate [value="dry"]');
  await page.says("#invalidate output", "1 of ");
  await page.says(row("shop:1:cart"), "would go");
  assert.equal(await page.run(() => document.querySelectorAll("#rows [data-marked]").length), 1, "and no other is marked");

  await page.click('#invalidate [value="invalidate"]');
  await page.says("#invalidate output", "1 entry invalidated.");
  await page.says(row("shop:1:cart"), "invalidated");

  await get("shop:1:cart");
  await page.says("#read output", "Miss, invalidated:");
  await page.says(`.misses ${figure("invalidated")}`, "1");
  await page.says(`.removals ${figure("invalidated")}`, "1");
});

onPage("a raw prefix takes 10 with 1, parts do not", async () => {
  await page.type("#invalidate-what", "user:1");
  await page.click('#invalidate [value="dry"]');
  await page.says(row("user:10:cart"), "would go");
  await page.says("#invalidate output", "3 of ");
  await page.click('#invalidate [value="parts"]');
  await page.gone("#rows [data-marked]");
  await page.click('#invalidate [value="dry"]');
  await page.says("#invalidate output", "2 of ");
  assert.equal(await page.run((key) => document.querySelector(key).hasAttribute("data-marked"), row("user:10:cart")), false);
});

onPage("a dry run marks as many as it counts, by tag and by pattern", async () => {
  for (const [way, what, count] of [["tag", "austen", 2], ["pattern", "user:*:cart", 2], ["pattern", "books:*", 4], ["tag", "nobody", 0]]) {
    await page.click(`#invalidate [value="${way}"]`);
    await page.type("#invalidate-what", what);
    await page.click('#invalidate [value="dry"]');
    await page.says("#invalidate output", `${count} of `);
    await page.until((count) => document.querySelectorAll("#rows [data-marked]").length === count, count);
  }
});

onPage("an entry becomes stale, then expires, and leaves the list", async () => {
  // What the page says is noted as it says it: on a busy machine nobody who asks now and then would see it all.
  await page.run((row) => {
    globalThis.said = [];
    new MutationObserver(() => {
      const word = document.querySelector(`${row} .state`)?.textContent;
      if (word && word !== globalThis.said.at(-1)) globalThis.said.push(word);
    }).observe(document.querySelector("#rows"), { subtree: true, childList: true, characterData: true });
  }, row("short"));
  await store("short", { ttl: "1s", swr: "1s" });
  await page.says(row("short"), "expired");
  await page.click(`${row("short")} button`);
  await page.says("#entries output", "Miss, expired:");
  await page.gone(row("short"));
  // Between its end and the moment in which it is taken out it is dead.
  const said = await page.run(() => globalThis.said);
  assert.deepEqual(said.filter((word) => word !== "dead"), ["fresh", "stale", "expired"]);
});

onPage("a soft invalidation makes stale what has a window", async () => {
  await page.type("#invalidate-what", "books:1");
  await page.click('#invalidate [name="soft"]');
  await page.click('#invalidate [value="invalidate"]');
  await page.says("#invalidate output", "2 entries made stale.");
  await page.says(row("books:1"), "stale");
  await page.says(row("books:10"), "getStale only");
  await page.type("#read-key", "books:10");
  await page.click('#read [value="getStale"]');
  await page.says("#read output", "Stale hit:");
});

onPage("of five callers at once one loads and four share it, and those who come later hit", async () => {
  await page.type("#load-takes", "0.2");
  await page.type("#load-ttl", "1m");
  await page.click("#load .main");
  await page.says("#load output", "Of 5 callers: 1 ran its load, 4 shared one that was running.");
  await page.says(figure("loads"), "1");
  await page.says(figure("coalesced"), "4");
  await page.click("#load .main");
  await page.says("#load output", "Of 5 callers: 5 got the stored value.");
});

onPage("a load that fails fails all who share it, and is told", async () => {
  await page.type("#load-takes", "0.2");
  await page.click('#load [name="fails"]');
  await page.click("#load .main");
  await page.says("#load output", "5 got the same error from one load.");
  await page.says("#verdict", "1 of 1 loads failed.");
});

onPage("what the cache refuses is said at the field that is wrong, and nothing is stored", async () => {
  for (const field of ["ttl", "swr"]) {
    await store("wrong", { [field]: "5 minutes" });
    await page.says(`#store-${field}-problem`, `${field}: "5 minutes" is no duration`);
    const described = (field) => document.querySelector(`#store-${field}`).getAttribute("aria-describedby") === `store-${field}-problem`;
    assert.ok(await page.run(described, field));
  }
  assert.equal(await page.run(() => document.querySelectorAll(".problem").length), 1, "what was said before is taken back");
  await page.type("#load-ttl", "-1");
  await page.click("#load .main");
  await page.says("#load-ttl-problem", "ttl: -1 is no duration");
  await get("wrong");
  await page.says("#read output", "Miss, cold:");
});

onPage("what does not fit is rejected, and what has to make room is named", async () => {
  await store("heavy", { value: "x".repeat(5_000) });
  await page.says("#store output", "Not stored: too-large.");
  for (let times = 0; times < 3; times++) await page.click("#more");
  await page.says("#room", "24 of 24 entries");
  await store("one more", {});
  await page.says("#store output", "had to make room.");
});

onPage("what is typed is text and never HTML", async () => {
  const html = '<img src="/nothing" onerror="document.title = 1"><b>bold</b>';
  await store(html, { value: html, tags: html });
  await page.says("#store output", html);
  await page.says("#rows", html);
  await page.says("#log", html);
  assert.equal(await page.run(() => document.querySelectorAll("main img").length), 0);
});

onPage("a cleared cache is empty, and its figures go on until they are reset", async () => {
  await page.click("#clear");
  await page.says(row("user:1:name"), "invalidated");
  await page.until(() => document.querySelector("#empty").checkVisibility());
  await page.says("#verdict", "of 7 requests");
  await page.click("#reset");
  await page.says("#verdict", "no requests yet");
});

onPage("nothing moves from its place while numbers and bars do", async () => {
  await page.run(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries())).observe({ type: "layout-shift" });
  });
  await page.says(row("books:list"), "stale");
  await page.says(row("weather/lisbon"), "expired");
  assert.deepEqual(await page.run(() => globalThis.shifts.map((shift) => shift.sources.map(({ node }) => node?.outerHTML))), []);
});

for (const width of [360, 820, 1400]) {
  onPage(`nothing has to be scrolled sideways at ${width} pixels`, async () => {
    await page.send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
    await store("a-key-that-is-as-long-as-keys-can-be:".repeat(5), { value: "w".repeat(500), tags: "t".repeat(200) });
    await page.says("#store output", "Stored");
    assert.equal(await page.run(() => document.documentElement.scrollWidth <= innerWidth), true);
    await page.send("Emulation.clearDeviceMetricsOverride");
  });
}

process.exitCode = await tried();

async function tried() {
  // It ends when its input does, with whatever becomes of this.
  const server = spawn(process.execPath, [join(root, "xtask/pages.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    address = await new Promise((resolve, reject) => {
      server.on("error", reject).on("exit", (code) => reject(new Error(`the server ended (${code})`)));
      server.stdout.setEncoding("utf8").once("data", (line) => resolve(line.trim()));
    });
    const result = await withPage((opened) => {
      page = opened;
      return run({ only: process.argv[2] ?? "" });
    });
    return told("www", result, { folder: root, url: address }) === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Absent ? `absent: ${error.message}` : error);
    return 1;
  } finally {
    server.stdin.end();
  }
}
