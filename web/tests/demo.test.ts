// Every outcome of an upload through the demo, and what the Connect stand-in has afterwards.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { chosen, hold, refuseBytes } from "./support/browser.ts";
import { choose, ending, midway, Network, openDemo, press, recordTexts, rowOf, verdicts } from "./support/demo.ts";
import { refuseOnce } from "./support/recipes.ts";
import { digest, startStack, useStack, type Stack } from "./support/stack.ts";

const MIB = 1024 * 1024;
/** Bytes a second: slow enough to interrupt an upload of 20 MiB. */
const SLOW = 8 * MIB;
/** Headers that the Connect stand-in signs, in the order of a signature. */
const SIGNED_HEADERS = [
  "content-disposition",
  "content-length",
  "content-type",
  "host",
  "x-amz-acl",
  "x-amz-meta-account_id",
  "x-amz-meta-case_id",
  "x-amz-meta-organization_id",
];

const browser = useBrowser();

/** Statuses of the files of this name. */
async function statuses(stack: Stack, name: string): Promise<string[]> {
  return (await stack.files()).filter((file) => file.FileName === name).map((file) => file.FileStatus);
}

async function isStored(stack: Stack, bytes: Buffer): Promise<boolean> {
  return (await stack.storedDigests()).includes(digest(bytes));
}

