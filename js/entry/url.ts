// `fetchwell/url`: the `.wasm` by its address, for pages that want it apart from their code: cached by itself, and compiled while it
// arrives. This is the only file that waits at its top level.
import { provide } from "../core.js";

const address = new URL("./fetchwell.wasm", import.meta.url);

provide(await arrive());

export * from "../index.js";

async function arrive(): Promise<WebAssembly.Module> {
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`fetchwell/url: ${address.href} answered ${response.status}`);
  }
  // A server that does not know the type must not be what breaks a page: then the bytes are compiled when all are there.
  return response.headers.get("content-type")?.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
