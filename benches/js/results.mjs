// The figures that were measured last, of each work, in `target/bench-js`: a run of some works keeps what another measured of the rest.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../target/bench-js/", import.meta.url));
const file = `${folder}results.json`;

/** `{ get: { when, node, quick, results: [{ cell, figures }] } }`. */
export function kept() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

export function keep(measured) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(measured, undefined, 1)}\n`);
}
