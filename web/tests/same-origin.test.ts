// Page and API on one origin, as docs/in-your-page.md describes it: behind a proxy, with a strict CSP, without CORS.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../client/test/support/chromium.ts";
import { attached } from "./support/recipes.ts";
import { startStack, type Stack } from "./support/stack.ts";

const CLIENT = new URL("../client/dist/client.min.js", import.meta.url);
const FILES = 3;
const browser = useBrowser();

/** Serves a page, and forwards the API's paths, unchanged, to the stack's API. */
class FrontDoor {
  /** Method and URL of each request that was forwarded. */
  readonly forwarded: string[] = [];
  stack: Stack | undefined;
  readonly #server: Server;
  readonly #client: Buffer;

  private constructor(client: Buffer) {
    this.#client = client;
    this.#server = createServer((incoming, answer) => this.#answer(incoming, answer));
  }

  static async open(): Promise<FrontDoor> {
    const door = new FrontDoor(await readFile(CLIENT));
    await new Promise<void>((up) => door.#server.listen(0, "127.0.0.1", up));
    return door;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections();
    return new Promise((down) => this.#server.close(down));
  }

  #answer(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = "", url = "" } = incoming;
    const { api = "", store = "" } = this.stack?.origins ?? {};
    if (/^(\/api)?\/(uploads(\/.*)?|limits)$/.test(url)) {
      this.forwarded.push(`${method} ${url}`);
      // Its own Host, because API Gateway answers to no other.
      const { host: _, ...headers } = incoming.headers;
      const forward = request(new URL(url, api), { method, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      return void incoming.pipe(forward);
    }
    const csp = `default-src 'self'; connect-src 'self' ${store}`;
    answer.setHeader("Content-Security-Policy", csp);
    answer.setHeader("Content-Type", url === "/client.js" ? "text/javascript" : "text/html");
    answer.end(url === "/client.js" ? this.#client : "<!doctype html>");
  }
}

/** Uploads some files with the client in a page, and gives the codes of their outcomes. */
async function upload(page: Page, stack: Stack, endpoint: string): Promise<string[]> {
  const { users, cases } = await (await fetch(`${stack.origins.page}/seeds.json`)).json();
  const body = new URLSearchParams({ grant_type: "password", username: users[0].username });
  const { access_token } = await (await fetch(`${stack.origins.oidc}/token`, { method: "POST", body })).json();
  return page.evaluate(
    async ({ endpoint, token, resource, files }) => {
      const client = "/client.js";
      const { createUploader } = await import(client);
      const named = Array.from({ length: files }, (_, index) => new File([`file ${index}`], `${index}.pdf`));
      const outcomes = await createUploader({ endpoint, token, attempts: 1 }).uploadAll(named, { resource });
      return outcomes.map(({ code }: { code: string }) => code);
    },
    { endpoint, token: access_token, resource: cases[0].arn, files: FILES },
  );
}

for (const basePath of ["", "/api"]) {
  describe(`page and API on one origin, the API at ${basePath}/`, () => {
    let door: FrontDoor;
    let other: FrontDoor;
    let stack: Stack;
    before(async () => {
      door = await FrontDoor.open();
      other = await FrontDoor.open();
      // The API admits no page of this test, so only a page on its own origin can call it.
      const flags = ["--api-admits", "https://elsewhere.example", "--bucket-admits", door.origin];
      stack = await startStack("--base-path", basePath, ...flags);
      door.stack = other.stack = stack;
    });
    after(async () => {
      await Promise.all([door.close(), other.close()]);
      await stack[Symbol.asyncDispose]();
    });

    test("uploads without a preflight for the API, under a CSP that names only the bucket", async () => {
      await using page = await browser().newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      await page.goto(door.origin);
      assert.deepEqual(await upload(page, stack, basePath || "/"), Array(FILES).fill("approved"));
      assert.equal((await attached(stack)).length, FILES);
      assert.ok(door.forwarded.length >= 1 + 3 * FILES, door.forwarded.join(", "));
      assert.deepEqual(door.forwarded.filter((line) => line.startsWith("OPTIONS")), []);
      assert.deepEqual(complaints, []);
    });

    test("is asked for a preflight, and refuses, if the page calls the API on another origin", async () => {
      await using page = await browser().newPage({ bypassCSP: true });
      await page.goto(door.origin);
      assert.deepEqual(await upload(page, stack, other.origin + basePath), Array(FILES).fill("unreachable"));
      assert.ok(other.forwarded.some((line) => line.startsWith("OPTIONS")), other.forwarded.join(", "));
    });
  });
}
