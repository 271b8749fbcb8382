// What people do with a rollout, in a browser, against a real controller.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertQuiet, canRun, World } from "./world.mjs";

const ROLLOUT = "/rollouts/web-42";
const banner = (page) => page.locator(".verdict");

// In this order: each leaves the rollout as the next one finds it.
describe("a rollout", { skip: !canRun() }, () => {
  let world;
  before(async () => (world = await World.create("single")));
  after(() => world?.end());

  it("is listed and opened with the keyboard alone", async () => {
    const { page, errors, close } = await world.open("/");
    await page.getByRole("link", { name: "web-42" }).waitFor();
    await page.locator("body").press("j");
    await page.keyboard.press("Enter");
    await banner(page).getByText("Observing", { exact: true }).waitFor();
    assert.match(page.url(), /\/rollouts\/web-42$/);
    assertQuiet(errors);
    await close();
  });

  it("shows a chart with what happened before anybody looked, and the same as a table", async () => {
    const { page, errors, close } = await world.open(ROLLOUT);
    const panel = page.getByRole("region", { name: "ruby.exceptions", exact: true });
    await panel.locator("canvas").waitFor();
    await panel.getByRole("button", { name: "Table" }).click();
    const rows = panel.getByRole("region", { name: "Values over time" }).locator("tbody tr");
    await page.waitForFunction((selector) => document.querySelectorAll(selector).length >= 20, ".series-table tbody tr");
    assert.ok((await rows.count()) >= 20, "the seconds before are there");
    await page.getByRole("button", { name: "web-1.example.internal" }).click();
    await page.getByText("carries revision=new").waitFor();
    assertQuiet(errors);
    await close();
  });

  it("is not for those whom the controller does not know, until they show a token", async () => {
    const { page, close } = await world.open("/", { who: "nobody" });
    const { secret } = await world.post("/v1/tokens", { name: "night-shift", role: "viewer" });
    for (const [shown, then] of [["not one of yours", "You may not see this"], [secret, "night-shift"]]) {
      await page.getByText("You may not see this").waitFor();
      assert.equal(await page.getByRole("link", { name: "web-42" }).count(), 0);
      await page.getByRole("button", { name: "show a token" }).click();
      await page.getByLabel(/^Token or JWT/).fill(shown);
      await page.getByRole("button", { name: "Use this token" }).click();
      await page.getByText(then).waitFor();
    }
    await page.getByRole("link", { name: "web-42" }).waitFor();
    await close();
  });

  it("cannot be overridden by a viewer, whose page says why", async () => {
    const { page, errors, close } = await world.open(ROLLOUT, { who: "viewer" });
    await page.getByText("Overrides need the role oncall; you are viewer.").waitFor();
    assert.ok(await page.getByRole("button", { name: "Override" }).isDisabled());
    const status = await page.evaluate(async () => {
      const body = JSON.stringify({ kind: "OVERRIDE_KIND_PROCEED", reason: "I want to" });
      const headers = { "Content-Type": "application/json" };
      return (await fetch("/v1/rollouts/web-42/overrides", { method: "POST", headers, body })).status;
    });
    assert.equal(status, 403, "the server refuses too");
    errors.length = 0; // the refusal
    await close();
  });

  it("is held by on-call, and everybody else sees it at once", async () => {
    const oncall = await world.open(ROLLOUT);
    const viewer = await world.open("/", { who: "viewer" });
    await oncall.page.getByRole("button", { name: "Override" }).click();
    const dialog = oncall.page.getByRole("dialog");
    await dialog.getByRole("radio", { name: /^Hold/ }).check();
    assert.ok(await dialog.getByRole("button", { name: "Hold now" }).isDisabled(), "a reason is required");
    await dialog.getByLabel(/^Why/).fill("looking into <b>it</b>");
    await dialog.getByRole("button", { name: "Hold now" }).click();
    await banner(oncall.page).getByText("held", { exact: true }).waitFor();
    await oncall.page.locator(".overrides").getByText("looking into <b>it</b>").waitFor();
    await oncall.page.locator(".timeline").getByText("mara.lindqvist: looking into <b>it</b>").waitFor();
    await viewer.page.locator(".row").getByText("held", { exact: true }).waitFor({ timeout: 10_000 });
    assertQuiet([...oncall.errors, ...viewer.errors]);
    await oncall.close();
    await viewer.close();
  });

  it("shows hostile exception names as text and nothing else", async () => {
    const names = ["<img src=x onerror=window.owned=1>", "</script><script>window.owned=1</script>"];
    const { page, errors, close } = await world.open(ROLLOUT);
    for (const name of names) {
      world.tell(`set web canary new_class ${name}`);
      await page.locator(".class-name", { hasText: name }).first().waitFor();
    }
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.equal(await page.locator("main img, main script").count(), 0);
    assertQuiet(errors);
    await close();
  });

  it("shows what it is when the connection is lost, as stale, and goes on when it is back", async () => {
    const { page, close } = await world.open(ROLLOUT);
    await page.locator(".live-live").waitFor();
    await world.killController();
    await page.getByText(/^Stale since \d\d:\d\d:\d\d: /).waitFor();
    await page.locator(".live-stale").waitFor();
    assert.ok(await banner(page).isVisible(), "what was known stays");
    await world.startController();
    await page.locator(".live-live").waitFor();
    assert.equal(await page.getByText(/^Stale since/).count(), 0);
    await close();
  });

  it("is shown as stale too when the controller hangs and the connection stays open", async () => {
    const { page, close } = await world.open(ROLLOUT);
    await page.locator(".live-live").waitFor();
    world.freezeController(true);
    await page.getByText(/^Stale since/).waitFor({ timeout: 40_000 });
    world.freezeController(false);
    await page.locator(".live-live").waitFor();
    await close();
  });

  it("turns into its verdict while somebody looks, in the list and on its page", async () => {
    const list = await world.open("/?view=running");
    const detail = await world.open(ROLLOUT);
    await list.page.getByRole("link", { name: "web-42" }).waitFor();
    await banner(detail.page).getByText("Observing", { exact: true }).waitFor();
    world.tell("set web canary errors 0.4");
    await banner(detail.page).getByText("Roll back", { exact: true }).waitFor({ timeout: 60_000 });
    await detail.page.locator(".timeline").getByText("Roll back", { exact: true }).waitFor();
    await list.page.getByText("No rollout is like that").waitFor();
    await list.page.getByRole("button", { name: /Needs attention/ }).click();
    await list.page.getByText("rolled back", { exact: true }).waitFor();
    assert.match(list.page.url(), /view=attention/, "filters are in the address");
    assertQuiet([...list.errors, ...detail.errors]);
    await list.close();
    await detail.close();
  });

  it("has hosts, each with what it cannot see and what to do about it", async () => {
    const { page, errors, close } = await world.open("/fleet?only=degraded");
    await page.getByRole("button", { name: "web-3.example.internal" }).click();
    await page.getByRole("rowheader", { name: "uprobe_multi" }).waitFor();
    await page.getByText("needs Linux 6.6").waitFor();
    await page.getByText("Exceptions are counted by the USDT note ruby:raise.").waitFor();
    await page.getByText("0.31 % of a core in all, 1.00 % of a core allowed").waitFor();
    assert.equal(await page.getByRole("button", { name: "web-1.example.internal" }).count(), 0);
    assertQuiet(errors);
    await close();
  });

  it("switches probes off and on again from the fleet", async () => {
    const { page, errors, close } = await world.open("/fleet");
    await page.getByRole("button", { name: "web-1.example.internal" }).waitFor();
    for (const [open, verb, then] of [
      [/^Switch all probes off/, "Switch off", "Every probe on every host is off"],
      [/^Arm again/, "Arm", ""],
    ]) {
      await page.getByRole("button", { name: open }).click();
      await page.getByRole("dialog").getByLabel(/^Why/).fill("a drill");
      await page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();
      if (then !== "") await page.getByText(then).waitFor();
    }
    await page.getByText("Every probe on every host is off").waitFor({ state: "detached" });
    assertQuiet(errors);
    await close();
  });
});
