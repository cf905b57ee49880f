// The states of the demo that are checked for accessibility and pictured in the README.
import { randomBytes } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { choose, ending, Network, openDemo, rowOf } from "./demo.ts";
import type { Stack } from "./stack.ts";

export const SCHEMES = ["light", "dark"] as const;
export type Scheme = (typeof SCHEMES)[number];

const MIB = 1024 * 1024;

/** Brings the page into each state. */
const STATES = {
  idle: async () => {},
  async uploading(page: Page) {
    await sample(page, "a picture", "evening.png");
    await (await Network.of(page)).slow(4 * MIB);
    const row = await choose(page, "contract.pdf", randomBytes(20 * MIB));
    await row.locator(".chip", { hasText: /^Sending [3-8]/ }).waitFor();
    await row.getByText(/ left$/).waitFor();
  },
  async done(page: Page) {
    await ending(await choose(page, "invoice.pdf", Buffer.from("invoice")), "done");
    const row = await sample(page, "a picture", "evening.png");
    await row.getByText("Requests and answers").click();
    await row.locator(".exchanges li", { hasText: "POST" }).first().locator("summary").click();
  },
  async failed(page: Page) {
    await page.getByRole("button", { name: "a program" }).click();
    await ending(rowOf(page, "setup.exe"), "failed");
    await page.getByRole("button", { name: "a file that the scan rejects" }).click();
    await ending(rowOf(page, "suspicious.txt"), "failed");
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

async function sample(page: Page, label: string, name: string) {
  await page.getByRole("button", { name: label }).click();
  const row = rowOf(page, name);
  await ending(row, "done");
  return row;
}
