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

// What is there when the page is complete.
const PAGES = {
  rollouts: { path: "/", complete: ".row:nth-child(6)" },
  rollout: { path: "/rollouts/checkout-2026-11-21.4", complete: ".latency canvas" },
  "rolled-back": { path: "/rollouts/catalog-2026-11-21.1", complete: ".latency canvas" },
  fleet: { path: "/fleet", complete: ".fleet tbody tr:nth-child(6)" },
  guard: { path: "/guard", complete: "main .notice, main table" },
};
const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true },
};

async function checkAccessibility(page) {
  await page.evaluate(axeSource());
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(" ")}`);
  assert.deepEqual(told, []);
}

async function keep(page, name) {
  if (FOLDER === "") return;
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${name}.png`);
  await page.screenshot({ path: file });
  assert.ok(statSync(file).size < MOST_BYTES, `${file} is small`);
}

describe("every page", { skip: !canRun() }, () => {
  let world;
  before(async () => (world = await World.create("showcase")));
  after(() => world?.end());

  for (const [look, options] of Object.entries(LOOKS)) {
    for (const [name, { path, complete }] of Object.entries(PAGES)) {
      it(`${name}, ${look}`, async () => {
        const { page, errors, close } = await world.open(path, options);
        await page.locator(complete).first().waitFor();
        await page.locator(".live-live").waitFor();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${wide} pixels wider than the screen`);
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
