import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import * as module from "./leaves.mjs";

const { leaves } = module;
const { codec } = await leaves("codec");
const { encode, decode } = codec;
const utf8 = (text) => new TextEncoder().encode(text);
const random = ((seed) => () => ((seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31), seed / 2 ** 31))(7);
const pick = (list) => list[Math.floor(random() * list.length)];

const texts = ["", "a", "é", "😀", "\ud800", "a\udc00b", "\u0000", "\ufeffx", '"\\\n', "__proto__", "constructor", "\u2028"];
const numbers = [0, 1, -1, 1.5, 1e21, 1e-7, 2 ** 53, 1e300, 5e-324, 12345678901234567890];

function json(depth) {
  const kind = random() * (depth ? 7 : 4);
  if (kind < 1) return pick(texts);
  if (kind < 2) return pick(numbers);
  if (kind < 3) return pick([null, true, false]);
  if (kind < 5.5) return Array.from({ length: Math.floor(random() * 4) }, () => json(depth - 1));
  return Object.fromEntries(Array.from({ length: Math.floor(random() * 4) }, () => [pick(texts), json(depth - 1)]));
}

function anything(depth) {
  const kind = Math.floor(random() * (depth ? 17 : 9));
  const some = (each) => Array.from({ length: Math.floor(random() * 4) }, each);
  const bytes = () => Uint8Array.from({ length: 8 * Math.floor(random() * 3) }, () => random() * 256);
  switch (kind) {
    case 0: return pick([undefined, NaN, Infinity, -Infinity, -0]);
    case 1: return pick([0n, 1n, -1n, 2n ** 64n, -(10n ** 40n)]);
    case 2: return new Date(pick([0, 1e12, 8.64e15, -1]));
    case 3: return bytes();
    case 4: return bytes().buffer;
    case 5: return new (pick([Int8Array, Uint8ClampedArray, Int16Array, Float64Array, BigInt64Array, BigUint64Array, DataView]))(bytes().buffer);
    case 6: return Buffer.from("buffer");
    case 7: case 8: return json(0);
    case 9: case 10: return new Map(some(() => [anything(depth - 1), anything(depth - 1)]));
    case 11: return new Set(some(() => anything(depth - 1)));
    case 12: { const holes = some(() => anything(depth - 1)); delete holes[1]; return holes; }
    case 13: return some(() => anything(depth - 1));
    case 14: return Object.assign(Object.create(null), Object.fromEntries(some(() => [pick(texts.filter((text) => text !== "__proto__")), json(depth - 1)])));
    default: return Object.fromEntries(some(() => [pick(texts), anything(depth - 1)]));
  }
}

test("what JSON can say is its JSON text, to the byte", () => {
  for (let round = 0; round < 5_000; round++) {
    const value = json(4);
    const bytes = encode(value);
    assert.equal(Buffer.from(bytes).toString(), JSON.stringify(value));
    assert.deepEqual(decode(bytes), { value });
  }
});

test("the other kinds come back as they were", () => {
  for (let round = 0; round < 20_000; round++) {
    const value = anything(3);
    const bytes = encode(value);
    assert.deepEqual(decode(bytes), { value });
    assert.deepEqual(encode(value), bytes);
  }
});

test("every kind of view comes back as that kind, with its own bytes only", () => {
  const buffer = Uint8Array.from({ length: 64 }, (_, at) => at).buffer;
  for (const View of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array]) {
    const { value } = decode(encode(new View(buffer, 16, 2)));
    assert.equal(Object.getPrototypeOf(value), View.prototype);
    assert.deepEqual([value, value.byteOffset, value.buffer.byteLength], [new View(buffer, 16, 2), 0, 2 * View.BYTES_PER_ELEMENT]);
  }
  assert.deepEqual(decode(encode(new DataView(buffer, 3, 5))).value, new DataView(buffer.slice(3, 8)));
  assert.ok(Buffer.isBuffer(decode(encode(Buffer.from("a"))).value));
});

