// A headless Chromium spoken to over a pipe (Chrome DevTools Protocol), with nothing to install but Chromium itself.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// use(page), and the end of this program: with 1 if it throws, with 77 where there is no Chromium.
export async function withPage(use) {
  const chromium = findChromium();
  if (!chromium) {
    console.log("no Chromium on this machine: set CHROMIUM to one");
    process.exit(77);
  }
  const browser = new Browser(chromium);
  let failed = false;
  try {
    await use(await browser.page());
  } catch (error) {
    failed = true;
    console.error(error);
  } finally {
    await browser.close();
  }
  process.exit(failed ? 1 : 0);
}

// Nothing was reported, opened or asked for outside `url`.
export function assertQuiet(page, url) {
  assert.deepEqual(page.errors, [], "the console stays silent");
  assert.deepEqual(page.dialogs, [], "no script of a name has run");
  const outside = page.requests.filter((request) => !/^(data|blob):/.test(request) && request.split("#")[0] !== url);
  assert.deepEqual(outside, [], "no request leaves the page");
}

// The path of a Chromium: $CHROMIUM, else what the machine has; null without any.
function findChromium() {
  const names = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const name of names.filter(Boolean)) {
    const found = spawnSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" });
    if (found.status === 0) return found.stdout.trim();
  }
  return null;
}

class Browser {
  #process;
  #profile;
  #next = 1;
  #waiting = new Map();
  #listeners = [];
  #rest = "";

  constructor(path) {
    this.#profile = mkdtempSync(join(tmpdir(), "bnexp-chromium-"));
    this.#process = spawn(path, [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
      "--disable-dev-shm-usage", "--remote-debugging-pipe", `--user-data-dir=${this.#profile}`, "about:blank",
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Chromium ended"));
      this.#waiting.clear();
    });
    this.#process.stdio[4].on("data", (chunk) => this.#receive(chunk.toString("utf8")));
  }

  #receive(text) {
    this.#rest += text;
    const messages = this.#rest.split("\0");
    this.#rest = messages.pop();
    for (const message of messages.map((part) => JSON.parse(part))) {
      const waiting = this.#waiting.get(message.id);
      if (waiting) {
        this.#waiting.delete(message.id);
        if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
        else waiting.resolve(message.result);
      } else {
        for (const listener of this.#listeners) listener(message);
      }
    }
  }

  on(listener) {
    this.#listeners.push(listener);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, method });
      this.#process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    });
  }

  async page() {
    const { targetInfos } = await this.send("Target.getTargets");
    const { targetId } = targetInfos.find((target) => target.type === "page");
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    for (const domain of ["Page", "Runtime", "Network", "Log"]) await page.send(`${domain}.enable`);
    return page;
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.send("Browser.close").catch(() => {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  errors = [];  // uncaught exceptions, console errors and warnings, refused loads
  requests = [];  // every URL asked for
  dialogs = [];

  constructor(browser, session) {
    this.browser = browser;
    this.session = session;
    browser.on(({ method, params, sessionId }) => {
      if (sessionId !== session) return;
      if (method === "Runtime.exceptionThrown") {
        this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      } else if (method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(params.type)) {
        this.errors.push(`console.${params.type}: ${params.args.map((a) => a.value ?? a.description).join(" ")}`);
      } else if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level)) {
        this.errors.push(`${params.entry.source}: ${params.entry.text}`);
      } else if (method === "Network.requestWillBeSent") {
        this.requests.push(params.request.url);
      } else if (method === "Page.javascriptDialogOpening") {
        this.dialogs.push(params.message);
        this.send("Page.handleJavaScriptDialog", { accept: true });
      }
    });
  }

  send(method, params) {
    return this.browser.send(method, params, this.session);
  }

  // `body` is an expression in the page; its value comes back as JSON would carry it.
  async evaluate(body) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression: body, returnByValue: true, awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async until(condition, seconds = 60) {
    const end = Date.now() + 1000 * seconds;
    while (!(await this.evaluate(condition))) {
      if (Date.now() > end) throw new Error(`not within ${seconds} s: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  // `media`: "print" or "screen"; empty: the page's own, which is print while it prints.
  async look({ width, height = 900, scheme, media = "" }) {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  // Opens a report; with `drawn`, all its panels are drawn, also those that no reader has scrolled to.
  async show(url, { drawn = true, ...look }) {
    await this.look(look);
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await this.until('document.readyState === "complete" && globalThis.bnexp?.picture', 60);
    if (drawn) await this.evaluate("bnexp.drawAll()");
  }

  // Types into the filter.
  async filter(text) {
    await this.evaluate(`(() => { const filter = document.getElementById("filter"); filter.value = ${JSON.stringify(text)};
      filter.dispatchEvent(new Event("input", { bubbles: true })); })()`);
  }

  async click(x, y) {
    for (const type of ["mouseMoved", "mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", {
        type, x, y, button: type === "mouseMoved" ? "none" : "left", clickCount: type === "mouseMoved" ? 0 : 1,
      });
    }
  }

  // PNG bytes of the whole page, or of what is in view.
  async screenshot(whole = true) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
    return Buffer.from(data, "base64");
  }
}
