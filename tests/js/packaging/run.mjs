// Runs the tests of the packed package: `node tests/js/packaging/run.mjs` for all but pages, `… run.mjs pages` for those.

import { run } from "../harness.mjs";
import { chromiumCommand } from "../hosts/browsers.mjs";
import { root } from "../hosts/stage.mjs";
import { Absent } from "../hosts/started.mjs";
import { told } from "../hosts/told.mjs";

const pages = process.argv[2] === "pages";
try {
  if (pages) {
    chromiumCommand("");
    await import("./pages.mjs");
  } else {
    await import("./contents.mjs");
    await import("./node.mjs");
    await import("./types.mjs");
    await import("./bundlers.mjs");
  }
  const only = pages ? "page" : (process.argv[2] ?? "");
  process.exitCode = told("packaging", await run({ only }), { folder: root, url: new URL("../../../", import.meta.url).href }) === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Absent ? `absent: ${error.message}` : error);
  process.exitCode = 1;
}
