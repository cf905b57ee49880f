/** The token goes to uploads of the endpoint only, and the bytes to the store only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, UploaderOptions } from "../src/index.ts";
import { resume } from "../src/resume.ts";
import { CASE, pdf, type Setup, setUp } from "./support/setup.ts";
import type { Leg } from "./support/stand.ts";
import { startStranger } from "./support/stranger.ts";

/** References that are not an upload below `ENDPOINT/uploads/`, however much they look like one. */
const ELSEWHERE: readonly (readonly [name: string, reference: (endpoint: string, stranger: string) => string])[] = [
  ["another origin", (_, stranger) => `${stranger}/prod/uploads/f1`],
  ["another scheme", (endpoint) => `${endpoint.replace("http:", "https:")}/uploads/f1`],
  ["another host by //", (_, stranger) => `${stranger.replace("http:", "")}/prod/uploads/f1`],
  ["another host by backslashes", (_, stranger) => `${stranger.replace("http://", "\\\\")}\\prod\\uploads\\f1`],
  ["another host behind a tab", (_, stranger) => `\t${stranger}/prod/uploads/f1`],
  ["another host behind the endpoint as a user name", (endpoint, stranger) => `${endpoint.replace("/prod", "")}@${stranger.slice(7)}/prod/uploads/f1`],
  ["a user name", (endpoint) => `${endpoint.replace("//", "//user@")}/uploads/f1`],
  ["a user name and a password", (endpoint) => `${endpoint.replace("//", "//user:word@")}/uploads/f1`],
  ["another port", (endpoint) => `${endpoint.replace(/:\d+/, ":9")}/uploads/f1`],
  ["no port", (endpoint) => `${endpoint.replace(/:\d+/, "")}/uploads/f1`],
  ["a longer host", (endpoint) => `${endpoint.replace(/:\d+/, ".evil.example")}/uploads/f1`],
  ["a longer segment", (endpoint) => `${endpoint}/uploads-evil/f1`],
  ["a longer base path", (endpoint) => `${endpoint}-evil/uploads/f1`],
  ["a base path in another case", (endpoint) => `${endpoint.replace("/prod", "/PROD")}/uploads/f1`],
  ["no base path", (endpoint) => `${endpoint.replace("/prod", "")}/uploads/f1`],
  ["dots that leave", (endpoint) => `${endpoint}/uploads/../../other/f1`],
  ["dots at the end", (endpoint) => `${endpoint}/uploads/f1/..`],
  ["encoded dots that leave", (endpoint) => `${endpoint}/uploads/%2e%2E/.%2e/other/f1`],
  ["dots that are encoded twice", (endpoint) => `${endpoint}/uploads/%252e%252e`],
  ["dots behind an encoded slash", (endpoint) => `${endpoint}/uploads/..%2f..%2fother`],
  ["dots behind an encoded backslash", (endpoint) => `${endpoint}/uploads/..%5c..%5cother`],
  ["dots behind backslashes", (endpoint) => `${endpoint}/uploads/..\\..\\other`],
  ["an encoded NUL", (endpoint) => `${endpoint}/uploads/f1%00`],
  ["a letter that is not ASCII", (endpoint) => `${endpoint}/uploads/f１`],
  ["a path parameter", (endpoint) => `${endpoint}/uploads/f1;x=1`],
  ["an empty segment", (endpoint) => `${endpoint}/uploads//f1`],
  ["a segment more", (endpoint) => `${endpoint}/uploads/f1/complete`],
  ["a slash more", (endpoint) => `${endpoint}/uploads/f1/`],
  ["a query", (endpoint) => `${endpoint}/uploads/f1?x=1`],
  ["a fragment", (endpoint) => `${endpoint}/uploads/f1#x`],
  ["no handle", (endpoint) => `${endpoint}/uploads/`],
  ["the collection", (endpoint) => `${endpoint}/uploads`],
  ["another route", (endpoint) => `${endpoint}/limits`],
  ["a handle alone", () => "f1"],
  ["a script", () => "javascript:alert(1)"],
  ["data", () => "data:application/json,{}"],
  ["what is not a URL", () => "http://"],
  ["nothing", () => ""],
];

