// What `<connect-upload>` keeps of an upload, so that a reload does not lose it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "../client/test/support/chromium.ts";
import { hold } from "./support/browser.ts";
import { choose, ending, rowOf } from "./support/demo.ts";
import { attributesOf, openElement } from "./support/element.ts";
import { useStack } from "./support/stack.ts";

const browser = useBrowser();
const stack = useStack();

test("what a page keeps of an upload has no token and no presigned URL", async () => {
  const attributes = await attributesOf(stack());
  await using page = await openElement(browser(), stack(), attributes);
  const stored = () => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
  const put = page.waitForRequest((request) => request.method() === "PUT");
  const held = await hold(page, "GET", /\/uploads\/[^/]+$/);
  await choose(page, "kept.pdf", Buffer.from("kept"));
  await held.reached;
  const kept = await stored();
  assert.match(kept, /kept\.pdf/);
  const signature = new URL((await put).url()).searchParams.get("X-Amz-Signature");
  for (const secret of [attributes["token"], signature, "X-Amz-"]) assert.ok(secret && !kept.includes(secret), kept);
  held.release();
  await ending(rowOf(page, "kept.pdf"), "approved");
  assert.equal(await stored(), '[{},{},""]');
});
