import type { Outcome } from "@upload-broker/client";

/** URL of an upload that is stored. It can only be watched, because sending it again would attach the file twice. */
export const storedUpload = (outcome: Outcome | undefined): string | undefined => {
  if (outcome?.ok !== false) return undefined;
  const isStored = outcome.code === "still-processing" || (outcome.code === "cancelled" && outcome.leg === "watch");
  return isStored ? outcome.upload : undefined;
};