test("watch sends the token to uploads of the endpoint only", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stranger = await startStranger(t);
  for (const [name, reference] of ELSEWHERE) {
    const outcome = await uploader().watch(reference(stand.endpoint, stranger.origin));
    assert.ok(!outcome.ok, name);
    assert.deepEqual([outcome.code, outcome.leg, outcome.retryable, outcome.upload], ["invalid-call", "watch", false, undefined], name);
    assert.deepEqual([stand.legs(), stranger.seen.length], [[], 0], name);
  }
});

test("resume sends the token to uploads of the endpoint only", async (t) => {
  const { stand, clock } = await setUp(t);
  const stranger = await startStranger(t);
  const references = ELSEWHERE.map(([, reference]) => reference(stand.endpoint, stranger.origin));
  const outcomes = await resume({ endpoint: stand.endpoint, token: "good", environment: clock }, references);
  for (const [at, outcome] of outcomes.entries()) assert.equal(outcome.code, "invalid-call", ELSEWHERE[at]?.[0]);
  assert.deepEqual([outcomes.length, stand.legs(), stranger.seen.length], [ELSEWHERE.length, [], 0]);
});

test("watch accepts an upload of the endpoint in every spelling", async (t) => {
  const { stand, uploader } = await setUp(t);
  const { upload = "" } = await uploader().upload(pdf(), { resource: CASE });
  const { pathname } = new URL(upload);
  for (const reference of [upload, pathname, ` ${upload}`, upload.replace("http:", "HTTP:"), upload.replace("/uploads/", "/x/../uploads/")])
    assert.deepEqual(await uploader().watch(reference), { ok: true, code: "approved", upload }, reference);
  assert.equal((await uploader({ endpoint: `${stand.endpoint}//` }).watch(upload)).code, "approved");
});

test("a handle may have every character that the broker uses", async (t) => {
  const { stand, uploader } = await setUp(t);
  const asked: string[] = [];
  const upload = `${stand.endpoint}/uploads/AZaz09-_`;
  const answers = async (url: string): Promise<Response> => {
    asked.push(url);
    return Response.json({ status: "APPROVED" });
  };
  assert.equal((await uploader({ fetch: answers }).watch(upload)).code, "approved");
  assert.deepEqual(asked, [upload]);
});

/** Uploads with a broker whose ticket is changed before the client gets it. */
const withTicket = (setup: Setup, change: { location?: string; url?: unknown }, more: Partial<UploaderOptions> = {}): Promise<Outcome> => {
  const changed = async (url: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    if (answer.status !== 201) return answer;
    const ticket = { ...((await answer.json()) as object), ...("url" in change && { url: change.url }) };
    const headers = { Location: change.location ?? answer.headers.get("Location") ?? "" };
    return Response.json(ticket, { status: 201, headers });
  };
  return setup.uploader({ fetch: changed, ...more }).upload(pdf(), { resource: CASE });
};

test("a Location that leads elsewhere gets neither the token nor the bytes", async (t) => {
  const setup = await setUp(t);
  const { stand } = setup;
  const stranger = await startStranger(t);
  const references = ELSEWHERE.map(([name, reference]) => [name, reference(stand.endpoint, stranger.origin)] as const);
  for (const [name, location] of references.filter(([, reference]) => /^[\x20-\x7e]*$/.test(reference))) {
    const outcome = await withTicket(setup, { location });
    assert.ok(!outcome.ok, name);
    assert.deepEqual([outcome.code, outcome.leg, outcome.upload], ["unusable-answer", "ask", undefined], name);
    assert.match(outcome.detail, location ? /not an upload below the endpoint: .*BASE_PATH/ : /no Location: expose it in the API.s CORS/, name);
    assert.equal(stranger.seen.length, 0, name);
  }
  assert.deepEqual(new Set(stand.legs()), new Set(["limits", "ask"]));
});

