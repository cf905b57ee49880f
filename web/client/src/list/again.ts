import type { Outcome } from "../outcome.ts";

/** URL of an upload that is stored. It can only be watched, because sending it again would attach the file twice. */
export const storedUpload = (outcome: Outcome | undefined): string | undefined => {
  if (outcome?.ok !== false) return undefined;
  const isStored = outcome.code === "still-processing" || (outcome.code === "cancelled" && outcome.leg === "watch");
  return isStored ? outcome.upload : undefined;
};

/** A name under which the broker takes the file that it refused by its name. */
export const suggestedName = (outcome: Outcome | undefined): string | undefined =>
  outcome?.code === "refused" ? outcome.problem?.errors?.find(({ pointer }) => pointer === "/fileName")?.suggestion : undefined;

/** Whether another attempt may help: the failure may pass, the person may sign in again, the file is stored, or another name is offered. */
export const canTryAgain = (outcome: Outcome): boolean =>
  !outcome.ok &&
  (outcome.retryable ||
    (outcome.code === "refused" && (outcome.status === 401 || outcome.status >= 500)) ||
    storedUpload(outcome) !== undefined ||
    suggestedName(outcome) !== undefined);
