import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { sendWithFetch, sendWithXhr } from "../src/index.ts";

/** A request whose events are the test's. */
class Request {
  static last: Request;
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  readonly status = 200;
  responseURL = "https://s.example/";
  readonly responseText = "";
  isAborted = false;
  onload?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  constructor() {
    Request.last = this;
  }
  open(): void {}
  setRequestHeader(): void {}
  send(): void {}
  abort(): void {
    this.isAborted = true;
    this.onabort?.();
    this.onloadend?.();
  }
  answer(): void {
    this.onload?.();
    this.onloadend?.();
  }
}

interface Put {
  readonly request: Request;
  readonly end: Promise<"answered" | "redirected" | "given up">;
}

const put = (t: TestContext, url = "https://s.example/", body = new Blob(["12"])): Put => {
  const { XMLHttpRequest, addEventListener, removeEventListener } = globalThis;
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { XMLHttpRequest: Request, addEventListener: () => {}, removeEventListener: () => {} });
  t.after(() => {
    mock.timers.reset();
    Object.assign(globalThis, { XMLHttpRequest, addEventListener, removeEventListener });
  });
  const { signal } = new AbortController();
  const asked = { url, headers: {}, body, signal, stallTimeoutInMs: 30_000, onSent: () => {} };
  const end = sendWithXhr(asked).then(({ status }) => (status ? "answered" : "redirected"), () => "given up" as const);
  return { request: Request.last, end };
};

test("a slow PUT is not aborted while bytes move", async (t) => {
  const { request, end } = put(t);
  for (const loaded of [1, 2]) {
    mock.timers.tick(29_999);
    request.upload.onprogress?.({ loaded });
  }
  mock.timers.tick(29_999);
  request.answer();
  assert.equal(await end, "answered");
  mock.timers.tick(60_000);
  assert.ok(!request.isAborted, "nothing is left to strike later");
});

test("a PUT whose bytes never move is aborted", async (t) => {
  const { end } = put(t);
  mock.timers.tick(30_000);
  assert.equal(await end, "given up");
});

for (const [size, longestMs] of [
  [64, 30_002],
  [12 * 1024 * 1024, 423_216],
] as const) {
  test(`after the last of ${size} bytes, a PUT waits for its answer as long as a proxy may forward them`, async (t) => {
    const { request, end } = put(t, undefined, new Blob([new Uint8Array(size)]));
    mock.timers.tick(20_000);
    request.upload.onprogress?.({ loaded: size });
    mock.timers.tick(longestMs - 1);
    assert.ok(!request.isAborted);
    mock.timers.tick(1);
    assert.equal(await end, "given up");
  });
}

test("without progress to see, the time is for the bytes to the proxy and from there", async (t) => {
  const limits: number[] = [];
  const { signal } = new AbortController();
  t.mock.method(AbortSignal, "timeout", (ms: number) => (limits.push(ms), signal));
  t.mock.method(globalThis, "fetch", async () => new Response());
  const body = new Blob([new Uint8Array(3_200_000)]);
  await sendWithFetch({ url: "https://s.example/", headers: {}, body, signal, stallTimeoutInMs: 30_000, onSent: () => {} });
  assert.deepEqual(limits, [230_000]);
});

for (const [name, url, answeredBy, ends] of [
  ["by the URL that was asked", "https://s.example/k?X-Amz-Signature=1", "https://s.example/k?X-Amz-Signature=1", "answered"],
  ["by the same URL, written otherwise", "https://S.example:443/a/../k", "https://s.example/k", "answered"],
  ["by another origin", "https://s.example/k", "https://evil.example/k", "redirected"],
  ["by another path", "https://s.example/k", "https://s.example/l", "redirected"],
  ["with another query", "https://s.example/k?X-Amz-Signature=1", "https://s.example/k", "redirected"],
  ["by nobody known", "https://s.example/k", "", "redirected"],
] as const) {
  test(`an answer ${name} is ${ends}`, async (t) => {
    const { request, end } = put(t, url);
    request.responseURL = answeredBy;
    request.answer();
    assert.equal(await end, ends);
  });
}
