// Uppy with @uppy/aws-s3: `signRequest` returns the broker's body as it is.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import { ask, complete, remove, verdict, type Upload } from "./broker.ts";
import { element, onFile, say, session } from "./page.ts";

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
    const failed = uploads.get(id);
    if (failed) await remove(signedIn, failed);
    const { name, size } = uppy.getFile(id);
    const upload = await ask(signedIn, { name, size: size ?? 0 }, `${page}/${key}`);
    uploads.set(id, upload);
    return { url: upload.url, headers: upload.headers };
  },
});

// After this, Uppy's "complete" means that Connect has the files.
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
