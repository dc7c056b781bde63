// Browsers. A browser is a program that is given an address; the page behind it runs the tests and tells the server what came of them.
// So no driver is needed. In each the tests run in a page, in a dedicated worker and in a service worker.

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Absent, LIMIT_MS, onPath, understood } from "./started.mjs";
import { PLACES, serve } from "./server.mjs";

const QUIET_FIREFOX = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.aboutwelcome.enabled": false,
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "services.settings.server": "",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

export function chromiumCommand(profile) {
  const program = onPath("chromium", "chromium-browser", "google-chrome", "chrome") ?? absent("Chromium");
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  // As root, and in small containers, it starts with these alone.
  const contained = ["--no-sandbox", "--disable-dev-shm-usage"];
  return [program, "--headless=new", ...contained, ...quiet, "--js-flags=--expose-gc", `--user-data-dir=${profile}`];
}

export async function firefoxCommand(profile) {
  const program = onPath("firefox-esr", "firefox") ?? absent("Firefox");
  const preferences = Object.entries(QUIET_FIREFOX).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
  await writeFile(join(profile, "user.js"), preferences.join(""));
  return [program, "--headless", "--no-remote", "--profile", profile];
}

/** The small browser that comes with WebKitGTK. It has no headless mode, so it gets a screen that nobody sees. */
function webkitCommand() {
  const program = onPath("MiniBrowser") ?? miniBrowser() ?? absent("WebKit (its MiniBrowser, in libwebkit2gtk)");
  if (process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined) {
    return [program];
  }
  return [onPath("xvfb-run") ?? absent("xvfb, the screen that WebKit needs"), "--auto-servernum", program];
}

function miniBrowser() {
  const folders = ["/usr/lib", "/usr/libexec"].filter((folder) => existsSync(folder));
  const below = folders.flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))]);
  const files = below.flatMap((folder) => ["4.1", "4.0"].map((version) => join(folder, `webkit2gtk-${version}`, "MiniBrowser")));
  return files.find((file) => existsSync(file));
}

function absent(what) {
  throw new Absent(`please install ${what}; \`cargo xtask setup\` tries to`);
}

/** Opens the address of a server in a browser of its own and waits for what the page there tells, or for the browser to end. */
export async function open(command, folder, server, address) {
  const profile = join(folder, "profile");
  await mkdir(profile, { recursive: true });
  const [program, ...args] = await command(profile);
  // In a group of its own, so that all its processes can be ended with it.
  const child = spawn(program, [...args, address], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      said += text;
    });
  }
  const closed = new Promise((resolve) => child.on("close", resolve));
  const early = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(understood(server.began() + said, code ?? signal)));
  });
  const limit = setTimeout(() => process.kill(-child.pid, "SIGKILL"), LIMIT_MS);
  try {
    return await Promise.race([server.result, early]);
  } finally {
    clearTimeout(limit);
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
    await closed;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function run(command, staged, place) {
  const server = await serve(staged);
  try {
    return await open(command, staged.folder, server, server.address(place));
  } finally {
    server.close();
  }
}

const inAllPlaces = (command) =>
  Object.fromEntries(PLACES.map((place) => [place, (staged) => run(command, staged, place)]));

export const chromium = inAllPlaces(chromiumCommand);
export const firefox = inAllPlaces(firefoxCommand);
export const webkit = inAllPlaces(webkitCommand);
