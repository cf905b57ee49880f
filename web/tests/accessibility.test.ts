// axe-core finds no fault in any state of the demo, light and dark, wide and narrow.
import assert from "node:assert/strict";
import axe from "axe-core";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { brightness } from "./support/browser.ts";
import { useStack } from "./support/stack.ts";
import { pageIn, SCHEMES, STATE_NAMES } from "./support/states.ts";

const NARROW = { width: 320, height: 700 };

/** The faults that axe finds, and where. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe("the demo", () => {
  const browser = useBrowser();
  const stack = useStack();

  for (const state of STATE_NAMES) {
    for (const scheme of SCHEMES) {
      test(`is accessible when ${state}, ${scheme}, and fits a narrow screen`, async () => {
        await using page = await pageIn(state, scheme, browser(), stack());
        assert.deepEqual(await violations(page), []);
        await page.setViewportSize(NARROW);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(width, NARROW.width);
        assert.deepEqual(await violations(page), []);
      });
    }
  }

  for (const scheme of SCHEMES) {
    test(`shows bar and steps in high contrast, ${scheme}`, async () => {
      await using page = await pageIn("uploading", scheme, browser(), stack());
      await page.emulateMedia({ forcedColors: "active" });
      const row = page.locator("li.row").first();
      const bar = await brightness(row.locator("progress"), 0.5);
      const [begin, end] = [bar[8] ?? 0, bar.at(-8) ?? 0];
      assert.ok(Math.abs(begin - end) > 128, `the bar's begin ${begin} and end ${end}`);
      const dots = await Promise.all(["ask", "watch"].map(async (leg) => (await brightness(row.locator(`[data-leg=${leg}]`), 0.5))[4] ?? 0));
      assert.ok(Math.abs((dots[0] ?? 0) - (dots[1] ?? 0)) > 128, `a step that is past and one to come: ${dots}`);
    });
  }

  test("without a label is not accessible", async () => {
    await using page = await pageIn("idle", "light", browser(), stack());
    await page.evaluate(() => document.querySelector("label")?.remove());
    assert.notDeepEqual(await violations(page), []);
  });
});
