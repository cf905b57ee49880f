import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, UploaderOptions } from "../src/index.ts";
import { resume, type ResumeOptions } from "../src/resume.ts";
import { CASE, pdf, type Setup, setUp } from "./support/setup.ts";
import { inLine } from "./support/stand.ts";

interface Kept extends Setup {
  readonly uploads: string[];
  resume(uploads: Iterable<string>, asked?: ResumeOptions): Promise<Outcome[]>;
}

/** Uploads that a page began and did not end: the store has the bytes of as many as `stored` says. */
const begun = async (t: Parameters<typeof setUp>[0], count: number, stored: number): Promise<Kept> => {
  const setup = await setUp(t);
  const { stand, clock, uploader } = setup;
  const uploads: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const stop = new AbortController();
    stand.onRequest = (leg) => {
      if (leg === "complete") stop.abort();
    };
    if (at < stored) stand.fail("complete", { status: 503 });
    else stand.fail("put", { status: 403 });
    stand.fail("delete", { status: 403 });
    const { upload = "" } = await uploader().upload(pdf(`${at}`), { resource: CASE, signal: stop.signal });
    uploads.push(upload);
  }
  stand.onRequest = () => {};
  stand.seen.length = 0;
  const options: UploaderOptions = { endpoint: stand.endpoint, token: "good", environment: clock };
  return { ...setup, uploads, resume: (uploads, asked) => resume(options, uploads, asked) };
};

test("stored uploads are completed and watched, and outcomes keep their order", async (t) => {
  const { stand, uploads, resume } = await begun(t, 3, 2);
  const told: string[] = [];
  const outcomes = await resume(uploads, { onOutcome: ({ code }, upload, index) => told.push(`${index} ${upload.slice(-2)} ${code}`) });
  assert.deepEqual(outcomes.map(({ code, upload }) => [code, upload]), [
    ["approved", uploads[0]],
    ["approved", uploads[1]],
    ["refused", uploads[2]],
  ]);
  assert.equal(outcomes[2]?.code === "refused" && outcomes[2].problem?.code, "upload-incomplete");
  assert.deepEqual(told.toSorted(), ["0 f1 approved", "1 f2 approved", "2 f3 refused"]);
  assert.ok(!stand.legs().some((leg) => leg === "delete" || leg === "ask" || leg === "put"));
});

test("an upload that was completed before is watched", async (t) => {
  const { uploads, resume } = await begun(t, 1, 1);
  assert.equal((await resume(uploads))[0]?.code, "approved");
  assert.equal((await resume(uploads))[0]?.code, "approved");
});

test("a resumed upload tells of its place in line", async (t) => {
  const { stand, uploads, resume } = await begun(t, 1, 1);
  stand.fail("complete", inLine(2.5, 7));
  const waits: unknown[] = [];
  const [outcome] = await resume(uploads, { onWaiting: (waiting, upload, index) => waits.push([waiting, upload, index]) });
  assert.equal(outcome?.code, "approved");
  assert.deepEqual(waits, [[{ leg: "complete", waitInMs: 2_500, position: 7 }, uploads[0], 0]]);
});

test("resumed uploads that are stopped keep their URLs, and nothing is deleted", async (t) => {
  const { stand, uploads, resume } = await begun(t, 2, 2);
  const stop = new AbortController();
  stand.onRequest = (leg) => {
    if (leg === "watch") stop.abort();
  };
  const outcomes = await resume(uploads, { signal: stop.signal });
  assert.deepEqual(outcomes.map(({ code, upload }) => [code, upload]), uploads.map((upload) => ["cancelled", upload]));
  assert.ok(!stand.legs().includes("delete"));
});

for (const [name, options, uploads] of [
  ["no options", undefined, []],
  ["an endpoint that is not a URL", { endpoint: "nowhere" }, ["/uploads/f1"]],
  ["uploads that are no list", { endpoint: "http://127.0.0.1:9" }, 5],
  ["a list that is null", { endpoint: "http://127.0.0.1:9" }, null],
] as const) {
  test(`${name} are an outcome of resume`, async () => {
    const outcomes = await resume(options as UploaderOptions, uploads as Iterable<string>);
    assert.deepEqual(outcomes.map((outcome) => [outcome.code, outcome.ok || outcome.leg]), [["invalid-call", "complete"]]);
  });
}
