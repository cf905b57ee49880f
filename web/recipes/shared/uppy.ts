// The part that both Uppy recipes share: it completes stored files and deletes removed ones.
// Uppy repeats a request a few times, after fixed delays, and then gives up: that fails where the broker's line is long. So
// `ask` and `complete` wait for their turn themselves, and Uppy repeats only the PUT to the store.
import type Uppy from "@uppy/core";
import type { Body, Meta } from "@uppy/core";
import { ask, complete, remove, verdict, type Session, type Upload } from "./broker.ts";
import { addButton, onFile, say } from "./page.ts";

/** The broker's uploads by Uppy's files. */
export interface Uploads {
  /** Starts the upload of a file, and deletes the upload of an earlier attempt. */
  begin(file: { id: string; name: string; size: number | null }, key: string): Promise<Upload>;
  /** The upload of the file's last attempt. */
  of(id: string | undefined): Upload | undefined;
}

/** An attempt to upload a file: its upload, until the file belongs to the case, and what ends its waits. */
interface Attempt {
  upload?: Upload;
  stop: AbortController;
}

/** Connects Uppy with the broker, and the page with Uppy. */
export function connect<M extends Meta, B extends Body>(uppy: Uppy<M, B>, session: Session): Uploads {
  const attempts = new Map<string, Attempt>();

  // With this, Uppy's "complete" event means that Connect has the files.
  uppy.addPostProcessor(async (ids) => {
    const stored = ids.filter((id) => !uppy.getFile(id).error);
    await Promise.all(stored.map(finish));
  });
  // A file that is removed or cancelled before that leaves nothing behind.
  uppy.on("file-removed", ({ id }) => discard(id).catch((error: Error) => say(error.message)));
  uppy.on("upload-error", (_file, error) => say(error.message));
  uppy.on("complete", async ({ successful = [] }) => {
    const verdicts = await Promise.all(successful.flatMap(({ id }) => settle(id)));
    if (verdicts.length > 0) say(verdicts.join(", "));
  });

  onFile(async (file, signal) => {
    signal.addEventListener("abort", () => uppy.cancelAll());
    uppy.addFile({ name: file.name, type: file.type, data: file });
    await uppy.upload();
  });
  addButton("Retry", () => uppy.retryAll());

  /**
   * Completes a file's upload. If that fails, only this file has failed, and a retry only completes it.
   * Uppy follows a redirect of the PUT; completing fails then, because the store does not have the bytes.
   */
  async function finish(id: string): Promise<void> {
    const { upload, stop } = attempts.get(id) ?? {};
    try {
      if (upload) await complete(session, upload, stop?.signal);
    } catch (error) {
      const file = uppy.getFile(id);
      if (file) uppy.emit("upload-error", file, error as Error);
    }
  }

  /** The final status. The file belongs to the case now: removing it from Uppy's list ends only the wait. */
  function settle(id: string): Promise<string>[] {
    const attempt = attempts.get(id);
    if (!attempt?.upload) return [];
    const { upload, stop } = attempt;
    delete attempt.upload;
    return [verdict(session, upload, stop.signal).catch((error: Error) => error.message)];
  }

  /** Ends the waits of a file, and deletes the upload that was started for it. */
  async function discard(id: string): Promise<void> {
    const { upload, stop } = attempts.get(id) ?? {};
    attempts.delete(id);
    stop?.abort(new Error("Cancelled."));
    if (upload) await remove(session, upload);
  }

  return {
    of: (id) => attempts.get(id ?? "")?.upload,
    async begin({ id, name, size }, key) {
      await discard(id);
      const attempt: Attempt = { stop: new AbortController() };
      attempts.set(id, attempt);
      attempt.upload = await ask(session, { name, size: size ?? 0 }, key, attempt.stop.signal);
      // The file was removed while the broker answered.
      if (attempt.stop.signal.aborted) await remove(session, attempt.upload);
      return attempt.upload;
    },
  };
}
