// The rows of the systems that wait for what is not there yet. Whoever runs the scenarios is shown them.

import { open as system1 } from "./system1.mjs";
import { open as system2 } from "./system2.mjs";
import { open as system3 } from "./system3.mjs";

/** Each as its number and what it waits for. */
export const open = [...system1, ...system2, ...system3];

for (const [row, reason] of open) {
  console.log(`open: row ${row}: ${reason}`);
}
