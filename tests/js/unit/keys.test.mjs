import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { keys } = await leaves("keys");
const { Keys, wellFormed } = keys;
const golden = JSON.parse(readFileSync(new URL("../golden/keys.json", import.meta.url), "utf8"));

/** The engine's rule, slow and plain. */
function join(parts, separator) {
  const usual = [..."\\~^%!"];
  const rare = Array.from({ length: 20 }, (_, at) => String.fromCodePoint(0xa1 + at));
  const [mark, tally] = [...usual, ...rare].filter((mark) => !separator.includes(mark));
  const letters = [mark, ...separator];
  const escape = (tallies) => mark + tally.repeat(tallies) + mark;
  const repeats = /^(.+)\1+$/su.test(separator);
  const written = (part) => [...part].map((letter) => (letters.includes(letter) ? escape(letters.indexOf(letter)) : letter)).join("");
  return parts.map((part) => (part === "" && repeats ? escape(letters.length) : written(part))).join(separator);
}

test("keys have the text that Rust gives them", () => {
  for (const { parts, separator, text } of golden) {
    assert.equal(new Keys(separator, join).text(parts), text, JSON.stringify(parts));
  }
});

test("what needs no escaping never goes to the engine, and comes out as the engine would say it", () => {
  let asked = 0;
  const counting = (parts, separator) => (asked++, join(parts, separator));
  for (const separator of [":", "/", "-", "::", "->", "]", "^", "\\", ".*", "😀", "\\~^%!"]) {
    const given = new Keys(separator, counting);
    for (const parts of [["a"], ["books", 7], ["a", -0], ["a b", "c%20d", "~x!"], ["é", "😀"], ["a:b"], ["a/b", 1.5], ["\\"], ["^", "]"], ["", "x"], ["-", ">"], [-5]]) {
      assert.equal(given.text(parts), join(parts.map(String), separator), `${parts} by ${separator}`);
    }
  }
  asked = 0;
  const usual = new Keys(":", counting);
  for (const parts of [["books", 7], ["a%20b", "~user", "x!", "^"], ["ä", "😀"]]) usual.text(parts);
  assert.equal(asked, 0);
});

test("a text is a key as it is", () => {
  const given = new Keys(":", join);
  for (const text of ["", "a", "a:b", "\\~", "__proto__", "😀"]) assert.equal(given.text(text), text);
});

test("a number equals its decimal text", () => {
  const given = new Keys(":", join);
  for (const number of [7, 0.5, -1, 1e21, 2 ** 53, -0]) assert.equal(given.text(["n", number]), given.text(["n", String(number)]));
  assert.equal(given.text([-0]), "0");
});

test("what is no key is refused", () => {
  const given = new Keys(":", join);
  for (const key of [undefined, null, true, 0, 7, 7n, Symbol("s"), () => 1, {}, new Date(0), new Map(), new Set(["a"]), new String("a"), { 0: "a", length: 1 }]) {
    refuses(() => given.text(key), "invalid-key", "key", "neither a text nor a list");
  }
  for (const part of [NaN, Infinity, -Infinity, undefined, null, true, {}, ["a"], 7n, Symbol("x"), new Date(0), () => 1]) {
    refuses(() => given.text(["a", part]), "invalid-key", "key", "part 1");
  }
  refuses(() => given.text(Array(3)), "invalid-key", "key", "part 0");
  refuses(() => given.text([]), "invalid-key", "key", "at least one part");
  refuses(() => given.prefix([]), "invalid-key", "prefix", "at least one part");
  refuses(() => given.prefix(7), "invalid-key", "prefix");
});

test("half of a surrogate pair is refused wherever it stands", () => {
  const given = new Keys(":", join);
  for (const half of ["\ud800", "a\udc00", "\ud83d", "x\ude00y"]) {
    refuses(() => given.text(half), "invalid-key", "key", "surrogate");
    refuses(() => given.text([half]), "invalid-key", "key");
    refuses(() => given.text([half, ":"]), "invalid-key", "key");
    refuses(() => given.prefix(half), "invalid-key", "prefix");
    refuses(() => wellFormed(half, "tags"), "invalid-option", "tags");
    refuses(() => wellFormed(half, "pattern"), "invalid-key", "pattern");
  }
  refuses(() => given.text(["\ud83d", "\ude00"]), "invalid-key", "key");
  assert.equal(given.text("😀"), "😀");
});

test("hosts that cannot tell well-formed texts are helped", async () => {
  const own = Object.getOwnPropertyDescriptor(String.prototype, "isWellFormed");
  delete String.prototype.isWellFormed;
  try {
    const { keys } = await leaves("keys");
    for (const text of ["", "a", "😀", "\uffff", "a\ud800", "\udc00", "\ud83d\ud83d\ude00", "x\ude00\ud83d"]) {
      assert.equal(keys.isWellFormed(text), own ? own.value.call(text) : Buffer.from(text).toString() === text, JSON.stringify(text));
    }
  } finally {
    if (own) Object.defineProperty(String.prototype, "isWellFormed", own);
  }
});

test("a prefix of text is taken letter by letter, one of parts by segments", () => {
  const given = new Keys(":", join);
  assert.deepEqual(given.prefix("user:1"), { text: "user:1", segment: false });
  assert.deepEqual(given.prefix(["user", 1]), { text: "user:1", segment: true });
  assert.deepEqual(given.prefix(""), { text: "", segment: false });
  assert.deepEqual(given.prefix([""]), { text: "", segment: true });
});
