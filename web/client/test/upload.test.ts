import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, Progress, UploadOptions } from "../src/index.ts";
import { CASE, type Setup, pdf, setUp } from "./support/setup.ts";
import { type Fault, type Leg, problem, refusal } from "./support/stand.ts";

/** The members that a table names. */
const brief = (outcome: Outcome): string => (outcome.ok ? outcome.code : `${outcome.code} ${outcome.leg} ${outcome.retryable}`);

const upload = ({ uploader }: Setup, options: Partial<UploadOptions> = {}): Promise<Outcome> =>
  uploader().upload(pdf(), { resource: CASE, ...options });

test("a file arrives byte for byte and the outcome names its upload", async (t) => {
  const setup = await setUp(t);
  const content = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
  const outcome = await setup.uploader().upload(pdf(content), { resource: CASE, tags: { department: "claims" } });
  assert.deepEqual(outcome, { ok: true, code: "approved", upload: `${setup.stand.endpoint}/uploads/f1` });
  assert.deepEqual(setup.stand.files[0]?.bytes, content);
  assert.deepEqual(setup.stand.files[0]?.request, {
    fileName: "scan.pdf",
    fileSizeInBytes: 100_000,
    associatedResourceArn: CASE,
    tags: { department: "claims" },
  });
  assert.deepEqual(setup.stand.legs(), ["limits", "ask", "put", "complete", "watch", "watch"]);
});

test("the PUT carries the returned headers, not the file's type and never the token", async (t) => {
  const setup = await setUp(t);
  await upload(setup);
  const put = setup.stand.seen.find(({ leg }) => leg === "put");
  assert.equal(put?.headers["content-type"], "application/pdf");
  assert.equal(put?.headers.authorization, undefined);
});

test("the file's own type does not break a signature without Content-Type", async (t) => {
  const setup = await setUp(t);
  setup.stand.signed = { "x-amz-acl": "bucket-owner-full-control" };
  assert.equal((await upload(setup)).code, "approved");
  const put = setup.stand.seen.find(({ leg }) => leg === "put");
  assert.equal(put?.headers["content-type"], undefined);
});

test("progress is complete only when the store has answered", async (t) => {
  const setup = await setUp(t);
  const told: Progress[] = [];
  const storeAnswered = (): boolean => setup.stand.seen.some(({ leg, status }) => leg === "put" && status === 200);
  await upload(setup, {
    onProgress: (progress) => {
      told.push(progress);
      assert.ok(progress.sentBytes < progress.totalBytes || storeAnswered());
    },
  });
  assert.deepEqual(
    told.map(({ leg, sentBytes }) => `${leg} ${sentBytes}`),
    ["limits 0", "ask 0", "put 0", "put 14", "complete 14", "watch 14"],
  );
});

test("progress names the upload from the PUT on", async (t) => {
  const setup = await setUp(t);
  const told: Progress[] = [];
  await upload(setup, { onProgress: (progress) => told.push(progress) });
  const f1 = `${setup.stand.endpoint}/uploads/f1`;
  assert.deepEqual(told.map(({ leg, upload }) => [leg, upload]), [
    ["limits", undefined],
    ["ask", undefined],
    ["put", f1],
    ["put", f1],
    ["complete", f1],
    ["watch", f1],
  ]);
});

test("bytes given to the network do not count as complete", async (t) => {
  const setup = await setUp(t);
  const told: number[] = [];
  const send = async ({ onSent }: { onSent: (bytes: number) => void }): Promise<{ status: number; text: string }> => {
    onSent(7);
    onSent(14);
    return { status: 403, text: "" };
  };
  const outcome = await setup.uploader({ send }).upload(pdf(), {
    resource: CASE,
    onProgress: ({ sentBytes }) => told.push(sentBytes),
  });
  assert.equal(brief(outcome), "store-refused put false");
  assert.deepEqual(told, [0, 0, 0, 7]);
});

