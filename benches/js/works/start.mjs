// From the import to the first `get`, above an empty module: a process of its own each time.

import { OURS, everybody } from "../contestants.mjs";
import { inChromium, inNode } from "../measure/start.mjs";
import { digits } from "../report/numbers.mjs";
import { cell as shown, table } from "../report/table.mjs";

const CHROMIUM = "fetchwell in Chromium";

export default {
  name: "start",
  title: "Start",
  about: `Milliseconds of wall time from before the import to after the first \`get\`, medians of twenty processes (in Chromium: pages), above
importing an empty module.`,
  cells: () => [...everybody, CHROMIUM].map((peer) => ({ peer })),
  measure: ({ peer }) => (peer === CHROMIUM ? inChromium() : inNode(peer)),
  told: ({ took, empty }) => `${digits(took - empty)} ms above ${digits(empty)} ms`,
  tables(results) {
    const rows = results.map(({ cell, figures }) => ({
      name: cell.peer,
      cells: figures.failed
        ? [shown(figures.failed)]
        : [
            shown(digits(figures.took - figures.empty), cell.peer === CHROMIUM ? undefined : figures.took - figures.empty),
            shown(digits(figures.empty)),
          ],
    }));
    return [table("ms", ["above an empty module", "an empty module"], rows, "less")];
  },
  above(results, place) {
    const { figures } = results.find(({ cell }) => cell.peer === (place === "Chromium" ? CHROMIUM : OURS)) ?? {};
    return figures === undefined ? undefined : figures.took - figures.empty;
  },
};
