import assert from "node:assert/strict";
import test from "node:test";
import { canTryAgain, storedUpload, suggestedName } from "../src/list/again.ts";
import { de } from "../src/messages/de.ts";
import { en } from "../src/messages/en.ts";
import { failureWords } from "../src/messages/words.ts";
import type { Failure, Outcome, Problem, Refused } from "../src/index.ts";

const upload = "http://a/uploads/h4ndle";
const failure = { ok: false, retryable: false, detail: "" } as const;
const words = (outcome: Failure): readonly string[] => failureWords(outcome, en, "en");

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
  assert.match(words({ ...failure, code: "cancelled", leg: "watch" })[1] ?? "", /not attached/);
  assert.match(words({ ...failure, code: "cancelled", leg: "watch", upload })[1] ?? "", /may be attached/);
});

const refused = (status: number, code: string, more?: Partial<Problem>, retryAfterInMs?: number): Refused => ({
  ...failure,
  code: "refused",
  leg: "ask",
  status,
  problem: { code, status, detail: "", retryable: false, ...more },
  retryAfterInMs,
});
const member = (pointer: string, code: string, detail: string, suggestion?: string): Refused =>
  refused(422, "invalid-request", { errors: [{ pointer, code, detail, ...(suggestion !== undefined && { suggestion }) }] });

for (const [outcome, what, advice, isOffered] of [
  [member("/fileSizeInBytes", "range", "must be an integer of at least 1"), "The file is empty.", "Choose a file with something in it.", false],
  [
    member("/fileName", "character", "must not hold U+200B ZERO WIDTH SPACE, because it cannot be seen", "a.pdf"),
    "The file name has a character that cannot be seen: U+200B ZERO WIDTH SPACE.",
    "It can be uploaded as “a.pdf”.",
    true,
  ],
  [
    member("/fileName", "character", "must not hold U+002F SOLIDUS, because file systems or headers give it a meaning", "a_b.pdf"),
    "The file name has a character that is not allowed: U+002F SOLIDUS.",
    "It can be uploaded as “a_b.pdf”.",
    true,
  ],
  [member("/fileName", "character", "must not hold more than 8 combining characters in a row"), "The file name is not allowed.", "Rename the file, then choose it again.", false],
  [member("/fileName", "no-extension", "must have an extension"), "The file name has no extension, such as “.pdf”.", "Rename the file, then choose it again.", false],
  [member("/fileName", "new-code", "is new"), "The file name is not allowed.", "Rename the file, then choose it again.", false],
  [member("/tags", "type", "must be an object"), "The file was not accepted.", "Tell the people who run this page.", false],
  [refused(502, "upstream-failed"), "The upload service has a problem.", "You did nothing wrong. Try again in a moment.", true],
  [refused(413, "file-too-large", { maxFileSizeInBytes: 20_971_520 }), "The file is too large.", "Choose a file of at most 20 MB.", false],
  [refused(422, "file-type-not-allowed", { allowedExtensions: ["pdf", "png"] }), "Files of this type are not allowed.", "Choose a file of one of these types: pdf, png.", false],
  [refused(429, "too-many-requests", {}, 3_000), "Too many uploads at once.", "Try again in 3 sec.", false],
  [refused(503, "upstream-unavailable"), "The service is busy.", "Try again in a moment.", true],
  [refused(418, "teapot"), "The upload was refused.", "Choose another file.", false],
] as const) {
  test(`words: ${what} ${advice}`, () => {
    assert.deepEqual(words(outcome), [what, advice]);
    assert.equal(canTryAgain(outcome), isOffered);
  });
}

test("a step that cannot be reached is named", () => {
  const lost = { ...failure, code: "unreachable", online: true } as const;
  assert.equal(words({ ...lost, leg: "put" })[0], "The store could not be reached.");
  assert.equal(words({ ...lost, leg: "complete" })[0], "The upload service could not be reached.");
  assert.equal(words({ ...lost, leg: "complete", online: false })[0], "You are offline.");
});

test("a name is offered only where the name was refused", () => {
  assert.equal(suggestedName(member("/fileName", "character", "", "a.pdf")), "a.pdf");
  assert.equal(suggestedName(member("/fileName", "character", "")), undefined);
  assert.equal(suggestedName(refused(403, "forbidden")), undefined);
  assert.equal(suggestedName({ ok: true, code: "approved", upload }), undefined);
  assert.equal(suggestedName(undefined), undefined);
});

test("every language has the same texts with the same words in braces", () => {
  const braces = (messages: unknown): unknown =>
    typeof messages === "string"
      ? [...messages.matchAll(/\{\w+\}/g)].map(String).toSorted()
      : Object.fromEntries(Object.entries(messages as object).map(([name, text]) => [name, braces(text)]));
  assert.deepEqual(braces(de), braces(en));
});

test("a sign-in that was not accepted can be tried again, as its words say", () => {
  const refused = (status: number): Refused => ({ ...failure, code: "refused", leg: "ask", status, problem: undefined, retryAfterInMs: undefined });
  assert.deepEqual([401, 403, 422, 503].map((status) => canTryAgain(refused(status))), [true, false, false, true]);
});
