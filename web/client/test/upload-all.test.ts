import assert from "node:assert/strict";
import { test } from "node:test";
import type { Total, UploadAllOptions, UploadFile } from "../src/index.ts";
import { CASE, pdf, type Setup, setUp } from "./support/setup.ts";

const named = (names: string): UploadFile[] => [...names].map((name) => pdf(name, `${name}.pdf`));

/** The most files that were between their URL and their completion at the same time. */
const mostUnderWay = ({ stand }: Setup): (() => number) => {
  let underWay = 0;
  let most = 0;
  stand.onRequest = (leg) => {
    if (leg === "ask") most = Math.max(most, ++underWay);
    if (leg === "complete") underWay -= 1;
  };
  return () => most;
};

test("a number of files are uploaded at a time, and outcomes keep their order", async (t) => {
  const setup = await setUp(t);
  const { stand, uploader } = setup;
  const most = mostUnderWay(setup);
  const files = ["a", "b", "c", "d", "e"].map((name) => pdf(name, `${name}.${name === "c" ? "exe" : "pdf"}`));
  const told: string[] = [];
  const outcomes = await uploader().uploadAll(files, {
    resource: CASE,
    concurrency: 2,
    onOutcome: (outcome, file, index) => told.push(`${index} ${file.name} ${outcome.code}`),
  });
  assert.equal(most(), 2);
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "approved", "refused", "approved", "approved"]);
  assert.deepEqual(told.toSorted(), ["0 a.pdf approved", "1 b.pdf approved", "2 c.exe refused", "3 d.pdf approved", "4 e.pdf approved"]);
  assert.equal(new Set(stand.seen.filter(({ leg }) => leg === "ask").map(({ headers }) => headers["idempotency-key"])).size, 4);
});

test("a file gives its place to the next once it is completed, and a few scans are watched at a time", async (t) => {
  const { stand, uploader } = await setUp(t);
  const files = named("abcdefghi");
  const allStored = Promise.withResolvers<void>();
  const allWatched = Promise.withResolvers<void>();
  let watched = 0;
  let most = 0;
  stand.statuses = ["APPROVED"];
  stand.onRequest = async (leg) => {
    if (leg === "complete" && stand.files.length === files.length) allStored.resolve();
    if (leg !== "watch") return;
    most = Math.max(most, ++watched);
    if (watched === 6) allWatched.resolve();
    await Promise.all([allStored.promise, allWatched.promise]);
    watched -= 1;
  };
  const outcomes = await uploader({ requestTimeoutInMs: 5_000 }).uploadAll(files, { resource: CASE, concurrency: 2 });
  assert.deepEqual(outcomes.map(({ code }) => code), Array(9).fill("approved"));
  assert.equal(most, 6);
});

test("files that wait for their turn are cancelled at once, and those behind them are uploaded", async (t) => {
  const { stand, uploader } = await setUp(t);
  const stop = new AbortController();
  const cancelled = Promise.withResolvers<void>();
  stand.onRequest = (leg) => {
    if (leg !== "put" || stop.signal.aborted) return;
    stop.abort();
    return cancelled.promise;
  };
  let left = 2;
  const outcomes = await uploader().uploadAll(named("abcd"), {
    resource: CASE,
    concurrency: 1,
    each: (_file, index) => (index === 1 || index === 2 ? { signal: stop.signal } : {}),
    onOutcome: ({ code }) => {
      if (code === "cancelled" && (left -= 1) === 0) cancelled.resolve();
    },
  });
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "cancelled", "cancelled", "approved"]);
  assert.equal(stand.files.length, 2);
});

test("one file's own signal cancels only that file", async (t) => {
  const { uploader } = await setUp(t);
  const outcomes = await uploader().uploadAll([pdf("a"), pdf("b"), pdf("c")], {
    resource: CASE,
    each: (_file, index) => (index === 1 ? { signal: AbortSignal.abort() } : {}),
  });
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "cancelled", "approved"]);
});

