// Debian's Chromium, with whose pages the tests play.
import { chromium, type Browser, type Page } from "playwright-core";

/** Starts Chromium; it talks to nobody on its own. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A file to choose in a page's input. */
export function chosen(name: string, bytes: Buffer): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: "application/pdf", buffer: bytes };
}

/** Lets the next `times` PUTs to the store fail with `status`, readable by the page, before a byte arrives. */
export async function refuseBytes(page: Page, store: string, status: number, times: number): Promise<void> {
  let left = times;
  await page.route(`${store}/**`, (route) => {
    if (route.request().method() !== "PUT" || left === 0) return route.fallback();
    left -= 1;
    return route.fulfill({ status, headers: { "Access-Control-Allow-Origin": "*" } });
  });
}
