import { uploadAt } from "./address.ts";
import { limitsFrom } from "./limits.ts";
import { notify } from "./listener.ts";
import { ended, type InvalidCall, type Leg, type Outcome, staying } from "./outcome.ts";
import type { UploadAllOptions, Uploader, UploaderOptions, UploadFile } from "./options.ts";
import { settingsFrom } from "./settings.ts";
import { type Context, uploadFile } from "./upload.ts";
import { watch } from "./watch.ts";

const CONCURRENCY = 3;

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
      guarded("watch", async () => {
        const upload = uploadAt(settings.endpoint(), reference);
        if (!upload) throw new TypeError("the URL is not an upload below the endpoint");
        const outcome = await guarded("watch", () => watch(settings, upload, asked?.signal));
        return outcome.ok ? outcome : staying(outcome, upload);
      }),
    limits: () => guarded("limits", () => limits()),
  };
};

/** Uploads several files at a time until all have an outcome. */
const uploadAll = async <File extends UploadFile>(
  context: Context,
  files: Iterable<File>,
  { concurrency = CONCURRENCY, each, onProgress, onWaiting, onOutcome, ...shared }: UploadAllOptions<File>,
): Promise<Outcome[]> => {
  const all = [...files];
  const waiting = all.entries();
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, file] of waiting) {
      const outcome = await guarded("ask", () =>
        uploadFile(context, file, {
          ...shared,
          ...each?.(file, index),
          onProgress: (progress) => onProgress?.(progress, file, index),
          onWaiting: (waiting) => onWaiting?.(waiting, file, index),
        }),
      );
      outcomes[index] = outcome;
      void notify(() => onOutcome?.(outcome, file, index));
    }
  };
  // Not more than there are files, so `concurrency` may be Infinity. If it is not a number, the default applies.
  const length = Math.max(1, Math.min(all.length, concurrency)) || CONCURRENCY;
  await Promise.all(Array.from({ length }, worker));
  return outcomes;
};

const guarded = async <Value>(leg: Leg, run: () => Promise<Value>): Promise<Value | InvalidCall> => {
  try {
    return await run();
  } catch (cause) {
    return { ...ended("invalid-call", leg, false, String(cause)), cause };
  }
};
