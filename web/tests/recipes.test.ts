// Every recipe, unchanged, with page, API and store on three origins.
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { Stand } from "../client/test/support/stand.ts";
import { startStranger } from "../client/test/support/stranger.ts";
import { hold, refuseBytes } from "./support/browser.ts";
import { answerOnce, attached, called, RECIPES, refuseOnce, reported, upload, UPPY } from "./support/recipes.ts";
import { digest, useStack } from "./support/stack.ts";

const ELSEWHERE = "https://elsewhere.example";
const browser = useBrowser();

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

for (const [layer, flags] of [
  ["the gateway's CORS", ["--gateway-cors"]],
  ["the broker's CORS", []],
  ["the broker's CORS behind a REST API", ["--payload", "1.0"]],
] as const) {
  describe(`with ${layer}`, () => {
    const stack = useStack(...flags);

    test("page, API and store are three origins", () => {
      const { page, api, store } = stack().origins;
      assert.equal(new Set([page, api, store].map((url) => new URL(url).origin)).size, 3);
    });

    for (const recipe of RECIPES) {
      test(`${recipe} uploads a file, bytes equal`, async () => {
        const bytes = Buffer.from(`${recipe} through ${layer}`);
        await using page = await browser().newPage();
        await upload(page, stack(), recipe, bytes);
        assert.equal(await reported(page), "APPROVED");
        assert.deepEqual((await attached(stack())).at(-1), [`${recipe}.pdf`, "APPROVED"]);
        assert.ok((await stack().storedDigests()).includes(digest(bytes)));
      });
    }
  });
}

for (const [layer, flags] of [
  ["gateway", ["--gateway-cors"]],
  ["broker", []],
] as const) {
  describe(`with a ${layer} that admits another origin only`, () => {
    const stack = useStack("--api-admits", ELSEWHERE, ...flags);

    for (const recipe of RECIPES) {
      test(`${recipe} fails before Connect is called`, async () => {
        await using page = await browser().newPage();
        await upload(page, stack(), recipe, Buffer.from("unwelcome"));
        assert.match(await reported(page), /Failed to fetch/);
        assert.deepEqual(await attached(stack()), []);
      });
    }
  });
}

describe("with a bucket that admits another origin only", () => {
  const stack = useStack("--bucket-admits", ELSEWHERE);

  for (const recipe of RECIPES) {
    test(`${recipe} reports a failure, and no byte is stored`, async () => {
      const bytes = Buffer.from(`${recipe} for nobody`);
      await using page = await browser().newPage();
      await upload(page, stack(), recipe, bytes);
      assert.notEqual(await reported(page), "APPROVED");
      assert.ok(!(await stack().storedDigests()).includes(digest(bytes)));
      assert.ok(!(await stack().calls()).includes("CompleteAttachedFileUpload"));
    });
  }
});

