/** A page of its own origin in Chromium, with the client and one way to run it. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";

/** Runs in a page or in any worker: uploads a file and returns the outcome. */
const AGENT = `
  import { createUploader, sendWithXhr } from "@upload-broker/client";
  import { resume } from "@upload-broker/client/resume";
  let failToken;
  globalThis.tokenFailed = new Promise((failed) => (failToken = failed));
  const fetchedToken = () => fetch("/token").then(() => "good", (error) => (failToken(), Promise.reject(error)));
  /** Answers while the page is being left. */
  const sendAndLeave = async (request) => {
    const answer = await sendWithXhr(request);
    const left = new Promise((leave) => addEventListener("pagehide", leave));
    location.href = "/left";
    await left;
    return answer;
  };
  globalThis.resumeKept = ({ endpoint }) => resume({ endpoint, token: "good" }, Object.values({ ...localStorage }));
  globalThis.run = async ({ endpoint, resource, size, options, isToCancel, fetchesToken, leaves, cancelsAsItLeaves }) => {
    const stop = new AbortController();
    if (globalThis.window) addEventListener("pagehide", () => cancelsAsItLeaves && stop.abort());
    const sent = [];
    const file = new File([new Uint8Array(size).fill(37)], "scan.pdf", { type: "text/html" });
    const outcome = await createUploader({ endpoint, token: fetchesToken ? fetchedToken : "good", ...(leaves && { send: sendAndLeave }), ...options }).upload(file, {
      resource,
      signal: stop.signal,
      onProgress: ({ leg, sentBytes, upload }) => {
        if (upload) globalThis.localStorage?.setItem("kept", upload);
        if (leg === "put") sent.push(sentBytes);
        if (leg !== "put" || sentBytes === 0) return;
        if (sent.length === 2) fetch("/on-the-way");
        if (isToCancel) stop.abort();
      },
    });
    return { outcome, sent, hasXhr: typeof XMLHttpRequest !== "undefined" };
  };
  const serve = (port) => { port.onmessage = async ({ data }) => port.postMessage(await run(data)); };
  if (globalThis.DedicatedWorkerGlobalScope) serve(globalThis);
  globalThis.onconnect = ({ ports: [port] }) => serve(port);
  if (globalThis.ServiceWorkerGlobalScope) {
    addEventListener("install", () => skipWaiting());
    addEventListener("message", async ({ data, source }) => source.postMessage(await run(data)));
  }
`;

/** `onTheWay` is called after the first bytes were reported. */
export const openPage = async (test: TestContext, browser: Browser, onTheWay: () => void): Promise<Page> => {
  const agent = await build({
    stdin: { contents: AGENT, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
    bundle: true,
    format: "esm",
    write: false,
  });
  const script = agent.outputFiles[0]?.text ?? "";
  const oneFile = await readFile(new URL("../../dist/client.min.js", import.meta.url));
  const server = createServer(({ url }, response) => {
    if (url === "/on-the-way") onTheWay();
    const code = url === "/agent.js" ? script : url === "/client.min.js" ? oneFile : undefined;
    response.setHeader("Content-Type", code === undefined ? "text/html" : "text/javascript");
    response.end(code ?? '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/agent.js"></script>');
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  const context = await browser.newContext();
  const page = await context.newPage();
  test.after(async () => {
    await context.close();
    server.closeAllConnections();
    await new Promise((down) => server.close(down));
  });
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction("globalThis.run");
  return page;
};
