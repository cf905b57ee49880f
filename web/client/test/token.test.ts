import assert from "node:assert/strict";
import { test } from "node:test";
import { CASE, pdf, setUp } from "./support/setup.ts";

test("a new token is requested once if it expires between two files", async (t) => {
  const { stand, uploader } = await setUp(t);
  const asked: boolean[] = [];
  const tokens = ["first", "second"];
  stand.validTokens.add("first");
  const token = async ({ refused }: { refused: boolean }): Promise<string> => {
    asked.push(refused);
    return tokens.shift() ?? "none";
  };
  const uploads = uploader({ token });
  const before = await uploads.upload(pdf(), { resource: CASE });
  stand.validTokens.delete("first");
  stand.validTokens.add("second");
  const after = await uploads.upload(pdf(), { resource: CASE });
  assert.deepEqual([before.code, after.code, asked], ["approved", "approved", [false, true]]);
});

test("concurrent refused calls request one new token", async (t) => {
  const { stand, uploader } = await setUp(t);
  let given = 0;
  stand.validTokens.add("token-1");
  const all = Promise.withResolvers<void>();
  let refusals = 0;
  const together = async (url: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    if (answer.status !== 401) return answer;
    if (++refusals === 4) all.resolve();
    await all.promise;
    return answer;
  };
  const uploads = uploader({ token: () => `token-${++given}`, fetch: together });
  await uploads.limits();
  stand.validTokens.delete("token-1");
  stand.validTokens.add("token-2");
  const outcomes = await uploads.uploadAll([pdf("a"), pdf("b"), pdf("c"), pdf("d")], { resource: CASE, concurrency: 4 });
  assert.deepEqual(outcomes.map(({ code }) => code), Array(4).fill("approved"));
  assert.equal(given, 2);
});

test("a second 401 is the outcome", async (t) => {
  const { stand, uploader } = await setUp(t);
  let given = 0;
  const outcome = await uploader({ token: () => `bad-${given++}` }).upload(pdf(), { resource: CASE });
  assert.ok(!outcome.ok && outcome.code === "refused");
  assert.deepEqual([outcome.status, outcome.problem?.code, outcome.retryable], [401, "invalid-token", false]);
  assert.equal(stand.legs().join(" "), "limits limits ask ask");
});

test("a fixed token is not used again after a 401", async (t) => {
  const { stand, uploader } = await setUp(t);
  const outcome = await uploader({ token: "bad" }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "refused");
  assert.equal(stand.legs().join(" "), "limits ask");
});

for (const [name, token] of [
  ["throws", () => { throw new Error("signed out"); }],
  ["rejects", () => Promise.reject(new Error("signed out"))],
  ["returns nothing", () => undefined as unknown as string],
] as const) {
  test(`a token source that ${name} is an outcome, and is called again next time`, async (t) => {
    const { uploader } = await setUp(t);
    let isSignedIn = false;
    let asked = 0;
    const uploads = uploader({ token: () => (++asked && isSignedIn ? "good" : token()) });
    assert.equal((await uploads.upload(pdf(), { resource: CASE })).code, "no-token");
    assert.equal(asked, 2, "once for the limits, once for the URL");
    isSignedIn = true;
    assert.equal((await uploads.upload(pdf(), { resource: CASE })).code, "approved");
  });
}

test("without a token there is no Authorization", async (t) => {
  const { stand, clock } = await setUp(t);
  const { createUploader } = await import("../src/index.ts");
  const outcome = await createUploader({ endpoint: stand.endpoint, environment: clock }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "refused");
  assert.ok(stand.seen.every(({ headers }) => headers.authorization === undefined));
});
