import { notify } from "./listener.ts";
import type { Total, UploadFile } from "./options.ts";
import type { Outcome } from "./outcome.ts";

/** How far one file is. */
export interface Part {
  readonly sentBytes: number;
  readonly size: number;
  readonly outcome: Outcome | undefined;
}

/** Progress of all files together. A file that failed counts in neither number of bytes. */
export const sumOf = (parts: readonly Part[]): Total => {
  const counted = parts.filter(({ outcome }) => !outcome || outcome.ok || outcome.code === "still-processing");
  return {
    sentBytes: counted.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    totalBytes: counted.reduce((sum, { size }) => sum + size, 0),
    files: parts.length,
    endedFiles: parts.filter(({ outcome }) => outcome).length,
  };
};

/** Tells the progress of all files as it changes. */
export const totalOf = (
  files: readonly UploadFile[],
  onTotal: ((total: Total) => void) | undefined,
): { sent(index: number, bytes: number): void; ended(index: number, outcome: Outcome): void } => {
  // What is not a file has no size.
  const parts = files.map((file: UploadFile | null): Part => ({ sentBytes: 0, size: file?.size ?? 0, outcome: undefined }));
  const change = (index: number, to: Partial<Part>): void => {
    parts[index] = { ...(parts[index] as Part), ...to };
    void notify(() => onTotal?.(sumOf(parts)));
  };
  return {
    sent: (index, sentBytes) => void (parts[index]?.sentBytes === sentBytes || change(index, { sentBytes })),
    ended: (index, outcome) => change(index, { outcome }),
  };
};
