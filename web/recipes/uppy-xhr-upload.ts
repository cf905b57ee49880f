// Uppy with @uppy/xhr-upload: it asks for the endpoint first and then for the headers, both of the same upload.
import Uppy, { type Body, type Meta } from "@uppy/core";
import XHRUpload from "@uppy/xhr-upload";
import { session } from "./shared/page.ts";
import { connect } from "./shared/uppy.ts";

const signedIn = await session();

const uppy = new Uppy<Meta, Body>();
const uploads = connect(uppy, signedIn);
uppy.use(XHRUpload, {
  method: "PUT",
  formData: false,
  async endpoint(files) {
    const [file] = [files].flat();
    if (!file) throw new Error("Uppy passed no file");
    try {
      return (await uploads.begin(file, crypto.randomUUID())).url;
    } catch (error) {
      // Uppy reports an error of a request, but not one that is thrown here.
      uppy.emit("upload-error", file, error as Error);
      throw error;
    }
  },
  onBeforeRequest(request, _retry, [file]) {
    const { headers } = uploads.of(file?.id) ?? {};
    for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value);
  },
  // Uppy would parse the answer as JSON, and the store's answer has no body.
  getResponseData: () => ({}),
});