test("one signal cancels all files, on their way and waiting, beside their own signals", async (t) => {
  const { stand, uploader } = await setUp(t);
  const all = new AbortController();
  stand.onRequest = (leg) => {
    if (leg === "put") all.abort();
  };
  const outcomes = await uploader().uploadAll(named("abcdef"), {
    resource: CASE,
    concurrency: 2,
    signal: all.signal,
    each: () => ({ signal: new AbortController().signal }),
  });
  assert.deepEqual(outcomes.map(({ code }) => code), Array(6).fill("cancelled"));
  assert.ok(stand.files.length <= 2 && stand.files.every(({ status }) => status === "DELETED"));
});

test("the total counts all files, without those that failed", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("put", { status: 403 });
  const totals: Total[] = [];
  const outcomes = await uploader().uploadAll([pdf("12"), pdf("345"), pdf("x", "a.exe"), null as unknown as UploadFile], {
    resource: CASE,
    concurrency: 1,
    onTotal: (total) => totals.push(total),
  });
  assert.deepEqual(outcomes.map(({ code }) => code), ["store-refused", "approved", "refused", "invalid-call"]);
  assert.deepEqual(totals, [
    { sentBytes: 0, totalBytes: 3 + 1, files: 4, endedFiles: 1 },
    { sentBytes: 3, totalBytes: 3 + 1, files: 4, endedFiles: 1 },
    { sentBytes: 3, totalBytes: 3, files: 4, endedFiles: 2 },
    { sentBytes: 3, totalBytes: 3, files: 4, endedFiles: 3 },
    { sentBytes: 3, totalBytes: 3, files: 4, endedFiles: 4 },
  ]);
});

test("a retry is told with its file", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("put", { status: 503 });
  const told: string[] = [];
  const [a] = named("a");
  await uploader().uploadAll([a as UploadFile], {
    resource: CASE,
    onRetry: ({ leg, failure }, file, index) => told.push(`${index} ${file.name} ${leg} ${failure.code}`),
  });
  assert.deepEqual(told, ["0 a.pdf put store-refused"]);
});

test("an error in the options of one file fails only that file", async (t) => {
  const { uploader } = await setUp(t);
  const outcomes = await uploader().uploadAll([pdf("a"), pdf("b")], {
    resource: CASE,
    each: (_file, index) => {
      if (index === 0) throw new Error("mine");
      return {};
    },
  });
  assert.deepEqual(outcomes.map(({ code }) => code), ["invalid-call", "approved"]);
});

for (const [concurrency, atATime] of [[Infinity, 5], [NaN, 3], [0, 1], [-1, 1], [2.5, 2], ["no number", 3], [undefined, 3]] as const) {
  test(`a concurrency of ${concurrency} uploads ${atATime} of five files at a time`, async (t) => {
    const setup = await setUp(t);
    const most = mostUnderWay(setup);
    const outcomes = await setup.uploader().uploadAll(named("abcde"), { resource: CASE, concurrency: concurrency as number });
    assert.deepEqual(outcomes.map(({ code }) => code), Array(5).fill("approved"));
    assert.equal(most(), atATime);
  });
}

const broken = function* (): Generator<UploadFile> {
  yield pdf("a");
  throw new Error("mine");
};
for (const [name, files, options] of [
  ["files that are null", null, { resource: CASE }],
  ["files that are no list", 5, { resource: CASE }],
  ["a list that breaks", broken(), { resource: CASE }],
  ["no options", [pdf()], undefined],
] as const) {
  test(`${name} are an outcome`, async (t) => {
    const { stand, uploader } = await setUp(t);
    const outcomes = await uploader().uploadAll(files as Iterable<UploadFile>, options as UploadAllOptions);
    assert.deepEqual(outcomes.map(({ code }) => code), ["invalid-call"]);
    assert.equal(stand.files.length, 0);
  });
}

test("one bad file does not fail the others", async (t) => {
  const { uploader } = await setUp(t);
  const files = [null as unknown as UploadFile, pdf()];
  const outcomes = await uploader().uploadAll(files, { resource: CASE });
  assert.deepEqual(outcomes.map(({ code }) => code), ["invalid-call", "approved"]);
});

test("no files give no outcomes", async (t) => {
  const { uploader } = await setUp(t);
  assert.deepEqual(await uploader().uploadAll([], { resource: CASE }), []);
});
