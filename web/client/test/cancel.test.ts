import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { browser } from "../src/environment.ts";
import { CASE, pdf, setUp } from "./support/setup.ts";
import type { Leg } from "./support/stand.ts";

const CANCELS: readonly (readonly [at: Leg, leg: Leg, legs: string, files: string])[] = [
  ["ask", "ask", "limits ask delete", "DELETED"],
  ["put", "put", "limits ask put delete", "DELETED"],
  ["complete", "complete", "limits ask put complete delete", "DELETED"],
  ["watch", "watch", "limits ask put complete watch delete", "DELETED"],
  ["limits", "ask", "limits", ""],
];
for (const [at, leg, legs, files] of CANCELS) {
  test(`an upload that is cancelled during ${at} leaves nothing`, async (t) => {
    const { stand, uploader } = await setUp(t);
    const stop = new AbortController();
    stand.onRequest = (now) => {
      if (now === at) stop.abort();
    };
    const outcome = await uploader().upload(pdf(), { resource: CASE, signal: stop.signal });
    assert.deepEqual(outcome, { ok: false, code: "cancelled", leg, retryable: true, detail: "cancelled" });
    assert.equal(stand.legs().join(" "), legs);
    assert.equal(stand.files.map(({ status }) => status).join(" "), files);
  });
}

test("an upload that is cancelled before it begins sends no request", async (t) => {
  const { stand, uploader } = await setUp(t);
  const outcome = await uploader().upload(pdf(), { resource: CASE, signal: AbortSignal.abort() });
  assert.equal(outcome.code, "cancelled");
  assert.deepEqual(stand.seen, []);
});

const never = (): Promise<string> => new Promise(() => {});

for (const [name, asked] of [["first", 1], ["next", 2]] as const) {
  test(`an upload that is cancelled while it waits for the ${name} token ends`, async (t) => {
    const { stand, uploader } = await setUp(t);
    const stop = new AbortController();
    let asks = 0;
    const token = (): string | Promise<string> => {
      if (++asks < asked) return "expired";
      setTimeout(() => stop.abort(), 20);
      return never();
    };
    const outcome = await uploader({ token }).upload(pdf(), { resource: CASE, signal: stop.signal });
    assert.equal(outcome.code, "cancelled");
    assert.equal(stand.legs().join(" "), asked === 1 ? "" : "limits");
  });
}

test("an upload that is cancelled while it waits for the limits ends", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stop = new AbortController();
  stand.fail("limits", "hang");
  stand.onRequest = () => void setTimeout(() => stop.abort(), 20);
  const began = performance.now();
  const outcome = await uploader().upload(pdf(), { resource: CASE, signal: stop.signal });
  assert.equal(outcome.code, "cancelled");
  assert.ok(performance.now() - began < 2_000);
  assert.equal(stand.legs().join(" "), "limits");
});

test("a cancelled upload does not wait forever for the token of its deletion", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stop = new AbortController();
  stand.onRequest = (leg) => {
    if (leg === "put") stand.validTokens.clear();
  };
  let asks = 0;
  const token = (): string | Promise<string> => {
    if (++asks === 1) return "good";
    setTimeout(() => stop.abort(), 20);
    return never();
  };
  const asked = uploader({ token, requestTimeoutInMs: 500 });
  const outcome = await asked.upload(pdf(), { resource: CASE, signal: stop.signal });
  assert.ok(!outcome.ok && outcome.code === "cancelled");
  assert.equal(outcome.upload, `${stand.endpoint}/uploads/f1`);
});

test("a watch and its waits leave no listener on the signal", async (t) => {
  const { stand, uploader } = await setUp(t);
  const { signal } = new AbortController();
  const { sleep } = browser;
  const uploads = uploader({ environment: { sleep: (_ms, signal) => sleep(1, signal) } });
  stand.statuses = ["APPROVED"];
  const { upload } = await uploads.upload(pdf(), { resource: CASE });
  stand.statuses = ["PROCESSING", "PROCESSING", "APPROVED"];
  assert.equal((await uploads.watch(upload ?? "", { signal })).code, "approved");
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("an upload that is cancelled between two attempts does not make the next", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  const stop = new AbortController();
  stand.fail("put", { status: 503 });
  clock.onSleep = () => stop.abort();
  const outcome = await uploader().upload(pdf(), { resource: CASE, signal: stop.signal });
  assert.equal(outcome.code, "cancelled");
  assert.equal(stand.legs().join(" "), "limits ask put delete");
});

test("the outcome names an upload that could not be deleted", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stop = new AbortController();
  stand.onRequest = (now) => {
    if (now === "put") stop.abort();
  };
  stand.fail("delete", { status: 503 }, "reset-before", { status: 503 });
  const outcome = await uploader().upload(pdf(), { resource: CASE, signal: stop.signal });
  assert.ok(!outcome.ok && outcome.code === "cancelled");
  assert.equal(outcome.upload, `${stand.endpoint}/uploads/f1`);
});

test("a stored file that could not be deleted is not retryable", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stop = new AbortController();
  stand.onRequest = (now) => {
    if (now === "watch") stop.abort();
  };
  stand.fail("delete", { status: 403 });
  const outcome = await uploader().upload(pdf(), { resource: CASE, signal: stop.signal });
  assert.ok(!outcome.ok && outcome.code === "cancelled");
  assert.deepEqual([outcome.retryable, outcome.upload], [false, `${stand.endpoint}/uploads/f1`]);
});

test("a signal that is used for many uploads cancels each of them", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stop = new AbortController();
  stand.onRequest = (now) => {
    if (now === "put") stop.abort();
  };
  const files = [pdf("a"), pdf("b"), pdf("c")];
  const outcomes = await uploader().uploadAll(files, { resource: CASE, signal: stop.signal });
  assert.deepEqual(outcomes.map(({ code }) => code), ["cancelled", "cancelled", "cancelled"]);
  assert.ok(stand.files.every(({ status }) => status === "DELETED"));
});
