// The process of one cell: does what its argument says, and tells the figures on the last line.

import { works } from "./works.mjs";

const { work, ...cell } = JSON.parse(process.argv[2]);
const figures = await works[work].measure(cell);
console.log(JSON.stringify(figures));
// Some leave timers behind.
process.exit(0);
