// Plain fetch: one PUT between the requests to the broker.
import { upload, type Upload } from "./shared/broker.ts";
import { onFile, say, session } from "./shared/page.ts";

const signedIn = await session();

onFile(async (file, signal) => {
  const put = async ({ url, headers }: Upload) => {
    // `headers` contains the signed Content-Type, so the file's own type does not replace it.
    const stored = await fetch(url, { method: "PUT", headers, body: file, redirect: "error", signal });
    if (!stored.ok) throw new Error(`The store answered ${stored.status}.`);
  };
  say(await upload(signedIn, file, put, signal));
});
