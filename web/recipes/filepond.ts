// FilePond: `server.process` sends one file, `server.revert` takes it back.
import { create, type ProcessServerConfigFunction, type RevertServerConfigFunction } from "filepond";
import "filepond/dist/filepond.min.css";
import { ask, complete, remove, verdict, type Upload } from "./broker.ts";
import { element, say, session } from "./page.ts";

const signedIn = await session();
/** Uploads by their location, which is FilePond's id of the file on the server. */
const uploads = new Map<string, Upload>();

const process: ProcessServerConfigFunction = (_field, file, _metadata, load, error, progress, abort) => {
  const request = new XMLHttpRequest();
  let upload: Upload | undefined;
  let aborted = false;
  const run = async (): Promise<void> => {
    upload = await ask(signedIn, file, crypto.randomUUID());
    if (aborted) return remove(signedIn, upload);
    await put(request, upload, file, progress);
    await complete(signedIn, upload);
    uploads.set(upload.location, upload);
    load(upload.location);
    say(await verdict(signedIn, upload));
  };
  run().catch((reason: Error) => {
    if (aborted) return;
    error(reason.message);
    say(reason.message);
  });
  return {
    abort() {
      aborted = true;
      request.abort();
      if (upload) remove(signedIn, upload).catch((reason: Error) => say(reason.message));
      abort();
    },
  };
};

const revert: RevertServerConfigFunction = (location, load, error) => {
  const upload = uploads.get(location);
  if (upload) remove(signedIn, upload).then(load, (reason: Error) => error(reason.message));
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
    request.onload = () => (request.status === 200 ? resolve() : reject(new Error(`The store answered ${request.status}.`)));
    request.onerror = () => reject(new Error("The store could not be reached."));
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(file);
  });
}
