import { accept } from "../check.ts";
import type { Progress, Retry, UploadFile, Waiting } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import { sumOf } from "../total.ts";
import { Speed } from "./speed.ts";
import type { UploadItem, UploadListOptions, UploadListState } from "./types.ts";

/** Without what shows only while an upload moves. */
export const RESTING = { bytesPerSecond: undefined, secondsLeft: undefined, waiting: undefined, retry: undefined } as const;

/** A file before its first attempt. */
export const newItem = (id: number, name: string, size: number, file: UploadFile | undefined, resource: string): UploadItem => ({
  ...{ id, name, size, file, resource, state: "queued", leg: "limits", sentBytes: 0 },
  ...{ ...RESTING, upload: undefined, outcome: undefined },
});

/** What an upload tells of itself. */
export interface Listeners {
  onProgress(progress: Progress): void;
  onWaiting(waiting: Waiting): void;
  onRetry(retry: Retry): void;
}

/** Passes on how an upload changes its item. */
export const listenersOf = (change: (type: "progress" | "waiting" | "retry", to: Partial<UploadItem>) => void): Listeners => {
  const speed = new Speed();
  const paceOf = (sentBytes: number, totalBytes: number): Partial<UploadItem> => {
    speed.add(performance.now(), sentBytes);
    return { bytesPerSecond: speed.bytesPerSecond(), secondsLeft: speed.secondsLeft(totalBytes) };
  };
  return {
    onProgress({ leg, sentBytes, totalBytes, upload }) {
      change("progress", { ...RESTING, ...(leg === "put" && paceOf(sentBytes, totalBytes)), state: "running", leg, sentBytes, upload });
    },
    onWaiting: ({ leg, waitInMs, position }) =>
      change("waiting", { ...RESTING, state: "waiting", leg, waiting: { untilMs: Date.now() + waitInMs, position } }),
    onRetry: (retry) => change("retry", { ...RESTING, state: "running", retry, leg: retry.leg }),
  };
};

/** The item's state and what else an outcome changes. */
export const endOf = ({ file, upload }: UploadItem, outcome: Outcome): Partial<UploadItem> => ({
  ...RESTING,
  state: outcome.ok ? "approved" : outcome.code === "cancelled" ? "cancelled" : "failed",
  outcome,
  // What cannot be sent again can still be asked for.
  upload: outcome.upload ?? (file ? undefined : upload),
});

/** Whether an ended upload is resumed after a reload: it is stored, or it could not be asked for. */
export const staysOpen = ({ outcome, upload }: UploadItem): boolean =>
  upload !== undefined && outcome !== undefined && ["still-processing", "unreachable", "no-token"].includes(outcome.code);

export const stateOf = (
  items: readonly UploadItem[],
  limits: UploadListState["limits"],
  { resource }: UploadListOptions,
  isSigningIn: boolean,
): UploadListState => ({
  items,
  total: sumOf(items),
  limits,
  accept: accept({ resource, limits: limits?.ok ? limits.limits : undefined }),
  isSigningIn,
  isSending: items.some(({ outcome, file, leg }) => !outcome && file && leg !== "complete" && leg !== "watch"),
});
