// A table as a value: columns, rows of a name and cells. A cell has the text that is shown and, where rows can be compared, the number.
// The terminal and docs/benchmarks.md show the same tables.

/** `better`: "more" or "less", where one number is better than another; so the report can say who is in front of us. */
export function table(title, columns, rows, better) {
  return { title, columns, rows, better };
}

export const cell = (text, number) => ({ text, number });
export const none = cell("–");

const lines = ({ title, columns, rows }) => [[title, ...columns], ...rows.map(({ name, cells }) => [name, ...cells.map(({ text }) => text)])];

export function forTerminal(table) {
  const all = lines(table);
  const widths = all[0].map((_, at) => Math.max(...all.map((line) => (line[at] ?? "").length)));
  const shown = (line) => line.map((text, at) => (at === 0 ? text.padEnd(widths[0]) : text.padStart(widths[at]))).join("  ");
  return all.map(shown).join("\n");
}

export function forMarkdown(table) {
  const [head, ...rest] = lines(table);
  const rule = head.map((_, at) => (at === 0 ? "---" : "--:"));
  return [head, rule, ...rest].map((line) => `| ${line.join(" | ")} |`).join("\n");
}
