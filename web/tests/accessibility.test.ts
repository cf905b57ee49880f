// axe-core finds no fault in any state of the element, light, dark and in high contrast, wide and narrow.
import assert from "node:assert/strict";
import axe from "axe-core";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { brightness } from "./support/browser.ts";
import { useStack } from "./support/stack.ts";
import { pageIn, SCHEMES, STATE_NAMES } from "./support/states.ts";

const WIDE = { width: 880, height: 760 };
const NARROW = { width: 320, height: 700 };
const LOOKS = [{ colorScheme: "light" }, { colorScheme: "dark" }, { colorScheme: "light", forcedColors: "active" }] as const;

/** The faults that axe finds, and where. */
async function violations(page: Page): Promise<string[]> {
  const results = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe("the element in the demo page", () => {
  const browser = useBrowser();
  const stack = useStack();

  for (const state of STATE_NAMES) {
    test(`is accessible when ${state}, and fits a narrow screen`, async () => {
      await using page = await pageIn(state, "light", browser(), stack());
      await page.evaluate(axe.source);
      for (const look of LOOKS) {
        await page.emulateMedia(look);
        for (const size of [WIDE, NARROW]) {
          await page.setViewportSize(size);
          assert.deepEqual(await violations(page), [], JSON.stringify({ ...look, ...size }));
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width);
        }
      }
    });
  }

  test("shows bar and steps in high contrast, light and dark", async () => {
    await using page = await pageIn("sending", "light", browser(), stack());
    const row = page.locator("[part~=item][data-state=running]");
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, forcedColors: "active" });
      const bar = await brightness(row.locator("progress"), 0.5);
      const [begin, end] = [bar[8] ?? 0, bar.at(-8) ?? 0];
      assert.ok(Math.abs(begin - end) > 128, `${colorScheme}: the bar's begin ${begin} and end ${end}`);
      const dots = await Promise.all(["ask", "watch"].map(async (leg) => (await brightness(row.locator(`[data-leg=${leg}]`), 0.5))[4] ?? 0));
      assert.ok(Math.abs((dots[0] ?? 0) - (dots[1] ?? 0)) > 128, `${colorScheme}: a step that is past and one to come: ${dots}`);
    }
  });

  test("without the text of its button is not accessible", async () => {
    await using page = await pageIn("idle", "light", browser(), stack());
    await page.locator("[part~=choose] span").evaluate((text) => text.remove());
    await page.evaluate(axe.source);
    assert.notDeepEqual(await violations(page), []);
  });
});