test("the form is stable: these are its bytes", () => {
  const hex = (value) => Buffer.from(encode(value)).toString("hex");
  assert.equal(hex([1n, -255n]), "01" + "6c02" + "690131" + "69032d6666");
  assert.equal(hex(new Map([["a", -0]])), "01" + "6d01" + "730161" + "6e0000000000000080");
  assert.equal(hex([, undefined, null, true, false, "\ud800"]), "01" + "6c06" + "68757a7466" + "770200d8");
  assert.equal(hex(new Set([new Date(1)])), "01" + "6501" + "64000000000000f03f");
  assert.equal(hex({ a: new Uint8Array([7]), b: new Uint8Array([8]).buffer }), "01" + "6f02" + "730161" + "76020107" + "730162" + "620108");
  assert.equal(hex(Object.assign(Object.create(null), { a: {} })), "01" + "7001" + "730161" + "6f00");
  assert.equal(hex(NaN), "01" + "6e000000000000f87f");
  assert.ok(hex(new Set(["x".repeat(200) + "\ud800"])).startsWith("01" + "6501" + "77" + "9203")); // 402 bytes
  assert.equal(hex(new Date(NaN)), "01" + "64000000000000f87f");
  assert.ok(Number.isNaN(decode(encode(new Date(NaN))).value.getTime()));
});

test("a member named __proto__ is a member, and no prototype is touched", () => {
  for (const value of [JSON.parse('{"__proto__":{"evil":1}}'), JSON.parse('{"a":{"__proto__":null,"constructor":{"prototype":{"evil":1}}}}')]) {
    for (const given of [value, { value, beyond: new Date(0) }]) {
      const back = decode(encode(given)).value;
      assert.deepEqual(back, given);
      assert.ok(Object.hasOwn(back.value ?? back, "__proto__") || Object.hasOwn((back.value ?? back).a, "__proto__"));
      assert.equal({}.evil, undefined);
      assert.equal(back.evil, undefined);
    }
  }
});

test("what cannot be said has no bytes, wherever it lies", () => {
  class Mine { a = 1; }
  const cycle = [];
  cycle.push({ cycle });
  const self = new Map();
  self.set("self", self);
  const throws = new Proxy({}, { ownKeys() { throw new Error("mine"); } });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (const value of [() => 1, Symbol("x"), new Mine(), cycle, self, throws, revoked.proxy, /x/, new Error("x"), new (class extends Map {})(), new (class extends Date {})(), new (class extends Array {})(),
    new (class extends Uint8Array {})(1), new WeakMap(), Promise.resolve(), new URL("http://a/"), new Number(1), Object.create({}), Object.create(Map.prototype), Object.create(Date.prototype),
    { get a() { throw new Error("mine"); } }, new SharedArrayBuffer(8), { toJSON: () => 1 }, globalThis]) {
    for (const given of [value, [1, value], { a: value }, new Map([[1, value]]), new Map([[value, 1]]), new Set([value]), [new Date(0), value]]) {
      assert.equal(encode(given), undefined);
    }
  }
  assert.equal(encode(Array(1e9)), undefined);
});

test("what is there that no bytes tell of leaves nothing to be said, wherever it lies", () => {
  const hidden = (value) => Object.defineProperty(value, "hidden", { value: 1 });
  const getter = (value, name) => Object.defineProperty(value, name, { get: () => 1, enumerable: true });
  const odd = {
    "a match of an expression": /(b)/.exec("abc"), "a template": ((texts) => texts)`a`, arguments: (function () { return arguments; })(1), Math, JSON, Reflect,
    "no prototype, and a getter": getter(Object.create(null), "a"), "no prototype, and a class": Object.assign(Object.create(null), { a: new (class {})() }), "a list without a prototype": Object.setPrototypeOf([1], null), "a module": module,
    "a getter": getter({}, "a"), "a setter": { set a(_) {} }, "a getter in a list": getter([1, 2], 0), "a hidden item": Object.defineProperty([1], 0, { value: 1, enumerable: false }),
    "a buffer that can grow": new ArrayBuffer(1, { maxByteLength: 2 }), "a boxed buffer": Object.create(ArrayBuffer.prototype), "a boxed view": Object.create(Uint8Array.prototype), "a boxed list": Object.create(Array.prototype),
  };
  const kinds = [() => ({ a: 1 }), () => [1], () => [1, , 2], () => [1n], () => new Date(5), () => new Map(), () => new Set(), () => new ArrayBuffer(1), () => new Uint8Array(1), () => new DataView(new ArrayBuffer(1)), () => Object.create(null)];
  for (const [at, make] of kinds.entries()) {
    odd[`${at} with a symbol`] = Object.assign(make(), { [Symbol("s")]: 1 });
    odd[`${at} with a hidden symbol`] = Object.defineProperty(make(), Symbol("s"), { value: 1 });
    odd[`${at} with a hidden name`] = hidden(make());
    const named = at > 0 && at < kinds.length - 1;
    if (named) odd[`${at} with a name`] = Object.assign(make(), { extra: 1 });
    if (named) odd[`${at} with a name for nothing`] = Object.assign(make(), { extra: undefined });
    assert.ok(encode(make()), `${at} alone`);
  }
  odd["a large view with a symbol"] = Object.assign(new Uint8Array(100_000), { [Symbol("s")]: 1 });
  for (const [name, value] of Object.entries(odd)) {
    for (const given of [value, [1, value], { a: value }, new Map([[1, value]]), new Map([[value, 1]]), new Set([value]), [new Date(0), value]]) assert.equal(encode(given), undefined, name);
  }
});

