// What both Uppy recipes share: what is stored is completed, and what is not wanted any more is deleted.
import type Uppy from "@uppy/core";
import type { Body, Meta } from "@uppy/core";
import { ask, complete, remove, verdict, type Session, type Upload } from "./broker.ts";
import { onFile, onPress, say } from "./page.ts";

/** The uploads of Uppy's files. */
export interface Uploads {
  /** Asks for the upload of a file, in place of what an attempt before has left. */
  begin(file: { id: string; name: string; size: number | null }, key: string): Promise<Upload>;
  /** The file's upload, the last attempt's. */
  of(id: string | undefined): Upload | undefined;
}

/** Connects Uppy with the broker, and the page with Uppy. */
export function connect<M extends Meta, B extends Body>(uppy: Uppy<M, B>, session: Session): Uploads {
  const uploads = new Map<string, Upload>();

  // After this, Uppy's "complete" means that Connect has the files.
  uppy.addPostProcessor(async (ids) => {
    const stored = ids.filter((id) => !uppy.getFile(id).error);
    await Promise.all(stored.map(finish));
  });
  // Removed or cancelled before that: nothing is left behind.
  uppy.on("file-removed", ({ id }) => discard(id).catch((error: Error) => say(error.message)));
  uppy.on("upload-error", (_file, error) => say(error.message));
  uppy.on("complete", async ({ successful = [] }) => {
    const stored = successful.flatMap(({ id }) => uploads.get(id) ?? []);
    // Connect's from now on: removed from Uppy's list, they stay in the case.
    for (const { id } of successful) uploads.delete(id);
    const verdicts = await Promise.all(stored.map((upload) => verdict(session, upload)));
    if (verdicts.length > 0) say(verdicts.join(", "));
  });

  onFile(async (file) => {
    uppy.addFile({ name: file.name, type: file.type, data: file });
    await uppy.upload();
  });
  onPress("Retry", () => uppy.retryAll());
  onPress("Cancel", () => uppy.cancelAll());

  /** Completes a file's upload. Where that fails the file alone has failed, and a retry completes it only. */
  async function finish(id: string): Promise<void> {
    const upload = uploads.get(id);
    try {
      if (upload) await complete(session, upload);
    } catch (error) {
      uppy.emit("upload-error", uppy.getFile(id), error as Error);
    }
  }

  /** Deletes what was begun for a file. */
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
      // Removed while the broker was asked.
      if (!uppy.getFile(id)) await discard(id);
      return upload;
    },
  };
}
