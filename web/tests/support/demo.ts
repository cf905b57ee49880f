// The demo page, as its user handles it.
import type { Browser, CDPSession, Locator, Page } from "playwright-core";
import { chosen } from "./browser.ts";
import type { Stack } from "./stack.ts";

/** Opens the page and waits until it has loaded the limits. */
export async function openDemo(browser: Browser, stack: Stack, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 880, height: 760 } });
  await page.goto(stack.origins.page);
  await page.locator("[part=limits]", { hasText: /^Up to/ }).waitFor();
  return page;
}

/** Chooses a file and returns its row. */
export async function choose(page: Page, name: string, bytes: Buffer): Promise<Locator> {
  await page.locator("connect-upload input").setInputFiles(chosen(name, bytes));
  return rowOf(page, name);
}

/** The row of the file of this name. */
export function rowOf(page: Page, name: string): Locator {
  return page.locator("[part~=item]", { has: page.locator("[part=name]").getByText(name, { exact: true }) });
}

/** The status that a row shows, as soon as the row is in `state`. */
export async function ending(row: Locator, state: "approved" | "failed" | "cancelled"): Promise<string | null> {
  await row.and(row.page().locator(`[data-state=${state}]`)).waitFor();
  return row.locator("[part=status]").textContent();
}

/** Presses the button of a row with this label. */
export async function press(row: Locator, name: "Cancel" | "Keep waiting" | "Try again"): Promise<void> {
  await row.getByRole("button", { name }).click();
}

/** Waits until some bytes are sent, but not all. */
export async function midway(row: Locator): Promise<void> {
  await row.locator("[part=status]", { hasText: /^Sending [1-9]\d?%$/ }).waitFor();
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

/** Records every text that parts of the element get from now on. */
export async function recordTexts(page: Page, selector: string): Promise<() => Promise<string[]>> {
  const recorded = await page.locator("connect-upload").evaluateHandle((element, selector) => {
    const texts: (string | null)[] = [];
    const observer = new MutationObserver((changes) => {
      for (const { target } of changes) if ((target as Element).matches(selector)) texts.push(target.textContent);
    });
    observer.observe(element.shadowRoot as ShadowRoot, { childList: true, subtree: true });
    return texts;
  }, selector);
  return () => recorded.evaluate((texts) => texts.map(String));
}

/** Statuses of the answers to the page's requests with this method, in order. */
export async function verdicts(page: Page, method: string): Promise<string[]> {
  const exchanges = page.locator("#log li", { has: page.locator(`[data-part=method]:text-is("${method}")`) });
  const texts = await exchanges.locator("[data-part=verdict]").allTextContents();
  return texts.map((text) => text.slice(0, 3));
}
