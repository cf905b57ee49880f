import { existing } from "./existing.ts";
import { guarded } from "./guarded.ts";
import { limitsFrom } from "./limits.ts";
import { notify } from "./listener.ts";
import type { Outcome } from "./outcome.ts";
import type { UploadAllOptions, Uploader, UploaderOptions, UploadFile } from "./options.ts";
import { queueOf } from "./queue.ts";
import { settingsFrom } from "./settings.ts";
import { totalOf } from "./total.ts";
import { type Context, uploadFile } from "./upload.ts";
import { watch } from "./watch.ts";

/** Makes an uploader. Its outcomes report what is wrong with the options. */
export const createUploader = (options: UploaderOptions): Uploader => {
  const settings = settingsFrom(options);
  const limits = limitsFrom(settings);
  const context = { ...settings, limits };
  return {
    upload: (file, asked) => guarded("ask", () => uploadFile(context, file, asked)),
    uploadAll: async (files, asked) => {
      const outcomes = await guarded("ask", () => uploadAll(context, files, asked));
      return Array.isArray(outcomes) ? outcomes : [outcomes];
    },
    watch: (reference, asked) =>
      existing("watch", settings, reference, (upload) => watch(settings, upload, asked?.signal)),
    limits: () => guarded("limits", () => limits()),
  };
};

/** Uploads several files at a time until all have an outcome. */
const uploadAll = async <File extends UploadFile>(
  context: Context,
  files: Iterable<File>,
  { concurrency, each, onProgress, onWaiting, onRetry, onTotal, onOutcome, ...shared }: UploadAllOptions<File>,
): Promise<Outcome[]> => {
  const all = [...files];
  const total = totalOf(all, onTotal);
  const queue = queueOf(concurrency);
  const one = async (file: File, index: number): Promise<Outcome> => {
    const own = each?.(file, index);
    return queue(context, file, {
      ...shared,
      ...own,
      signal: AbortSignal.any([shared.signal, own?.signal].filter((signal) => !!signal)),
      onProgress(progress) {
        total.sent(index, progress.sentBytes);
        return onProgress?.(progress, file, index);
      },
      onWaiting: (waiting) => onWaiting?.(waiting, file, index),
      onRetry: (retry) => onRetry?.(retry, file, index),
    });
  };
  const ended = async (file: File, index: number): Promise<Outcome> => {
    const outcome = await guarded("ask", () => one(file, index));
    total.ended(index, outcome);
    void notify(() => onOutcome?.(outcome, file, index));
    return outcome;
  };
  return Promise.all(all.map(ended));
};
