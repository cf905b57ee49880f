// Opens a page in Chromium, fills in its form if it has one, adds files, and prints what happened as JSON.
//
//   node open.mjs URL FILE...      THEN=URL opens another address in the same tab, before the files are added
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";

const ENDED = ["approved", "rejected", "failed"].map((state) => `[data-state=${state}]`).join();
const [url, ...files] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"],
});
const page = await browser.newPage();
page.setDefaultTimeout(30_000);
const requests = [];
const faults = [];
page.on("request", (request) => requests.push(request.url()));
page.on("pageerror", (error) => faults.push(error.message));
page.on("console", (message) => message.type() === "error" && faults.push(message.text()));

await page.goto(url);
if (process.env.THEN) {
  await page.goto(process.env.THEN);
  // A task behind the one in which the page learns of the new fragment.
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
}
if (await page.locator("form").count()) {
  for (const field of await page.locator("form [name]").all()) await field.fill("A broken window");
  await page.locator("form button").click();
}
if (files.length > 0) await page.locator("connect-upload:visible input[type=file]").setInputFiles(files);
const items = page.locator(`[part~=item]:is(${ENDED})`);
for (const at of files.keys()) await items.nth(at).waitFor();
const shown = {
  address: page.url(),
  text: await page.locator("body").innerText(),
  items: await items.evaluateAll((all) => all.map((item) => [item.querySelector("[part=name]").textContent, item.dataset.state])),
  isOpen: await page.locator("connect-upload:visible").count().then((count) => count > 0),
  requests,
  faults: [...faults],
  // Whether the page's policy refuses to send what it knows to a stranger.
  isStrict: await page.evaluate(async () => {
    const refused = new Promise((done) => addEventListener("securitypolicyviolation", () => done(true)));
    const sent = fetch("http://127.0.0.1:9/").catch(() => new Promise((done) => setTimeout(done, 0, false)));
    return Promise.race([refused, sent]);
  }),
};
await browser.close();
console.log(JSON.stringify(shown));
