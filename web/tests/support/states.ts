// The states of the element in the demo page that are checked for accessibility and pictured in the docs.
import { randomBytes } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { hold } from "./browser.ts";
import { choose, ending, Network, openDemo, rowOf } from "./demo.ts";
import { refuseOnce } from "./recipes.ts";
import type { Stack } from "./stack.ts";

export const SCHEMES = ["light", "dark"] as const;
export type Scheme = (typeof SCHEMES)[number];

const MIB = 1024 * 1024;

/** Brings the page into each state. */
const STATES = {
  idle: async () => {},
  async dragging(page: Page) {
    const { x = 0, y = 0 } = (await page.locator("[part=drop]").boundingBox()) ?? {};
    const session = await page.context().newCDPSession(page);
    for (const type of ["dragEnter", "dragOver"] as const)
      await session.send("Input.dispatchDragEvent", { type, x: x + 9, y: y + 9, data: { items: [], files: ["/a.pdf"], dragOperationsMask: 1 } });
    await page.locator("[part=drop][data-over]").waitFor();
  },
  async sending(page: Page) {
    await sample(page, "a picture", "evening.png", "approved");
    // Slow enough that the state lasts.
    await (await Network.of(page)).slow(MIB / 2);
    const row = await choose(page, "contract.pdf", randomBytes(20 * MIB));
    await row.locator("[part=status]", { hasText: /^Sending [1-8]\d/ }).waitFor();
    await row.getByText(/ left$/).waitFor();
  },
  async waiting(page: Page) {
    await refuseOnce(page, "POST", /\/uploads$/, 40);
    const row = await choose(page, "patient.pdf", Buffer.from("patient"));
    await row.getByText(/waiting for its turn/).waitFor();
  },
  async scanning(page: Page) {
    await hold(page, "GET", /\/uploads\/[^/]+$/);
    await (await choose(page, "invoice.pdf", Buffer.from("invoice"))).getByText("Scanning").waitFor();
  },
  async approved(page: Page) {
    await sample(page, "a picture", "evening.png", "approved");
    const request = page.locator("#log li", { hasText: "POST" }).first();
    await request.locator("summary").click();
  },
  async rejected(page: Page) {
    await sample(page, "a file that the scan rejects", "suspicious.txt", "failed");
  },
  async failed(page: Page) {
    await sample(page, "a program", "setup.exe", "failed");
    await sample(page, "a file that the scan rejects", "suspicious.txt", "failed");
    await ending(await choose(page, "scan\u200b 1.pdf", Buffer.from("scan")), "failed");
  },
  async offline(page: Page) {
    await page.context().setOffline(true);
    await page.getByText("You are offline.").waitFor();
  },
} satisfies Record<string, (page: Page) => Promise<void>>;

export type State = keyof typeof STATES;
export const STATE_NAMES = Object.keys(STATES) as State[];

/** A page in this state. */
export async function pageIn(state: State, scheme: Scheme, browser: Browser, stack: Stack): Promise<Page> {
  const page = await openDemo(browser, stack, scheme);
  await STATES[state](page);
  return page;
}

async function sample(page: Page, label: string, name: string, state: "approved" | "failed"): Promise<void> {
  await page.getByRole("button", { name: label }).click();
  await ending(rowOf(page, name), state);
}
