// The recipes' broker part sends the token to uploads of the API only. No stack is needed: `fetch` is the test's.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ask, complete, remove, verdict, type Session } from "../recipes/shared/broker.ts";

const API = "https://api.example.com/prod";
const SESSION: Session = { api: API, token: "secret", resource: "arn" };
const FILE = { name: "a.pdf", size: 1 };

const ELSEWHERE = [
  "https://evil.example/prod/uploads/f1",
  "//evil.example/prod/uploads/f1",
  "\\\\evil.example\\prod\\uploads\\f1",
  "https://api.example.com@evil.example/prod/uploads/f1",
  "https://user@api.example.com/prod/uploads/f1",
  "https://api.example.com.evil.example/prod/uploads/f1",
  "https://api.example.com:8443/prod/uploads/f1",
  "http://api.example.com/prod/uploads/f1",
  "/prod/uploads-evil/f1",
  "/uploads/f1",
  "/prod/uploads/../../other/f1",
  "/prod/uploads/%2e%2e/%2e%2e/other/f1",
  "/prod/uploads/..%2f..%2fother",
  "/prod/uploads/..\\..\\other",
  "/prod/uploads/f1/complete",
  "/prod/uploads/f1?x=1",
  "/prod/uploads/f1#x",
  "/prod/uploads/",
  "/prod/uploads",
  "javascript:alert(1)",
  "",
];

/** Records the requests, and answers each with a ticket and a final status. */
function recordRequests(t: TestContext, location?: string): { url: string; init: RequestInit }[] {
  const requests: { url: string; init: RequestInit }[] = [];
  t.mock.method(globalThis, "fetch", async (url: string, init: RequestInit) => {
    requests.push({ url, init });
    const headers = location === undefined ? {} : { Location: location };
    return Response.json({ url: "https://s.example/", headers: {}, status: "APPROVED" }, { status: 201, headers });
  });
  return requests;
}

test("a Location that leads elsewhere ends the recipe", async (t) => {
  for (const location of [...ELSEWHERE, undefined]) {
    const requests = recordRequests(t, location);
    await assert.rejects(ask(SESSION, FILE, "k"), /leads away from the API/, location);
    assert.deepEqual(requests.map(({ url }) => url), [`${API}/uploads`]);
  }
});

test("a location from outside that leads elsewhere gets no request", async (t) => {
  const requests = recordRequests(t);
  for (const location of ELSEWHERE) {
    const upload = { url: "https://s.example/", headers: {}, location };
    for (const call of [complete, verdict, remove])
      await assert.rejects(call(SESSION, upload), /leads away from the API/, `${call.name} ${location}`);
  }
  assert.deepEqual(requests, []);
});

test("an upload of the API is completed, read and deleted, and no call follows a redirect", async (t) => {
  for (const location of ["/prod/uploads/AZaz09-_", `${API}/uploads/AZaz09-_`]) {
    const requests = recordRequests(t, location);
    const upload = await ask(SESSION, FILE, "k");
    await complete(SESSION, upload);
    assert.equal(await verdict(SESSION, upload), "APPROVED");
    await remove(SESSION, upload);
    const one = `${API}/uploads/AZaz09-_`;
    assert.deepEqual(requests.map(({ url }) => url), [`${API}/uploads`, `${one}/complete`, one, one]);
    assert.deepEqual(requests.map(({ init }) => init.redirect), Array(4).fill("error"));
  }
});