describe("an upload through the demo", () => {
  const stack = useStack();
  let page: Page;
  beforeEach(async () => {
    page = await openDemo(browser(), stack());
  });
  afterEach(async () => {
    await page.close();
    await stack().arm([]);
  });

  test("of 20 MB reaches 100 % only when the store has answered, bytes equal", async () => {
    const bytes = randomBytes(20 * MIB);
    await (await Network.of(page)).slow(SLOW);
    const row = await choose(page, "large.pdf", bytes);
    const shown = await row.evaluateHandle(recordProgress);
    assert.equal(await ending(row, "approved"), "Approved");
    const seen = await shown.evaluate((progress) => progress);
    assert.ok(seen.some(({ percent }) => percent > 0 && percent < 100), JSON.stringify(seen));
    const early = seen.filter(({ percent, answered }) => percent === 100 && !answered);
    assert.deepEqual(early, []);
    assert.deepEqual(await statuses(stack(), "large.pdf"), ["APPROVED"]);
    assert.ok(await isStored(stack(), bytes));
  });

  test("that is cancelled before it has a URL leaves nothing", async () => {
    const asking = await hold(page, "POST", /\/uploads$/);
    const row = await choose(page, "early.pdf", Buffer.from("early"));
    await asking.reached;
    await press(row, "Cancel");
    asking.release();
    assert.equal(await ending(row, "cancelled"), "Cancelled");
    assert.deepEqual(await statuses(stack(), "early.pdf"), []);
  });

  test("that is cancelled while its bytes are sent leaves nothing", async () => {
    const bytes = randomBytes(20 * MIB);
    const network = await Network.of(page);
    await network.slow(SLOW);
    const row = await choose(page, "amid.pdf", bytes);
    await midway(row);
    await press(row, "Cancel");
    await network.fast();
    assert.equal(await ending(row, "cancelled"), "Cancelled");
    assert.deepEqual(await statuses(stack(), "amid.pdf"), []);
    assert.ok(!(await isStored(stack(), bytes)));
  });

  test("that is cancelled before it is completed leaves nothing", async () => {
    const completing = await hold(page, "POST", /\/complete$/);
    const row = await choose(page, "late.pdf", Buffer.from("late"));
    await completing.reached;
    await press(row, "Cancel");
    assert.equal(await ending(row, "cancelled"), "Cancelled");
    completing.release();
    assert.deepEqual(await statuses(stack(), "late.pdf"), []);
  });

  test("that was cancelled can be tried again", async () => {
    const asking = await hold(page, "POST", /\/uploads$/);
    const row = await choose(page, "again.pdf", Buffer.from("again"));
    await asking.reached;
    await press(row, "Cancel");
    asking.release();
    await ending(row, "cancelled");
    await press(row, "Try again");
    assert.equal(await ending(row, "approved"), "Approved");
    assert.deepEqual(await statuses(stack(), "again.pdf"), ["APPROVED"]);
  });

  test("that loses the network while its bytes are sent goes on when it is back", async () => {
    const bytes = randomBytes(20 * MIB);
    const network = await Network.of(page);
    await network.slow(SLOW);
    const row = await choose(page, "offline.pdf", bytes);
    await midway(row);
    await network.offline();
    await page.getByText("You are offline. Uploads continue").waitFor();
    await network.online();
    assert.equal(await ending(row, "approved"), "Approved");
    assert.deepEqual(await statuses(stack(), "offline.pdf"), ["APPROVED"]);
    assert.ok(await isStored(stack(), bytes));
  });

  test("whose bytes the store does not take at first says that another attempt follows", async () => {
    const notes = await recordTexts(page, "[part=note]");
    await refuseBytes(page, stack().origins.store, 503, 1);
    assert.equal(await ending(await choose(page, "twice.pdf", Buffer.from("twice")), "approved"), "Approved");
    const told = await notes();
    assert.ok(told.includes("The store did not take the file. Attempt 2 follows."), told.join("|"));
  });

  test("whose URL has expired starts again, and the old upload is deleted", async () => {
    await stack().arm([{ operation: "StartAttachedFileUpload", kind: "url", value: expiredUrl(stack()) }]);
    const row = await choose(page, "expired.pdf", Buffer.from("expired"));
    assert.equal(await ending(row, "approved"), "Approved");
    assert.deepEqual(await statuses(stack(), "expired.pdf"), ["APPROVED"]);
    assert.ok((await verdicts(page, "DELETE")).includes("204"));
  });

  test("that the store refuses says so, and nothing is left", async () => {
    const value = { "Content-Type": "text/unsigned" };
    await stack().arm([{ operation: "StartAttachedFileUpload", kind: "headers", value }]);
    const row = await choose(page, "refused.pdf", Buffer.from("refused"));
    assert.equal(await ending(row, "failed"), "Failed");
    await row.getByText("The store did not take the file.").waitFor();
    assert.deepEqual(await verdicts(page, "PUT"), ["403"]);
    assert.deepEqual(await statuses(stack(), "refused.pdf"), []);
  });

  test("that the scan rejects says so", async () => {
    await page.getByRole("button", { name: "a file that the scan rejects" }).click();
    const row = rowOf(page, "suspicious.txt");
    assert.equal(await ending(row, "failed"), "Rejected");
    await row.getByText("The virus scan rejected the file.").waitFor();
    assert.deepEqual(await statuses(stack(), "suspicious.txt"), ["REJECTED"]);
  });

  test("of a type that is not allowed is refused without a request", async () => {
    await page.getByRole("button", { name: "a program" }).click();
    await rowOf(page, "setup.exe").getByText("Files of this type are not allowed.").waitFor();
    assert.equal(await page.locator("#log li", { hasText: "/uploads" }).count(), 0);
  });

  test("that is empty is refused in words", async () => {
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    const row = await choose(page, "empty.pdf", Buffer.alloc(0));
    await row.getByText("The file is empty. Choose a file with something in it.").waitFor();
    assert.equal(await row.getByRole("button", { name: "Try again" }).count(), 0);
    assert.deepEqual(errors, []);
  });

  test("with an invisible character in its name is uploaded under the name that is offered", async () => {
    const row = await choose(page, "a\u200bb.pdf", Buffer.from("unseen"));
    const what = "The file name has a character that cannot be seen: U+200B ZERO WIDTH SPACE. It can be uploaded as “ab.pdf”.";
    await row.getByText(what).waitFor();
    await row.getByRole("button", { name: "Upload as “ab.pdf”" }).click();
    assert.equal(await ending(rowOf(page, "ab.pdf"), "approved"), "Approved");
    assert.deepEqual(await statuses(stack(), "ab.pdf"), ["APPROVED"]);
  });

  test("that Connect does not take can be tried again", async () => {
    const refused = { status: 403, code: "AccessDeniedException", kind: "error", times: 1 };
    await stack().arm([{ operation: "StartAttachedFileUpload", ...refused }]);
    const row = await choose(page, "upstream.pdf", Buffer.from("upstream"));
    await row.getByText("The upload service has a problem. You did nothing wrong. Try again in a moment.").waitFor();
    await press(row, "Try again");
    assert.equal(await ending(row, "approved"), "Approved");
  });

  test("beside a folder is uploaded, and the folder is named", async () => {
    const { x = 0, y = 0 } = (await page.locator("[part=drop]").boundingBox()) ?? {};
    const folder = await mkdtemp(join(tmpdir(), "demo-"));
    await mkdir(join(folder, "photos"));
    await writeFile(join(folder, "beside.pdf"), "beside");
    const session = await page.context().newCDPSession(page);
    const files = [join(folder, "photos"), join(folder, "beside.pdf")];
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await session.send("Input.dispatchDragEvent", { type, x: x + 9, y: y + 9, data: { items: [], files, dragOperationsMask: 1 } });
    await page.getByText("“photos” is a folder. Add the files in it instead.").waitFor();
    assert.equal(await ending(rowOf(page, "beside.pdf"), "approved"), "Approved");
    assert.equal(await rowOf(page, "photos").count(), 0);
    await rm(folder, { recursive: true });
  });

  test("into somebody else's case is refused in words", async () => {
    await page.getByLabel("Signed in as").selectOption("carl.customer");
    await page.getByLabel("Files go into").selectOption({ label: "Case 5 (…0005)" });
    const row = await choose(page, "foreign.pdf", Buffer.from("foreign"));
    await row.getByText("You may not add files here.").waitFor();
    assert.deepEqual(await statuses(stack(), "foreign.pdf"), []);
  });

  test("shows no signature, token or handle", async () => {
    const row = await choose(page, "secret.pdf", Buffer.from("secret"));
    await ending(row, "approved");
    const shown = (await page.locator("#log").textContent()) ?? "";
    assert.match(shown, /X-Amz-Signature=…/);
    assert.match(shown, /authorization: Bearer …/);
    assert.doesNotMatch(shown, /X-Amz-(Signature|Credential)=[^…]|Bearer [^…]|uploads\/[\w-]|eyJ/);
  });

  test("can be started, followed and removed with the keyboard alone", async () => {
    const picture = page.getByRole("button", { name: "a picture" });
    await page.locator("connect-upload input").focus();
    await page.keyboard.press("Tab");
    assert.ok(await picture.evaluate((button) => button === document.activeElement));
    await page.keyboard.press("Enter");
    const row = rowOf(page, "evening.png");
    await ending(row, "approved");
    await page.getByRole("status").getByText("evening.png is attached.").waitFor({ state: "attached" });
    await row.getByRole("button", { name: "Remove" }).focus();
    await page.keyboard.press("Enter");
    await row.waitFor({ state: "detached" });
    assert.ok(await page.locator("connect-upload input:focus").count());
  });
});

