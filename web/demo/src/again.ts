import type { Outcome } from "@upload-broker/client";

/** URL of an upload that is stored: to be watched, since bytes that go again would be attached twice. */
export const storedUpload = (outcome: Outcome | undefined): string | undefined => {
  if (outcome?.ok !== false) return undefined;
  const isStored = outcome.code === "still-processing" || (outcome.code === "cancelled" && outcome.leg === "watch");
  return isStored ? outcome.upload : undefined;
};
