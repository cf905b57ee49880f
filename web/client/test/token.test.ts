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

const signedOut = new Error("signed out");
for (const [name, token, detail, cause] of [
  ["throws", () => { throw signedOut; }, "token() failed: signed out", signedOut],
  ["rejects", () => Promise.reject(signedOut), "token() failed: signed out", signedOut],
  ["rejects with a text", () => Promise.reject("signed out"), "token() failed: signed out", "signed out"],
  ["rejects with what has no text", () => Promise.reject(Object.create(null)), "token() failed: undefined", {}],
  ["returns nothing", () => undefined as unknown as string, "token() returned nothing", undefined],
] as const) {
  const calls = cause === undefined ? 1 : 3;
  test(`a token source that ${name} is called ${calls} times with three attempts, then an outcome, and called again next time`, async (t) => {
    const { clock, uploader } = await setUp(t);
    let isSignedIn = false;
    let asked = 0;
    const uploads = uploader({ attempts: 3, token: () => (++asked && isSignedIn ? "good" : token()) });
    const outcome = await uploads.upload(pdf(), { resource: CASE });
    assert.ok(!outcome.ok && outcome.code === "no-token", outcome.code);
    assert.partialDeepStrictEqual({ ...outcome }, { leg: "ask", retryable: true, detail });
    assert.deepEqual(JSON.stringify(outcome.cause), JSON.stringify(cause));
    assert.equal(asked, 1 + calls, "also once for the limits");
    assert.equal(clock.slept.length, calls - 1);
    isSignedIn = true;
    assert.equal((await uploads.upload(pdf(), { resource: CASE })).code, "approved");
  });
}

test("files that are offline while a token is asked for go on when the network is back", async (t) => {
  const { clock, uploader } = await setUp(t);
  clock.isOnlineNow = false;
  clock.onSleep = () => {
    if (clock.slept.length === 200) clock.isOnlineNow = true;
  };
  const token = async (): Promise<string> => {
    if (!clock.isOnlineNow) throw new TypeError("Failed to fetch");
    return "good";
  };
  const outcomes = await uploader({ token }).uploadAll(["a", "b", "c", "d"].map((content) => pdf(content)), { resource: CASE });
  assert.deepEqual(outcomes.map(({ code }) => code), Array(4).fill("approved"));
});

test("without a token there is no Authorization", async (t) => {
  const { stand, clock } = await setUp(t);
  const { createUploader } = await import("../src/index.ts");
  const outcome = await createUploader({ endpoint: stand.endpoint, environment: clock }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "refused");
  assert.ok(stand.seen.every(({ headers }) => headers.authorization === undefined));
});