test("that something is frozen is no part of it", () => {
  for (const value of [{ a: [1n] }, [1], { a: 1 }]) assert.deepEqual(decode(encode(Object.freeze(value))).value, value);
});

test("what another realm made comes back as this one's", () => {
  const same = (code, value) => {
    const { value: back } = decode(encode(runInNewContext(code)));
    assert.equal(Object.getPrototypeOf(back), Object.getPrototypeOf(value), code);
    assert.deepEqual(back, value, code);
  };
  for (const [code, value] of [["({ a: { b: 1 } })", { a: { b: 1 } }], ["[1, [2]]", [1, [2]]], ["[1n, , { a: undefined }]", [1n, , { a: undefined }]], ["new Date(5)", new Date(5)], ["new Map([[1, new Set([2])]])", new Map([[1, new Set([2])]])],
    ["new Set([[1n]])", new Set([[1n]])], ["new Uint8Array([1, 2]).buffer", new Uint8Array([1, 2]).buffer], ["new DataView(new ArrayBuffer(3))", new DataView(new ArrayBuffer(3))], ["new BigInt64Array([-1n])", new BigInt64Array([-1n])]]) same(code, value);
  for (const View of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array]) same(`new ${View.name}([1, 2]).subarray(1)`, new View([2]));
});

test("classes of another realm are no kinds, whatever they are called", () => {
  for (const code of ["new (class Map extends Map_ {})()", "new (class Date extends Date_ {})()", "new (class Array extends Array_ {})()", "new (class Uint8Array extends Uint8Array_ {})(1)", "new (class Map {})()", "new (class Object {})()",
    "new (class A { a = 1; })()", "/x/", "new Error('x')", "Object_.create(Map_.prototype)", "Object_.create(Date_.prototype)", "Object_.create({})", "new SharedArrayBuffer_(8)", "Object_.assign([1], { index: 0 })", "({ get a() { return 1; } })"]) {
    const before = "const [Map_, Date_, Array_, Uint8Array_, Object_, SharedArrayBuffer_] = [Map, Date, Array, Uint8Array, Object, SharedArrayBuffer];";
    assert.equal(encode(runInNewContext(`${before} { ${code.startsWith("({") ? code : `(${code})`} }`)), undefined, code);
  }
  class Map_ extends Map {}
  class Uint8Array_ extends Uint8Array {}
  for (const [kind, name] of [[Map_, "Map"], [Uint8Array_, "Uint8Array"], [class extends Uint8Array {}, "Buffer"]]) {
    Object.defineProperty(kind, "name", { value: name });
    assert.equal(encode(new kind()), undefined, name);
  }
});

test("objects without a prototype come back without one, wherever they lie, and those beside them with theirs", () => {
  const bare = (members) => Object.assign(Object.create(null), members);
  for (const value of [bare({}), bare({ a: 1, b: bare({ c: [bare({})] }) }), { a: bare({ b: {} }) }, [bare({ x: 1n })], new Map([[bare({ k: 1 }), bare({})]]), new Set([bare({})]), Object.freeze(bare({ a: 1 }))]) {
    assert.deepEqual(decode(encode(value)), { value });
  }
  const odd = bare({});
  Object.defineProperty(odd, "__proto__", { value: { evil: 1 }, writable: true, enumerable: true, configurable: true });
  const back = decode(encode(odd)).value;
  assert.deepEqual([Object.getPrototypeOf(back), Object.keys(back), back.evil], [null, ["__proto__"], undefined]);
  // As it was written before there was a letter for those without.
  assert.deepEqual(decode(Buffer.from("01" + "6f01" + "730161" + "690131", "hex")), { value: { a: 1n } });
  assert.equal(Object.getPrototypeOf(decode(encode(runInNewContext("Object.create(null)"))).value), null);
  assert.equal(Object.getPrototypeOf(decode(encode(/(?<name>b)/.exec("abc").groups)).value), null);
});

