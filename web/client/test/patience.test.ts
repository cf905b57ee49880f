import assert from "node:assert/strict";
import { test } from "node:test";
import type { UploaderOptions, Waiting } from "../src/index.ts";
import { CASE, pdf, setUp } from "./support/setup.ts";
import { type Fault, inLine, problem } from "./support/stand.ts";

test("waits have full jitter below a ceiling that doubles", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0.999;
  stand.fail("ask", ...Array(9).fill({ status: 503 }));
  await uploader({ attempts: 9 }).upload(pdf(), { resource: CASE });
  assert.deepEqual(clock.slept.map(Math.ceil), [500, 999, 1998, 3996, 7992, 14985, 14985, 14985]);
});

test("a wait is never shorter than Retry-After, in seconds or as a date", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0;
  clock.pass(Date.UTC(2026, 10, 24));
  const inTenSeconds = new Date(Math.ceil(clock.now() / 1000) * 1000 + 10_000).toUTCString();
  stand.fail("ask", problem(429, "too-many-requests", true, { "Retry-After": "7" }), {
    status: 503,
    headers: { "Retry-After": inTenSeconds },
  });
  await uploader().upload(pdf(), { resource: CASE });
  const [first = 0, second = 0] = clock.slept;
  assert.equal(first, 7_000);
  assert.ok(second >= 3_000 && second <= 10_000, `${second}`);
});

test("a place in line is waited for exactly, told, and no failed attempt", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0.5;
  stand.fail("ask", ...Array(8).fill(inLine(7.25, 14)), inLine(0.5, 0), { status: 503 });
  stand.fail("complete", inLine(1.5, 2));
  const waits: Waiting[] = [];
  const outcome = await uploader({ attempts: 2 }).upload(pdf(), { resource: CASE, onWaiting: (wait) => waits.push(wait) });
  assert.equal(outcome.code, "approved");
  const told = (leg: Waiting["leg"], waitInMs: number, position: number) => ({ leg, waitInMs, position });
  assert.deepEqual(waits, [
    ...Array(8).fill(told("ask", 7_250, 14)),
    told("ask", 500, 0),
    told("complete", 1_500, 2),
  ]);
  assert.deepEqual(clock.slept.slice(0, 9), [...Array(8).fill(7_300), 550]);
});

test("a caller with a single attempt waits in line all the same", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0;
  stand.fail("ask", inLine(2, 3));
  assert.equal((await uploader({ attempts: 1 }).upload(pdf(), { resource: CASE })).code, "approved");
  assert.equal(clock.slept[0], 2_000);
});

test("limits and polls take no place in line, and a poll's wait is the exact one", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0;
  stand.fail("limits", inLine(9, 17));
  stand.fail("watch", inLine(2.25, 3));
  const waits: Waiting[] = [];
  const outcome = await uploader().upload(pdf(), { resource: CASE, onWaiting: (wait) => waits.push(wait) });
  assert.equal(outcome.code, "approved");
  assert.deepEqual([waits, clock.slept[0]], [[], 2_250]);
});

test("a caller that waits in line can be stopped", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  const stop = new AbortController();
  stand.fail("ask", ...Array(9).fill(inLine(30, 60)));
  const { signal } = stop;
  const outcome = await uploader().upload(pdf(), { resource: CASE, signal, onWaiting: () => stop.abort() });
  assert.equal(outcome.code, "cancelled");
  assert.equal(stand.legs().join(" "), "limits ask");
  assert.deepEqual(clock.slept, []);
});

test("a 429 that names no place counts as a failed attempt", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("ask", ...Array(9).fill(problem(429, "too-many-requests", true, { "Retry-After": "1" })));
  const outcome = await uploader({ attempts: 3 }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "refused");
  assert.equal(stand.legs().join(" "), "limits ask ask ask");
});

