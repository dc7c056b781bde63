// Values as a person can read them in a complaint.

const LONGEST = 500;

export function show(value) {
  const text = shown(value, []);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

function shown(value, open) {
  if (typeof value === "string") {
    return JSON.stringify(value);
  }
  if (typeof value === "bigint") {
    return `${value}n`;
  }
  if (Object.is(value, -0)) {
    return "-0";
  }
  if (typeof value === "function") {
    return `function ${value.name}`;
  }
  if (typeof value !== "object" || value === null) {
    return String(value);
  }
  return open.includes(value) ? "(a circle)" : object(value, [...open, value]);
}

function object(value, open) {
  const name = value.constructor?.name ?? "null prototype";
  const inside = (one) => shown(one, open);
  if (value instanceof Error) {
    const code = value.code === undefined ? "" : `, code ${shown(value.code, open)}, field ${shown(value.field, open)}`;
    return `${value.name}(${JSON.stringify(value.message)}${code})`;
  }
  if (Array.isArray(value)) {
    return `[${Array.from(value, inside).join(", ")}]`;
  }
  if (value instanceof Date) {
    return `Date(${value.valueOf()})`;
  }
  if (value instanceof RegExp) {
    return String(value);
  }
  if (value instanceof Map) {
    return `Map {${Array.from(value, ([key, one]) => `${inside(key)} => ${inside(one)}`).join(", ")}}`;
  }
  if (value instanceof Set || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    return `${name} {${Array.from(value, inside).join(", ")}}`;
  }
  const properties = Object.entries(value).map(([key, one]) => `${key}: ${inside(one)}`);
  return `${name === "Object" ? "" : `${name} `}{${properties.join(", ")}}`;
}
