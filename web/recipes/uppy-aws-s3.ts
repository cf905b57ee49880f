// Uppy with @uppy/aws-s3: `signRequest` returns the broker's body as it is.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import { ask, complete, remove, verdict, type Upload } from "./broker.ts";
import { onFile, onPress, say, session } from "./page.ts";

const signedIn = await session();
/** Uploads by Uppy's file id: the last attempt's. */
const uploads = new Map<string, Upload>();
/** Begins every key: Uppy gives the same file the same id on every page. */
const page = crypto.randomUUID();
let attempts = 0;

const uppy = new Uppy();
uppy.use(AwsS3, {
  shouldUseMultipart: false,
  // signRequest is told the key only, so the key names the file. Uppy makes one for each attempt.
  generateObjectKey: (file) => `${(attempts += 1)}/${file.id}`,
  async signRequest({ key }) {
    const id = key.slice(key.indexOf("/") + 1);
    // What an attempt before has left.
    await discard(id);
    const { name, size } = uppy.getFile(id);
    const upload = await ask(signedIn, { name, size: size ?? 0 }, `${page}/${key}`);
    uploads.set(id, upload);
    // Removed while the broker was asked.
    if (!uppy.getFile(id)) await discard(id);
    return { url: upload.url, headers: upload.headers };
  },
});

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