test("each retry is told before its wait, with the reason", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.fail("ask", { status: 503 }, problem(429, "too-many-requests", true, { "Retry-After": "7" }));
  stand.fail("put", "reset-before");
  const told: unknown[] = [];
  const outcome = await uploader().upload(pdf(), {
    resource: CASE,
    onRetry: ({ leg, attempt, waitInMs, failure }) =>
      told.push([leg, attempt, waitInMs, failure.code === "refused" ? failure.status : failure.code, clock.slept.length]),
  });
  assert.equal(outcome.code, "approved");
  assert.deepEqual(told, [
    ["ask", 2, 250, 503, 0],
    ["ask", 3, 7_500, 429, 1],
    ["put", 2, 250, "unreachable", 2],
  ]);
});

test("every attempt of one upload has one key", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("ask", "reset-after", { status: 503 });
  await uploader().upload(pdf(), { resource: CASE });
  const keys = stand.seen.filter(({ leg }) => leg === "ask").map(({ headers }) => headers["idempotency-key"]);
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.equal(stand.files.length, 1);
});

test("a PUT that loses the network is sent again when it is back", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.fail("put", "reset-before");
  stand.onRequest = (leg) => {
    if (leg !== "put") return;
    assert.ok(clock.isOnlineNow, "nothing is sent while offline");
    clock.isOnlineNow = clock.slept.length > 0;
  };
  clock.onSleep = () => {
    if (clock.slept.length === 20) clock.isOnlineNow = true;
  };
  assert.equal((await uploader().upload(pdf(), { resource: CASE })).code, "approved");
  assert.ok(clock.slept.length > 20, `${clock.slept}`);
  assert.equal(stand.legs().join(" "), "limits ask put put complete watch watch");
});

test("an outcome says that the device was offline for too long", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.fail("put", ...Array(2).fill("reset-before"));
  stand.onRequest = (leg) => {
    clock.isOnlineNow &&= leg !== "put";
  };
  const outcome = await uploader({ attempts: 2, offlineBudgetInMs: 10_000 }).upload(pdf(), { resource: CASE });
  assert.ok(!outcome.ok && outcome.code === "unreachable");
  assert.deepEqual([outcome.leg, outcome.online], ["put", false]);
});

test("an unreachable outcome names what to set if it is CORS", async (t) => {
  const { stand, uploader } = await setUp(t);
  const details: Record<string, string> = {};
  for (const leg of ["ask", "put"] as const) {
    stand.fail(leg, "reset-before");
    const outcome = await uploader({ attempts: 1 }).upload(pdf(), { resource: CASE });
    if (!outcome.ok) details[leg] = outcome.detail;
  }
  assert.match(details["ask"] ?? "", /allowed_origins in broker\.toml.*Idempotency-Key/);
  assert.match(details["put"] ?? "", /bucket's CORS to AllowedMethods PUT.*x-amz-meta-account_id/);
});

test("a broker that does not answer in time is unreachable", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("ask", "hang");
  const outcome = await uploader({ attempts: 1, requestTimeoutInMs: 50 }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "unreachable");
});

test("bytes are sent again if the store takes them and never answers, also without progress", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.fail("put", "hang");
  const outcome = await uploader({ stallTimeoutInMs: 50 }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "approved");
  assert.equal(stand.legs().join(" "), "limits ask put put complete watch watch");
});

test("without progress to see, more bytes may take more time", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.slowMs = 200;
  const outcome = await uploader({ stallTimeoutInMs: 1 }).upload(pdf("x".repeat(100_000)), { resource: CASE });
  assert.equal(outcome.code, "approved");
  assert.ok((stand.tookMs ?? 0) > 200, `${stand.tookMs}`);
  assert.equal(stand.legs().join(" "), "limits ask put complete watch watch");
});

test("an infinite time limit is allowed", async (t) => {
  const { stand, uploader } = await setUp(t);
  assert.equal((await uploader({ stallTimeoutInMs: Infinity }).upload(pdf(), { resource: CASE })).code, "approved");
  assert.equal(stand.legs().join(" "), "limits ask put complete watch watch");
});