test("what is met twice is written twice, and comes back as two", () => {
  const shared = { a: 1n };
  assert.deepEqual(decode(encode([shared, shared])).value, [{ a: 1n }, { a: 1n }]);
});

test("depth is limited, both ways", () => {
  const deep = (levels, value) => { for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value }; return value; };
  for (const leaf of [1, 1n]) {
    assert.deepEqual(decode(encode(deep(500, leaf))).value, deep(500, leaf));
    for (const levels of [501, 200_000]) assert.equal(encode(deep(levels, leaf)), undefined);
  }
  const bytes = new Uint8Array(1 + 2 * 100_000).fill(1).map((_, at) => (at % 2 ? 0x6c : 1));
  assert.equal(decode(bytes), undefined);
  assert.doesNotThrow(() => decode(utf8("[".repeat(1e6) + "]".repeat(1e6))));
});

test("a polluted prototype changes nothing", () => {
  Object.prototype.toJSON = () => "evil";
  Object.prototype.a = 1;
  try {
    assert.equal(Buffer.from(encode({ b: [1] })).toString(), '{"b":[1]}');
    assert.deepEqual(Object.keys(decode(encode({ b: 1n })).value), ["b"]);
  } finally {
    delete Object.prototype.toJSON;
    delete Object.prototype.a;
  }
});

test("integers that Rust wrote and no number can hold are refused rather than rounded", () => {
  for (const text of ["18446744073709551615", "9007199254740993", '{"id":-9007199254740993}', "[1,123456789012345678]"]) assert.equal(decode(utf8(text)), undefined, text);
  for (const [text, value] of [["9007199254740992", 2 ** 53], ['"9007199254740993"', "9007199254740993"], ["9007199254740993.0", 2 ** 53], ["1234567890123456789e3", 1234567890123456789e3],
    ["0.12345678901234567891", 0.12345678901234567891], ['["\\"9007199254740993"]', ['"9007199254740993']], ["100000000000000000000", 1e20], [" 1 ", 1]]) {
    assert.deepEqual(decode(utf8(text)), { value }, text);
  }
});

test("whatever the bytes, they are a value that has these bytes, or none; nothing throws", () => {
  const binary = (value) => { const bytes = encode(value); return bytes[0] === 1 ? bytes : undefined; };
  const check = (bytes) => {
    const decoded = decode(bytes);
    if (decoded && bytes[0] === 1) assert.deepEqual(encode(decoded.value), bytes);
    return decoded;
  };
  const whole = encode({ when: new Date(5), map: new Map([["a", 1n], [{ b: undefined }, [, NaN]]]), set: new Set(["x", "y"]), bytes: new Uint8Array([1, 2, 3]), float: new Float64Array(2), text: "é\ud800" });
  for (let at = 0; at < whole.length; at++) {
    assert.equal(decode(whole.slice(0, at)), undefined);
    for (let bit = 0; bit < 8; bit++) check(whole.map((byte, place) => (place === at ? byte ^ (1 << bit) : byte)));
    for (const byte of [0, 1, 127, 128, 255]) check(whole.map((other, place) => (place === at ? byte : other)));
  }
  assert.equal(decode(Uint8Array.of(...whole, 0)), undefined);
  for (let round = 0; round < 3_000; round++) {
    const bytes = binary(anything(3));
    if (!bytes) continue;
    for (let flips = 0; flips < 20; flips++) check(bytes.map((byte) => (random() < 1.5 / bytes.length ? random() * 256 : byte)));
  }
  for (let round = 0; round < 20_000; round++) check(Uint8Array.from({ length: random() * 30 }, (_, at) => (at ? pick([..."zutfndiswleombvhp"]).charCodeAt(0) * (random() < 0.6) || random() * 9 : 1)));
  for (const bytes of [[], [1], [2], [0xff], [0xef, 0xbb, 0xbf, 0x31], [0x22, 0xff, 0x22], [1, 0x7a]]) assert.equal(decode(Uint8Array.from(bytes)), undefined);
});

test("a view on a part of a larger buffer is decoded as that part", () => {
  const bytes = encode({ a: 1n });
  const larger = new Uint8Array(bytes.length + 20).fill(255);
  larger.set(bytes, 10);
  assert.deepEqual(decode(larger.subarray(10, 10 + bytes.length)).value, { a: 1n });
});
