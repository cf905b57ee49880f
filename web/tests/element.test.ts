// `<connect-upload>` in a page of its own, under a strict Content-Security-Policy.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { chosen, hold } from "./support/browser.ts";
import { choose, ending, rowOf } from "./support/demo.ts";
import { attributesOf, eventsOf, openElement, sessionOf } from "./support/element.ts";
import { refuseOnce } from "./support/recipes.ts";
import { useStack } from "./support/stack.ts";

const browser = useBrowser();
const stack = useStack();

/** Names of the files that Connect has, from those given. */
async function attached(...names: string[]): Promise<string[]> {
  return (await stack().files()).map(({ FileName }) => FileName).filter((name) => names.includes(name));
}

async function chooseAll(page: Page, names: readonly string[]): Promise<void> {
  await page.locator("connect-upload input").setInputFiles(names.map((name) => chosen(name, Buffer.from(name))));
}

const PICTURE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

describe("the element", () => {
  test("uploads with three attributes, under a strict policy, and tells every step", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    await refuseOnce(page, "POST", /\/uploads$/, 0.1);
    await page.locator("connect-upload input").setInputFiles({ name: "three.png", mimeType: "image/png", buffer: PICTURE });
    assert.equal(await ending(rowOf(page, "three.png"), "approved"), "Approved");
    assert.equal(await page.locator("[part=thumbnail] img").evaluate((image: HTMLImageElement) => image.naturalWidth), 1);
    const told = (await eventsOf(page)).map(([type, , leg]) => (type === "progress" ? leg : type));
    const steps = told.filter((step, at) => step !== told[at - 1]);
    assert.deepEqual(steps.filter((step) => step !== "limits"), ["choose", "add", "ask", "waiting", "put", "complete", "watch", "outcome", "complete"]);
    assert.ok(steps.includes("limits"));
    assert.deepEqual(await page.evaluate("violations"), []);
    assert.deepEqual(await page.evaluate("pictures"), [1, 1]);
  });

  test("takes properties that were set before it was defined", async () => {
    const { token, ...attributes } = await attributesOf(stack());
    const before = `addEventListener("DOMContentLoaded", () => {});
      new MutationObserver(() => {
        const element = document.querySelector("connect-upload");
        if (element && !("token" in element)) Object.assign(element, { token: async () => "${token}", messages: { choose: "pick" } });
      }).observe(document, { childList: true, subtree: true });`;
    await using page = await openElement(browser(), stack(), attributes, before);
    await page.getByText("pick", { exact: true }).waitFor();
    assert.equal(await ending(await choose(page, "early.pdf", Buffer.from("early")), "approved"), "Approved");
  });

  test("tells wrong types at once, while other files wait, and asks once for the limits", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const limits: string[] = [];
    const asked: string[] = [];
    page.on("request", (request) => {
      if (/\/limits$/.test(request.url()) && request.method() === "GET") limits.push(request.url());
      if (/\/uploads$/.test(request.url()) && request.method() === "POST") asked.push(request.postDataJSON().fileName);
    });
    const asking = await hold(page, "POST", /\/uploads$/);
    const names = ["1.pdf", "2.pdf", "3.pdf", "4.pdf", "5.pdf"];
    await chooseAll(page, [...names, "wrong.exe"]);
    await rowOf(page, "wrong.exe").getByText("Files of this type are not allowed.").waitFor();
    await rowOf(page, "5.pdf").getByText("starts when another file is sent").waitFor();
    asking.release();
    for (const name of names) await ending(rowOf(page, name), "approved");
    assert.deepEqual(asked, names);
    assert.ok(limits.length <= 1, `${limits}`);
    assert.deepEqual(await page.locator("[part=name]").allTextContents(), [...names, "wrong.exe"]);
  });

  test("limits what can be chosen to the types that are allowed", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    await page.locator("connect-upload input[accept*='.pdf']").waitFor();
    assert.doesNotMatch((await page.locator("connect-upload input").getAttribute("accept")) ?? "", /exe/);
  });

  test("takes pasted files, but not from a field", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const paste = (target: string, name: string): Promise<void> =>
      page.locator(target).evaluate((element, name) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File(["pasted"], name));
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true }));
      }, name);
    await paste("#field", "field.pdf");
    await paste("body", "pasted.pdf");
    assert.equal(await ending(rowOf(page, "pasted.pdf"), "approved"), "Approved");
    assert.equal(await rowOf(page, "field.pdf").count(), 0);
  });

  test("leaves out a file whose `choose` event is prevented", async () => {
    const before = `document.addEventListener("connect-upload:choose", (event) => event.detail.file.name === "not.pdf" && event.preventDefault());`;
    await using page = await openElement(browser(), stack(), await attributesOf(stack()), before);
    await chooseAll(page, ["not.pdf", "but.pdf"]);
    await ending(rowOf(page, "but.pdf"), "approved");
    assert.deepEqual(await attached("not.pdf", "but.pdf"), ["but.pdf"]);
  });

  test("cancels all, and clears the list", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const asking = await hold(page, "POST", /\/uploads$/);
    const names = ["c1.pdf", "c2.pdf", "c3.pdf", "c4.pdf"];
    await chooseAll(page, names);
    await asking.reached;
    await page.getByRole("button", { name: "Cancel all" }).click();
    asking.release();
    for (const name of names) await ending(rowOf(page, name), "cancelled");
    assert.equal(await page.getByText("4 of 4 ended").count(), 1);
    await page.getByRole("button", { name: "Clear list" }).click();
    await page.locator("[part~=item]").first().waitFor({ state: "detached" });
    assert.deepEqual(await attached(...names), []);
  });

  test("a file that is removed while it is sent is cancelled, and its upload deleted", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const completing = await hold(page, "POST", /\/complete$/);
    await choose(page, "gone.pdf", Buffer.from("gone"));
    await completing.reached;
    const deleted = page.waitForResponse((response) => response.request().method() === "DELETE");
    await page.locator("connect-upload").evaluate((element: HTMLElementTagNameMap["connect-upload"]) => element.list?.remove(1));
    assert.equal((await deleted).status(), 204);
    assert.deepEqual(await attached("gone.pdf"), []);
    assert.deepEqual((await eventsOf(page)).slice(-2).map(([type]) => type), ["remove", "complete"]);
  });

  test("says that it waits for the sign-in", async () => {
    const { token = "", ...attributes } = await attributesOf(stack());
    const before = `addEventListener("DOMContentLoaded", () => {
      document.querySelector("connect-upload").token = () => new Promise((signedIn) => (globalThis.signIn = () => signedIn("${token}")));
    });`;
    await using page = await openElement(browser(), stack(), attributes, before);
    const row = await choose(page, "sign-in.pdf", Buffer.from("who"));
    await row.getByText("waits for your sign-in").waitFor();
    await page.evaluate("signIn()");
    assert.equal(await ending(row, "approved"), "Approved");
  });

  test("keeps the focus in the row whose button disappears", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const asking = await hold(page, "POST", /\/uploads$/);
    const row = await choose(page, "focus.pdf", Buffer.from("focus"));
    await asking.reached;
    await row.getByRole("button", { name: "Cancel: focus.pdf" }).focus();
    await page.keyboard.press("Enter");
    asking.release();
    await ending(row, "cancelled");
    await row.locator("button:focus", { hasText: "Try again" }).waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await ending(row, "approved"), "Approved");
  });

  test("speaks German, has the page's own texts, and is laid out from right to left", async () => {
    await using page = await openElement(browser(), stack(), { ...(await attributesOf(stack())), lang: "de-AT", dir: "rtl" });
    await page.getByText("Dateien auswählen").waitFor();
    await page.locator("connect-upload").evaluate((element: HTMLElementTagNameMap["connect-upload"]) => {
      element.messages = { choose: "Belege wählen", chip: { approved: "Erledigt" } };
    });
    await page.getByText("Belege wählen").waitFor();
    const row = await choose(page, "beleg.pdf", Buffer.alloc(1536));
    assert.equal(await ending(row, "approved"), "Erledigt");
    const size = row.getByText("1,5 kB", { exact: true });
    const [number = NaN, unit = NaN] = await size.evaluate(({ firstChild }) =>
      [0, 5].map((at) => {
        const character = document.createRange();
        character.setStart(firstChild!, at);
        character.setEnd(firstChild!, at + 1);
        return character.getBoundingClientRect().x;
      }),
    );
    assert.ok(number < unit, "the number is before its unit");
    const [picture, button] = await Promise.all([row.locator("[part=thumbnail]").boundingBox(), row.getByRole("button").boundingBox()]);
    assert.ok((picture?.x ?? 0) > (button?.x ?? 0));
  });

  test("takes colours from custom properties, and rules for its parts", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("connect-upload { --connect-upload-accent: rgb(1, 2, 3) } connect-upload::part(limits) { color: rgb(4, 5, 6) }");
      document.adoptedStyleSheets = [sheet];
    });
    assert.equal(await page.locator("[part~=choose]").evaluate((one) => getComputedStyle(one).backgroundColor), "rgb(1, 2, 3)");
    assert.equal(await page.locator("[part=limits]").evaluate((one) => getComputedStyle(one).color), "rgb(4, 5, 6)");
  });

  for (const [what, caller, expected] of [
    ["another person's", undefined, ["limits", "limits"]],
    ["the same person's", "ann", ["limits"]],
  ] as const) {
    test(`a new token is ${what} ${caller ? "with" : "without"} the same caller`, async () => {
      const { token } = await sessionOf(stack());
      const asked: string[] = [];
      await using page = await openElement(browser(), stack(), { ...(await attributesOf(stack())), ...(caller && { caller }) });
      await page.getByText(/^Up to/).waitFor();
      asked.push("limits");
      page.on("request", (request) => {
        if (/\/limits$/.test(request.url()) && request.method() === "GET") asked.push("limits");
      });
      const second = await token(1);
      await page.locator("connect-upload").evaluate((element, token) => element.setAttribute("token", token), second);
      const sent = page.waitForRequest((request) => /\/uploads$/.test(request.url()) && request.method() === "POST");
      await choose(page, `${caller ?? "other"}.pdf`, Buffer.from("whose"));
      assert.equal((await (await sent).headerValue("authorization")) === `Bearer ${second}`, caller === undefined);
      await ending(rowOf(page, `${caller ?? "other"}.pdf`), "approved");
      assert.deepEqual(asked, expected);
    });
  }

  test("a new person's token does not reach uploads of the one before", async () => {
    const { token = "", ...attributes } = await attributesOf(stack());
    const next = await (await sessionOf(stack())).token(1);
    const before = `globalThis.tokens = [];
      globalThis.tokenOf = (name) => ({ refused }) => (tokens.push([name, refused]), refused ? "${next}" : "${token}");
      addEventListener("DOMContentLoaded", () => Object.assign(document.querySelector("connect-upload"), { caller: "ann", token: tokenOf("ann") }));`;
    await using page = await openElement(browser(), stack(), attributes, before);
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let isFirst = true;
    await page.route(/\/uploads$/, async (route) => {
      if (route.request().method() !== "POST" || !isFirst) return route.fallback();
      isFirst = false;
      reached.resolve();
      await released.promise;
      return route.fulfill({ status: 401, headers: { "Access-Control-Allow-Origin": "*" } });
    });
    const row = await choose(page, "ann.pdf", Buffer.from("ann"));
    await reached.promise;
    // The token first, so that for a moment it looks like a new one of the same person.
    await page.evaluate(`{ const one = document.querySelector("connect-upload"); one.token = tokenOf("bob"); one.caller = "bob"; }`);
    released.resolve();
    assert.equal(await ending(row, "approved"), "Approved");
    const asked: [string, boolean][] = await page.evaluate("tokens");
    assert.deepEqual(asked.filter(([, refused]) => refused), [["ann", true]]);
  });

  test("asks to stay while bytes travel, and not afterwards", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    await page.locator("#field").click();
    const asking = await hold(page, "POST", /\/uploads$/);
    const row = await choose(page, "stay.pdf", Buffer.from("stay"));
    await asking.reached;
    const leave = (): Promise<void> => page.evaluate(() => void setTimeout(() => (location.href = "about:blank")));
    const dialog = page.waitForEvent("dialog");
    await leave();
    const question = await dialog;
    assert.equal(question.type(), "beforeunload");
    await question.dismiss();
    asking.release();
    await ending(row, "approved");
    // A question now would be dismissed, and the page would stay.
    await leave();
    await page.waitForURL("about:blank");
  });

  test("uploads go on while the element is moved", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const asking = await hold(page, "POST", /\/uploads$/);
    const row = await choose(page, "moved.pdf", Buffer.from("moved"));
    await asking.reached;
    await page.locator("connect-upload").evaluate((element) => document.body.prepend(element));
    asking.release();
    assert.equal(await ending(row, "approved"), "Approved");
  });

  test("a disabled element takes no files", async () => {
    await using page = await openElement(browser(), stack(), { ...(await attributesOf(stack())), disabled: "" });
    assert.ok(await page.locator("connect-upload input").isDisabled());
    await page.locator("connect-upload").evaluate((element: HTMLElementTagNameMap["connect-upload"]) => {
      element.disabled = false;
    });
    assert.equal(await ending(await choose(page, "enabled.pdf", Buffer.from("on")), "approved"), "Approved");
  });
});
