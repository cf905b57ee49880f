import assert from "node:assert/strict";
import { test } from "node:test";
import { CASE, pdf, setUp } from "./support/setup.ts";

test("N files are under way at a time, outcomes keep the order of the files", async (t) => {
  const { stand, uploader } = await setUp(t);
  let underWay = 0;
  let most = 0;
  stand.onRequest = (leg) => {
    if (leg === "ask") most = Math.max(most, ++underWay);
  };
  const files = ["a", "b", "c", "d", "e"].map((name) => pdf(name, `${name}.${name === "c" ? "exe" : "pdf"}`));
  const told: string[] = [];
  const outcomes = await uploader().uploadAll(files, {
    resource: CASE,
    concurrency: 2,
    onOutcome: (outcome, file, index) => {
      underWay -= outcome.ok ? 1 : 0;
      told.push(`${index} ${file.name} ${outcome.code}`);
    },
  });
  assert.equal(most, 2);
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "approved", "refused", "approved", "approved"]);
  assert.deepEqual(told.toSorted(), ["0 a.pdf approved", "1 b.pdf approved", "2 c.exe refused", "3 d.pdf approved", "4 e.pdf approved"]);
  assert.equal(new Set(stand.seen.filter(({ leg }) => leg === "ask").map(({ headers }) => headers["idempotency-key"])).size, 4);
});

test("one file's own signal cancels it alone", async (t) => {
  const { uploader } = await setUp(t);
  const outcomes = await uploader().uploadAll([pdf("a"), pdf("b"), pdf("c")], {
    resource: CASE,
    each: (_file, index) => (index === 1 ? { signal: AbortSignal.abort() } : {}),
  });
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "cancelled", "approved"]);
});

test("options of one file that throw spoil that file alone", async (t) => {
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

test("no files have no outcomes", async (t) => {
  const { uploader } = await setUp(t);
  assert.deepEqual(await uploader().uploadAll([], { resource: CASE }), []);
});
