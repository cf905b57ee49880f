import assert from "node:assert/strict";
import { test } from "node:test";
import { CASE, pdf, setUp } from "./support/setup.ts";
import { problem, refusal } from "./support/stand.ts";

const keys = (stand: { seen: readonly { leg: string; headers: Record<string, unknown> }[] }): unknown[] =>
  stand.seen.filter(({ leg }) => leg === "ask").map(({ headers }) => headers["idempotency-key"]);

test("an expired URL gets a new upload under a new key, and the old one is deleted", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  let isLate = true;
  stand.onRequest = (leg) => {
    if (leg === "put" && isLate) clock.pass(6_000);
    isLate &&= leg !== "put";
  };
  const outcome = await uploader().upload(pdf(), { resource: CASE, urlExpiryInSeconds: 5, idempotencyKey: "mine" });
  assert.deepEqual(outcome, { ok: true, code: "approved", upload: `${stand.endpoint}/uploads/f2` });
  assert.equal(stand.legs().join(" "), "limits ask put delete ask put complete watch watch");
  assert.deepEqual(stand.files.map(({ status }) => status), ["DELETED", "APPROVED"]);
  const [first, second] = keys(stand);
  assert.equal(first, "mine");
  assert.notEqual(second, "mine");
});

test("the store decides whether a URL has expired, not this device's clock", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.fail("put", refusal(403, "AccessDenied", "Request has expired"));
  assert.equal((await uploader().upload(pdf(), { resource: CASE })).code, "approved");
  assert.deepEqual(stand.files.map(({ status }) => status), ["DELETED", "APPROVED"]);
  assert.ok(!clock.slept.some((ms) => ms < 1_000), "no pause before the new upload");
});

test("a URL that came after a long wait has its full lifetime", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0;
  stand.fail("ask", ...Array(2).fill(problem(429, "too-many-requests", true, { "Retry-After": "20" })));
  const outcome = await uploader().upload(pdf(), { resource: CASE, urlExpiryInSeconds: 30 });
  assert.equal(outcome.code, "approved");
  assert.equal(stand.legs().join(" "), "limits ask ask ask put complete watch watch");
});

test("the lifetime of a URL begins with its request", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.onRequest = (leg) => {
    if (leg === "ask" && stand.files.length === 0) clock.pass(31_000);
  };
  const outcome = await uploader().upload(pdf(), { resource: CASE, urlExpiryInSeconds: 30 });
  assert.equal(outcome.code, "approved");
  assert.equal(stand.legs().join(" "), "limits ask delete ask put complete watch watch");
});

for (const status of [400, 403]) {
  test(`credentials that expired before the URL count as an expired URL, answered with ${status}`, async (t) => {
    const { stand, uploader } = await setUp(t);
    stand.fail("put", refusal(status, "ExpiredToken", "The provided token has expired."));
    assert.equal((await uploader().upload(pdf(), { resource: CASE })).code, "approved");
    assert.deepEqual(stand.files.map(({ status }) => status), ["DELETED", "APPROVED"]);
  });
}

test("a 403 without a body, after the URL's lifetime, counts as an expired URL", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.fail("put", { status: 403 });
  stand.onRequest = (leg) => {
    if (leg === "put" && stand.files.length === 1) clock.pass(301_000);
  };
  assert.equal((await uploader().upload(pdf(), { resource: CASE })).code, "approved");
  assert.deepEqual(stand.files.map(({ status }) => status), ["DELETED", "APPROVED"]);
});

test("a URL that expired between two attempts is not used again", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.fail("put", { status: 503 });
  clock.onSleep = () => clock.pass(6_000);
  const outcome = await uploader().upload(pdf(), { resource: CASE, urlExpiryInSeconds: 5 });
  assert.equal(outcome.code, "approved");
  assert.equal(stand.legs().join(" "), "limits ask put delete ask put complete watch watch");
});

test("a clock that is wrong by years does not expire a URL", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  const years = 10 * 365 * 86_400_000;
  stand.now = () => clock.now() - years;
  assert.equal((await uploader().upload(pdf(), { resource: CASE })).code, "approved");
  assert.equal(stand.files.length, 1);
});

test("after three expired URLs the upload gives up and leaves nothing", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.onRequest = (leg) => {
    if (leg === "put") clock.pass(6_000);
  };
  const outcome = await uploader().upload(pdf(), { resource: CASE, urlExpiryInSeconds: 5 });
  assert.deepEqual(outcome, { ok: false, code: "url-expired", leg: "put", retryable: true, detail: "url-expired" });
  assert.deepEqual(stand.files.map(({ status }) => status), ["DELETED", "DELETED", "DELETED"]);
  assert.equal(new Set(keys(stand)).size, 3);
});
