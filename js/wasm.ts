// The wasm instance of this module, and the piece of its memory through which texts and numbers cross. One instance serves all caches.
// When it traps it is thrown away, and the next one starts empty.

import { __wbg_reset_state, type InitOutput, initSync } from "./glue.js";

type Source = BufferSource | WebAssembly.Module;

/** Ends a text that lies behind the key. No byte of UTF-8 is this one. */
const END = 0xff;
/** Up to this length a loop is faster than the host's encoder, if all is ASCII. */
const SHORT = 24;

/** No text of more characters is laid: three bytes each are still far from the end of what 32 bits can count. */
const MOST = 1 << 28;

const encoder = new TextEncoder();
// A byte order mark is a character of a key like any other.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

let source: Source | (() => Source) | undefined;
/** Counts the instances: what belongs to an older one is gone. */
export let era = 0;
/** The exports of the present instance. */
export let raw: InitOutput;
let running = false;

// Views of its memory. When the memory grows they become empty, and are made anew.
let memory = new Uint8Array(0);
let answers = new Float64Array(0);
let desk = 0;
let room = 0;
let writable = memory;

/** How many bytes the key has that was laid last, and all texts together. */
export let keyEnd = 0;
export let allEnd = 0;

/** Hands in the wasm: its bytes, what gives them, or a module where the host compiles it. Nothing is done with it until it is needed. */
export function provide(wasm: Source | (() => Source)): void {
  source = wasm;
}

/** There is no instance to be had: the host allows no wasm, or has no memory for it; or a text is longer than there is memory for. */
export class Unavailable extends Error {}

/** Has an instance, if one can be had. */
function start(): void {
  if (running) return;
  try {
    if (era > 0) __wbg_reset_state();
    if (typeof source === "function") source = source();
    raw = initSync({ module: source! });
  } catch (cause) {
    throw new Unavailable("the engine cannot be started", { cause });
  }
  era++;
  running = true;
  desk = room = 0;
  memory = new Uint8Array(0);
  reserve(1_024);
}

/**
 * Is a call on its way? No export calls back, so one that is still there when the next begins has ended without being noticed: where the
 * stack was used up, even what catches exceptions may have had no room to run.
 */
let calling = false;

/** A call begins. */
export function enter(): void {
  if (calling) running = false;
  calling = true;
}

/** It has ended as it should. */
export function leave(): void {
  calling = false;
}

/** Throws the present instance away: it trapped, and what it would answer from now on is worth nothing. */
export function abandonInstance(): void {
  running = calling = false;
}

/** Is the instance of that era still there, and what it answered of worth? */
export function lives(time: number): boolean {
  return running && !calling && time === era;
}

/** Makes sure that there is an instance, and says whether it is the one of that era. */
export function isOf(time: number): boolean {
  start();
  return time === era;
}

function look(): void {
  memory = new Uint8Array(raw.memory.buffer);
  answers = new Float64Array(raw.memory.buffer, raw.numbers() >>> 0, 48);
  writable = memory.subarray(desk, desk + room);
}

function reserve(bytes: number): void {
  if (bytes > 4 * MOST) throw new Unavailable("there is no memory for so long a text");
  const at = raw.texts(bytes) >>> 0;
  if (!at) throw new Unavailable("there is no memory for so long a text");
  [desk, room] = [at, Math.max(room, bytes)];
  look();
}

/** A number that the last call answered with. */
export function answer(place: number): number {
  if (answers.length === 0) look();
  return answers[place]!;
}

/** What the last answer told of those that went is done with. */
export function settled(): void {
  answers[0] = 0;
}

/** Lays a text on the desk from a place on; returns where it ends. */
function lay(text: string, at: number): number {
  const { length } = text;
  if (length < SHORT) {
    let index = 0;
    for (; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) break;
      writable[at + index] = code;
    }
    if (index === length) return at + length;
  }
  return at + encoder.encodeInto(text, at ? writable.subarray(at) : writable).written;
}

/** Makes room for texts of so many characters. */
function makeRoom(characters: number): void {
  if (writable.length === 0) look();
  if (3 * characters > room) reserve(4 * characters);
}

/** Lays a key on the desk. */
export function layKey(key: string): void {
  makeRoom(key.length);
  keyEnd = allEnd = lay(key, 0);
}

/** Lays a key, whose it is, and tags. */
export function layAll(key: string, who: string | undefined, tags: readonly string[]): void {
  let characters = key.length + (who?.length ?? 0) + tags.length + 2;
  for (const tag of tags) characters += tag.length;
  makeRoom(characters);
  keyEnd = lay(key, 0);
  allEnd = who === undefined ? keyEnd : lay(`=${who}`, keyEnd);
  writable[allEnd++] = END;
  for (const tag of tags) {
    allEnd = lay(tag, allEnd);
    writable[allEnd++] = END;
  }
}

/** The text that a call left on the desk: its first bytes. */
export function textOf(length: number): string {
  if (memory.length === 0) look();
  const at = raw.texts(0) >>> 0;
  return decoder.decode(memory.subarray(at, at + length));
}

/** The texts that a call left on the desk, each with its end mark. */
export function textsOf(length: number): string[] {
  if (memory.length === 0) look();
  const at = raw.texts(0) >>> 0;
  const texts: string[] = [];
  let from = at;
  for (let to = at; to < at + length; to++) {
    if (memory[to] !== END) continue;
    texts.push(decoder.decode(memory.subarray(from, to)));
    from = to + 1;
  }
  return texts;
}

/** A view of bytes of the engine's, to be used at once. */
export function bytesAt(address: number, length: number): Uint8Array {
  if (memory.length === 0) look();
  return memory.subarray(address >>> 0, (address >>> 0) + length);
}

/** The same, of numbers of 32 bits. */
export function wordsAt(address: number, length: number): Uint32Array {
  return new Uint32Array(raw.memory.buffer, address >>> 0, length);
}
