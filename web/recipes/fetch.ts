// Plain fetch: three requests and a wait.
import { ask, complete, remove, verdict } from "./shared/broker.ts";
import { onFile, say, session } from "./shared/page.ts";

const signedIn = await session();

onFile(async (file) => {
  const upload = await ask(signedIn, file, crypto.randomUUID());
  try {
    // `headers` contains the signed Content-Type, so the file's own type does not replace it.
    const stored = await fetch(upload.url, { method: "PUT", headers: upload.headers, body: file, redirect: "error" });
    if (!stored.ok) throw new Error(`The store answered ${stored.status}.`);
    await complete(signedIn, upload);
  } catch (error) {
    // A retry starts another upload, so this one must not stay beside it.
    await remove(signedIn, upload).catch(() => undefined);
    throw error;
  }
  say(await verdict(signedIn, upload));
});