describe("on one stack", () => {
  const stack = useStack();

  test("axios shows the progress, and keeps the token that its app sets by default from the store", async () => {
    await using page = await browser().newPage();
    const putting = page.waitForRequest((request) => request.method() === "PUT");
    await upload(page, stack(), "axios", Buffer.from("bare"));
    assert.equal(await (await putting).headerValue("authorization"), null);
    assert.equal(await reported(page), "APPROVED");
    assert.equal(await page.title(), "100 % sent");
  });

  for (const recipe of RECIPES) {
    test(`${recipe} waits for a final status where the API's CORS hides Retry-After`, async () => {
      await using page = await browser().newPage();
      await answerOnce(page, "GET", /\/uploads\/[^/]+$/, 200, { status: "PROCESSING" });
      await upload(page, stack(), recipe, Buffer.from("scanned"));
      assert.equal(await reported(page), "APPROVED");
    });

    test(`${recipe} waits for its turn exactly as long as the broker says`, async () => {
      await using page = await browser().newPage();
      await page.addInitScript(() => {
        const { setTimeout } = globalThis;
        const delays: number[] = [];
        const noted = (use: () => void, delay = 0, ...rest: unknown[]) => (delays.push(delay), setTimeout(use, delay, ...rest));
        Object.assign(globalThis, { delays, setTimeout: noted });
      });
      await refuseOnce(page, "POST", /\/uploads$/, 0.731);
      await refuseOnce(page, "POST", /\/complete$/, 0.732);
      await refuseOnce(page, "GET", /\/uploads\/[^/]+$/, 0.733);
      await upload(page, stack(), recipe, Buffer.from("in line"));
      await page.locator("output:text-is('Waiting for its turn, about 1 s.')").waitFor();
      await page.locator("output:text-is('APPROVED')").waitFor();
      const delays = await page.evaluate(() => (globalThis as unknown as { delays: number[] }).delays);
      assert.deepEqual(delays.filter((delay) => delay > 730 && delay < 734), [731, 732, 733]);
    });

    test(`${recipe} does without the store's ETag, where the bucket's CORS hides it`, async () => {
      await using page = await browser().newPage();
      await page.route(`${stack().origins.store}/**`, async (route) => {
        if (route.request().method() !== "PUT") return route.fallback();
        const response = await route.fetch();
        const { "access-control-expose-headers": hidden, ...headers } = response.headers();
        assert.equal(hidden, "ETag");
        await route.fulfill({ response, headers });
      });
      await upload(page, stack(), recipe, Buffer.from("without ETag"));
      assert.equal(await reported(page), "APPROVED");
    });

    test(`${recipe} sends nothing to a stranger that Location names`, async (t) => {
      const stranger = await startStranger(t);
      await using page = await browser().newPage({ bypassCSP: true });
      const stand = await openOnStand(t, page, stack().origins.page);
      const ticket = { url: `${stranger.origin}/k`, headers: {} };
      stand.fail("ask", { status: 201, headers: { Location: `${stranger.origin}/prod/uploads/f1` }, body: ticket });
      await upload(page, stack(), recipe, Buffer.from("led away"));
      assert.match(await reported(page), /Location .* leads away from the API/);
      assert.deepEqual(stranger.seen, []);
    });

    for (const leg of ["ask", "complete", "watch"] as const) {
      test(`${recipe} does not follow a redirect at ${leg}`, async (t) => {
        const stranger = await startStranger(t);
        await using page = await browser().newPage({ bypassCSP: true });
        const stand = await openOnStand(t, page, stack().origins.page);
        stand.fail(leg, { status: 307, headers: { Location: `${stranger.origin}/prod/uploads/f1` } });
        await upload(page, stack(), recipe, Buffer.from("redirected"));
        assert.match(await reported(page), /Failed to fetch/);
        assert.ok(stand.seen.some((request) => request.leg === leg && request.status === 307));
        assert.deepEqual(stranger.seen, []);
      });
    }

    test(`${recipe} does not take a redirected PUT for a stored file`, async (t) => {
      const stranger = await startStranger(t);
      await using page = await browser().newPage({ bypassCSP: true });
      const stand = await openOnStand(t, page, stack().origins.page);
      const redirect = { status: 307, headers: { Location: `${stranger.origin}/k` } };
      // ky sends it three times.
      stand.fail("put", redirect, redirect, redirect);
      await upload(page, stack(), recipe, Buffer.from("redirected"));
      // Uppy follows the redirect, and learns from the broker that the store does not have the file.
      const refusal = UPPY.includes(recipe) ? /about upload-incomplete/ : /Failed to fetch|The store redirected the upload/;
      assert.match(await reported(page), refusal);
      assert.deepEqual(stand.files.map(({ bytes }) => bytes), [undefined]);
      assert.ok(stranger.seen.every(({ headers }) => headers.authorization === undefined));
    });
  }

  for (const recipe of RECIPES.filter((name) => !UPPY.includes(name))) {
    test(`${recipe} waits a minute for the store`, async () => {
      await using page = await browser().newPage();
      await page.clock.install();
      const { reached, release } = await hold(page, "PUT", new RegExp(`^${stack().origins.store}/`));
      await upload(page, stack(), recipe, Buffer.from("slow"));
      await reached;
      await page.clock.fastForward(60_000);
      release();
      await page.locator("output:text-is('APPROVED')").waitFor();
    });

    test(`${recipe} leaves nothing behind when the store refuses the bytes`, async () => {
      const before = await attached(stack());
      const deleted = (await stack().calls()).filter((call) => call === "DeleteAttachedFile").length;
      await using page = await browser().newPage();
      await refuseBytes(page, stack().origins.store, 403, 1);
      await upload(page, stack(), recipe, Buffer.from("refused"));
      assert.equal(await reported(page), "The store answered 403.");
      await called(stack(), "DeleteAttachedFile", deleted + 1);
      assert.deepEqual(await attached(stack()), before);
    });
  }
});
