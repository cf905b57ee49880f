import { suggestedName } from "../list/again.ts";
import type { Failure, Problem, Refused } from "../outcome.ts";
import { bytesText, durationText, fill } from "./amounts.ts";
import type { FailureKey, Messages, WhatAndAdvice } from "./messages.ts";

/** What happened and what to do about it, for the person who chose the file. */
export const failureWords = (failure: Failure, messages: Messages, lang: string): WhatAndAdvice => {
  switch (failure.code) {
    case "refused":
      return refusalWords(failure, messages, lang);
    case "unreachable": {
      const [what, advice] = messages.failure[failure.online ? "unreachable" : "offline"];
      return [fill(what, { side: failure.leg === "put" ? messages.store : messages.service }), advice];
    }
    case "cancelled":
      return messages.failure[failure.upload === undefined ? "cancelled" : "cancelled-late"];
    case "unusable-answer":
    case "invalid-call":
      return messages.failure.misconfigured;
    default:
      return messages.failure[failure.code];
  }
};

const refusalWords = (refused: Refused, messages: Messages, lang: string): WhatAndAdvice => {
  const { problem, status, retryAfterInMs } = refused;
  const known = problem && problemWords(problem, refused, messages, lang);
  if (known) return known;
  // The gateway's own answers have no code, so the status decides.
  const key = ([401, 403, 429, 503] as const).find((one) => one === status) ?? (status >= 500 ? 500 : "refused");
  const [what, advice] = messages.failure[`${key}`];
  const wait = retryAfterInMs === undefined ? messages.later : fill(messages.wait, { time: durationText(retryAfterInMs / 1000, lang) });
  return [what, fill(advice, { wait })];
};

/** Words for the broker's code; undefined if the status says as much. */
const problemWords = (problem: Problem, refused: Refused, messages: Messages, lang: string): WhatAndAdvice | undefined => {
  const { failure, atMost, oneOf } = messages;
  const { maxFileSizeInBytes: most, allowedExtensions: types } = problem;
  const advised = (key: FailureKey, advice: string | undefined): WhatAndAdvice => [failure[key][0], advice ?? failure[key][1]];
  switch (problem.code) {
    case "file-too-large":
      return advised("file-too-large", most === undefined ? most : fill(atMost, { size: bytesText(most, lang) }));
    case "file-type-not-allowed":
      return advised("file-type-not-allowed", types && fill(oneOf, { types: types.join(", ") }));
    case "attachment-quota-exceeded":
      return failure["attachment-quota-exceeded"];
    case "upload-incomplete":
      return failure["upload-incomplete"];
    case "invalid-request":
      return memberWords(refused, messages);
    default:
      return undefined;
  }
};

/** Words for what is wrong with the file itself. */
const memberWords = (refused: Refused, messages: Messages): WhatAndAdvice => {
  const { failure } = messages;
  const [fault] = refused.problem?.errors ?? [];
  if (fault?.pointer === "/fileSizeInBytes") return failure.empty;
  if (fault?.pointer !== "/fileName") return failure["not-accepted"];
  const [char, code] = /U\+([0-9A-F]{4,6})[A-Z0-9 -]*/.exec(fault.detail) ?? [];
  const suggestion = suggestedName(refused);
  return [
    fill(failure[faultKey(fault.code, code)][0], { char: char ?? "" }),
    suggestion === undefined ? messages.rename : fill(messages.suggestion, { name: suggestion }),
  ];
};

/** The message for a fault of the name, which may be about the character with this code point. */
const faultKey = (fault: string, code: string | undefined): FailureKey => {
  if (fault !== "character") return NAME_FAULTS.find((known) => known === fault) ?? "name";
  if (code === undefined) return "name";
  return /[\p{C}\p{Default_Ignorable_Code_Point}\u2800\u2028\u2029]/u.test(String.fromCodePoint(parseInt(code, 16))) ? "unseen" : fault;
};

const NAME_FAULTS = ["length", "outer-space-or-dot", "no-extension", "device", "look-alike"] as const;
