// Every page in both themes and at phone width: readable by everybody, nothing
// wider than the screen, no error; and how it looks.
//
// HALDANE_SCREENSHOTS=FOLDER keeps the pictures; docs/screenshots are made so.
import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assertQuiet, axeSource, canRun, World } from "./world.mjs";

const FOLDER = process.env.HALDANE_SCREENSHOTS ?? "";
const MOST_BYTES = 200_000;
// Where what is below the first screen matters.
const TALL = { "rollout-light": 1290, "rollout-dark": 1290, "rolled-back-light": 1080, "rolled-back-phone": 1900 };

// What is there when the page is complete.
const PAGES = {
  rollouts: { path: "/", complete: ".row:nth-child(6)" },
  rollout: { path: "/rollouts/checkout-2026-11-21.4", complete: ".latency canvas" },
  "rolled-back": { path: "/rollouts/catalog-2026-11-21.1", complete: ".latency canvas" },
  fleet: { path: "/fleet", complete: ".fleet tbody tr:nth-child(6)" },
  guard: { path: "/guard", complete: "main table" },
};
const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true },
};

// A deploy of two hosts: one contacts what it must not, by a tool that nobody named.
function guardedRuns() {
  const now = Date.now();
  return ["checkout-1", "checkout-2"].map((host, i) => ({
    run_id: `run-${i}`,
    host: `${host}.example.internal`,
    deploy_id: "checkout-2026-11-21.4",
    step: "release",
    service: "checkout",
    policy: "deploys",
    enforcing: i === 0,
    state: i === 0 ? "GUARD_RUN_STATE_FINISHED" : "GUARD_RUN_STATE_RUNNING",
    revision: "1",
    started_at: new Date(now - 90_000).toISOString(),
    counts: {
      blocked_domains: i === 0 ? "1" : "0",
      would_block_domains: i === 0 ? "0" : "1",
      new_domains: "1",
      has_baseline: true,
      audit_complete: true,
    },
    findings: [
      {
        id: "checkout-flags",
        kind: "GUARD_FINDING_CLASS_HIDDEN",
        action: i === 0 ? "GUARD_ACTION_BLOCKED" : "GUARD_ACTION_WOULD_BLOCK",
        name: "flags.checkout.example.internal",
        rule: "deny *.checkout.example.internal",
        reason: "the deploy must not need what it deploys",
        owner: "platform",
        command: "feature-flags sync --all <b>--force</b>",
        place: "release.sh:8",
        ancestry: ["bash release.sh"],
        count: "3",
      },
    ],
  }));
}

// In the browser: what makes the page wider than the screen.
function whatSticksOut() {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const wide = [...document.querySelectorAll("main *")].filter(
    (element) => element.getBoundingClientRect().right > innerWidth && element.closest(".scroll, .series-table, .views, pre") === null,
  );
  return ["the page is wider than the screen", ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 200))];
}

async function checkAccessibility(page) {
  await page.evaluate(axeSource());
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
  assert.ok(passes.length > 10, "the checks ran");
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(" ")}`);
  assert.deepEqual(told, []);
}

async function keep(page, name) {
  if (FOLDER === "") return;
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${name}.png`);
  await page.setViewportSize({ width: page.viewportSize().width, height: TALL[name] ?? page.viewportSize().height });
  await page.waitForTimeout(300); // charts draw themselves anew
  await page.screenshot({ path: file });
  assert.ok(statSync(file).size < MOST_BYTES, `${file} is small`);
}

describe("every page", { skip: !canRun() }, () => {
  let world;
  before(async () => {
    world = await World.create("showcase");
    for (const run of guardedRuns()) await world.post("/v1/guard/runs", { run });
  });
  after(() => world?.end());

  for (const [look, options] of Object.entries(LOOKS)) {
    for (const [name, { path, complete }] of Object.entries(PAGES)) {
      it(`${name}, ${look}`, async () => {
        const { page, errors, close } = await world.open(path, options);
        await page.locator(complete).first().waitFor();
        await page.locator(".live-live").waitFor();
        assert.deepEqual(await page.evaluate(whatSticksOut), []);
        await keep(page, `${name}-${look}`);
        assertQuiet(errors);
        await checkAccessibility(page);
        await close();
      });
    }
  }

  it("the override dialog", async () => {
    const { page, errors, close } = await world.open(PAGES.rollout.path, LOOKS.dark);
    await page.getByRole("button", { name: "Override" }).click();
    await page.getByRole("radio", { name: /^Hold/ }).check();
    await keep(page, "override-dark");
    await checkAccessibility(page);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assertQuiet(errors);
    await close();
  });

  it("the theme changes by a button, and charts with it", async () => {
    const { page, errors, close } = await world.open(PAGES.rollout.path, LOOKS.light);
    await page.locator(PAGES.rollout.complete).waitFor();
    await page.getByRole("button", { name: "Change to dark" }).click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.reload();
    await page.getByRole("button", { name: "Change to light" }).waitFor();
    assertQuiet(errors);
    await close();
  });
});
