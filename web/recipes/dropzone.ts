// Dropzone: `accept` asks for the URL, and `sending` replaces the headers that Dropzone sets.
import { Dropzone, type DropzoneFile } from "dropzone";
import { ask, complete, remove, verdict, type Upload } from "./shared/broker.ts";
import { element, onFile, say, session } from "./shared/page.ts";

const signedIn = await session();
/** The upload of each file, until the file belongs to the case, and what ends its waits. */
const uploads = new Map<DropzoneFile, { stop: AbortController; upload?: Upload }>();

const dropzone = new Dropzone(element("body"), {
  clickable: false,
  method: "put",
  binaryBody: true,
  timeout: 0,
  maxFilesize: 0,
  dictResponseError: "The store answered {{statusCode}}.",
  // No file waits here with a URL that expires: the broker's line decides how many go at once.
  parallelUploads: Infinity,
  url: ([file]) => uploads.get(file as DropzoneFile)?.upload?.url ?? "",
  accept(file, done) {
    begin(file).then(() => done(), (reason: Error) => done(reason.message));
  },
});

dropzone.on("sending", (file) => {
  const { upload } = uploads.get(file) ?? {};
  const request = file.xhr;
  if (!upload || !request) return;
  // Opening it anew removes Dropzone's headers: a second Content-Type would be appended to the first.
  request.open("PUT", upload.url);
  for (const [name, value] of Object.entries(upload.headers)) request.setRequestHeader(name, value);
  // Dropzone would show the store's XML instead of its status.
  request.responseType = "blob";
});
dropzone.on("success", (file) => void finish(file));
dropzone.on("error", (file, message) => {
  say(String(message));
  // A retry starts another upload, so this one must not stay beside it.
  discard(file);
});
dropzone.on("removedfile", discard);

onFile(async (file, signal) => {
  signal.addEventListener("abort", () => dropzone.removeAllFiles(true));
  dropzone.addFile(file as DropzoneFile);
});

async function begin(file: DropzoneFile): Promise<void> {
  const entry: { stop: AbortController; upload?: Upload } = { stop: new AbortController() };
  uploads.set(file, entry);
  entry.upload = await ask(signedIn, file, crypto.randomUUID(), entry.stop.signal);
  // The file was removed while the broker answered.
  if (!uploads.has(file)) await remove(signedIn, entry.upload);
  entry.stop.signal.throwIfAborted();
}

/** Completes a stored file, and says what the scan finds. */
async function finish(file: DropzoneFile): Promise<void> {
  const { upload, stop } = uploads.get(file) ?? {};
  if (!upload || !stop) return;
  try {
    // XMLHttpRequest follows redirects, and then another server than the store has answered.
    if (file.xhr?.responseURL !== new URL(upload.url).href) throw new Error("The store redirected the upload.");
    await complete(signedIn, upload, stop.signal);
    // From now on the file belongs to the case: removing it from the list does not delete it.
    uploads.delete(file);
    say(await verdict(signedIn, upload, stop.signal));
  } catch (reason) {
    file.status = Dropzone.ERROR;
    dropzone.emit("error", file, (reason as Error).message);
  }
}

/** Ends the wait of a file, and deletes the upload that was started for it. */
function discard(file: DropzoneFile): void {
  const { upload, stop } = uploads.get(file) ?? {};
  uploads.delete(file);
  stop?.abort(new Error("Cancelled."));
  if (upload) remove(signedIn, upload).catch((reason: Error) => say(reason.message));
}
