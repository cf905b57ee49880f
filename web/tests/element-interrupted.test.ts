// `<connect-upload>` when the network goes away, the page is reloaded, or many files share Connect's quota.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useBrowser } from "../client/test/support/chromium.ts";
import { chosen, hold } from "./support/browser.ts";
import { choose, ending, rowOf } from "./support/demo.ts";
import { attributesOf, loadElement, openElement } from "./support/element.ts";
import { startStack, useStack } from "./support/stack.ts";

const browser = useBrowser();

/** The request of each step. */
const LEGS = [
  ["limits", "GET", /\/limits$/],
  ["ask", "POST", /\/uploads$/],
  ["put", "PUT", /connect-attachments/],
  ["complete", "POST", /\/complete$/],
  ["watch", "GET", /\/uploads\/[^/]+$/],
] as const;

describe("an upload by the element", () => {
  const stack = useStack();

  for (const [leg, method, url] of LEGS) {
    test(`that loses the network during ${leg} goes on when it is back`, async () => {
      await using page = await openElement(browser(), stack(), await attributesOf(stack()));
      const context = page.context();
      let isLost = false;
      await page.route(url, async (route) => {
        if (isLost || route.request().method() !== method) return route.fallback();
        isLost = true;
        await context.setOffline(true);
        await route.abort("internetdisconnected").catch(() => undefined);
      });
      if (leg === "limits") await page.reload();
      const row = await choose(page, `offline-${leg}.pdf`, Buffer.from(leg));
      await page.getByText("You are offline. Uploads continue when the network is back.").waitFor();
      await context.setOffline(false);
      assert.equal(await ending(row, "approved"), "Approved");
      assert.equal(await page.getByText("You are offline").isVisible(), false);
      const mine = (await stack().files()).filter(({ FileName }) => FileName === `offline-${leg}.pdf`);
      assert.equal(mine.length, 1);
    });
  }

  for (const [leg, method, url] of LEGS) {
    test(`whose page is reloaded during ${leg} is completed, or called lost`, async () => {
      const attributes = await attributesOf(stack());
      await using page = await openElement(browser(), stack(), attributes);
      const held = await hold(page, method, url);
      const name = `reload-${leg}.pdf`;
      if (leg === "limits") await page.reload();
      await choose(page, name, Buffer.from(leg));
      await held.reached;
      await page.reload();
      held.release();
      if (leg === "complete" || leg === "watch") {
        assert.equal(await ending(rowOf(page, name), "approved"), "Approved");
      } else {
        await rowOf(page, name).getByText("The page was left before all bytes were sent. Choose the file again.").waitFor();
        assert.equal(await rowOf(page, name).getByRole("button", { name: "Try again" }).isVisible(), false);
      }
      // What has ended is not shown again.
      await page.reload();
      await page.getByText(/^Up to/).waitFor();
      assert.equal(await page.locator("[part~=item]").count(), 0);
    });
  }

  test("is not shown in a page for another case", async () => {
    const attributes = await attributesOf(stack());
    await using page = await openElement(browser(), stack(), attributes);
    const held = await hold(page, "GET", /\/uploads\/[^/]+$/);
    await choose(page, "this-case.pdf", Buffer.from("this"));
    await held.reached;
    await loadElement(page, stack(), { ...attributes, resource: `${attributes["resource"]}0` });
    held.release();
    await page.getByText(/^Up to/).waitFor();
    assert.equal(await page.locator("[part~=item]").count(), 0);
  });
});

test("an upload of another tab is shown while its scan lasts, if the broker is asked", async () => {
  await using stack = await startStack("--scan-delay-ms", "3000");
  const { endpoint = "", resource = "", token = "" } = await attributesOf(stack);
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const begin = (fileName: string, fileSizeInBytes: number): Promise<Response> =>
    fetch(`${endpoint}/uploads`, { method: "POST", headers, body: JSON.stringify({ fileName, fileSizeInBytes, associatedResourceArn: resource }) });
  // Another tab may be sending this one.
  await begin("sending.pdf", 7);
  const ticket = await begin("other-tab.pdf", 5);
  const { url, headers: signed } = (await ticket.json()) as { url: string; headers: Record<string, string> };
  await fetch(url, { method: "PUT", headers: signed, body: "other" });
  await fetch(new URL(`${ticket.headers.get("Location")}/complete`, endpoint), { method: "POST", headers });
  const before = `addEventListener("DOMContentLoaded", () => { document.querySelector("connect-upload").options = { asksBroker: true }; });`;
  await using page = await openElement(browser(), stack, { endpoint, resource, token }, before);
  const row = rowOf(page, "Earlier upload");
  await row.getByText("5 bytes").waitFor();
  assert.equal(await ending(row, "approved"), "Approved");
  assert.equal(await page.locator("[part~=item]").count(), 1);
});

test("thirty files under Connect's quota are uploaded in order, and none fails", async () => {
  await using stack = await startStack("--quota");
  await using page = await openElement(browser(), stack, await attributesOf(stack));
  const asked: string[] = [];
  const preflights: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(stack.origins.api)) return;
    if (request.method() === "POST" && /\/uploads$/.test(request.url())) asked.push(request.postDataJSON().fileName);
    if (/\/limits$/.test(request.url())) preflights.push(request.url());
  });
  const names = Array.from({ length: 30 }, (_, at) => `file ${at + 1}.pdf`);
  await page.locator("connect-upload input").setInputFiles(names.map((name) => chosen(name, Buffer.from(name))));
  await page.getByText("30 of 30 ended").waitFor({ timeout: 120_000 });
  assert.equal(await page.locator("[part~=approved]").count(), 30);
  assert.deepEqual([...new Set(asked)], names);
  assert.ok(preflights.length <= 2, `${preflights}`);
});
