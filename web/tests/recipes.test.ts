// Every recipe, unchanged, from the page's origin to the API's and the store's.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { chosen, refuseBytes, startBrowser } from "./support/browser.ts";
import { digest, startStack, type Stack } from "./support/stack.ts";

const RECIPES = ["fetch", "uppy-aws-s3", "uppy-xhr-upload", "filepond"];
const ELSEWHERE = "https://elsewhere.example";

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

/** Opens a recipe's page and chooses a file in it. */
async function upload(page: Page, stack: Stack, recipe: string, bytes: Buffer): Promise<void> {
  await page.goto(`${stack.origins.page}/recipes/${recipe}.html`);
  await page.locator("input[type=file]:enabled").setInputFiles(chosen(`${recipe}.pdf`, bytes));
}

/** What the page says when it has something to say. */
async function said(page: Page): Promise<string> {
  const output = page.locator("output:not(:text-is('Choose a file.'))");
  return (await output.textContent()) ?? "";
}

/** Names and statuses of what Connect has. */
async function record(stack: Stack): Promise<string[][]> {
  return (await stack.files()).map(({ FileName, FileStatus }) => [FileName, FileStatus]);
}

for (const [layer, flags] of [
  ["the gateway's CORS", ["--gateway-cors"]],
  ["the broker's CORS", []],
  ["the broker's CORS behind a REST API", ["--payload", "1.0"]],
] as const) {
  describe(`with ${layer}`, () => {
    let stack: Stack;
    before(async () => {
      stack = await startStack(...flags);
    });
    after(() => stack[Symbol.asyncDispose]());

    test("page, API and store are three origins", () => {
      const { page, api, store } = stack.origins;
      assert.equal(new Set([page, api, store].map((url) => new URL(url).origin)).size, 3);
    });

    for (const recipe of RECIPES) {
      test(`${recipe} uploads a file, bytes equal`, async () => {
        const bytes = Buffer.from(`${recipe} through ${layer}`);
        const page = await browser.newPage();
        await upload(page, stack, recipe, bytes);
        assert.equal(await said(page), "APPROVED");
        assert.deepEqual((await record(stack)).at(-1), [`${recipe}.pdf`, "APPROVED"]);
        assert.ok((await stack.storedDigests()).includes(digest(bytes)));
        await page.close();
      });
    }
  });
}

for (const [layer, flags] of [
  ["gateway", ["--gateway-cors"]],
  ["broker", []],
] as const) {
  describe(`with a ${layer} that admits another origin only`, () => {
    let stack: Stack;
    before(async () => {
      stack = await startStack("--api-admits", ELSEWHERE, ...flags);
    });
    after(() => stack[Symbol.asyncDispose]());

    for (const recipe of RECIPES) {
      test(`${recipe} fails before anything is asked of Connect`, async () => {
        const page = await browser.newPage();
        await upload(page, stack, recipe, Buffer.from("unwelcome"));
        assert.match(await said(page), /Failed to fetch/);
        assert.deepEqual(await record(stack), []);
        await page.close();
      });
    }
  });
}

describe("with a bucket that admits another origin only", () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack("--bucket-admits", ELSEWHERE);
  });
  after(() => stack[Symbol.asyncDispose]());

  for (const recipe of RECIPES) {
    test(`${recipe} says that it failed, and no byte is stored`, async () => {
      const bytes = Buffer.from(`${recipe} for nobody`);
      const page = await browser.newPage();
      await upload(page, stack, recipe, bytes);
      assert.notEqual(await said(page), "APPROVED");
      assert.ok(!(await stack.storedDigests()).includes(digest(bytes)));
      assert.ok(!(await stack.calls()).includes("CompleteAttachedFileUpload"));
      await page.close();
    });
  }
});

describe("when the store answers 500", () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack();
  });
  after(() => stack[Symbol.asyncDispose]());

  /** What Uppy sends on its own before it gives up. */
  const PUTS_OF_ONE_ATTEMPT = 4;

  for (const recipe of ["uppy-aws-s3", "uppy-xhr-upload"]) {
    for (const [failures, by] of [
      [1, "Uppy itself"],
      [PUTS_OF_ONE_ATTEMPT, "the user"],
    ] as const) {
      test(`${recipe}: a retry by ${by} leaves one file`, async () => {
        const before = await record(stack);
        const page = await browser.newPage();
        await refuseBytes(page, stack.origins.store, 500, failures);
        await upload(page, stack, recipe, Buffer.from(`${recipe} after ${failures} failures`));
        if (failures === PUTS_OF_ONE_ATTEMPT) {
          assert.notEqual(await said(page), "APPROVED");
          await page.getByRole("button", { name: "Retry" }).click();
        }
        await page.locator("output:text-is('APPROVED')").waitFor();
        assert.deepEqual((await record(stack)).slice(before.length), [[`${recipe}.pdf`, "APPROVED"]]);
        await page.close();
      });
    }
  }
});
