// From the import to the first `get`, above importing an empty module: `cargo xtask bench start`, or with `--chromium` in Chromium. It is a
// part of `cargo xtask bench js` too, beside the others.

import { OURS } from "./contestants.mjs";
import { inChromium, inNode } from "./measure/start.mjs";

const chromium = process.argv.includes("--chromium");
const { took, empty } = await (chromium ? inChromium() : inNode(OURS));
const host = chromium ? "Chromium" : `Node ${process.versions.node}`;
console.log(`${host}: import and first get ${took.toFixed(1)} ms, an empty module ${empty.toFixed(1)} ms, above it ${(took - empty).toFixed(1)} ms`);
