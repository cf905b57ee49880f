// What pages and frameworks do to `<connect-upload>`: they set it late, change it, and give it what it does not expect.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { choose, ending, rowOf } from "./support/demo.ts";
import { attributesOf, openElement } from "./support/element.ts";
import { answerOnce } from "./support/recipes.ts";
import { useStack } from "./support/stack.ts";

const browser = useBrowser();
const stack = useStack();

/** Sets properties of the page's element, in order. */
const set = (page: Page, ...steps: Record<string, unknown>[]): Promise<void> =>
  page.locator("connect-upload").evaluate((element, steps) => steps.forEach((step) => Object.assign(element, step)), steps);
const attribute = (page: Page, name: string): Promise<string | null> => page.locator("connect-upload").getAttribute(name);
const label = (page: Page, text: string): Promise<void> => page.getByText(text, { exact: true }).waitFor();
const errorsOf = (page: Page): string[] => {
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  return errors;
};

describe("properties of the element", () => {
  test("are taken, all of them, if they were set before it was defined", async () => {
    const session: Record<string, string> = { ...(await attributesOf(stack())), caller: "ada" };
    const before = `new MutationObserver(() => {
      const element = document.querySelector("connect-upload");
      if (element && !("token" in element)) Object.assign(element, ${JSON.stringify(session)});
    }).observe(document, { childList: true, subtree: true });`;
    await using page = await openElement(browser(), stack(), {}, before);
    assert.equal(await ending(await choose(page, "early.pdf", Buffer.from("early")), "approved"), "Approved");
    for (const name of ["endpoint", "resource", "caller"] as const) assert.equal(await attribute(page, name), session[name]);
  });

  test("without a value remove what they had", async () => {
    await using page = await openElement(browser(), stack(), { ...(await attributesOf(stack())), caller: "ada" });
    const errors = errorsOf(page);
    for (const none of [undefined, null]) {
      await set(page, { endpoint: none, resource: none, caller: none, options: none, messages: none });
      for (const name of ["endpoint", "resource", "caller"]) assert.equal(await attribute(page, name), null);
    }
    assert.equal(await page.locator("connect-upload input").isDisabled(), true);
    assert.deepEqual(errors, []);
  });

  test("let the person sign in later", async () => {
    const { token = "", ...attributes } = await attributesOf(stack());
    await using page = await openElement(browser(), stack(), { ...attributes, caller: "ada" });
    await label(page, "The limits could not be loaded. Each file is checked when you add it.");
    await set(page, { token });
    assert.equal(await ending(await choose(page, "signed-in.pdf", Buffer.from("in")), "approved"), "Approved");
  });

  test("add no file to a resource that was taken away, nor while the element is disabled", async () => {
    const attributes = await attributesOf(stack());
    await using page = await openElement(browser(), stack(), attributes);
    await page.locator("connect-upload input:enabled").waitFor();
    const added = (change: Record<string, unknown>): Promise<number> =>
      page.locator("connect-upload").evaluate((element, change) => {
        const upload = Object.assign(element, change) as unknown as HTMLElementTagNameMap["connect-upload"];
        upload.add([new File(["x"], "wrong.pdf")]);
        return upload.list?.state().items.length ?? 0;
      }, change);
    assert.equal(await added({ resource: "" }), 0);
    assert.equal(await added({ resource: attributes["resource"], disabled: true }), 0);
    assert.equal(await added({ disabled: false }), 1);
  });
});

describe("the language of the element", () => {
  test("is the last that was set, although texts of another one come later", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    await label(page, "choose files");
    await set(page, { lang: "de" }, { lang: "en" });
    await set(page, { title: "later" });
    await label(page, "choose files");
  });

  test("follows the page's", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    await label(page, "choose files");
    await page.evaluate(() => void (document.documentElement.lang = "de_DE"));
    await label(page, "Dateien auswählen");
    const errors = errorsOf(page);
    assert.equal(await ending(await choose(page, "de.pdf", Buffer.from("de")), "approved"), "Angenommen");
    assert.deepEqual(errors, []);
  });

  test("keeps its texts where the page's own are missing, or have another form", async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const errors = errorsOf(page);
    await set(page, { messages: { choose: undefined, chip: { approved: undefined, queued: null }, note: "x", failure: { empty: "x" }, steps: "" } });
    assert.equal(await ending(await choose(page, "texts.pdf", Buffer.from("texts")), "approved"), "Approved");
    assert.equal(await ending(await choose(page, "no-text.pdf", Buffer.alloc(0)), "failed"), "Failed");
    await rowOf(page, "no-text.pdf").getByText("The file is empty.").waitFor();
    await label(page, "choose files");
    assert.deepEqual(errors, []);
  });
});

for (const [what, members] of Object.entries({
  "errors that are no list": { errors: "all" },
  "errors that are empty": { errors: [null] },
  "types that are no list": { code: "file-type-not-allowed", allowedExtensions: "pdf" },
  "a size that is no number": { code: "file-too-large", maxFileSizeInBytes: "big" },
  "a name that is no text": { errors: [{ pointer: "/fileName", code: "x", detail: 7, suggestion: {} }] },
  "a detail with markup": { code: "forbidden", detail: "<img src=x onerror=document.title='run'>" },
})) {
  test(`an answer with ${what} is a refusal like any other`, async () => {
    await using page = await openElement(browser(), stack(), await attributesOf(stack()));
    const errors = errorsOf(page);
    await answerOnce(page, "POST", /\/uploads$/, 422, { code: "invalid-request", detail: "x", retryable: false, ...members });
    const row = await choose(page, "odd.pdf", Buffer.from("odd"));
    assert.equal(await ending(row, "failed"), "Failed");
    await row.getByText("The upload was refused. Choose another file.").waitFor();
    assert.equal(await row.locator("img").count(), 0);
    assert.deepEqual(errors, []);
  });
}

test("what somebody else wrote into the storage does not hide an upload of an earlier page", async () => {
  const attributes = await attributesOf(stack());
  const prefix = `upload-broker ${attributes["endpoint"]} ${attributes["resource"]} `;
  const texts = ["null", "{", "5", '{"name":{},"size":1}', '{"name":"kept.pdf","size":5}'];
  const before = `${JSON.stringify(texts)}.forEach((text, at) => sessionStorage.setItem(${JSON.stringify(prefix)} + at, text));`;
  await using page = await openElement(browser(), stack(), attributes, before);
  await rowOf(page, "kept.pdf").waitFor();
  assert.equal(await page.evaluate("sessionStorage.length"), 0);
});
