import assert from "node:assert/strict";
import { test } from "node:test";
import type { UploadAllOptions, UploadFile } from "../src/index.ts";
import { CASE, pdf, setUp } from "./support/setup.ts";

test("a number of files are uploaded at a time, and outcomes keep their order", async (t) => {
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

test("one file's own signal cancels only that file", async (t) => {
  const { uploader } = await setUp(t);
  const outcomes = await uploader().uploadAll([pdf("a"), pdf("b"), pdf("c")], {
    resource: CASE,
    each: (_file, index) => (index === 1 ? { signal: AbortSignal.abort() } : {}),
  });
  assert.deepEqual(outcomes.map(({ code }) => code), ["approved", "cancelled", "approved"]);
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
    const { stand, uploader } = await setUp(t);
    let underWay = 0;
    let most = 0;
    stand.onRequest = (leg) => {
      if (leg === "ask") most = Math.max(most, ++underWay);
    };
    const outcomes = await uploader().uploadAll(["a", "b", "c", "d", "e"].map((content) => pdf(content)), {
      resource: CASE,
      concurrency: concurrency as number,
      onOutcome: () => {
        underWay -= 1;
      },
    });
    assert.deepEqual(outcomes.map(({ code }) => code), Array(5).fill("approved"));
    assert.equal(most, atATime);
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