test("an upload that waits for its turn counts down, is announced once, and goes on by itself", async () => {
  await using stack = await startStack();
  await using page = await openDemo(browser(), stack);
  const said = await recordTexts(page, "[role=status]");
  const notes = await recordTexts(page, "[part=note]");
  await refuseOnce(page, "POST", /\/uploads$/, 2.5);
  await refuseOnce(page, "POST", /\/complete$/, 0.2);
  const row = await choose(page, "patient.pdf", Buffer.from("patient"));
  await row.locator("[part=status]", { hasText: "In line" }).waitFor();
  assert.equal(await ending(row, "approved"), "Approved");
  const told = (await notes()).filter((note) => note.startsWith("waiting for its turn"));
  for (const seconds of [3, 2, 1]) assert.ok(told.includes(`waiting for its turn, about ${seconds} sec; 1 before it`), `${told}`);
  assert.deepEqual(await said(), ["patient.pdf is being uploaded.", "patient.pdf waits for its turn.", "patient.pdf is attached."]);
  assert.deepEqual(await statuses(stack, "patient.pdf"), ["APPROVED"]);
});

test("an upload that Connect throttles waits for Retry-After, and is one file", async () => {
  await using stack = await startStack("--timeout-secs", "3");
  await using page = await openDemo(browser(), stack);
  const throttled = { status: 429, code: "ThrottlingException", kind: "error", times: 1000 };
  await stack.arm([{ operation: "StartAttachedFileUpload", ...throttled }]);
  const refusal = page.waitForResponse((response) => response.status() === 429);
  const row = await choose(page, "throttled.pdf", Buffer.from("throttled"));
  assert.ok(Number(await (await refusal).headerValue("Retry-After")) > 0);
  await stack.arm([]);
  assert.equal(await ending(row, "approved"), "Approved");
  assert.deepEqual(await statuses(stack, "throttled.pdf"), ["APPROVED"]);
});

