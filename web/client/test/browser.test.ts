import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { Outcome } from "../src/index.ts";
import { useBrowser } from "./support/chromium.ts";
import { openPage } from "./support/page.ts";
import { CASE } from "./support/setup.ts";
import { type Leg, Stand } from "./support/stand.ts";
import { startStranger } from "./support/stranger.ts";

const SIZE = 20 * 1024 * 1024;

interface Run {
  readonly outcome: Outcome;
  readonly sent: number[];
  readonly hasXhr: boolean;
}

const browser = useBrowser();

interface Opened {
  readonly stand: Stand;
  readonly page: Page;
  readonly job: object;
  /** Resolves when the first bytes were reported. */
  readonly onTheWay: Promise<void>;
}

const open = async (t: TestContext): Promise<Opened> => {
  const stand = await Stand.start();
  t.after(() => stand.stop());
  stand.statuses = ["APPROVED"];
  stand.maxCaseFileBytes = SIZE;
  const { promise: onTheWay, resolve } = Promise.withResolvers<void>();
  const page = await openPage(t, browser(), resolve);
  stand.cors.broker = stand.cors.store = new URL(page.url()).origin;
  return { stand, page, onTheWay, job: { endpoint: stand.endpoint, resource: CASE, size: SIZE } };
};

const inPage = (page: Page, job: object): Promise<Run> => page.evaluate((job) => (globalThis as any).run(job), job);

const puts = (stand: Stand): number => stand.legs().filter((leg) => leg === "put").length;

test("a page reports bytes on the way, and all of them only at the end", async (t) => {
  const { stand, page, job, onTheWay } = await open(t);
  stand.onArrival = (leg) => (leg === "put" ? onTheWay : undefined);
  const { outcome, sent } = await inPage(page, job);
  assert.equal(outcome.code, "approved");
  assert.deepEqual(stand.files[0]?.bytes, Buffer.alloc(SIZE, 37));
  assert.deepEqual([sent[0], sent.at(-1), sent.filter((bytes) => bytes === SIZE).length], [0, SIZE, 1]);
  assert.ok(sent.length > 2, `${sent}`);
});

