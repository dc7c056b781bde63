// What the works of speed have in common: rows of contestants, columns of variants, in each cell how many times as fast as the reference.

import { OURS, REFERENCE, contestant } from "../contestants.mjs";
import { ratio } from "../measure/ratio.mjs";
import { shortly } from "../report/numbers.mjs";
import { bars } from "../report/svg.mjs";
import { ratioTable } from "../report/ratio-table.mjs";

/** How long and how often. */
export const limits = (quick) => (quick ? { calls: 200_000, rounds: 7, patience: 6_000 } : { calls: 400_000, rounds: 15, patience: 30_000 });

/** A column: what one measures, and who is measured in it. */
const columnOf = ({ size, fresh, body, scans }) =>
  [shortly(size), body === "evict" ? "" : fresh ? "fresh" : "same", scans ? "scans" : ""].filter(Boolean).join(" ");

export function speed({ name, title, about, groups }) {
  return {
    name,
    title,
    about,
    /** A group is a table: its title and its variants, each with `peers`. */
    cells: (quick) =>
      groups(quick).flatMap(({ title, variants }) =>
        variants.flatMap(({ peers, ...variant }) => peers.map((peer) => ({ peer, table: title, column: columnOf(variant), quick, ...variant }))),
      ),
    async measure(cell) {
      return ratio(cell, [await contestant(cell.peer), await contestant(REFERENCE)], limits(cell.quick));
    },
    told: ({ ratio, ns }) => `${ratio.median.toFixed(2)} × (${Math.round(ns)} ns)`,
    tables(results) {
      const titles = [...new Set(results.map(({ cell }) => cell.table))];
      return titles.map((title) =>
        ratioTable(
          title,
          results.filter(({ cell }) => cell.table === title),
        ),
      );
    },
    /** Of the first table: what the middle size gave. */
    pictures(results) {
      const [first] = this.tables(results);
      const columns = first.columns.filter((column) => column.startsWith("100k"));
      const rows = first.rows.filter(({ cells }) => cells.some(({ number }) => number > 0));
      const at = columns.map((column) => first.columns.indexOf(column));
      const values = rows.map(({ name, cells }) => ({ name, values: at.map((place) => cells[place].number) }));
      const says = `${title}, ${first.title}: times as fast as lru-cache`;
      return [{ file: name, svg: bars({ title: says, columns, rows: values }), says }];
    },
  };
}

/** In a quick run only ours and, to show the noise, the reference itself are measured at the sizes that take long. */
export const few = [OURS, REFERENCE];
