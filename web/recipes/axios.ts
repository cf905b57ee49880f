// axios: a bare instance for the PUT, with progress; S3 answers 400 to the token that an app sets by default.
import axios from "axios";
import { upload, type Upload } from "./shared/broker.ts";
import { onFile, say, session } from "./shared/page.ts";

const signedIn = await session();
// What many apps do. It holds for every instance that is created from now on.
axios.defaults.headers.common["Authorization"] = `Bearer ${signedIn.token}`;
const store = axios.create();
delete store.defaults.headers.common["Authorization"];

onFile(async (file, signal) => {
  const put = async ({ url, headers }: Upload) => {
    const onUploadProgress = ({ progress = 0 }) => (document.title = `${Math.round(progress * 100)} % sent`);
    const options = { headers, signal, onUploadProgress, validateStatus: () => true };
    const { status, request } = await store.put(url, file, options);
    // XMLHttpRequest follows redirects, and then another server than the store has answered.
    if (request.responseURL !== new URL(url).href) throw new Error("The store redirected the upload.");
    if (status !== 200) throw new Error(`The store answered ${status}.`);
  };
  say(await upload(signedIn, file, put, signal));
});
