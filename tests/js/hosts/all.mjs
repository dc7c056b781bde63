// The hosts, and the places in them where the tests run. Each place is a function from the staged folder to what came of the tests.

import { bun, deno, node } from "./programs.mjs";
import { chromium, firefox, webkit } from "./browsers.mjs";
import { workerd } from "./workerd.mjs";

export const hosts = {
  node: { "": node() },
  "node-22": { "": node("node-22") },
  "node-24": { "": node("node-24") },
  "node-26": { "": node("node-26") },
  deno: { "": deno },
  bun: { "": bun },
  workerd: { "": workerd },
  chromium,
  firefox,
  webkit,
};
