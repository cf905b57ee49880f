// axe-core finds nothing to object to, in every state, light and dark, wide and narrow.
import assert from "node:assert/strict";
import axe from "axe-core";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "./support/browser.ts";
import { startStack, type Stack } from "./support/stack.ts";
import { pageIn, SCHEMES, STATE_NAMES } from "./support/states.ts";

const NARROW = { width: 320, height: 700 };

/** What axe objects to, and where. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe("the demo", () => {
  let browser: Browser;
  let stack: Stack;
  before(async () => {
    [browser, stack] = await Promise.all([startBrowser(), startStack()]);
  });
  after(async () => {
    await browser.close();
    await stack[Symbol.asyncDispose]();
  });

  for (const state of STATE_NAMES) {
    for (const scheme of SCHEMES) {
      test(`is accessible when ${state}, ${scheme}, and fits a narrow screen`, async () => {
        const page = await pageIn(state, scheme, browser, stack);
        assert.deepEqual(await violations(page), []);
        await page.setViewportSize(NARROW);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(width, NARROW.width);
        assert.deepEqual(await violations(page), []);
        await page.close();
      });
    }
  }

  test("is not called accessible without a label", async () => {
    const page = await pageIn("idle", "light", browser, stack);
    await page.evaluate(() => document.querySelector("label")?.remove());
    assert.notDeepEqual(await violations(page), []);
    await page.close();
  });
});
