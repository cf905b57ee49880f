import type { Failure, Problem, Refused } from "@upload-broker/client";
import { bytesText, durationText } from "./amounts.ts";

/** What happened and what to do about it, for whoever chose the file. */
export interface Words {
  readonly what: string;
  readonly advice: string;
}

const words = (what: string, advice: string): Words => ({ what, advice });

const LATER = "That is not your fault. Try again in a moment.";
const AGAIN = "Try again.";

export const failureWords = (failure: Failure): Words => {
  switch (failure.code) {
    case "refused":
      return refusalWords(failure);
    case "store-refused":
      return words("The store did not take the file.", AGAIN);
    case "unreachable":
      return failure.online
        ? words(`${UNREACHED[failure.leg]} could not be reached.`, "Check your connection, then try again.")
        : words("You are offline.", "Try again when the network is back.");
    case "file-unreadable":
      return words("The file changed or went away after you chose it.", "Choose it again.");
    case "rejected":
      return words("The scan refused the file.", "It may hold something harmful. Choose another one.");
    case "failed":
      return words("Connect could not take the file in.", "What arrived is not what was announced. Try again.");
    case "deleted":
      return words("Somebody deleted the file.", "Choose it again if it is still wanted.");
    case "url-expired":
      return words("The upload took too long to begin.", AGAIN);
    case "still-processing":
      return words("The scan is not over yet.", "The file is stored. Keep waiting, or look at the case later.");
    case "cancelled":
      return failure.upload === undefined
        ? words("You cancelled this upload.", "Nothing of it is left in the case.")
        : words("You cancelled this upload.", "It may be in the case all the same: look there.");
    case "no-token":
      return words("You could not be signed in.", "Choose who you are again.");
    case "unusable-answer":
    case "invalid-call":
      return words("The upload could not be made sense of.", "Tell whoever runs this page.");
  }
};

const UNREACHED: Record<Failure["leg"], string> = {
  limits: "The upload service",
  ask: "The upload service",
  put: "The store",
  complete: "The upload service",
  watch: "The upload service",
};

const refusalWords = (refused: Refused): Words => {
  const { problem, status } = refused;
  return (problem && problemWords(problem, refused)) ?? statusWords(status, refused);
};

/** By the broker's code; absent where the status says as much. */
const problemWords = (problem: Problem, refused: Refused): Words | undefined => {
  switch (problem.code) {
    case "file-too-large":
      return words("The file is too large.", atMost(problem.maxFileSizeInBytes));
    case "file-type-not-allowed":
      return words("Files of this type are not allowed.", oneOf(problem.allowedExtensions));
    case "attachment-quota-exceeded":
      return words("The case holds as much as it can.", "Choose another case, or delete files that are not needed.");
    case "invalid-request":
      return words("The file cannot be taken as it is.", `${sentence(problem.errors?.[0]?.detail ?? problem.detail)} Rename it or choose another one.`);
    case "upload-incomplete":
      return words("Not everything arrived.", AGAIN);
    default:
      return refused.status >= 400 ? undefined : words(sentence(problem.detail), AGAIN);
  }
};

/** By status alone: the gateway's own answers have no code. */
const statusWords = (status: number, { retryAfterInMs }: Refused): Words => {
  if (status === 401) return words("Your sign-in is not accepted.", "Choose who you are again.");
  if (status === 403) return words("You may not add files here.", "Choose another case, or sign in as somebody who may.");
  if (status === 429) return words("Too many uploads at once.", wait(retryAfterInMs));
  if (status === 503) return words("The service is busy.", wait(retryAfterInMs));
  if (status >= 500) return words("Something is wrong at our end.", LATER);
  return words("The upload was refused.", "Choose another file.");
};

const wait = (ms: number | undefined): string =>
  ms === undefined ? "Try again in a moment." : `Try again in ${durationText(ms / 1000)}.`;

const atMost = (bytes: number | undefined): string =>
  bytes === undefined ? "Choose a smaller one." : `Choose one of at most ${bytesText(bytes)}.`;

const oneOf = (extensions: readonly string[] | undefined): string =>
  extensions ? `Choose one of ${extensions.join(", ")}.` : "Choose one of another type.";

const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};