test("a stored upload without a status can be waited for and is not sent again", async () => {
  await using stack = await startStack();
  await using page = await browser().newPage();
  // A fast clock, because the wait for the status is longer than a minute.
  await page.clock.install();
  await page.goto(stack.origins.page);
  await page.locator("[part=limits]:not(:text('Loading'))").waitFor();
  const isStatus = /\/uploads\/[^/]+$/;
  await page.route(isStatus, (route) => (route.request().method() === "GET" ? route.fulfill({ status: 429 }) : route.fallback()));
  // The clock runs fast only from the first poll on; before, a slow PUT would look stalled and be sent again.
  const firstPoll = page.waitForRequest((request) => request.method() === "GET" && isStatus.test(request.url()));
  const row = await choose(page, "stored.pdf", Buffer.from("stored"));
  await firstPoll;
  const waiting = row.getByRole("button", { name: "Keep waiting" });
  while (!(await waiting.isVisible())) await page.clock.runFor(1000);
  await page.unroute(isStatus);
  await press(row, "Keep waiting");
  assert.equal(await ending(row, "approved"), "Approved");
  assert.deepEqual(await verdicts(page, "PUT"), ["200"]);
  assert.deepEqual(await statuses(stack, "stored.pdf"), ["APPROVED"]);
});

test("a token that expires in the middle of the queue is replaced", async () => {
  await using stack = await startStack("--token-lifetime-secs", "3");
  await using page = await openDemo(browser(), stack);
  let asked = 0;
  await page.route(/\/uploads$/, async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    asked += 1;
    // The second file is held until the token that it came with has expired.
    if (asked === 2) await until(expiryOf(await route.request().headerValue("authorization")));
    return route.fallback();
  });
  const names = ["first.pdf", "second.pdf", "third.pdf"];
  await page.locator("connect-upload input").setInputFiles(names.map((name) => chosen(name, Buffer.from(name))));
  for (const name of names) assert.equal(await ending(rowOf(page, name), "approved"), "Approved");
  assert.ok((await verdicts(page, "POST")).includes("401"));
  for (const name of names) assert.deepEqual(await statuses(stack, name), ["APPROVED"], name);
});

for (const [flag, leg, setting] of [
  ["--api-admits", "The upload service", "allowed_origins"],
  ["--bucket-admits", "The store", "the bucket's CORS"],
] as const) {
  test(`with ${flag} another origin, the page names ${leg} and the setting`, async () => {
    await using stack = await startStack(flag, "https://elsewhere.example");
    await using page = await browser().newPage();
    // A fast clock, because the retries do not help.
    await page.clock.install();
    await page.goto(stack.origins.page);
    await page.locator("[part=limits]:not(:text('Loading'))").waitFor();
    const row = await choose(page, "blocked.pdf", Buffer.from("blocked"));
    const failing = row.getByText(`${leg} could not be reached.`);
    while (!(await failing.isVisible())) await page.clock.runFor(1000);
    await row.getByText("Details for support").click();
    const detail = await row.locator("[part=detail]").textContent();
    assert.ok(detail?.includes(setting) && detail.includes(stack.origins.page), detail ?? "");
    assert.ok(!(await statuses(stack, "blocked.pdf")).includes("APPROVED"));
  });
}

/** Runs in the page. Records every percentage that a row shows, and whether the store had answered by then. */
function recordProgress(row: Element): { percent: number; answered: boolean }[] {
  const seen: { percent: number; answered: boolean }[] = [];
  const bar = row.querySelector("progress");
  new MutationObserver(() => {
    const exchanges = [...document.querySelectorAll("#log li")];
    const put = exchanges.find((exchange) => exchange.querySelector("[data-part=method]")?.textContent === "PUT");
    const answered = put?.querySelector("[data-part=verdict]")?.textContent?.startsWith("200") ?? false;
    seen.push({ percent: bar?.value ?? 0, answered });
  }).observe(row, { attributes: true, subtree: true, attributeFilter: ["value"] });
  return seen;
}

/** An expired presigned URL of the stack's bucket. */
function expiredUrl({ origins }: Stack): string {
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "test/20260101/eu-west-1/s3/aws4_request",
    "X-Amz-Date": "20260101T000000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": SIGNED_HEADERS.join(";"),
    "X-Amz-Signature": "0".repeat(64),
  });
  return `${origins.store}/connect-attachments/expired?${query}`;
}

/** When the token of this header has expired for every clock. */
function expiryOf(authorization: string | null): number {
  const payload = Buffer.from(authorization?.split(".")[1] ?? "", "base64url").toString();
  return ((JSON.parse(payload) as { exp: number }).exp + 1) * 1000;
}

function until(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs - Date.now()));
}
