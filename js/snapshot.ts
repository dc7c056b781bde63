// Snapshots: values become bytes here, everything else in the engine.

import { decode, encode } from "./codec.js";
import { Core } from "./core.js";
import { fault, shown } from "./errors.js";
import { typedArrayName } from "./kinds.js";
import type { Root } from "./root.js";
import { BY, REACH } from "./words.js";

/** What is held, as bytes. Values that have no form in bytes are left out, and that is said. */
export function snapshot(
  root: Root,
  space: number,
  of: string | undefined,
  prefix: { text: string; segment: boolean } | undefined,
): Uint8Array {
  const { ticker } = root;
  // A closed cache has no engine; what it holds is nothing, and that has bytes, too.
  const core = root.closed ? new Core({ maxEntries: 1, maxBytes: 0, maxEntryBytes: 0 }) : root.core;
  const meant = {
    by: prefix ? (prefix.segment ? BY.segment : BY.prefix) : BY.everything,
    reach: space === 0 && !prefix ? REACH.whole : REACH.namespace,
    space,
    text: prefix?.text ?? "",
    who: of,
  };
  const now = ticker.now();
  const { traps } = core;
  const made = core.snapshot(meant, encode, now, ticker.wall());
  if (root.closed) core.close();
  root.tell(space, undefined);
  if (!made) throw core.traps > traps ? lost() : fault("snapshot-no-memory", "there is no memory to write the snapshot");
  if (made.leftOut > 0) tellLeftOut(root, space, made.leftOut, "their values have no form in bytes");
  return made.bytes;
}

function tellLeftOut(root: Root, space: number, count: number, why: string): void {
  const error = fault("snapshot-left-out", `${count} entr${count === 1 ? "y" : "ies"} left out: ${why}`);
  root.tell(space, undefined, { type: "error", error, phase: "snapshot" });
}

/** Puts the entries of a snapshot back, as far as they belong to this namespace and partition, and tells how many are held again. Replaces nothing newer and revives nothing expired. */
export function restore(root: Root, space: number, of: string | undefined, bytes: unknown): number {
  const given = bytesOf(bytes);
  const { core, ticker } = root;
  if (root.closed) return 0;
  root.watch();
  const { traps } = core;
  const read = core.decode(given, space === 0 ? REACH.whole : REACH.namespace, space, of);
  if (read === "damaged") throw fault("snapshot-damaged", "the bytes are no snapshot, or not as it was written");
  if (read === "no memory" && core.traps > traps) throw lost();
  if (read === "no memory") throw fault("snapshot-no-memory", "there is no memory to read the snapshot");
  if ("version" in read) throw fault("snapshot-version", `another version of the format wrote the snapshot: ${read.version}`);
  if (!root.enabled) return 0;
  let unreadable = 0;
  const values = read.map((value) => {
    if (!value) return undefined;
    const decoded = decode(value);
    // Nobody stores undefined, so nobody may get it.
    if (decoded?.value !== undefined) return decoded;
    unreadable++;
    return undefined;
  });
  const restored = core.restore(values, ticker.now(), ticker.wall());
  for (const { number, name } of core.implied()) root.joined({ number, name, rules: root.spaces[0]!.rules, asked: "", implied: true });
  root.sweep(ticker.now());
  root.tell(0, undefined);
  if (root.hub.subscribed) root.tellDifferences();
  if (unreadable > 0) tellLeftOut(root, space, unreadable, "what their values are cannot be read here");
  return restored;
}

/** The bytes as a Uint8Array of this realm and of no other class: what Node's Buffer gives for a part is no copy of it. */
function bytesOf(given: unknown): Uint8Array {
  if (typedArrayName(given) !== "Uint8Array") throw fault("invalid-option", `${shown(given)} is no Uint8Array`, { field: "bytes" });
  const { buffer, byteOffset, byteLength } = given as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const lost = (): Error => fault("trap", "the engine was lost on the way, and all entries with it; the cache goes on empty");
