// Plain fetch: three requests and a wait.
import { ask, complete, remove, verdict } from "./broker.ts";
import { onFile, say, session } from "./page.ts";

const signedIn = await session();

onFile(async (file) => {
  const upload = await ask(signedIn, file, crypto.randomUUID());
  try {
    // The file's own type would replace the signed Content-Type: `headers` carry it.
    const stored = await fetch(upload.url, { method: "PUT", headers: upload.headers, body: file });
    if (!stored.ok) throw new Error(`The store answered ${stored.status}.`);
    await complete(signedIn, upload);
  } catch (error) {
    // Who tries again begins another upload: this one would stay beside it.
    await remove(signedIn, upload).catch(() => undefined);
    throw error;
  }
  say(await verdict(signedIn, upload));
});
