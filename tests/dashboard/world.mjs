// A real controller with a past, pretended hosts that go on talking to it, and a
// real browser that looks at it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const here = new URL(".", import.meta.url).pathname;
const modules = process.env.HALDANE_NODE_MODULES ?? join(here, "node_modules");
const require = createRequire(join(modules, "any.js"));
const build = process.env.HALDANE_BUILD ?? join(here, "../../build/dev");
const BROWSER = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
const PATIENCE_MS = 150_000;

// The code of the accessibility checks.
export const axeSource = () => readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// Whether there is a browser; says why not.
export function canRun() {
  if (BROWSER !== undefined) return true;
  console.log("SKIPPED: chromium is not installed");
  return false;
}

// The first line of a stream for which `wanted` has an answer.
function awaitLine(stream, wanted, what) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not happen`)), PATIENCE_MS);
    const lines = createInterface({ input: stream });
    lines.on("line", (line) => {
      const answer = wanted(line);
      if (answer === undefined) return;
      clearTimeout(timer);
      resolve(answer);
    });
    lines.on("close", () => reject(new Error(`the program ended before ${what}`)));
  });
}

function listening(line) {
  try {
    const said = JSON.parse(line);
    return said.event === "listening" ? { grpc: Number(said.port), http: Number(said.http_port) } : undefined;
  } catch {
    return undefined;
  }
}

export class World {
  #folder = mkdtempSync(join(tmpdir(), "haldane-dashboard-"));
  #programs = new Set();
  #feed;
  #controller;
  #browser;
  ports = { grpc: 0, http: 0 };

  // People are known by a proxy's headers; without them, nobody is.
  static async create(scenario) {
    const world = new World();
    world.#feed = world.#start("tests/dashboard/dashboard-feed", [scenario, world.#database], ["pipe", "pipe", "ignore"]);
    await awaitLine(world.#feed.stdout, (line) => (line === "seeded" ? true : undefined), "seeding");
    await world.startController();
    const { chromium } = require("playwright-core");
    world.#browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
    return world;
  }

  get #database() {
    return join(this.#folder, "haldane.db");
  }

  #start(program, args, stdio) {
    const started = spawn(join(build, program), args, { stdio });
    this.#programs.add(started);
    started.on("exit", () => this.#programs.delete(started));
    return started;
  }

  // On the ports that it had, if it had any.
  async startController() {
    const { grpc, http } = this.ports;
    this.#controller = this.#start(
      "controller/haldane-controller",
      ["--listen", `127.0.0.1:${grpc}`, "--http", `127.0.0.1:${http}`, "--database", this.#database,
       "--proxy_user_header", "X-User", "--proxy_groups_header", "X-Groups", "--role_groups", "admin=root,oncall=sre,viewer=*"],
      ["ignore", "ignore", "pipe"],
    );
    this.ports = await awaitLine(this.#controller.stderr, listening, "listening");
    this.#controller.stderr.resume();
    this.tell(`connect 127.0.0.1:${this.ports.grpc}`);
  }

  async killController() {
    const gone = new Promise((resolve) => this.#controller.once("exit", resolve));
    this.#controller.kill("SIGKILL");
    await gone;
  }

  // It stops to answer, without closing anything; and goes on.
  freezeController(frozen) {
    this.#controller.kill(frozen ? "SIGSTOP" : "SIGCONT");
  }

  // A command of dashboard-feed.
  tell(command) {
    this.#feed.stdin.write(`${command}\n`);
  }

  // A call as an administrator; the answer.
  async post(path, body) {
    const response = await fetch(`http://127.0.0.1:${this.ports.http}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-User": "ci", "X-Groups": "root" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  }

  // A page and what went wrong in it. `who`: on-call, a viewer, or nobody.
  async open(path, { who = "oncall", ...options } = {}) {
    const headers = {
      oncall: { "X-User": "mara.lindqvist", "X-Groups": "sre" },
      viewer: { "X-User": "vic.ewer", "X-Groups": "guests" },
      nobody: {},
    }[who];
    const context = await this.#browser.newContext({
      baseURL: `http://127.0.0.1:${this.ports.http}`,
      extraHTTPHeaders: headers,
      locale: "en",
      timezoneId: "UTC",
      viewport: { width: 1280, height: 850 },
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const errors = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(path);
    return { page, errors, close: () => context.close() };
  }

  async end() {
    await this.#browser?.close();
    for (const program of this.#programs) program.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// Nothing that the browser complains of, a broken content security policy included.
export function assertQuiet(errors) {
  assert.deepEqual(errors, []);
}
