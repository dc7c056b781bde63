// Pictures, drawn by hand: bars on a scale of ratios, and curves over sizes. Colours are legible on light and on dark ground alike.

import { digits, shortly } from "./numbers.mjs";

const COLOURS = ["#2f81f7", "#e3702d", "#3fa45b", "#a371f7", "#d4a72c", "#db61a2"];
const WIDTH = 720;
const STYLE = `<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; font-size: 14px }
line { stroke: #8b949e; stroke-width: 1 }
.faint { stroke-opacity: 0.3 }
@media (prefers-color-scheme: dark) { text { fill: #adbac7 } }
</style>`;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const round = (number) => Math.round(number * 10) / 10;
const text = (x, y, says, more = "") => `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped(says)}</text>`;
const line = (x1, y1, x2, y2, more = "") => `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${more}/>`;

const picture = (title, height, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title).replaceAll('"', "&quot;")}">
${STYLE}
${text(8, 20, title, 'class="title"')}
${parts.join("\n")}
</svg>
`;

/** Ratios of several columns: to the right of 1 faster than the reference, to the left slower. Each step of the scale is twice as fast. */
export function bars({ title, columns, rows }) {
  const [left, right, bar, gap] = [130, WIDTH - 60, 11, 10];
  const all = rows.flatMap(({ values }) => values).filter((value) => value > 0);
  const low = Math.floor(Math.log2(Math.min(0.5, ...all)));
  const high = Math.ceil(Math.log2(Math.max(2, ...all)));
  const x = (value) => left + ((Math.log2(value) - low) / (high - low)) * (right - left);
  const block = columns.length * bar + gap;
  const height = 72 + rows.length * block;
  const parts = columns.map(
    (column, at) => `<rect x="${left + at * 190}" y="30" width="10" height="10" fill="${COLOURS[at]}"/>${text(left + 14 + at * 190, 39, column)}`,
  );
  const every = high - low > 7 ? 2 : 1;
  for (let power = low; power <= high; power += 1) {
    if (power % every !== 0) continue;
    parts.push(line(x(2 ** power), 50, x(2 ** power), height - 22, power === 0 ? "" : 'class="faint"'));
    parts.push(text(x(2 ** power), height - 8, power < 0 ? `1/${2 ** -power}` : `${2 ** power}×`, 'text-anchor="middle"'));
  }
  rows.forEach(({ name, values }, row) => {
    const top = 54 + row * block;
    parts.push(text(left - 8, top + (columns.length * bar) / 2 + 4, name, 'text-anchor="end"'));
    values.forEach((value, at) => {
      if (!(value > 0)) return;
      const [from, to] = [Math.min(x(1), x(value)), Math.max(x(1), x(value))];
      parts.push(
        `<rect x="${round(from)}" y="${top + at * bar}" width="${round(Math.max(to - from, 1))}" height="${bar - 2}" fill="${COLOURS[at]}"/>`,
      );
      parts.push(text(value < 1 ? x(1) + 4 : to + 4, top + at * bar + 9, digits(value), 'font-size="10"'));
    });
  });
  return picture(title, height, parts);
}

/** Lines over sizes that grow by factors; the other scale begins at nothing. Each line is named at its end. */
export function curves({ title, across, lines }) {
  const [left, right, top, bottom, height] = [60, WIDTH - 130, 40, 250, 290];
  const points = lines.flatMap(({ points }) => points);
  const [least, most] = [Math.min(...points.map(([at]) => at)), Math.max(...points.map(([at]) => at))];
  const step = nice(Math.max(...points.map(([, value]) => value), 0) / 4);
  const highest = step * Math.max(1, Math.ceil(Math.max(...points.map(([, value]) => value), 0) / step));
  const x = (at) => left + (most === least ? 0 : Math.log(at / least) / Math.log(most / least)) * (right - left);
  const y = (value) => bottom - (value / highest) * (bottom - top);
  const parts = [];
  for (let value = 0; value <= highest; value += step) {
    parts.push(
      line(left, y(value), right, y(value), value === 0 ? "" : 'class="faint"'),
      text(left - 6, y(value) + 4, digits(value), 'text-anchor="end"'),
    );
  }
  for (const at of new Set(points.map(([at]) => at))) parts.push(text(x(at), bottom + 18, shortly(at), 'text-anchor="middle"'));
  parts.push(text((left + right) / 2, height - 4, across, 'text-anchor="middle"'));
  const places = apart(lines.map(({ points }) => y(points.at(-1)?.[1] ?? 0)));
  lines.forEach(({ name, points }, number) => {
    const drawn = points.map(([at, value]) => `${round(x(at))},${round(y(value))}`).join(" ");
    parts.push(`<polyline points="${drawn}" fill="none" stroke="${COLOURS[number]}" stroke-width="2"/>`);
    parts.push(...points.map(([at, value]) => `<circle cx="${round(x(at))}" cy="${round(y(value))}" r="2.5" fill="${COLOURS[number]}"/>`));
    parts.push(text(right + 8, places[number] + 4, name, `style="fill:${COLOURS[number]}"`));
  });
  return picture(title, height, parts);
}

/** 1, 2 or 5 times a power of ten, not below a number. */
function nice(number) {
  const power = 10 ** Math.floor(Math.log10(number || 1));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= number);
}

/** Heights of names that would lie over each other are moved apart. */
function apart(heights) {
  const order = heights.map((_, number) => number).sort((a, b) => heights[a] - heights[b]);
  const moved = [...heights];
  order.forEach((number, at) => {
    if (at > 0) moved[number] = Math.max(moved[number], moved[order[at - 1]] + 14);
  });
  return moved;
}
