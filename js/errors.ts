// The one error users meet, and how values are named in its texts.

/** What an error can say beside its code and its text. */
interface More {
  field?: string;
  status?: number;
  cause?: unknown;
}

/** Something that was asked of a cache and refused, or a load that came to nothing. The code is stable; the text is for people. */
export class FetchwellError extends Error {
  declare readonly name: "FetchwellError";
  declare readonly code: string;
  declare readonly field?: string;
  declare readonly status?: number;

  static {
    // On the prototype, where the stack's first line looks for it; a literal, since minifiers rename classes.
    Object.defineProperty(this.prototype, "name", { value: "FetchwellError", configurable: true, writable: true });
  }

  constructor(code: string, message: string, more: More = {}) {
    super(message, Object.hasOwn(more, "cause") ? { cause: more.cause } : undefined);
    const { field, status } = more;
    Object.assign(this, { code }, field !== undefined && { field }, status !== undefined && { status });
  }
}

/** An error to throw; its text begins with the field, if it is about one. */
export function fault(code: string, message: string, more?: More): FetchwellError {
  return new FetchwellError(code, more?.field === undefined ? message : `${more.field}: ${message}`, more);
}

/** A given value as a text about it names it: short, and whatever it is, nothing of it is run. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case "function":
    case "symbol":
    case "bigint": // its digits may be a million
      return `a ${typeof value}`;
    case "object":
      return value === null ? "null" : isList(value) ? "an array" : "an object";
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

/** Array.isArray, which throws for a revoked proxy. */
function isList(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
