// The rows we lose: wherever a table compares contestants, who is in front of us.

import { OURS } from "../contestants.mjs";

/** `[{ where, ours, ahead: ["Map 2.4", …] }]`. */
export function losses(tables) {
  return tables
    .filter(({ better }) => better !== undefined)
    .flatMap((table) => table.columns.map((column, at) => lost(table, column, at)).filter(Boolean));
}

function lost({ title, rows, better }, column, at) {
  const ours = rows.find(({ name }) => name === OURS)?.cells[at]?.number;
  if (ours === undefined) return undefined;
  const others = rows.filter(({ name, cells }) => name !== OURS && cells[at]?.number !== undefined);
  const ahead = others.filter(({ cells }) => (better === "more" ? cells[at].number > ours : cells[at].number < ours));
  if (ahead.length === 0) return undefined;
  ahead.sort((a, b) => (better === "more" ? b.cells[at].number - a.cells[at].number : a.cells[at].number - b.cells[at].number));
  return {
    where: `${title}, ${column}`,
    ours: rows.find(({ name }) => name === OURS).cells[at].text,
    ahead: ahead.map(({ name, cells }) => `${name} ${cells[at].text.replace(/ \(.*/, "")}`),
  };
}
