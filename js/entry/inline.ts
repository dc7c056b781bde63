// For Node, Deno, Bun, browsers and bundlers: the bytes are inside, so that nothing has to be read, fetched or copied, and no permission
// is asked for. They are decoded and compiled when they are first needed.
import wasm from "../fetchwell.wasm";
import { provide } from "../core.js";

// The build puts the text of the bytes there.
provide(() => bytesOf(wasm as unknown as string));

export * from "../index.js";

interface Host {
  Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
}

/** Newer hosts have it. */
const { fromBase64 } = Uint8Array as { fromBase64?(text: string): Uint8Array<ArrayBuffer> };

/** The bytes of a base64 text, by the host's fastest way. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as Host;
  if (Buffer) return Buffer.from(text, "base64");
  if (fromBase64) return fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