test("polls slow down, obey Retry-After and stop with the budget, and watch continues", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0;
  stand.statuses = ["PROCESSING"];
  const uploads = uploader();
  const outcome = await uploads.upload(pdf(), { resource: CASE });
  assert.ok(!outcome.ok && outcome.code === "still-processing");
  assert.deepEqual(clock.slept.slice(0, 5), [2_000, 2_000, 2_250, 3_375, 5_000]);
  const waited = clock.slept.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waited > 60_000 && waited <= 75_000, `${waited}`);
  stand.statuses = ["APPROVED"];
  assert.deepEqual(await uploads.watch(outcome.upload), { ok: true, code: "approved", upload: outcome.upload });
});

const STORED: readonly (readonly [name: string, faults: readonly Fault[], options: Partial<UploaderOptions>])[] = [
  ["throttled", Array<Fault>(99).fill(problem(429, "too-many-requests", true)), {}],
  ["unreachable", Array<Fault>(99).fill("reset-before"), {}],
  ["unreachable at the one poll that there is time for", ["reset-before"], { watchBudgetInMs: 0 }],
];
for (const [name, faults, options] of STORED) {
  test(`a stored file whose watch is ${name} is still processing and not retryable`, async (t) => {
    const { stand, uploader } = await setUp(t);
    stand.fail("watch", ...faults);
    const uploads = uploader(options);
    const outcome = await uploads.upload(pdf(), { resource: CASE });
    assert.ok(!outcome.ok && outcome.code === "still-processing", outcome.code);
    assert.deepEqual([outcome.leg, outcome.retryable, outcome.upload], ["watch", false, `${stand.endpoint}/uploads/f1`]);
    assert.notEqual(outcome.detail, "still-processing", "says what stood in the way");
    stand.heal();
    stand.statuses = ["APPROVED"];
    assert.equal((await uploads.watch(outcome.upload)).code, "approved");
    assert.equal(stand.files.length, 1);
  });
}

test("a stored file is still processing if there is no token any more", async (t) => {
  const { stand, uploader } = await setUp(t);
  let isSignedIn = true;
  stand.onRequest = (leg) => {
    if (leg === "watch") stand.validTokens.clear();
    isSignedIn &&= leg !== "watch";
  };
  const token = (): string => (isSignedIn ? "good" : "");
  const outcome = await uploader({ token }).upload(pdf(), { resource: CASE });
  assert.ok(!outcome.ok && outcome.code === "still-processing", outcome.code);
  assert.deepEqual([outcome.retryable, outcome.upload], [false, `${stand.endpoint}/uploads/f1`]);
});

test("without a budget there is one poll, whatever Retry-After says", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  stand.fail("watch", ...Array<Fault>(9).fill(problem(429, "too-many-requests", true, { "Retry-After": "50" })));
  const outcome = await uploader({ watchBudgetInMs: 0 }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "still-processing");
  assert.deepEqual(clock.slept, []);
  assert.equal(stand.legs().join(" "), "limits ask put complete watch");
});

test("a refused poll is repeated no sooner than Retry-After says", async (t) => {
  const { stand, clock, uploader } = await setUp(t);
  clock.luck = 0;
  const told = ["3", "70"].map((seconds) => problem(429, "too-many-requests", true, { "Retry-After": seconds }));
  stand.fail("watch", ...told);
  const outcome = await uploader({ watchBudgetInMs: 90_000 }).upload(pdf(), { resource: CASE });
  assert.equal(outcome.code, "approved");
  assert.deepEqual(clock.slept, [3_000, 70_000, 2_250]);
});

test("a watch that is stopped deletes nothing", async (t) => {
  const { stand, uploader } = await setUp(t);
  stand.statuses = ["PROCESSING"];
  const uploads = uploader({ watchBudgetInMs: 0 });
  const outcome = await uploads.upload(pdf(), { resource: CASE });
  assert.ok(!outcome.ok && outcome.code === "still-processing");
  const stopped = await uploads.watch(outcome.upload, { signal: AbortSignal.abort() });
  assert.ok(!stopped.ok && stopped.code === "cancelled");
  assert.deepEqual([stopped.retryable, stopped.upload], [false, outcome.upload]);
  assert.ok(!stand.legs().includes("delete"));
});
