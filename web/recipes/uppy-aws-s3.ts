// Uppy with @uppy/aws-s3: `signRequest` returns the body of the broker's answer unchanged.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import { session } from "./shared/page.ts";
import { connect } from "./shared/uppy.ts";

const signedIn = await session();
/** Starts every key, because Uppy gives the same file the same id on every page. */
const page = crypto.randomUUID();
let attempts = 0;

const uppy = new Uppy();
const uploads = connect(uppy, signedIn);
uppy.use(AwsS3, {
  shouldUseMultipart: false,
  // signRequest gets only the key, so the key names the file. Uppy makes one key for each attempt.
  generateObjectKey: (file) => `${(attempts += 1)}/${file.id}`,
  async signRequest({ key }) {
    const file = uppy.getFile(key.slice(key.indexOf("/") + 1));
    const { url, headers } = await uploads.begin(file, `${page}/${key}`);
    return { url, headers };
  },
});
