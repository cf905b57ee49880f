import assert from "node:assert/strict";
import test from "node:test";
import type { Outcome } from "@upload-broker/client";
import { storedUpload } from "../src/again.ts";
import { failureWords } from "../src/words.ts";

const upload = "http://a/uploads/h4ndle";
const failure = { ok: false, retryable: false, detail: "" } as const;

test("a stored upload is watched, any other is uploaded again", () => {
  const outcomes: [Outcome, string | undefined][] = [
    [{ ...failure, code: "still-processing", leg: "watch", upload }, upload],
    [{ ...failure, code: "cancelled", leg: "watch", upload }, upload],
    [{ ...failure, code: "cancelled", leg: "watch" }, undefined],
    [{ ...failure, code: "cancelled", leg: "put", upload }, undefined],
    [{ ...failure, code: "url-expired", leg: "watch", upload }, undefined],
    [{ ok: true, code: "approved", upload }, undefined],
  ];
  for (const [outcome, stored] of outcomes) assert.equal(storedUpload(outcome), stored, JSON.stringify(outcome));
  assert.equal(storedUpload(undefined), undefined);
});

test("a cancelled upload is called gone only if it was deleted", () => {
  assert.match(failureWords({ ...failure, code: "cancelled", leg: "watch" }).advice, /not attached/);
  assert.match(failureWords({ ...failure, code: "cancelled", leg: "watch", upload }).advice, /may be attached/);
});
