// The code with which docs/from-presigned-url-sample.md replaces the sample's.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { startStranger } from "../client/test/support/stranger.ts";
import { digest, useStack } from "./support/stack.ts";

const PAGE = resolve(import.meta.dirname, "../../docs/from-presigned-url-sample.md");

const browser = useBrowser();
const stack = useStack();

/** The page's JavaScript below `// after`. */
async function replacement(): Promise<string> {
  const found = /```js\n.*?\/\/ after\n(.*?)```/s.exec(await readFile(PAGE, "utf8"));
  assert.ok(found?.[1]);
  return found[1];
}

/** An access token of the first seeded user, and the first case that it may use. */
async function session(): Promise<{ token: string; caseArn: string }> {
  const seeds = (await (await fetch(`${stack().origins.page}/seeds.json`)).json()) as {
    users: { username: string }[];
    cases: { arn: string }[];
  };
  const [user, one] = [seeds.users[0], seeds.cases[0]];
  assert.ok(user && one);
  const body = new URLSearchParams({ grant_type: "password", username: user.username });
  const issued = await fetch(`${stack().origins.oidc}/token`, { method: "POST", body });
  const { access_token: token } = (await issued.json()) as { access_token: string };
  return { token, caseArn: one.arn };
}

/** Runs the code in a page of the stack(). */
async function runIn(page: Page, bytes: string): Promise<void> {
  await page.goto(stack().origins.page);
  await page.evaluate(
    async ({ code, api, token, caseArn, bytes }) => {
      const file = new File([bytes], "sample.txt", { type: "text/plain" });
      const body = `return (async () => { ${code} })();`;
      await new Function("API", "token", "caseArn", "file", body)(api, token, caseArn, file);
    },
    { code: await replacement(), api: stack().origins.api, bytes, ...(await session()) },
  );
}

test("what replaces the sample's code sends the token to no stranger", async (t) => {
  const stranger = await startStranger(t);
  await using page = await browser().newPage();
  await page.route(/\/uploads$/, async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    const response = await route.fetch();
    return route.fulfill({ response, headers: { ...response.headers(), location: `${stranger.origin}/uploads/f1` } });
  });
  await assert.rejects(runIn(page, "led away"), /Location leads away from the API/);
  assert.deepEqual(stranger.seen, []);
});

test("what replaces the sample's code uploads a file", async () => {
  const bytes = "from the sample";
  await using page = await browser().newPage();
  const before = (await stack().files()).length;
  await runIn(page, bytes);
  const files = (await stack().files()).slice(before);
  assert.deepEqual(files.map(({ FileName }) => FileName), ["sample.txt"]);
  assert.match(files[0]?.FileStatus ?? "", /PROCESSING|APPROVED/);
  assert.ok((await stack().storedDigests()).includes(digest(Buffer.from(bytes))));
});
