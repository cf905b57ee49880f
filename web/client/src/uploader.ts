import { browser } from "./environment.ts";
import { limitsFrom } from "./limits.ts";
import { ended, type InvalidCall, type Leg, type Outcome } from "./outcome.ts";
import type { UploadAllOptions, Uploader, UploaderOptions, UploadFile } from "./options.ts";
import { send } from "./send.ts";
import { tokensFrom } from "./token.ts";
import { type Context, uploadFile } from "./upload.ts";
import { watch } from "./watch.ts";

/** Makes an uploader; what is wrong with its options is told by its outcomes. */
export const createUploader = (options: UploaderOptions): Uploader => {
  const context = contextFrom(options);
  const { api, limits, watchBudgetMs } = context;
  const uploader: Uploader = {
    upload: (file, asked) => guarded("ask", () => uploadFile(context, file, asked)),
    uploadAll: (files, asked) => uploadAll(uploader, files, asked),
    watch: (upload, asked = {}) => guarded("watch", () => watch(api, upload, watchBudgetMs, asked.signal)),
    limits: () => guarded("limits", () => limits()),
  };
  return uploader;
};

const contextFrom = (options: UploaderOptions): Context => {
  const endpoint = (): string => new URL(options.endpoint, globalThis.location?.href).href.replace(/\/+$/, "");
  const api = {
    tokens: tokensFrom(options.token),
    timeoutMs: options.requestTimeoutInMs ?? 35_000,
    fetch: options.fetch ?? ((url: string, init: RequestInit) => fetch(url, init)),
    rules: {
      environment: { ...browser, ...options.environment },
      attempts: options.attempts ?? 5,
      offlineBudgetMs: options.offlineBudgetInMs ?? 300_000,
    },
  };
  return {
    api,
    endpoint,
    limits: limitsFrom(api, endpoint),
    send: options.send ?? send,
    watchBudgetMs: options.watchBudgetInMs ?? 75_000,
  };
};

/** Keeps a number of files under way until all have an outcome. */
const uploadAll = async <File extends UploadFile>(
  uploader: Uploader,
  files: Iterable<File>,
  { concurrency = 3, each, onProgress, onOutcome, ...shared }: UploadAllOptions<File>,
): Promise<Outcome[]> => {
  const waiting = [...files].entries();
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, file] of waiting) {
      const outcome = await guarded("ask", () =>
        uploader.upload(file, {
          ...shared,
          ...each?.(file, index),
          onProgress: (progress) => onProgress?.(progress, file, index),
        }),
      );
      outcomes[index] = outcome;
      await guarded("ask", async () => onOutcome?.(outcome, file, index));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return outcomes;
};

const guarded = async <Value>(leg: Leg, run: () => Promise<Value>): Promise<Value | InvalidCall> => {
  try {
    return await run();
  } catch (cause) {
    return { ...ended("invalid-call", leg, false, String(cause)), cause };
  }
};
