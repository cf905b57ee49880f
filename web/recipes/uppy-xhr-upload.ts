// Uppy with @uppy/xhr-upload: it asks for the endpoint first and for the headers after, both of the same upload.
import Uppy, { type Body, type Meta } from "@uppy/core";
import XHRUpload from "@uppy/xhr-upload";
import { ask, complete, remove, verdict, type Upload } from "./broker.ts";
import { onFile, onPress, say, session } from "./page.ts";

const signedIn = await session();
/** Uploads by Uppy's file id: the last attempt's. */
const uploads = new Map<string, Upload>();

const uppy = new Uppy<Meta, Body>();
uppy.use(XHRUpload, {
  method: "PUT",
  formData: false,
  async endpoint(files) {
    const [file] = [files].flat();
    if (!file) throw new Error("Uppy named no file");
    try {
      // What an attempt before has left.
      await discard(file.id);
      const upload = await ask(signedIn, { name: file.name, size: file.size ?? 0 }, crypto.randomUUID());
      uploads.set(file.id, upload);
      // Removed while the broker was asked.
      if (!uppy.getFile(file.id)) await discard(file.id);
      return upload.url;
    } catch (error) {
      // Uppy reports what fails in a request, not what fails here.
      uppy.emit("upload-error", file, error as Error);
      throw error;
    }
  },
  onBeforeRequest(request, _retry, [file]) {
    const { headers } = uploads.get(file?.id ?? "") ?? {};
    for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value);
  },
  // The store's answer has no body.
  getResponseData: () => ({}),
});

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
  const verdicts = await Promise.all(stored.map((upload) => verdict(signedIn, upload)));
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
    if (upload) await complete(signedIn, upload);
  } catch (error) {
    uppy.emit("upload-error", uppy.getFile(id), error as Error);
  }
}

/** Deletes what was begun for a file. */
async function discard(id: string): Promise<void> {
  const upload = uploads.get(id);
  uploads.delete(id);
  if (upload) await remove(signedIn, upload);
}
