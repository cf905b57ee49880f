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

/** Connects Uppy with the broker, and the page with Uppy. */
export function connect<M extends Meta, B extends Body>(uppy: Uppy<M, B>, session: Session): Uploads {
  const uploads = new Map<string, Upload>();

  // With this, Uppy's "complete" event means that Connect has the files.
  uppy.addPostProcessor(async (ids) => {
    const stored = ids.filter((id) => !uppy.getFile(id).error);
    await Promise.all(stored.map(finish));
  });
  // A file that is removed or cancelled before that leaves nothing behind.
  uppy.on("file-removed", ({ id }) => discard(id).catch((error: Error) => say(error.message)));
  uppy.on("upload-error", (_file, error) => say(error.message));
  uppy.on("complete", async ({ successful = [] }) => {
    const stored = successful.flatMap(({ id }) => uploads.get(id) ?? []);
    // From now on the files belong to the case: removing one from Uppy's list does not delete it.
    for (const { id } of successful) uploads.delete(id);
    const verdicts = await Promise.all(stored.map((upload) => verdict(session, upload).catch((error: Error) => error.message)));
    if (verdicts.length > 0) say(verdicts.join(", "));
  });

  onFile(async (file) => {
    uppy.addFile({ name: file.name, type: file.type, data: file });
    await uppy.upload();
  });
  addButton("Cancel", () => uppy.cancelAll());
  addButton("Retry", () => uppy.retryAll());

  /**
   * Completes a file's upload. If that fails, only this file has failed, and a retry only completes it.
   * Uppy follows a redirect of the PUT; completing fails then, because the store does not have the bytes.
   */
  async function finish(id: string): Promise<void> {
    const upload = uploads.get(id);
    try {
      if (upload) await complete(session, upload);
    } catch (error) {
      uppy.emit("upload-error", uppy.getFile(id), error as Error);
    }
  }

  /** Deletes the upload that was started for a file. */
  async function discard(id: string): Promise<void> {
    const upload = uploads.get(id);
    uploads.delete(id);
    if (upload) await remove(session, upload);
  }

  return {
    of: (id) => uploads.get(id ?? ""),
    async begin({ id, name, size }, key) {
      await discard(id);
      const upload = await ask(session, { name, size: size ?? 0 }, key);
      uploads.set(id, upload);
      // The file was removed while the broker answered.
      if (!uppy.getFile(id)) await discard(id);
      return upload;
    },
  };
}
