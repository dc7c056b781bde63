// A page in Chromium, driven as a person would: by clicks and keys. It talks the browser's own protocol over two pipes, so that nothing
// has to be installed beside it.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumCommand } from "../hosts/browsers.mjs";
import { LIMIT_MS } from "../hosts/started.mjs";

/** How long a condition may take to come true. */
const PATIENCE_MS = 20_000;

/** What a page complains of, by itself or by its scripts. */
const COMPLAINTS = ["error", "warning", "assert"];

/** Starts a browser, hands its page over, and ends it whatever comes of that. */
export async function withPage(use) {
  const profile = await mkdtemp(join(tmpdir(), "fetchwell-page-"));
  const [program, ...args] = chromiumCommand(profile);
  const stdio = ["ignore", "ignore", "pipe", "pipe", "pipe"];
  // In a group of its own, so that all its processes can be ended with it.
  const child = spawn(program, [...args, "--remote-debugging-pipe", "about:blank"], { detached: true, stdio });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const closed = new Promise((resolve) => child.on("close", resolve));
  const ended = new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => reject(new Error(`the browser ended (${code ?? signal})\n${said}`)));
  });
  const limit = setTimeout(() => process.kill(-child.pid, "SIGKILL"), LIMIT_MS);
  try {
    const talk = speak(child.stdio[3], child.stdio[4]);
    return await Promise.race([attached(talk).then(use), ended]);
  } finally {
    clearTimeout(limit);
    ended.catch(() => {});
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
    await closed;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Questions and answers over the pipes: JSON, with a zero byte after each. */
function speak(toBrowser, fromBrowser) {
  const waiting = new Map();
  const listeners = [];
  let asked = 0;
  let rest = "";
  fromBrowser.setEncoding("utf8").on("data", (text) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (message.id === undefined) for (const listener of listeners) listener(message.method, message.params);
      else if (message.error === undefined) resolve(message.result);
      else reject(new Error(message.error.message));
    }
  });
  // The browser's end is told by its process; a pipe that breaks first says nothing more.
  toBrowser.on("error", () => {});
  return {
    listen: (listener) => listeners.push(listener),
    ask(method, params = {}, sessionId = undefined) {
      asked += 1;
      const id = asked;
      toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
  };
}

async function attached({ ask, listen }) {
  const { targetInfos } = await ask("Target.getTargets");
  const { targetId } = targetInfos.find(({ type }) => type === "page");
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  const page = new Page((method, params) => ask(method, params, sessionId));
  listen((method, params) => page.hear(method, params));
  for (const domain of ["Page", "Runtime", "Log"]) await page.send(`${domain}.enable`);
  return page;
}

const described = ({ text, exception }) => exception?.description ?? text;

/** The page, and what one can do in it. Elements are named by selectors. */
class Page {
  /** What it has complained of since it was opened. */
  complaints = [];
  send;
  #loaded = () => {};

  constructor(send) {
    this.send = send;
  }

  hear(method, params) {
    if (method === "Page.loadEventFired") this.#loaded();
    if (method === "Runtime.exceptionThrown") this.complaints.push(described(params.exceptionDetails));
    if (method === "Log.entryAdded" && COMPLAINTS.includes(params.entry.level)) {
      this.complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    }
    if (method === "Runtime.consoleAPICalled" && COMPLAINTS.includes(params.type)) {
      this.complaints.push(params.args.map(({ value, description }) => value ?? description).join(" "));
    }
  }

  async open(address) {
    this.complaints = [];
    const loaded = new Promise((resolve) => {
      this.#loaded = resolve;
    });
    await this.send("Page.navigate", { url: address });
    await loaded;
  }

  /** Runs a function of the test in the page, with arguments that JSON can say, and waits for what it returns. */
  run(act, ...args) {
    return this.#evaluated(`(${act})(...${JSON.stringify(args)})`);
  }

  /** Waits until a function of the test finds in the page what it looks for; it looks whenever the page is drawn. */
  until(look, ...args) {
    const given = JSON.stringify(args);
    const never = JSON.stringify(`it never came true in ${PATIENCE_MS} ms: ${look} of ${given}`);
    return this.#evaluated(`new Promise((resolve, reject) => {
      const begun = performance.now();
      const again = () => {
        try {
          const found = (${look})(...${given});
          if (found) resolve(found);
          else if (performance.now() - begun > ${PATIENCE_MS}) reject(new Error(${never}));
          else requestAnimationFrame(again);
        } catch (error) {
          reject(error);
        }
      };
      again();
    })`);
  }

  async #evaluated(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(described(exceptionDetails));
    return result.value;
  }

  /** Waits until an element says something in which the text occurs. */
  says(selector, text) {
    return this.until((selector, text) => document.querySelector(selector)?.innerText.includes(text), selector, text);
  }

  /** Waits until no element is named so. */
  gone(selector) {
    return this.until((selector) => document.querySelector(selector) === null, selector);
  }

  /** Clicks in the middle of an element, if that can be seen and nothing lies over it. */
  async click(selector) {
    const at = await this.until((selector) => {
      const element = document.querySelector(selector);
      element.scrollIntoView({ block: "center" });
      const { left, top, width, height } = element.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      return element.contains(document.elementFromPoint(x, y)) && { x, y };
    }, selector);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
    }
  }

  /** Types over what stands in a field. */
  async type(selector, text) {
    await this.click(selector);
    await this.run(() => document.activeElement.select());
    await this.send("Input.insertText", { text });
  }

  async enter() {
    const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", text: "\r", ...key });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  }
}
