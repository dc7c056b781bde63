// Results of a work of speed as one table: a row for each contestant, and below the nanoseconds of ours and of the reference beside it.

import { OURS, REFERENCE } from "../contestants.mjs";
import { digits } from "./numbers.mjs";
import { cell, none, table } from "./table.mjs";

const shown = ({ median, low, high }) => cell(`${digits(median)} (${digits(low)}–${digits(high)})`, median);

export function ratioTable(title, results) {
  const columns = [...new Set(results.map(({ cell }) => cell.column))];
  const names = [...new Set(results.map(({ cell }) => cell.peer))];
  const find = (name, column) => results.find(({ cell }) => cell.peer === name && cell.column === column)?.figures;
  const row = (name) => ({
    name,
    cells: columns.map((column) => {
      const figures = find(name, column);
      return figures?.ratio ? shown(figures.ratio) : figures?.failed ? cell(figures.failed) : none;
    }),
  });
  const nanoseconds = (name, which) => ({ name, cells: columns.map((column) => cell(digits(find(OURS, column)?.[which]))) });
  const rows = names.map(row);
  return table(title, columns, [...rows, nanoseconds(`*ns: ${OURS}*`, "ns"), nanoseconds(`*ns: ${REFERENCE}*`, "reference")], "more");
}
