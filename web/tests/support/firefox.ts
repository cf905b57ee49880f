// Firefox, driven by WebDriver BiDi. Texts and controls are found in shadow trees too.
import { after, before } from "node:test";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

/** Firefox of the file or suite that calls this. `FIREFOX` names another one than Debian's. */
export function useFirefox(): () => Browser {
  let browser: Browser;
  before(async () => {
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr",
    });
  });
  after(() => browser.close());
  return () => browser;
}

/** Chooses a file in the page's file input as soon as the page takes files. */
export async function choose(page: Page, path: string): Promise<void> {
  const input = await page.waitForSelector(">>> input[type=file]:enabled");
  await (input as Awaited<ReturnType<typeof page.$<"input">>>)?.uploadFile(path);
}

/** Waits until the page shows this text, or says it to a screen reader. */
export async function says(page: Page, text: string): Promise<void> {
  await page.waitForSelector(`::-p-text(${text})`, { timeout: 20_000 });
}

/** Waits until the page has no heading of this text. */
export async function gone(page: Page, heading: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    // `::-p-aria` does not look into shadow trees in Firefox.
    const headings = await page.$$eval(">>> :is(h2, h3, h4)", (found) => found.map(({ textContent }) => textContent));
    if (!headings.includes(heading)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${heading} is still there`);
}

/** Presses Tab until a control of this name has the focus, if it does not have it already. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen = [await page.evaluate(nameOfFocused)];
  while (!name.test(seen.at(-1) ?? "")) {
    // The page has far fewer controls.
    if (seen.length > 100) throw new Error(`Tab never reached ${name}: ${[...new Set(seen)].join(", ")}`);
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(nameOfFocused));
  }
}

/** Runs in the page. The name of the control that has the focus. */
function nameOfFocused(): string {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  if (focused === document.body) return "";
  const [label] = (focused as HTMLInputElement | null)?.labels ?? [];
  return (focused?.ariaLabel ?? (label ?? focused)?.textContent ?? "").trim();
}
