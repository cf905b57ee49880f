// What only some recipes can do: Uppy retries and cancels, FilePond takes a stored file back.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { startStranger } from "../client/test/support/stranger.ts";
import { hold, refuseBytes } from "./support/browser.ts";
import { answerOnce, attached, called, reported, upload, UPPY } from "./support/recipes.ts";
import { startStack, useStack, type Stack } from "./support/stack.ts";

/** What Uppy sends on its own before it gives up. */
const PUTS_OF_ONE_ATTEMPT = 4;
const browser = useBrowser();

for (const recipe of UPPY) {
  describe(`${recipe}, retried and cancelled`, () => {
    let stack: Stack;
    let page: Page;
    beforeEach(async () => {
      stack = await startStack();
      page = await browser().newPage();
    });
    afterEach(async () => {
      await page.close();
      await stack[Symbol.asyncDispose]();
    });

    for (const [failures, by] of [
      [1, "Uppy itself"],
      [PUTS_OF_ONE_ATTEMPT, "the user"],
    ] as const) {
      test(`a retry by ${by} after the store answered 500 leaves one file`, async () => {
        await refuseBytes(page, stack.origins.store, 500, failures);
        await upload(page, stack, recipe, Buffer.from(`${recipe} after ${failures} failures`));
        if (failures === PUTS_OF_ONE_ATTEMPT) {
          assert.notEqual(await reported(page), "APPROVED");
          await page.getByRole("button", { name: "Retry" }).click();
        }
        await page.locator("output:text-is('APPROVED')").waitFor();
        assert.deepEqual(await attached(stack), [[`${recipe}.pdf`, "APPROVED"]]);
      });
    }

    test("a complete that failed goes through on retry, and the bytes are sent once", async () => {
      await answerOnce(page, "POST", /\/complete$/, 429, { detail: "Too many at once." });
      let puts = 0;
      page.on("request", (request) => (puts += Number(request.method() === "PUT")));
      await upload(page, stack, recipe, Buffer.from("completed later"));
      assert.equal(await reported(page), "Too many at once.");
      await page.getByRole("button", { name: "Retry" }).click();
      await page.locator("output:text-is('APPROVED')").waitFor({ timeout: 10_000 });
      assert.deepEqual(await attached(stack), [[`${recipe}.pdf`, "APPROVED"]]);
      assert.equal(puts, 1);
    });

    test("a file that is cancelled while its bytes are sent is deleted", async () => {
      const { reached, release } = await hold(page, "PUT", new RegExp(`^${stack.origins.store}/`));
      await upload(page, stack, recipe, Buffer.from("unwanted"));
      await reached;
      await page.getByRole("button", { name: "Cancel" }).click();
      await called(stack, "DeleteAttachedFile", 1);
      release();
      assert.deepEqual(await attached(stack), []);
    });

    test("a file that is cancelled before the broker answers is deleted, and no byte is sent", async () => {
      const { reached, release } = await hold(page, "POST", /\/uploads$/);
      let puts = 0;
      page.on("request", (request) => (puts += Number(request.method() === "PUT")));
      await upload(page, stack, recipe, Buffer.from("unwanted"));
      await reached;
      await page.getByRole("button", { name: "Cancel" }).click();
      release();
      await called(stack, "DeleteAttachedFile", 1);
      // A PUT would come after the deletion.
      await page.waitForTimeout(500);
      assert.deepEqual(await attached(stack), []);
      assert.equal(puts, 0);
    });

    test("a file that is removed after its final status stays in the case", async () => {
      await upload(page, stack, recipe, Buffer.from("kept"));
      await page.locator("output:text-is('APPROVED')").waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.waitForTimeout(500);
      assert.deepEqual(await attached(stack), [[`${recipe}.pdf`, "APPROVED"]]);
    });
  });
}

describe("filepond", () => {
  const stack = useStack();

  test("deletes nothing at a stranger", async (t) => {
    const stranger = await startStranger(t);
    await using page = await pageWithPond();
    await page.goto(`${stack().origins.page}/recipes/filepond.html`);
    assert.match(String(await revert(page, `${stranger.origin}/uploads/f1`)), /leads away from the API/);
    assert.deepEqual(stranger.seen, []);
  });

  for (const [which, isReloaded] of [
    ["of this page", false],
    ["of an earlier page", true],
  ] as const) {
    test(`takes back a file ${which}`, async () => {
      await using page = await pageWithPond();
      const completing = page.waitForRequest(/\/complete$/);
      await upload(page, stack(), "filepond", Buffer.from("taken back"));
      const location = (await completing).url().replace(/\/complete$/, "");
      await page.locator("output:text-is('APPROVED')").waitFor();
      if (isReloaded) await page.reload();
      assert.equal(await revert(page, location), "gone");
      assert.deepEqual(await attached(stack()), []);
    });
  }
});

/** A page in which FilePond is the global `pond`. */
async function pageWithPond(): Promise<Page> {
  const page = await browser().newPage();
  await page.addInitScript(() => {
    addEventListener("FilePond:init", (event) => Object.assign(globalThis, (event as CustomEvent).detail));
  });
  return page;
}

type Revert = (location: string, load: () => void, error: (text: string) => void) => void;

/** FilePond's answer when it takes back the file at this location. */
async function revert(page: Page, location: string): Promise<unknown> {
  await page.waitForFunction(() => "pond" in globalThis);
  return page.evaluate((location) => {
    const { pond } = globalThis as unknown as { pond: { server: { get(): { revert: Revert } } } };
    return new Promise((resolve) => {
      pond.server.get().revert(location, () => resolve("gone"), resolve);
      setTimeout(resolve, 5_000, "nothing");
    });
  }, location);
}
