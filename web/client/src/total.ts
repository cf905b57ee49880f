import { notify } from "./listener.ts";
import type { Total, UploadFile } from "./options.ts";
import type { Outcome } from "./outcome.ts";

/** Progress of all files together, told as it changes. */
export const totalOf = (
  files: readonly UploadFile[],
  onTotal: ((total: Total) => void) | undefined,
): { sent(index: number, bytes: number): void; ended(index: number, outcome: Outcome): void } => {
  // What is not a file has no size.
  const sizes = files.map((file: UploadFile | null) => file?.size ?? 0);
  const sent = sizes.map(() => 0);
  let endedFiles = 0;
  const tell = (): void =>
    void notify(() => onTotal?.({ sentBytes: sum(sent), totalBytes: sum(sizes), files: files.length, endedFiles }));
  return {
    sent(index, bytes) {
      if (sent[index] === bytes) return;
      sent[index] = bytes;
      tell();
    },
    ended(index, outcome) {
      const isStored = outcome.ok || outcome.code === "still-processing";
      if (!isStored) sizes[index] = sent[index] = 0;
      endedFiles += 1;
      tell();
    },
  };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
