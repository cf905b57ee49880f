// Every recipe stops where it waits in line, and leaves nothing behind.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { attached, called, RECIPES, refuseOnce, upload } from "./support/recipes.ts";
import { useStack } from "./support/stack.ts";

const WAIT_IN_S = 600;
const browser = useBrowser();

/** A page whose clock can be advanced, and the number of its requests of a kind. */
async function openPage(url: RegExp): Promise<{ page: Page; requests(): number }> {
  const page = await browser().newPage();
  await page.clock.install();
  let requests = 0;
  page.on("request", (request) => (requests += Number(request.method() === "POST" && url.test(request.url()))));
  await refuseOnce(page, "POST", url, WAIT_IN_S);
  return { page, requests: () => requests };
}

/** Presses Cancel as soon as the page waits, and lets the time pass that it would have waited. */
async function cancelInLine(page: Page): Promise<void> {
  await page.locator(`output:text-is('Waiting for its turn, about ${WAIT_IN_S} s.')`).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
}

describe("a file that is cancelled while it waits in line", () => {
  const stack = useStack();

  for (const recipe of RECIPES) {
    test(`to be started is never asked for again by ${recipe}`, async () => {
      const { page, requests } = await openPage(/\/uploads$/);
      await upload(page, stack(), recipe, Buffer.from("unwanted"));
      await cancelInLine(page);
      await page.clock.fastForward(2 * WAIT_IN_S * 1000);
      assert.equal(requests(), 1);
      assert.deepEqual(await attached(stack()), []);
      await page.close();
    });

    test(`to be completed is deleted by ${recipe}, and never completed`, async () => {
      const deleted = (await stack().calls()).filter((call) => call === "DeleteAttachedFile").length;
      const { page, requests } = await openPage(/\/complete$/);
      await upload(page, stack(), recipe, Buffer.from("unwanted"));
      await cancelInLine(page);
      await called(stack(), "DeleteAttachedFile", deleted + 1);
      await page.clock.fastForward(2 * WAIT_IN_S * 1000);
      assert.equal(requests(), 1);
      assert.deepEqual(await attached(stack()), []);
      await page.close();
    });
  }
});
