// Uppy with @uppy/xhr-upload: it asks for the endpoint first and for the headers after, both of the same upload.
import Uppy, { type Body, type Meta } from "@uppy/core";
import XHRUpload from "@uppy/xhr-upload";
import { ask, complete, remove, verdict, type Upload } from "./broker.ts";
import { element, onFile, say, session } from "./page.ts";

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
      const failed = uploads.get(file.id);
      if (failed) await remove(signedIn, failed);
      const upload = await ask(signedIn, { name: file.name, size: file.size ?? 0 }, crypto.randomUUID());
      uploads.set(file.id, upload);
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
  const stored = ids.filter((id) => !uppy.getFile(id).error).flatMap((id) => uploads.get(id) ?? []);
  await Promise.all(stored.map((upload) => complete(signedIn, upload)));
});

uppy.on("upload-error", (_file, error) => say(error.message));
uppy.on("complete", async ({ successful = [] }) => {
  const stored = successful.flatMap(({ id }) => uploads.get(id) ?? []);
  const verdicts = await Promise.all(stored.map((upload) => verdict(signedIn, upload)));
  if (verdicts.length > 0) say(verdicts.join(", "));
});

onFile(async (file) => {
  uppy.addFile({ name: file.name, type: file.type, data: file });
  await uppy.upload();
});
element("button").addEventListener("click", () => uppy.retryAll());
