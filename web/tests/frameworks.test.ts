// The React hook and the Vue composable, each in an app that Vite built, and on a server.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { before, describe, test } from "node:test";
import { renderToString as renderVue } from "@vue/server-renderer";
import type { Page } from "playwright-core";
import { createElement } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { build, type Rolldown } from "vite";
import { createSSRApp } from "vue";
import { useBrowser } from "../client/test/support/chromium.ts";
import { Files as ReactFiles } from "../frameworks/react/files.ts";
import { Files as VueFiles } from "../frameworks/vue/files.ts";
import { chosen, hold } from "./support/browser.ts";
import { attributesOf, servePage } from "./support/element.ts";
import { useStack } from "./support/stack.ts";

const browser = useBrowser();
const stack = useStack();

/** The files of an app, by name. */
async function built(framework: string): Promise<Record<string, string>> {
  const root = resolve(import.meta.dirname, "../frameworks", framework);
  const result = (await build({ root, base: "./", logLevel: "error", configFile: false, build: { write: false } })) as Rolldown.RolldownOutput;
  return Object.fromEntries(result.output.map((file) => [file.fileName, file.type === "chunk" ? file.code : String(file.source)]));
}

async function attached(name: string): Promise<string[]> {
  return (await stack().files()).filter(({ FileName }) => FileName === name).map(({ FileStatus }) => FileStatus);
}

for (const framework of ["react", "vue"]) {
  describe(`an app in ${framework}`, () => {
    let files: Record<string, string>;
    before(async () => {
      files = await built(framework);
    });

    async function open(): Promise<Page> {
      const page = await browser().newPage();
      await servePage(page, stack(), framework, files);
      await page.goto(`${stack().origins.page}/${framework}/index.html?${new URLSearchParams(await attributesOf(stack()))}`);
      return page;
    }

    test("uploads each file once, with one look at the limits", async () => {
      await using page = await open();
      const asked: string[] = [];
      page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
      await page.locator("input[accept*='.pdf']").waitFor();
      const names = ["a", "b", "c", "d"].map((name) => `${framework}-${name}.pdf`);
      await page.locator("input").setInputFiles(names.map((name) => chosen(name, Buffer.from(name))));
      for (const name of names) await page.getByText(`${name}: approved`).waitFor();
      for (const name of names) assert.deepEqual(await attached(name), ["APPROVED"]);
      assert.equal(asked.filter((one) => one === "POST /uploads").length, names.length);
      assert.ok(asked.filter((one) => one === "GET /limits").length <= 1, `${asked}`);
    });

    test("cancels a file", async () => {
      await using page = await open();
      const completing = await hold(page, "POST", /\/complete$/);
      await page.locator("input").setInputFiles(chosen(`${framework}-stop.pdf`, Buffer.from("stop")));
      await completing.reached;
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByText(`${framework}-stop.pdf: cancelled`).waitFor();
      assert.deepEqual(await attached(`${framework}-stop.pdf`), []);
    });

    test("does not lose a file whose component is gone, and shows none twice when it is back", async () => {
      await using page = await open();
      const asking = await hold(page, "POST", /\/uploads$/);
      const name = `${framework}-gone.pdf`;
      await page.locator("input").setInputFiles(chosen(name, Buffer.from("gone")));
      await asking.reached;
      const completed = page.waitForResponse((response) => response.url().endsWith("/complete"));
      await page.getByRole("button", { name: "Toggle" }).click();
      await page.locator("input").waitFor({ state: "detached" });
      asking.release();
      assert.equal((await completed).status(), 204);
      await page.getByRole("button", { name: "Toggle" }).click();
      await page.locator("input[accept*='.pdf']").waitFor();
      assert.equal(await page.locator("li").count(), 0);
      assert.equal((await attached(name)).length, 1);
    });
  });
}

test("both render on a server, and ask nothing there", async (t) => {
  const asked = t.mock.method(globalThis, "fetch");
  const session = { endpoint: "https://api.example.com", resource: "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c", token: "t" };
  assert.match(renderReact(createElement(ReactFiles, session)), /<input type="file"/);
  assert.match(await renderVue(createSSRApp(VueFiles, session)), /<input type="file"/);
  await import("@upload-broker/client/element");
  assert.equal(asked.mock.callCount(), 0);
});
