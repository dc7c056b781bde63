// The works, in the order in which they are measured and told.

import get from "./works/get.mjs";
import set from "./works/set.mjs";
import mixed from "./works/mixed.mjs";
import chromium from "./works/chromium.mjs";
import hitRatio from "./works/hit-ratio.mjs";
import traces from "./works/traces.mjs";
import prefix from "./works/prefix.mjs";
import loads from "./works/loads.mjs";
import memory from "./works/memory.mjs";
import expiry from "./works/expiry.mjs";
import pauses from "./works/pauses.mjs";
import start from "./works/start.mjs";
import growth from "./works/growth.mjs";
import breadth from "./works/breadth.mjs";

const all = [get, set, mixed, chromium, hitRatio, traces, prefix, loads, memory, expiry, pauses, start, growth, breadth];

export const works = Object.fromEntries(all.map((work) => [work.name, work]));
