// Thirty files at once under Connect's quota, with the client in a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "../client/test/support/chromium.ts";
import { attached } from "./support/recipes.ts";
import { useStack } from "./support/stack.ts";

const CLIENT = new URL("../client/dist/client.min.js", import.meta.url).pathname;
const FILES = 30;
const browser = useBrowser();
const stack = useStack("--quota");

test("30 files are all attached, each once, and those that wait are told so", async () => {
  const { api, page: site, oidc } = stack().origins;
  await using page = await browser().newPage();
  await page.route(`${site}/client.js`, (route) => route.fulfill({ path: CLIENT }));
  await page.goto(site);
  const ended = await page.evaluate(
    async ({ api, oidc, count }) => {
      const client = "/client.js";
      const { createUploader } = await import(client);
      const { users, cases } = await (await fetch("/seeds.json")).json();
      const body = new URLSearchParams({ grant_type: "password", username: users[0].username });
      const { access_token: token } = await (await fetch(`${oidc}/token`, { method: "POST", body })).json();
      const files = Array.from({ length: count }, (_, index) => new File([`file ${index}`], `${index}.pdf`));
      let waits = 0;
      const options = { resource: cases[0].arn, onWaiting: () => (waits += 1) };
      const outcomes = await createUploader({ endpoint: api, token }).uploadAll(files, options);
      return { codes: outcomes.map(({ code }: { code: string }) => code), waits };
    },
    { api, oidc, count: FILES },
  );
  assert.deepEqual(ended.codes, Array(FILES).fill("approved"));
  assert.ok(ended.waits > 0);
  const names = (await attached(stack())).filter(([, status]) => status === "APPROVED").map(([name]) => name);
  assert.deepEqual(new Set(names), new Set(Array.from({ length: FILES }, (_, index) => `${index}.pdf`)));
  assert.equal(names.length, FILES);
});
