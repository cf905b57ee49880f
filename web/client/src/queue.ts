import { laneOf } from "./lane.ts";
import type { UploadFile, UploadOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { type Context, uploadFile } from "./upload.ts";

const CONCURRENCY = 3;
/** Files whose scan is watched at the same time, because each poll is a call of Connect's quota. */
const WATCHES = 6;

/** Uploads a file when it is its turn. A file gives its place to the next once it is completed. */
export type Queue = (context: Context, file: UploadFile, options: UploadOptions) => Promise<Outcome>;

/** Uploads so many files at a time, in the order of the calls. If `concurrency` is not a number, the default applies. */
export const queueOf = (concurrency: number = CONCURRENCY): Queue => {
  const uploads = laneOf(Math.max(1, concurrency) || CONCURRENCY);
  const watches = laneOf(WATCHES);
  return async (context, file, options) => {
    let leave = await uploads(options.signal);
    const onStored = async (): Promise<void> => {
      leave();
      leave = await watches(options.signal);
    };
    return uploadFile(context, file, options, onStored).finally(() => leave());
  };
};
