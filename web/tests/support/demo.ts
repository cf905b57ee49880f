// The demo page, as its user handles it.
import type { Browser, CDPSession, Locator, Page } from "playwright-core";
import { chosen } from "./browser.ts";
import type { Stack } from "./stack.ts";

/** Opens the page and waits until it has loaded the limits. */
export async function openDemo(browser: Browser, stack: Stack, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 880, height: 760 } });
  await page.goto(stack.origins.page);
  await page.locator("#limits", { hasText: /^Up to/ }).waitFor();
  return page;
}

/** Chooses a file and returns its row. */
export async function choose(page: Page, name: string, bytes: Buffer): Promise<Locator> {
  await page.locator("#files").setInputFiles(chosen(name, bytes));
  return rowOf(page, name);
}

/** The row of the file of this name. */
export function rowOf(page: Page, name: string): Locator {
  return page.locator("li.row", { has: page.getByRole("heading", { name, exact: true }) });
}

/** The text of a row's chip as soon as the row is in `state`. */
export async function ending(row: Locator, state: "done" | "failed" | "cancelled"): Promise<string | null> {
  await row.and(row.page().locator(`[data-state=${state}]`)).waitFor();
  return row.locator(".chip").textContent();
}

/** Presses the button of a row with this label. */
export async function press(row: Locator, name: "Cancel" | "Keep waiting" | "Try again"): Promise<void> {
  await row.getByRole("button", { name }).click();
}

/** Waits until some bytes are sent, but not all. */
export async function midway(row: Locator): Promise<void> {
  await row.locator(".chip", { hasText: /^Sending [1-9]\d? %$/ }).waitFor();
}

/** The network of a page, which can be slowed down and cut. */
export class Network {
  readonly #session: CDPSession;
  #uploadThroughput = -1;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<Network> {
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    return new Network(session);
  }

  async slow(bytesPerSecond: number): Promise<void> {
    this.#uploadThroughput = bytesPerSecond;
    await this.#emulate(false);
  }

  async fast(): Promise<void> {
    await this.slow(-1);
  }

  async offline(): Promise<void> {
    await this.#emulate(true);
  }

  async online(): Promise<void> {
    await this.fast();
  }

  async #emulate(offline: boolean): Promise<void> {
    await this.#session.send("Network.emulateNetworkConditions", {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: this.#uploadThroughput,
    });
  }
}