const STORES: readonly (readonly [url: unknown, isSent: boolean])[] = [
  ["https://bucket.s3.eu-west-1.amazonaws.com/k", true],
  ["http://127.0.0.1:4530/k", true],
  ["http://127.9.9.9/k", true],
  ["http://[::1]:4530/k", true],
  ["http://bucket.s3.eu-west-1.amazonaws.com/k", false],
  ["http://localhost/k", false],
  ["http://127.0.0.1.evil.example/k", false],
  ["http://127.0.0.1@evil.example/k", false],
  ["http://evil127.0.0.1/k", false],
  ["http://[::2]/k", false],
  ["ftp://127.0.0.1/k", false],
  ["data:,k", false],
  ["/k", false],
  ["", false],
  [7, false],
  [undefined, false],
];

test("the bytes go to https or to loopback only", async (t) => {
  const setup = await setUp(t);
  for (const [url, isSent] of STORES) {
    const sent: string[] = [];
    const send = async (request: { url: string }): Promise<{ status: number; text: string }> => {
      sent.push(request.url);
      return { status: 403, text: "" };
    };
    const outcome = await withTicket(setup, { url }, { send });
    assert.deepEqual(sent, isSent ? [url] : [], String(url));
    assert.equal(outcome.code, isSent ? "store-refused" : "unusable-answer", String(url));
    const { id } = setup.stand.files.at(-1) ?? {};
    assert.equal(outcome.upload, isSent ? undefined : `${setup.stand.endpoint}/uploads/${id}`, "it may still exist");
  }
});

const REDIRECTS: readonly (readonly [leg: Leg, ends: string, legs: string])[] = [
  ["limits", "approved", "limits ask put complete watch watch"],
  ["ask", "unreachable", "limits ask"],
  ["put", "unreachable", "limits ask put"],
  ["complete", "unreachable", "limits ask put complete"],
  ["watch", "still-processing", "limits ask put complete watch"],
];

test("no redirect is followed, by the broker or by the store", async (t) => {
  for (const [leg, ends, legs] of REDIRECTS) {
    for (const status of [301, 302, 303, 307, 308]) {
      const { stand, uploader } = await setUp(t);
      const stranger = await startStranger(t);
      stand.fail(leg, { status, headers: { Location: `${stranger.origin}/prod/uploads/f1` } });
      const outcome = await uploader({ attempts: 1, watchBudgetInMs: 0 }).upload(pdf(), { resource: CASE });
      const seen = stand.legs().join(" ");
      assert.equal(stranger.seen.length, 0, `${leg} ${status}`);
      assert.equal(outcome.code, leg === "limits" ? "still-processing" : ends, `${leg} ${status}`);
      assert.ok(legs.startsWith(seen), `${leg} ${status}: ${seen}`);
      if (!outcome.ok && ends === "unreachable") assert.match(outcome.detail, /redirects/);
    }
  }
});

test("a redirect within the endpoint is not followed either", async (t) => {
  const { stand, uploader } = await setUp(t);
  const { upload = "" } = await uploader().upload(pdf(), { resource: CASE });
  stand.fail("watch", { status: 307, headers: { Location: "/prod/uploads/f2" } });
  const before = stand.seen.length;
  const outcome = await uploader({ watchBudgetInMs: 0 }).watch(upload);
  assert.deepEqual([outcome.code, stand.seen.length - before], ["still-processing", 1]);
});

test("the outcome names an upload whose deletion was redirected", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stranger = await startStranger(t);
  stand.fail("put", { status: 403 });
  const away = { status: 307, headers: { Location: `${stranger.origin}/prod/uploads/f1` } };
  stand.fail("delete", away, away, away);
  const outcome = await uploader().upload(pdf(), { resource: CASE });
  assert.deepEqual([outcome.code, outcome.upload, stranger.seen.length], ["store-refused", `${stand.endpoint}/uploads/f1`, 0]);
});