const ENDS: readonly (readonly [name: string, leg: Leg, faults: readonly Fault[], ends: string, legs: string])[] = [
  ["a 403 of the broker is its problem", "ask", [problem(403, "forbidden", false)], "refused ask false", "limits ask"],
  ["a 409 that may pass is asked again", "ask", [problem(409, "conflict", true)], "approved", "limits ask ask put complete watch watch"],
  ["a 502 that will not pass is not", "ask", [problem(502, "upstream-failed", false)], "refused ask false", "limits ask"],
  ["the gateway's own 503 is", "ask", [{ status: 503, body: { message: "Service Unavailable" } }], "approved", "limits ask ask put complete watch watch"],
  ["the gateway's own 403 is final", "ask", [{ status: 403, body: { message: "Forbidden" } }], "refused ask false", "limits ask"],
  ["an answer that was lost is asked for again", "ask", ["reset-after"], "approved", "limits ask ask put complete watch watch"],
  ["a broker that stays away is unreachable", "ask", Array<Fault>(5).fill("reset-before"), "unreachable ask true", "limits ask ask ask ask ask"],
  ["a 201 without a body is no ticket", "ask", [{ status: 201 }], "unusable-answer ask false", "limits ask"],
  ["a Location elsewhere is no ticket", "ask", [{ status: 201, headers: { Location: "https://evil.example/uploads/x" }, body: { url: "https://s.example/" } }], "unusable-answer ask false", "limits ask"],
  ["a 500 of the store is sent again", "put", [refusal(500, "InternalError", "x")], "approved", "limits ask put put complete watch watch"],
  ["a slow socket is sent again", "put", [refusal(400, "RequestTimeout", "x")], "approved", "limits ask put put complete watch watch"],
  ["a connection lost in mid-PUT is sent again", "put", ["reset-before"], "approved", "limits ask put put complete watch watch"],
  ["a 403 of the store ends before completing, and nothing is left", "put", [refusal(403, "SignatureDoesNotMatch", "x")], "store-refused put false", "limits ask put delete"],
  ["a store that stays away is unreachable", "put", Array<Fault>(5).fill("reset-before"), "unreachable put true", "limits ask put put put put put"],
  ["a lost answer to complete is asked for again", "complete", ["reset-after"], "approved", "limits ask put complete complete watch watch"],
  ["an incomplete upload is the broker's 409", "complete", [problem(409, "upload-incomplete", false)], "refused complete false", "limits ask put complete"],
  ["a throttled poll waits", "watch", [problem(429, "too-many-requests", true, { "Retry-After": "3" })], "approved", "limits ask put complete watch watch watch"],
  ["limits that cannot be read stop nothing", "limits", [problem(503, "upstream-unavailable", true)], "approved", "limits ask put complete watch watch"],
];
for (const [name, leg, faults, ends, legs] of ENDS) {
  test(name, async (t) => {
    const setup = await setUp(t);
    setup.stand.fail(leg, ...faults);
    const outcome = await upload(setup);
    assert.equal(brief(outcome), ends);
    assert.equal(setup.stand.legs().join(" "), legs);
    assert.ok(setup.stand.files.length <= 1, "one key is one upload");
  });
}

for (const [status, ends] of [
  ["REJECTED", "rejected watch false"],
  ["FAILED", "failed watch false"],
  ["DELETED", "deleted watch false"],
  ["UPLOAD_EXPIRED", "url-expired watch true"],
] as const) {
  test(`${status} has its own outcome`, async (t) => {
    const setup = await setUp(t);
    setup.stand.statuses = ["PROCESSING", "DRAFTING", status];
    assert.equal(brief(await upload(setup)), ends);
  });
}

test("refusals carry the problem, the status and the wait", async (t) => {
  const setup = await setUp(t);
  setup.stand.fail("ask", problem(429, "too-many-requests", true, { "Retry-After": "120" }));
  const outcome = await upload(setup);
  assert.ok(!outcome.ok && outcome.code === "refused");
  assert.equal(outcome.problem?.code, "too-many-requests");
  assert.equal(outcome.retryAfterInMs, 120_000);
  assert.deepEqual(setup.clock.slept, [], "a long wait is the caller's");
});

test("the gateway's message is the detail if there is no problem", async (t) => {
  const setup = await setUp(t);
  setup.stand.fail("ask", { status: 413, body: { message: "Request Too Long" } });
  const outcome = await upload(setup);
  assert.ok(!outcome.ok && outcome.code === "refused");
  assert.deepEqual([outcome.status, outcome.problem, outcome.detail], [413, undefined, "Request Too Long"]);
});

test("a refused upload's outcome contains no token and no presigned URL", async (t) => {
  const setup = await setUp(t);
  for (const fault of [refusal(403, "AccessDenied", "no"), ...Array<Fault>(5).fill("reset-before")]) {
    setup.stand.fail("put", fault);
  }
  const text = JSON.stringify([await upload(setup), await upload(setup)]);
  assert.doesNotMatch(text, /good|Signature=/);
});
