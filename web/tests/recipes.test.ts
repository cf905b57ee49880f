// Every recipe, unchanged, from the page's origin to the API's and the store's.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test, type TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { Stand } from "../client/test/support/stand.ts";
import { startStranger } from "../client/test/support/stranger.ts";
import { chosen, refuseBytes, startBrowser } from "./support/browser.ts";
import { hold } from "./support/demo.ts";
import { digest, startStack, type Stack } from "./support/stack.ts";

const RECIPES = ["fetch", "uppy-aws-s3", "uppy-xhr-upload", "filepond"];
const ELSEWHERE = "https://elsewhere.example";
/** What each recipe says of a PUT that another server than the store answered. */
const REDIRECTED_PUT: Record<string, RegExp> = {
  fetch: /Failed to fetch/,
  filepond: /The store redirected the upload/,
  "uppy-aws-s3": /about upload-incomplete/,
  "uppy-xhr-upload": /about upload-incomplete/,
};

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

/** Answers the page's next request of this kind in the broker's place. */
async function answerOnce(page: Page, method: string, url: RegExp, status: number, body: unknown): Promise<void> {
  let answered = false;
  await page.route(url, (route) => {
    if (answered || route.request().method() !== method) return route.fallback();
    answered = true;
    return route.fulfill({ status, headers: { "Access-Control-Allow-Origin": "*" }, json: body });
  });
}

/** Broker and store of a stand instead of the stack's, because the stand can redirect. The page must bypass its CSP. */
async function openOnStand(t: TestContext, page: Page, origin: string): Promise<Stand> {
  const stand = await Stand.start();
  t.after(() => stand.stop());
  stand.cors.broker = stand.cors.store = new URL(origin).origin;
  const seeds = { origins: { api: stand.endpoint, oidc: origin }, users: [{ username: "ada" }], cases: [{ arn: "arn" }] };
  await page.route("**/seeds.json", (route) => route.fulfill({ json: seeds }));
  await page.route("**/token", (route) => route.fulfill({ json: { access_token: "good" } }));
  return stand;
}

