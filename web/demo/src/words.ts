import type { Failure, Outcome, Problem, Refused } from "@upload-broker/client";
import { bytesText, durationText } from "./amounts.ts";

/** What happened and what to do about it, for the person who chose the file. */
export interface Words {
  readonly what: string;
  readonly advice: string;
}

const words = (what: string, advice: string): Words => ({ what, advice });

const LATER = "You did nothing wrong. Try again in a moment.";
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
      return words("The file was changed, moved or deleted after you chose it.", "Choose it again.");
    case "rejected":
      return words("The virus scan rejected the file.", "It may be harmful. Choose another file.");
    case "failed":
      return words("Amazon Connect did not accept the file.", "Its size or type is not the one that was announced. Try again.");
    case "deleted":
      return words("Somebody deleted the file.", "Choose it again if you still need it.");
    case "url-expired":
      return words("The upload took too long to start.", AGAIN);
    case "still-processing":
      return words("The virus scan has not finished yet.", "The file is stored. Keep waiting, or look at the case or contact later.");
    case "cancelled":
      return failure.upload === undefined
        ? words("You cancelled this upload.", "The file is not attached.")
        : words("You cancelled this upload.", "The file may be attached anyway. Look at the case or contact.");
    case "no-token":
      return words("You could not be signed in.", "Choose your user again.");
    case "unusable-answer":
    case "invalid-call":
      return words("This page or the upload service is not set up correctly.", "Tell the people who run this page.");
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

/** Words for the broker's code; undefined if the status says as much. */
const problemWords = (problem: Problem, refused: Refused): Words | undefined => {
  switch (problem.code) {
    case "file-too-large":
      return words("The file is too large.", atMost(problem.maxFileSizeInBytes));
    case "file-type-not-allowed":
      return words("Files of this type are not allowed.", oneOf(problem.allowedExtensions));
    case "attachment-quota-exceeded":
      return words("This case or contact is full.", "Choose another one, or delete files that are no longer needed.");
    case "invalid-request":
      return memberWords(problem.errors?.[0]) ?? words("The file was not accepted.", "Tell the people who run this page.");
    case "upload-incomplete":
      return words("The file did not arrive completely.", AGAIN);
    default:
      return refused.status >= 400 ? undefined : words(sentence(problem.detail), AGAIN);
  }
};

type MemberFault = NonNullable<Problem["errors"]>[number];

/** Words for what is wrong with the file itself. */
const memberWords = (fault: MemberFault | undefined): Words | undefined => {
  if (fault?.pointer === "/fileSizeInBytes") return words("The file is empty.", "Choose a file with something in it.");
  if (fault?.pointer !== "/fileName") return undefined;
  const { detail, suggestion } = fault;
  const unseen = unseenIn(detail);
  const what = unseen ? `The file name has a character that cannot be seen: ${unseen}.` : sentence(`The file name ${detail}`);
  return words(what, suggestion === undefined ? "Rename the file, then choose it again." : `It can be uploaded as “${suggestion}”.`);
};

/** The label of the character that a text names, if it is one that cannot be seen. */
const unseenIn = (detail: string): string | undefined => {
  const [label, code] = /U\+([0-9A-F]{4,6})[A-Z0-9 -]*/.exec(detail) ?? [];
  const isUnseen = code && /[\p{C}\p{Default_Ignorable_Code_Point}\u2800\u2028\u2029]/u.test(String.fromCodePoint(parseInt(code, 16)));
  return isUnseen ? label : undefined;
};

/** A name under which the broker takes the file that it refused by its name. */
export const suggestedName = (outcome: Outcome | undefined): string | undefined =>
  outcome?.code === "refused" ? outcome.problem?.errors?.find(({ pointer }) => pointer === "/fileName")?.suggestion : undefined;

/** Whether another attempt is offered: if the failure may pass, and wherever the words advise it. */
export const canTryAgain = (failure: Failure): boolean =>
  failure.retryable || (failure.code === "refused" && failure.status >= 500) || suggestedName(failure) !== undefined;

/** Words for a folder, which browsers give as a file that cannot be read. */
export const folderWords = (name: string): string => `“${name}” is a folder. Add the files in it instead.`;

/** Words for the status alone, because the gateway's own answers have no code. */
const statusWords = (status: number, { retryAfterInMs }: Refused): Words => {
  if (status === 401) return words("Your sign-in was not accepted.", "Choose your user again.");
  if (status === 403) return words("You may not add files here.", "Choose another case or contact, or sign in as a user who may add files here.");
  if (status === 429) return words("Too many uploads at once.", wait(retryAfterInMs));
  if (status === 503) return words("The service is busy.", wait(retryAfterInMs));
  if (status >= 500) return words("The upload service has a problem.", LATER);
  return words("The upload was refused.", "Choose another file.");
};

const wait = (ms: number | undefined): string =>
  ms === undefined ? "Try again in a moment." : `Try again in ${durationText(ms / 1000)}.`;

const atMost = (bytes: number | undefined): string =>
  bytes === undefined ? "Choose a smaller file." : `Choose a file of at most ${bytesText(bytes)}.`;

const oneOf = (extensions: readonly string[] | undefined): string =>
  extensions ? `Choose a file of one of these types: ${extensions.join(", ")}.` : "Choose a file of another type.";

const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};
