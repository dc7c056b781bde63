// What Chromium runs: the same loops as in Node, in a page.

import ours from "../ours.mjs";
import reference from "../peers/lru-cache.mjs";
import { ratio } from "./ratio.mjs";

const contestants = { fetchwell: ours, "lru-cache": reference };

// A page cannot ask for processor time.
const clock = () => performance.now();

globalThis.measured = (cell, limits) => ratio(cell, [contestants[cell.peer], reference], { ...limits, clock });
