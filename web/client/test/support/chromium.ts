/** Chromium for the tests of one file. */
import { after, before } from "node:test";
import { chromium, type Browser } from "playwright-core";

/** Starts Chromium; it sends nothing on its own. `CHROMIUM` names another one than Debian's. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
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

/** The browser of the file or suite that calls this, which starts and ends with it. */
export const useBrowser = (): (() => Browser) => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  return () => browser;
};
