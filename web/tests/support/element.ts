// A page of its own that has nothing but the element, as its README shows it.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Stack } from "./stack.ts";

const ELEMENT = resolve(import.meta.dirname, "../../client/dist/element.min.js");
/** Keeps out everything that the element does not need: inline scripts and styles, `eval`, and markup from strings. */
const POLICY = "default-src 'none'; script-src 'self'; img-src blob: data:; connect-src http:; require-trusted-types-for 'script'";

interface Session {
  readonly api: string;
  readonly cases: readonly string[];
  token(username?: number): Promise<string>;
}

/** Users and cases of the stack. */
export async function sessionOf({ origins }: Stack): Promise<Session> {
  const seeds = (await (await fetch(`${origins.page}/seeds.json`)).json()) as { users: { username: string }[]; cases: { arn: string }[] };
  return {
    api: origins.api,
    cases: seeds.cases.map(({ arn }) => arn),
    async token(user = 0) {
      const body = new URLSearchParams({ grant_type: "password", username: seeds.users[user]?.username ?? "" });
      const issued = await fetch(`${origins.oidc}/token`, { method: "POST", body });
      return ((await issued.json()) as { access_token: string }).access_token;
    },
  };
}

/** Attributes of the element for the first user and the first case. */
export async function attributesOf(stack: Stack): Promise<Record<string, string>> {
  const { api, cases, token } = await sessionOf(stack);
  return { endpoint: api, resource: cases[0] ?? "", token: await token() };
}

/** Opens a page with the element, at an address of the stack's page, and records its events. `before` runs before the element is defined. */
export async function openElement(browser: Browser, stack: Stack, attributes: Record<string, string>, before = ""): Promise<Page> {
  const page = await browser.newPage();
  await loadElement(page, stack, attributes, before);
  return page;
}

/** Loads the element into a page, in place of what it shows. */
export async function loadElement(page: Page, stack: Stack, attributes: Record<string, string>, before = ""): Promise<void> {
  const markup = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`).join(" ");
  const html = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><script src="before.js"></script>
    <script type="module" src="element.min.js"></script><input id="field"><connect-upload ${markup}></connect-upload></html>`;
  const files = { "index.html": html, "before.js": RECORDER + before, "element.min.js": await readFile(ELEMENT, "utf8") };
  await servePage(page, stack, "element", files, { "Content-Security-Policy": POLICY });
  await page.goto(`${stack.origins.page}/element/index.html`);
}

/** Serves files of the test to one page, in a folder of the stack's page, because only its origin is admitted by the API. */
export async function servePage(page: Page, { origins }: Stack, folder: string, files: Record<string, string>, headers = {}): Promise<void> {
  // They do not come from the stack, and so count as a page of the public network.
  await page.context().grantPermissions(["local-network-access"], { origin: origins.page });
  for (const [name, body] of Object.entries(files)) {
    const contentType = name.endsWith(".html") ? "text/html" : "text/javascript";
    await page.route(new RegExp(`^${origins.page}/${folder}/${name}(\\?|$)`), (route) => route.fulfill({ contentType, body, headers }));
  }
}

const RECORDER = `
  globalThis.events = [];
  globalThis.violations = [];
  /** Object URLs that were made, and those that were given back. */
  globalThis.pictures = [0, 0];
  for (const [at, name] of ["createObjectURL", "revokeObjectURL"].entries()) {
    const proper = URL[name];
    URL[name] = (value) => (pictures[at]++, proper.call(URL, value));
  }
  document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
  for (const type of ["choose", "add", "progress", "waiting", "retry", "outcome", "remove", "limits", "complete"])
    document.addEventListener("connect-upload:" + type, ({ detail: { item } }) => events.push([type, item?.name, item?.leg, item?.outcome?.code]));
`;

/** What the page's element has told: kind, file, step and outcome of each event. */
export const eventsOf = (page: Page): Promise<(string | undefined)[][]> => page.evaluate("events");
