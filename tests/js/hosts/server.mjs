// Serves a staged folder to a browser: the page that starts the tests, the package behind an import map, and an ear for the result.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { addressed } from "./stage.mjs";
import { BEGAN } from "./started.mjs";

export const PLACES = ["page", "worker", "service worker"];

/** Import maps do not reach into workers: below this path all names are addresses already. */
const FOR_WORKERS = "/for-workers";
const KINDS = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

export async function serve(staged) {
  const server = await listen((pathname) => answer(staged, pathname));
  return { ...server, address: (place) => `${server.origin}/?${encodeURIComponent(place)}` };
}

/** A folder as any server has it, whose pages tell what they found by a POST. */
export function serveFolder(folder) {
  return listen(async (pathname) => ({
    kind: KINDS[extname(pathname)] ?? "application/octet-stream",
    text: await readFile(join(folder, normalize(decodeURIComponent(pathname)))),
  }));
}

/** Answers what is asked with GET, and keeps the first that is told with POST. */
export async function listen(answer) {
  const began = [];
  let tell;
  const result = new Promise((resolve) => {
    tell = resolve;
  });
  const server = createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, "http://here/");
      if (request.method === "POST") {
        const text = await body(request);
        response.writeHead(204).end();
        if (pathname === "/began") {
          began.push(`${BEGAN}${text}\n`);
        } else {
          tell(JSON.parse(text));
        }
        return;
      }
      const { kind, text } = await answer(pathname);
      response.writeHead(200, { "content-type": kind, "cache-control": "no-store" }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    result,
    origin: `http://127.0.0.1:${server.address().port}`,
    began: () => began.join(""),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(staged, pathname) {
  if (pathname === "/") {
    return { kind: KINDS[".html"], text: page(staged) };
  }
  const made = { [`${FOR_WORKERS}/worker.mjs`]: WORKER, [`${FOR_WORKERS}/service-worker.mjs`]: SERVICE_WORKER }[pathname];
  if (made !== undefined) {
    return { kind: KINDS[".mjs"], text: made };
  }
  const forWorkers = pathname.startsWith(`${FOR_WORKERS}/`);
  const path = normalize(decodeURIComponent(forWorkers ? pathname.slice(FOR_WORKERS.length) : pathname));
  const kind = KINDS[extname(path)] ?? "application/octet-stream";
  const bytes = await readFile(join(staged.folder, path));
  return forWorkers ? { kind, text: addressed(bytes.toString(), (name) => addressOf(staged, name)) } : { kind, text: bytes };
}

/** Where a browser finds what a name of the package stands for. */
function addressOf(staged, name) {
  const found = staged.exports[name === "fetchwell" ? "." : name.replace("fetchwell/", "./")];
  const file = typeof found === "string" ? found : (found.browser ?? found.default);
  return join("/node_modules/fetchwell", file);
}

function page(staged) {
  const imports = Object.fromEntries(["fetchwell", "fetchwell/url"].map((name) => [name, addressOf(staged, name)]));
  return `<!doctype html>
<meta charset="utf-8">
<title>Tests</title>
<link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">${PAGE}</script>
`;
}

const TELL = `
const began = (sentence) => void fetch("/began", { method: "POST", body: sentence });
const tell = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
const broken = (error) => tell({ passed: 0, failures: [{ sentence: "(before the first test)", why: String(error?.stack ?? error) }] });
`;

const PAGE = `${TELL}
const place = decodeURIComponent(location.search.slice(1));
try {
  if (place === "page") {
    const { guest } = await import("/guest.mjs");
    tell(await guest(began));
  } else if (place === "worker") {
    const worker = new Worker("${FOR_WORKERS}/worker.mjs", { type: "module" });
    worker.onerror = (event) => broken(event.message ?? "the worker could not be loaded");
  } else {
    const registration = await navigator.serviceWorker.register("${FOR_WORKERS}/service-worker.mjs", { type: "module" });
    (registration.active ?? registration.waiting ?? registration.installing).postMessage("run");
  }
} catch (error) {
  broken(error);
}
`;

const WORKER = `${TELL}
import { guest } from "./guest.mjs";
tell(await guest(began));
`;

const SERVICE_WORKER = `${TELL}
import { guest } from "./guest.mjs";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("message", (event) => event.waitUntil(guest(began).then(tell, broken)));
`;

async function body(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
