// Serves `www/`, and the package as it was built in `pkg/`, on this machine alone. Prints its address as soon as it answers, and ends
// with whoever started it.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const KINDS = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const server = createServer(async (request, response) => {
  try {
    // Whatever dots there are, nothing leads out of the two folders.
    const path = normalize(decodeURIComponent(new URL(request.url, "http://here/").pathname));
    const file = path.startsWith("/pkg/") ? join(root, path) : join(root, "www", path.endsWith("/") ? `${path}index.html` : path);
    const bytes = await readFile(file);
    const kind = KINDS[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": kind, "cache-control": "no-cache" }).end(bytes);
  } catch {
    response.writeHead(404, { "content-type": "text/plain" }).end("there is no such file\n");
  }
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.on("end", () => process.exit(0)).resume();
