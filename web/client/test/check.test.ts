import assert from "node:assert/strict";
import { test } from "node:test";
import { accept, check } from "../src/check.ts";
import type { Limits, Refused, UploadFile } from "../src/index.ts";
import { CASE, CONTACT, pdf } from "./support/setup.ts";

const LIMITS: Limits = {
  case: { maxFileSizeInBytes: 20, allowedExtensions: ["pdf", "png"] },
  email: { maxFileSizeInBytes: 10, allowedExtensions: ["pdf"] },
  task: { maxFileSizeInBytes: 30, allowedExtensions: ["pdf", "docx"] },
};

/** Each refusal as its code, with the faults of members. */
const brief = (refusals: readonly Refused[]): string =>
  refusals
    .map(({ problem }) => [problem?.code, ...(problem?.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)].join(", "))
    .join("; ");

const CHECKS: readonly (readonly [name: string, file: UploadFile, resource: string, limits: Limits | undefined, faults: string])[] = [
  ["a file that fits", pdf(), CASE, LIMITS, ""],
  ["a file that fits, without limits", pdf("x".repeat(99), "a.exe"), CASE, undefined, ""],
  ["a file where the caller may attach nothing", pdf("x".repeat(99), "a.exe"), CASE, {}, ""],
  ["an empty file", pdf("", "a.pdf"), CASE, LIMITS, "invalid-request, /fileSizeInBytes range"],
  ["a file that is too large", pdf("x".repeat(21)), CASE, LIMITS, "file-too-large"],
  ["a contact's file within the wider limit", pdf("x".repeat(30)), CONTACT, LIMITS, ""],
  ["a contact's file over the wider limit", pdf("x".repeat(31)), CONTACT, LIMITS, "file-too-large"],
  ["a file of another type", pdf("x", "a.EXE"), CASE, LIMITS, "file-type-not-allowed"],
  ["a name without an extension", pdf("x", "README"), CASE, LIMITS, "invalid-request, /fileName no-extension"],
  [
    "a file with every fault",
    pdf("x".repeat(21), "a\u200b.exe"),
    CASE,
    LIMITS,
    "invalid-request, /fileName character; file-too-large; file-type-not-allowed",
  ],
  ["an empty file with a bad name", pdf("", "a?.pdf"), CASE, LIMITS, "invalid-request, /fileName character, /fileSizeInBytes range"],
];
for (const [name, file, resource, limits, faults] of CHECKS) {
  test(`check gives ${name} ${faults || "no refusal"}`, () => {
    const refusals = check(file, { resource, limits });
    assert.equal(brief(refusals), faults);
    for (const { leg, retryable, status, problem } of refusals)
      assert.deepEqual([leg, retryable, status], ["limits", false, problem?.status]);
  });
}

const NAMES: readonly (readonly [refused: string, detail: RegExp, suggestion: string | undefined])[] = [
  ["a\u200bb.pdf", /^must not hold U\+200B ZERO WIDTH SPACE, because it cannot be seen$/, "ab.pdf"],
  ["a\u115fb.pdf", /^must not hold U\+115F, because it cannot be seen$/, "ab.pdf"],
  ["what?.pdf", /^must not hold U\+003F QUESTION MARK, /, "what_.pdf"],
  [" a.pdf", /^must not begin or end with U\+0020 SPACE$/, "a.pdf"],
  ["nul.pdf", /^must not be NUL before the first dot/, "_nul.pdf"],
  ["README", /^must have a stem and an extension/, undefined],
];
for (const [refused, detail, suggestion] of NAMES) {
  test(`check says what is wrong with ${JSON.stringify(refused)}, and offers ${suggestion}`, () => {
    const [fault] = check(pdf("x", refused), { resource: CASE })[0]?.problem?.errors ?? [];
    assert.match(fault?.detail ?? "", detail);
    assert.equal(fault?.suggestion, suggestion);
  });
}

for (const [resource, limits, expected] of [
  [CASE, LIMITS, ".pdf,.png"],
  [CONTACT, LIMITS, ".pdf,.docx"],
  [CASE, {}, ""],
  [CASE, undefined, ""],
] as const) {
  test(`accept is "${expected}" for ${resource.split(":")[2]} with ${Object.keys(limits ?? {}).length} limits`, () => {
    assert.equal(accept({ resource, limits }), expected);
  });
}
