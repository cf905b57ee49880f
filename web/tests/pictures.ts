// Takes the pictures of the docs: node tests/pictures.ts FOLDER
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startBrowser } from "../client/test/support/chromium.ts";
import { startStack } from "./support/stack.ts";
import { pageIn, SCHEMES } from "./support/states.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node tests/pictures.ts FOLDER");

await mkdir(folder, { recursive: true });
const browser = await startBrowser();
await using stack = await startStack();
for (const scheme of SCHEMES) {
  for (const state of ["sending", "waiting", "failed"] as const) {
    await using page = await pageIn(state, scheme, browser, stack);
    await page.mouse.move(0, 0);
    await page.locator("connect-upload").screenshot({ path: join(folder, `element-${state}-${scheme}.png`) });
    if (state === "sending") await page.screenshot({ path: join(folder, `demo-${scheme}.png`), fullPage: true });
  }
}
await browser.close();
