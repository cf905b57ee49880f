import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { sendWithXhr } from "../src/index.ts";

/** A request whose events are the test's. */
class Request {
  static last: Request;
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  readonly status = 200;
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
  readonly end: Promise<"answered" | "given up">;
}

const put = (t: TestContext): Put => {
  const { XMLHttpRequest, addEventListener, removeEventListener } = globalThis;
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { XMLHttpRequest: Request, addEventListener: () => {}, removeEventListener: () => {} });
  t.after(() => {
    mock.timers.reset();
    Object.assign(globalThis, { XMLHttpRequest, addEventListener, removeEventListener });
  });
  const { signal } = new AbortController();
  const asked = { url: "https://s.example/", headers: {}, body: new Blob(["12"]), signal, stallTimeoutInMs: 30_000, onSent: () => {} };
  const end = sendWithXhr(asked).then(() => "answered" as const, () => "given up" as const);
  return { request: Request.last, end };
};

test("bytes that move are waited for, however slow they are", async (t) => {
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

test("bytes that never move are given up", async (t) => {
  const { end } = put(t);
  mock.timers.tick(30_000);
  assert.equal(await end, "given up");
});

test("an answer that does not come after the last byte is given up", async (t) => {
  const { request, end } = put(t);
  mock.timers.tick(20_000);
  request.upload.onprogress?.({ loaded: 2 });
  mock.timers.tick(29_999);
  assert.ok(!request.isAborted);
  mock.timers.tick(1);
  assert.equal(await end, "given up");
});
