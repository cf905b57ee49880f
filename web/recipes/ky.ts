// ky: without its timeout of 10 s, and without `onUploadProgress`, which needs HTTP/2 because it streams the body.
import ky, { isHTTPError, isNetworkError } from "ky";
import { upload, type Upload } from "./shared/broker.ts";
import { onFile, say, session } from "./shared/page.ts";

const signedIn = await session();

onFile(async (file, signal) => {
  const put = async ({ url, headers }: Upload) => {
    try {
      // `ky` itself, not an instance with your API's token, because S3 refuses a second credential.
      await ky.put(url, { headers, body: file, timeout: false, redirect: "error", signal });
    } catch (error) {
      // ky's own messages contain the URL, and whoever has the URL can upload.
      if (isHTTPError(error)) throw new Error(`The store answered ${error.response.status}.`);
      throw isNetworkError(error) ? error.cause : error;
    }
  };
  say(await upload(signedIn, file, put, signal));
});
