// FilePond: `server.process` sends one file, and `server.revert` deletes it again.
// FilePond's own delays (`chunkRetryDelays`) are fixed, and fail where the broker's line is long. So `ask` and `complete`
// wait for their turn themselves.
import { create, type ProcessServerConfigFunction, type RevertServerConfigFunction } from "filepond";
import "filepond/dist/filepond.min.css";
import { ask, complete, remove, verdict, type Upload } from "./shared/broker.ts";
import { element, say, session } from "./shared/page.ts";

const signedIn = await session();

const process: ProcessServerConfigFunction = (_field, file, _metadata, load, error, progress, abort) => {
  const request = new XMLHttpRequest();
  let upload: Upload | undefined;
  const stop = new AbortController();
  const discard = () => upload && remove(signedIn, upload).catch((reason: Error) => say(reason.message));
  const run = async (): Promise<void> => {
    upload = await ask(signedIn, file, crypto.randomUUID(), stop.signal);
    if (stop.signal.aborted) return discard();
    await put(request, upload, file, progress);
    await complete(signedIn, upload, stop.signal);
    // FilePond keeps this as the file's id and passes it to `revert`.
    load(upload.location);
    verdict(signedIn, upload).then(say, (reason: Error) => say(reason.message));
  };
  run().catch((reason: Error) => {
    if (stop.signal.aborted) return;
    error(reason.message);
    say(reason.message);
    // A retry starts another upload, so this one must not stay beside it.
    discard();
  });
  return {
    abort() {
      stop.abort();
      request.abort();
      discard();
      abort();
    },
  };
};

const revert: RevertServerConfigFunction = (location, load, error) => {
  remove(signedIn, { location }).then(load, (reason: Error) => error(reason.message));
};

const input = element("input");
input.disabled = false;
create(input, { server: { process, revert } });

/** Sends the bytes with exactly the headers that the broker returned. */
function put(
  request: XMLHttpRequest,
  { url, headers }: Upload,
  file: Blob,
  progress: (lengthComputable: boolean, loaded: number, total: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => progress(lengthComputable, loaded, total);
    request.onload = () => {
      // XMLHttpRequest follows redirects, and then another server than the store has answered.
      if (request.responseURL !== new URL(url).href) reject(new Error("The store redirected the upload."));
      else if (request.status !== 200) reject(new Error(`The store answered ${request.status}.`));
      else resolve();
    };
    request.onerror = () => reject(new Error("The store could not be reached."));
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(file);
  });
}