const WORKERS: readonly (readonly [kind: string, hasXhr: boolean, run: (job: object) => Promise<Run>])[] = [
  ["dedicated worker", true, (job) => new Promise((resolve) => {
    const worker = new Worker("/agent.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(job);
  })],
  ["shared worker", true, (job) => new Promise((resolve) => {
    const { port } = new SharedWorker("/agent.js", { type: "module" });
    port.onmessage = ({ data }) => resolve(data);
    port.postMessage(job);
  })],
  ["service worker", false, async (job) => {
    await navigator.serviceWorker.register("/agent.js", { type: "module" });
    const { active } = await navigator.serviceWorker.ready;
    return new Promise((resolve) => {
      navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
      active?.postMessage(job);
    });
  }],
];
for (const [kind, hasXhr, run] of WORKERS) {
  test(`a ${kind} uploads, ${hasXhr ? "with" : "without"} progress on the way`, async (t) => {
    const { stand, page, job, onTheWay } = await open(t);
    stand.onArrival = (leg) => (hasXhr && leg === "put" ? onTheWay : undefined);
    const ended = await page.evaluate(run, job);
    assert.deepEqual([ended.outcome.code, ended.hasXhr], ["approved", hasXhr]);
    assert.equal(stand.files[0]?.bytes?.length, SIZE);
    assert.equal(ended.sent.length > 2, hasXhr, `${ended.sent}`);
  });
}

test("a PUT that is cancelled ends, and the upload is deleted", async (t) => {
  const { stand, page, job } = await open(t);
  stand.onArrival = (leg) => (leg === "put" ? new Promise(() => {}) : undefined);
  const { outcome } = await inPage(page, { ...job, isToCancel: true });
  assert.deepEqual([outcome.code, !outcome.ok && outcome.leg], ["cancelled", "put"]);
  assert.deepEqual(stand.files.map(({ status, bytes }) => [status, bytes]), [["DELETED", undefined]]);
});

for (const lost of ["limits", "ask", "put", "complete", "watch"] as const) {
  test(`an upload that loses the network during ${lost} goes on when it is back`, async (t) => {
    const { stand, page, job } = await open(t);
    stand.fail(lost, "hang");
    stand.onRequest = async (leg) => {
      if (leg !== lost || stand.legs().filter((known) => known === lost).length > 1) return;
      await page.context().setOffline(true);
      await page.waitForFunction(() => !navigator.onLine);
      await page.context().setOffline(false);
    };
    const { outcome } = await inPage(page, { ...job, options: { requestTimeoutInMs: 2_000 } });
    assert.equal(outcome.code, "approved");
    assert.equal(stand.files.length, 1);
    assert.equal(puts(stand), lost === "put" ? 2 : 1);
  });
}

test("an upload whose token cannot be fetched while offline goes on when the network is back", async (t) => {
  const { stand, page, job } = await open(t);
  await page.context().setOffline(true);
  const ended = inPage(page, { ...job, fetchesToken: true });
  await page.evaluate(() => (globalThis as any).tokenFailed);
  await page.context().setOffline(false);
  assert.equal((await ended).outcome.code, "approved");
  assert.equal(stand.files.length, 1);
});

const RELOADS: readonly (readonly [leg: Leg, ends: readonly string[]])[] = [
  ["limits", []],
  ["ask", []],
  ["put", ["upload-incomplete"]],
  ["complete", ["approved"]],
  ["watch", ["approved"]],
];
for (const [at, ends] of RELOADS) {
  test(`an upload whose page is reloaded during ${at} is resumed`, async (t) => {
    const { stand, page, job } = await open(t);
    const arrived = Promise.withResolvers<void>();
    const reloaded = Promise.withResolvers<void>();
    stand[at === "put" ? "onArrival" : "onRequest"] = (leg) => {
      if (leg !== at) return;
      arrived.resolve();
      return reloaded.promise;
    };
    const lost = assert.rejects(inPage(page, job));
    await arrived.promise;
    await page.reload();
    await lost;
    reloaded.resolve();
    await page.waitForFunction("globalThis.run");
    const outcomes: Outcome[] = await page.evaluate((job) => (globalThis as any).resumeKept(job), job);
    assert.deepEqual(outcomes.map((outcome) => (outcome.code === "refused" ? outcome.problem?.code : outcome.code)), ends);
    assert.ok(!stand.legs().includes("delete"));
  });
}

test("a page that is closed after its last byte completes the upload", async (t) => {
  const { stand, page, job } = await open(t);
  const completed = Promise.withResolvers<void>();
  stand.onRequest = (leg) => {
    if (leg === "complete") completed.resolve();
  };
  await assert.rejects(inPage(page, { ...job, leaves: true }));
  await completed.promise;
  assert.deepEqual(stand.legs(), ["limits", "ask", "put", "complete"]);
});

test("a page that cancels as it is left deletes the upload", async (t) => {
  const { stand, page, job } = await open(t);
  const sending = Promise.withResolvers<void>();
  const deleted = Promise.withResolvers<void>();
  stand.onArrival = (leg) => {
    if (leg !== "put") return;
    sending.resolve();
    return new Promise(() => {});
  };
  stand.onRequest = (leg) => {
    if (leg === "delete") deleted.resolve();
  };
  const lost = assert.rejects(inPage(page, { ...job, cancelsAsItLeaves: true }));
  await sending.promise;
  await page.goto("about:blank");
  await Promise.all([lost, deleted.promise]);
});

for (const [name, isTaken, size] of [
  ["whose bytes no longer move", false, SIZE],
  ["whose bytes are all sent and that has no answer", true, 1_000],
] as const) {
  test(`a PUT ${name} is aborted and sent again`, async (t) => {
    const { stand, page, job } = await open(t);
    if (isTaken) stand.fail("put", "hang");
    else stand.onArrival = (leg) => (leg === "put" && puts(stand) === 1 ? new Promise(() => {}) : undefined);
    const { outcome } = await inPage(page, { ...job, size, options: { stallTimeoutInMs: 2_000 } });
    assert.equal(outcome.code, "approved");
    assert.equal(puts(stand), 2);
    assert.equal(stand.files.length, 1);
  });
}

test("a PUT through a proxy that takes bytes fast and forwards them slowly is sent once", async (t) => {
  const { stand, page, job } = await open(t);
  await stand.useSlowProxy(t, 1_500);
  const size = 1024 * 1024;
  const { outcome } = await inPage(page, { ...job, size, options: { stallTimeoutInMs: 500 } });
  assert.equal(outcome.code, "approved");
  assert.equal(puts(stand), 1);
  assert.equal(stand.files[0]?.bytes?.length, size);
});

/** Loads the one file as a page without a bundler does. */
const loadOneFile = async (page: Page): Promise<void> => {
  const content = 'import { createUploader } from "/client.min.js"; globalThis.createUploader = createUploader;';
  await page.addScriptTag({ type: "module", content });
  await page.waitForFunction("globalThis.createUploader");
};

test("a page without a bundler uploads with the one file", async (t) => {
  const { stand, page } = await open(t);
  await loadOneFile(page);
  const { code } = await page.evaluate(
    ([endpoint, resource]) =>
      (globalThis as any).createUploader({ endpoint, token: "good" }).upload(new File(["one"], "one.pdf"), { resource }),
    [stand.endpoint, CASE] as const,
  );
  assert.equal(code, "approved");
});

test("a token that expires in the middle of a queue is replaced once", async (t) => {
  const { stand, page } = await open(t);
  stand.validTokens.add("token-1");
  stand.onArrival = (leg) => {
    if (leg !== "ask" || stand.files.length < 4) return;
    stand.validTokens.delete("token-1");
    stand.validTokens.add("token-2");
  };
  await loadOneFile(page);
  const { codes, given } = await page.evaluate(
    async ([endpoint, resource]) => {
      let given = 0;
      const uploader = (globalThis as any).createUploader({ endpoint, token: async () => `token-${(given += 1)}` });
      const files = Array.from({ length: 8 }, (_, at) => new File([`${at}`], `${at}.pdf`));
      const outcomes: Outcome[] = await uploader.uploadAll(files, { resource });
      return { codes: outcomes.map(({ code }) => code), given };
    },
    [stand.endpoint, CASE] as const,
  );
  assert.deepEqual([codes, given], [Array(8).fill("approved"), 2]);
  assert.equal(stand.files.length, 8);
});

test("a page asks once for each URL whether it may call it", async (t) => {
  const { stand, page, job } = await open(t);
  stand.statuses = ["PROCESSING", "APPROVED"];
  const small = { ...job, size: 1_000 };
  assert.equal((await inPage(page, small)).outcome.code, "approved");
  assert.equal((await inPage(page, small)).outcome.code, "approved");
  const ofBroker = stand.preflights.filter((url) => url.startsWith("/prod/"));
  assert.deepEqual(ofBroker.toSorted(), [
    "/prod/limits",
    "/prod/uploads",
    ...["f1", "f1/complete", "f2", "f2/complete"].map((path) => `/prod/uploads/${path}`),
  ]);
});

for (const [side, leg, advice] of [
  ["broker", "ask", /allowed_origins in broker\.toml/],
  ["store", "put", /bucket's CORS/],
] as const) {
  test(`wrong CORS of the ${side} is reported with the step and the setting`, async (t) => {
    const { stand, page, job } = await open(t);
    stand.cors[side] = "https://other.example";
    const { outcome } = await inPage(page, { ...job, options: { attempts: 1 } });
    assert.ok(!outcome.ok && outcome.code === "unreachable");
    assert.deepEqual([outcome.leg, outcome.online], [leg, true]);
    assert.match(outcome.detail, advice);
    assert.ok(outcome.detail.includes(new URL(page.url()).origin));
  });
}

test("a PUT that is redirected does not count as sent, and is not sent again", async (t) => {
  const { stand, page, job } = await open(t);
  const stranger = await startStranger(t);
  stand.fail("put", { status: 307, headers: { Location: `${stranger.origin}/bucket/f1` } });
  const { outcome, sent } = await inPage(page, job);
  assert.ok(!outcome.ok && outcome.code === "store-refused");
  assert.deepEqual([outcome.status, outcome.storeCode, outcome.retryable, outcome.upload], [0, undefined, false, undefined]);
  assert.match(outcome.detail, /redirected/);
  assert.ok(sent.every((bytes) => bytes < SIZE), `${sent.at(-1)}`);
  assert.deepEqual(stand.legs(), ["limits", "ask", "put", "delete"]);
  assert.deepEqual(stranger.seen.map(({ method, headers }) => [method, headers.authorization]), [["PUT", undefined]]);
});

test("a page does not follow a redirect of the broker", async (t) => {
  const { stand, page, job } = await open(t);
  const stranger = await startStranger(t);
  stand.fail("complete", { status: 307, headers: { Location: `${stranger.origin}/prod/uploads/f1` } });
  const { outcome } = await inPage(page, { ...job, options: { attempts: 1 } });
  assert.ok(!outcome.ok && outcome.code === "unreachable");
  assert.match(outcome.detail, /redirects/);
  assert.equal(stranger.seen.length, 0);
});

test("a Location that CORS hides is reported", async (t) => {
  const { stand, page, job } = await open(t);
  stand.exposed = "Retry-After";
  const { outcome } = await inPage(page, job);
  assert.ok(!outcome.ok && outcome.code === "unusable-answer");
  assert.match(outcome.detail, /expose it in the API.s CORS/);
});
