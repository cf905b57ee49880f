import assert from "node:assert/strict";
import { test } from "node:test";
import { CASE, CONTACT, pdf, setUp } from "./support/setup.ts";

const REFUSED = [
  ["a case's file over its limit", CASE, pdf("x".repeat(1_000_001)), 413, "file-too-large", { maxFileSizeInBytes: 1_000_000 }],
  ["a case's file of another type", CASE, pdf("x", "virus.exe"), 422, "file-type-not-allowed", { allowedExtensions: ["pdf", "png"] }],
  ["a case's file without a type", CASE, pdf("x", "README"), 422, "file-type-not-allowed", {}],
  ["a contact's file over the wider limit", CONTACT, pdf("x".repeat(101)), 413, "file-too-large", { maxFileSizeInBytes: 100 }],
] as const;
for (const [name, resource, file, status, code, more] of REFUSED) {
  test(`${name} is refused without a request, as the broker would refuse it`, async (t) => {
    const { stand, uploader } = await setUp(t);
    const outcome = await uploader().upload(file, { resource });
    assert.ok(!outcome.ok && outcome.code === "refused");
    assert.deepEqual([outcome.leg, outcome.status, outcome.problem?.code], ["limits", status, code]);
    assert.partialDeepStrictEqual(outcome.problem, more);
    assert.deepEqual(stand.legs(), ["limits"]);
  });
}

const ADMITTED = [
  ["at the limit", CASE, pdf("x".repeat(1_000_000))],
  ["with its extension in capitals", CASE, pdf("x", "SCAN.PDF")],
  ["for a contact, of a type that only tasks may have", CONTACT, pdf("x".repeat(50), "a.png")],
] as const;
for (const [name, resource, file] of ADMITTED) {
  test(`a file ${name} is uploaded`, async (t) => {
    const { uploader } = await setUp(t);
    assert.equal((await uploader().upload(file, { resource })).code, "approved");
  });
}

test("a file over limits that were read a while ago is worth a fresh look, and only one", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  const uploads = uploader();
  await uploads.limits();
  clock.pass(10_000);
  stand.maxCaseFileBytes = 2_000_000;
  const outcomes = await uploads.uploadAll([pdf("x".repeat(1_000_001)), pdf("x", "a.exe"), pdf("x", "b.exe")], { resource: CASE });
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "refused", "refused"]);
  assert.equal(stand.legs().filter((leg) => leg === "limits").length, 2);
});

test("a file over old limits goes to the broker if there are no fresh ones", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  const uploads = uploader();
  await uploads.limits();
  clock.pass(10_000);
  stand.fail("limits", { status: 503 });
  const outcome = await uploads.upload(pdf("x", "a.exe"), { resource: CASE });
  assert.equal(outcome.code, "approved", "the stand takes every type");
  assert.equal(stand.legs().slice(0, 3).join(" "), "limits limits ask");
});

test("an upload waits only a few seconds for the limits", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("limits", "hang");
  const began = performance.now();
  assert.equal((await uploader().upload(pdf(), { resource: CASE })).code, "approved");
  assert.ok(performance.now() - began < 10_000);
});

test("limits are requested once in five minutes, and concurrent calls share a request", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  const uploads = uploader();
  const [first] = await Promise.all([uploads.limits(), uploads.limits()]);
  assert.ok(first?.ok);
  assert.equal(first.limits.case?.maxFileSizeInBytes, 1_000_000);
  clock.pass(299_999);
  await uploads.limits();
  assert.deepEqual(stand.legs(), ["limits"]);
  clock.pass(1);
  await uploads.limits();
  assert.deepEqual(stand.legs(), ["limits", "limits"]);
});

test("limits are requested again after a failure", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("limits", { status: 403, body: { message: "Forbidden" } }, { status: 200, body: "<html>" });
  const uploads = uploader();
  const codes = [await uploads.limits(), await uploads.limits(), await uploads.limits()].map((o) => (o.ok ? "ok" : o.code));
  assert.deepEqual(codes, ["refused", "unusable-answer", "ok"]);
});
