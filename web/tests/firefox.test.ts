// The demo page in Firefox: an upload, and a run with the keyboard alone.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Page } from "puppeteer-core";
import { choose, gone, says, tabTo, useFirefox } from "./support/firefox.ts";
import { attached } from "./support/recipes.ts";
import { digest, useStack } from "./support/stack.ts";

const browser = useFirefox();
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "firefox-"));
});
after(() => rm(folder, { recursive: true }));

/** A file on disk, because the browser reads what is chosen. */
async function fileOf(name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("the demo page in Firefox", () => {
  const stack = useStack();
  let page: Page;
  beforeEach(async () => {
    page = await browser().newPage();
    await page.goto(stack().origins.page);
  });
  afterEach(async () => {
    await page.close();
    await stack().arm([]);
  });

  test("uploads a file of 5 MB, bytes equal", async () => {
    const bytes = randomBytes(5 * 1024 * 1024);
    await choose(page, await fileOf("journey.pdf", bytes));
    await says(page, "journey.pdf is attached.");
    assert.deepEqual((await attached(stack())).at(-1), ["journey.pdf", "APPROVED"]);
    assert.ok((await stack().storedDigests()).includes(digest(bytes)));
  });

  test("names the type that is not allowed, and sends nothing", async () => {
    const before = await stack().calls();
    await choose(page, await fileOf("setup.exe", Buffer.from("MZ")));
    await says(page, "Files of this type are not allowed.");
    const starts = (calls: string[]) => calls.filter((call) => call === "StartAttachedFileUpload").length;
    assert.equal(starts(await stack().calls()), starts(before));
  });

  test("takes a file again and removes it with the keyboard alone", async () => {
    const refused = { status: 403, code: "AccessDeniedException", kind: "error", times: 1 };
    await stack().arm([{ operation: "StartAttachedFileUpload", ...refused }]);
    await tabTo(page, /choose files$/);
    await choose(page, await fileOf("keys.pdf", Buffer.from("keys")));
    await says(page, "The upload service has a problem.");
    await tabTo(page, /^Try again: keys.pdf$/);
    await page.keyboard.press("Enter");
    await says(page, "keys.pdf is attached.");
    assert.deepEqual((await attached(stack())).at(-1), ["keys.pdf", "APPROVED"]);
    await tabTo(page, /^Remove.*: keys.pdf$/);
    await page.keyboard.press("Enter");
    await gone(page, "keys.pdf");
  });

  test("cancels a file that waits for its scan with the keyboard, and deletes it", async () => {
    const throttled = { status: 429, code: "ThrottlingException", kind: "error", times: 1000 };
    await stack().arm([{ operation: "BatchGetAttachedFileMetadata", ...throttled }]);
    await choose(page, await fileOf("unwanted.pdf", Buffer.from("unwanted")));
    await tabTo(page, /^Cancel: unwanted.pdf$/);
    await page.keyboard.press("Enter");
    await says(page, "You cancelled this upload.");
    await stack().arm([]);
    assert.ok(!(await attached(stack())).some(([name]) => name === "unwanted.pdf"));
  });
});
