// A recipe's page, as its user handles it.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { recipes } from "../../recipes/shared/list.ts";
import { chosen } from "./browser.ts";
import type { Stack } from "./stack.ts";

export const RECIPES = recipes().map(({ name }) => name);
/** Uppy keeps a file that failed, and sends it again at a press of Retry. */
export const UPPY = RECIPES.filter((name) => name.startsWith("uppy-"));

/** Opens a recipe's page and chooses a file in it. */
export async function upload(page: Page, stack: Stack, recipe: string, bytes: Buffer): Promise<void> {
  await page.goto(`${stack.origins.page}/recipes/${recipe}.html`);
  await page.locator("input[type=file]:enabled").setInputFiles(chosen(`${recipe}.pdf`, bytes));
}

/** The first thing that the page reports. */
export async function reported(page: Page): Promise<string> {
  const output = page.locator("output:not(:text-is('Choose a file.'))");
  return (await output.textContent()) ?? "";
}

/** Answers the page's next request of this kind in the broker's place. */
export async function answerOnce(page: Page, method: string, url: RegExp, status: number, body: unknown): Promise<void> {
  let answered = false;
  await page.route(url, (route) => {
    if (answered || route.request().method() !== method) return route.fallback();
    answered = true;
    return route.fulfill({ status, headers: { "Access-Control-Allow-Origin": "*" }, json: body });
  });
}

/** Answers the page's next request of this kind as the broker does when it is not the caller's turn. */
export async function refuseOnce(page: Page, method: string, url: RegExp, retryAfterSeconds: number): Promise<void> {
  await answerOnce(page, method, url, 429, { code: "too-many-requests", retryable: true, retryAfterSeconds, position: 1 });
}

/** Waits until a call of Connect has been made `times` times. */
export async function called(stack: Stack, operation: string, times: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await stack.calls()).filter((call) => call === operation).length === times) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${operation} was not called ${times} times: ${await stack.calls()}`);
}

/** Names and statuses of the files that Connect has. */
export async function attached(stack: Stack): Promise<string[][]> {
  return (await stack.files()).map(({ FileName, FileStatus }) => [FileName, FileStatus]);
}
