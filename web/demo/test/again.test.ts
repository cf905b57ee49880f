import assert from "node:assert/strict";
import test from "node:test";
import type { Outcome, Problem, Refused } from "@upload-broker/client";
import { storedUpload } from "../src/again.ts";
import { canTryAgain, failureWords, suggestedName } from "../src/words.ts";

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

const refused = (status: number, code: string, errors?: Problem["errors"]): Refused => ({
  ...failure,
  code: "refused",
  leg: "ask",
  status,
  problem: { code, status, detail: "", retryable: false, ...(errors && { errors }) },
  retryAfterInMs: undefined,
});
const member = (pointer: string, detail: string, suggestion?: string): Refused =>
  refused(422, "invalid-request", [{ pointer, code: "character", detail, ...(suggestion !== undefined && { suggestion }) }]);

for (const [outcome, what, advice, isOffered] of [
  [member("/fileSizeInBytes", "must be an integer of at least 1"), "The file is empty.", "Choose a file with something in it.", false],
  [
    member("/fileName", "must not hold U+200B ZERO WIDTH SPACE, because it cannot be seen", "a.pdf"),
    "The file name has a character that cannot be seen: U+200B ZERO WIDTH SPACE.",
    "It can be uploaded as “a.pdf”.",
    true,
  ],
  [
    member("/fileName", "must not hold U+002F SOLIDUS, because file systems or headers give it a meaning", "a_b.pdf"),
    "The file name must not hold U+002F SOLIDUS, because file systems or headers give it a meaning.",
    "It can be uploaded as “a_b.pdf”.",
    true,
  ],
  [member("/fileName", "must have an extension"), "The file name must have an extension.", "Rename the file, then choose it again.", false],
  [member("/tags", "must be an object"), "The file was not accepted.", "Tell the people who run this page.", false],
  [refused(502, "upstream-failed"), "The upload service has a problem.", "You did nothing wrong. Try again in a moment.", true],
] as const) {
  test(`words: ${what} ${advice}`, () => {
    assert.deepEqual(failureWords(outcome), { what, advice });
    assert.equal(canTryAgain(outcome), isOffered);
  });
}

test("a name is offered only where the name was refused", () => {
  assert.equal(suggestedName(member("/fileName", "", "a.pdf")), "a.pdf");
  assert.equal(suggestedName(member("/fileName", "")), undefined);
  assert.equal(suggestedName(refused(403, "forbidden")), undefined);
  assert.equal(suggestedName({ ok: true, code: "approved", upload }), undefined);
  assert.equal(suggestedName(undefined), undefined);
});