/** Waits until a call of Connect has been made `times` times. */
async function called(stack: Stack, operation: string, times: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await stack.calls()).filter((call) => call === operation).length === times) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${operation} was not called ${times} times: ${await stack.calls()}`);
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

for (const recipe of ["uppy-aws-s3", "uppy-xhr-upload"]) {
  describe(`${recipe}, retried and cancelled`, () => {
    let stack: Stack;
    let page: Page;
    beforeEach(async () => {
      stack = await startStack();
      page = await browser.newPage();
    });
    afterEach(async () => {
      await page.close();
      await stack[Symbol.asyncDispose]();
    });

    test("a complete that failed goes through on retry, and the bytes are sent once", async () => {
      await answerOnce(page, "POST", /\/complete$/, 429, { detail: "Too many at once." });
      let puts = 0;
      page.on("request", (request) => (puts += Number(request.method() === "PUT")));
      await upload(page, stack, recipe, Buffer.from("completed later"));
      assert.equal(await said(page), "Too many at once.");
      await page.getByRole("button", { name: "Retry" }).click();
      await page.locator("output:text-is('APPROVED')").waitFor({ timeout: 10_000 });
      assert.deepEqual(await record(stack), [[`${recipe}.pdf`, "APPROVED"]]);
      assert.equal(puts, 1);
    });

    test("what is cancelled while its bytes are sent is deleted", async () => {
      const { reached, release } = await hold(page, "PUT", new RegExp(`^${stack.origins.store}/`));
      await upload(page, stack, recipe, Buffer.from("unwanted"));
      await reached;
      await page.getByRole("button", { name: "Cancel" }).click();
      await called(stack, "DeleteAttachedFile", 1);
      release();
      assert.deepEqual(await record(stack), []);
    });

    test("what is cancelled while the broker is asked is deleted, and no byte is sent", async () => {
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
      assert.deepEqual(await record(stack), []);
      assert.equal(puts, 0);
    });

    test("what is removed after its verdict stays in the case", async () => {
      await upload(page, stack, recipe, Buffer.from("kept"));
      await page.locator("output:text-is('APPROVED')").waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.waitForTimeout(500);
      assert.deepEqual(await record(stack), [[`${recipe}.pdf`, "APPROVED"]]);
    });
  });
}

describe("on one stack", () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack();
  });
  after(() => stack[Symbol.asyncDispose]());

  for (const recipe of ["fetch", "filepond"]) {
    test(`${recipe} leaves nothing behind when the store refuses the bytes`, async () => {
      const before = await record(stack);
      const deleted = (await stack.calls()).filter((call) => call === "DeleteAttachedFile").length;
      const page = await browser.newPage();
      await refuseBytes(page, stack.origins.store, 403, 1);
      await upload(page, stack, recipe, Buffer.from("refused"));
      assert.equal(await said(page), "The store answered 403.");
      await called(stack, "DeleteAttachedFile", deleted + 1);
      assert.deepEqual(await record(stack), before);
      await page.close();
    });

    test(`${recipe} waits for a final status where the API's CORS hides Retry-After`, async () => {
      const page = await browser.newPage();
      await answerOnce(page, "GET", /\/uploads\/[^/]+$/, 200, { status: "PROCESSING" });
      await upload(page, stack, recipe, Buffer.from("scanned"));
      assert.equal(await said(page), "APPROVED");
      await page.close();
    });
  }

  test("filepond deletes nothing at a stranger", async (t) => {
    const stranger = await startStranger(t);
    const page = await browser.newPage();
    await page.addInitScript(() => {
      addEventListener("FilePond:init", (event) => Object.assign(globalThis, (event as CustomEvent).detail));
    });
    await page.goto(`${stack.origins.page}/recipes/filepond.html`);
    assert.match(String(await revert(page, `${stranger.origin}/uploads/f1`)), /leads away from the API/);
    assert.deepEqual(stranger.seen, []);
    await page.close();
  });

  for (const [which, again] of [
    ["its own", false],
    ["one of a page before", true],
  ] as const) {
    test(`filepond takes a file back: ${which}`, async () => {
      const before = await record(stack);
      const page = await browser.newPage();
      await page.addInitScript(() => {
        addEventListener("FilePond:init", (event) => Object.assign(globalThis, (event as CustomEvent).detail));
      });
      const completing = page.waitForRequest(/\/complete$/);
      await upload(page, stack, "filepond", Buffer.from("taken back"));
      const location = (await completing).url().replace(/\/complete$/, "");
      await page.locator("output:text-is('APPROVED')").waitFor();
      if (again) await page.reload();
      assert.equal(await revert(page, location), "gone");
      assert.deepEqual(await record(stack), before);
      await page.close();
    });
  }

  for (const recipe of RECIPES) {
    test(`${recipe} sends nothing to a stranger that Location names`, async (t) => {
      const stranger = await startStranger(t);
      const page = await browser.newPage({ bypassCSP: true });
      const stand = await openOnStand(t, page, stack.origins.page);
      const ticket = { url: `${stranger.origin}/k`, headers: {} };
      stand.fail("ask", { status: 201, headers: { Location: `${stranger.origin}/prod/uploads/f1` }, body: ticket });
      await upload(page, stack, recipe, Buffer.from("led away"));
      assert.match(await said(page), /Location .* leads away from the API/);
      assert.deepEqual(stranger.seen, []);
      await page.close();
    });

    for (const leg of ["ask", "complete", "watch"] as const) {
      test(`${recipe} does not follow a redirect at ${leg}`, async (t) => {
        const stranger = await startStranger(t);
        const page = await browser.newPage({ bypassCSP: true });
        const stand = await openOnStand(t, page, stack.origins.page);
        stand.fail(leg, { status: 307, headers: { Location: `${stranger.origin}/prod/uploads/f1` } });
        await upload(page, stack, recipe, Buffer.from("redirected"));
        assert.match(await said(page), /Failed to fetch/);
        assert.ok(stand.seen.some((request) => request.leg === leg && request.status === 307));
        assert.deepEqual(stranger.seen, []);
        await page.close();
      });
    }

    test(`${recipe} does not take a redirected PUT for a stored file`, async (t) => {
      const stranger = await startStranger(t);
      const page = await browser.newPage({ bypassCSP: true });
      const stand = await openOnStand(t, page, stack.origins.page);
      stand.fail("put", { status: 307, headers: { Location: `${stranger.origin}/k` } });
      await upload(page, stack, recipe, Buffer.from("redirected"));
      assert.match(await said(page), REDIRECTED_PUT[recipe] ?? /./);
      assert.deepEqual(stand.files.map(({ bytes }) => bytes), [undefined]);
      assert.ok(stranger.seen.every(({ headers }) => headers.authorization === undefined));
      await page.close();
    });

    test(`${recipe} does without the store's ETag, where the bucket's CORS hides it`, async () => {
      const page = await browser.newPage();
      await page.route(`${stack.origins.store}/**`, async (route) => {
        if (route.request().method() !== "PUT") return route.fallback();
        const response = await route.fetch();
        const { "access-control-expose-headers": hidden, ...headers } = response.headers();
        assert.equal(hidden, "ETag");
        await route.fulfill({ response, headers });
      });
      await upload(page, stack, recipe, Buffer.from("without ETag"));
      assert.equal(await said(page), "APPROVED");
      await page.close();
    });
  }
});

type Revert = (location: string, load: () => void, error: (text: string) => void) => void;

/** What FilePond is told when it takes back what it knows by this location. */
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
