import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { openAsBlob } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createUploader, type UploadFile, type UploadOptions } from "../src/index.ts";
import { CASE, pdf, setUp } from "./support/setup.ts";

const CALLS: readonly (readonly [name: string, options: object, file: unknown, asked: Partial<UploadOptions>])[] = [
  ["an endpoint that is not a URL", { endpoint: "nowhere" }, pdf(), {}],
  ["an endpoint with a query", { endpoint: "http://127.0.0.1:9/prod?stage=1" }, pdf(), {}],
  ["an endpoint with a fragment", { endpoint: "http://127.0.0.1:9/prod#stage" }, pdf(), {}],
  ["an endpoint with a user name", { endpoint: "http://user@127.0.0.1:9/prod" }, pdf(), {}],
  ["an endpoint that is data", { endpoint: "data:,x" }, pdf(), {}],
  ["a token that fits no header", { token: "go\nod" }, pdf(), {}],
  ["a key that fits no header", {}, pdf(), { idempotencyKey: "ключ" }],
  ["null in place of a file", {}, null, {}],
  ["tags that are not JSON", {}, pdf(), { tags: { n: 1n as unknown as string } }],
];
for (const [name, options, file, asked] of CALLS) {
  test(`${name} is an outcome`, async (t) => {
    const { stand, uploader } = await setUp(t);
    const outcome = await uploader(options).upload(file as UploadFile, { resource: CASE, ...asked });
    assert.ok(!outcome.ok && outcome.code === "invalid-call");
    assert.ok(outcome.cause instanceof Error);
    assert.equal(stand.files.length, 0);
  });
}

test("a token that fits no header is in no outcome", async (t) => {
  const { uploader } = await setUp(t);
  for (const token of ["sec\nret", "sec\u0000ret", "sec\u2026ret"]) {
    const outcome = await uploader({ token }).upload(pdf(), { resource: CASE });
    assert.ok(!outcome.ok && outcome.code === "invalid-call");
    assert.doesNotMatch(`${outcome.detail} ${outcome.cause} ${(outcome.cause as Error).stack}`, /sec|ret\b/);
    assert.match(outcome.detail, /no HTTP header may have/);
  }
});

test("listeners that throw or reject do not stop an upload", async (t) => {
  const { uploader } = await setUp(t);
  const outcomes = await uploader().uploadAll([pdf("a"), pdf("b")], {
    resource: CASE,
    onProgress: () => {
      throw new Error("mine");
    },
    onOutcome: () => Promise.reject(new Error("mine too")),
  });
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "approved"]);
});

test("undefined options have their defaults", async (t) => {
  const { stand, clock } = await setUp(t);
  const options = { attempts: undefined, fetch: undefined, send: undefined, requestTimeoutInMs: undefined, watchBudgetInMs: undefined };
  const uploads = createUploader({ endpoint: stand.endpoint, token: "good", environment: clock, ...(options as object) });
  assert.equal((await uploads.upload(pdf(), { resource: CASE })).code, "approved");
});

test("a file that changed after it was chosen is not reported as a lost connection", async (t) => {
  const { stand, uploader } = await setUp(t);
  const folder = await mkdtemp(join(tmpdir(), "client-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "scan.pdf");
  await writeFile(path, "as it was");
  const file = Object.assign(await openAsBlob(path), { name: "scan.pdf" });
  await writeFile(path, "as it is now, longer");
  const outcome = await uploader().upload(file, { resource: CASE });
  assert.ok(!outcome.ok);
  assert.deepEqual([outcome.code, outcome.upload], ["file-unreadable", undefined]);
  assert.deepEqual(stand.files.map(({ status }) => status), ["DELETED"]);
});

test("the given fetch has no owner, because a browser's own refuses another one than the page", async (t) => {
  const { uploader } = await setUp(t);
  const owners: unknown[] = [];
  const owned = function (this: unknown, ...request: Parameters<typeof fetch>): Promise<Response> {
    owners.push(this);
    return fetch(...request);
  };
  await uploader({ fetch: owned }).upload(pdf(), { resource: CASE });
  assert.deepEqual([...new Set(owners)], [undefined]);
});

test("requests to the broker use the given fetch", async (t) => {
  const { stand, uploader } = await setUp(t);
  const seen: string[] = [];
  const outcome = await uploader({
    fetch: (url, init) => {
      seen.push(`${init.method} ${new URL(url).pathname}`);
      return fetch(url, init);
    },
    endpoint: `${stand.endpoint}/`,
  }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "approved");
  assert.deepEqual(seen.slice(0, 3), ["GET /prod/limits", "POST /prod/uploads", "POST /prod/uploads/f1/complete"]);
});
