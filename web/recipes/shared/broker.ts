// The requests to the broker that every recipe makes: start an upload, complete it, wait for its final status, delete it.
//
// A `signal` ends a wait and stops the next request. A request that is on its way goes on, because only its answer says
// which upload to delete.

/** The API, the signed-in user's token, and what files are attached to. */
export interface Session {
  /** The API's URL with its base path, without a slash at its end. */
  api: string;
  /** A bearer token of the signed-in user. */
  token: string;
  /** ARN of the case or contact that the files belong to. */
  resource: string;
  /** Is told that a request waits for its turn, about so many seconds. */
  onWaiting?(seconds: number): void;
}

/** An upload that the broker has started. */
export interface Upload {
  /** Where the bytes go; valid for some minutes. */
  url: string;
  /** Headers that the PUT must carry, exactly these. */
  headers: Record<string, string>;
  /** The upload's own URL, to complete it, read its status and delete it. */
  location: string;
}

/**
 * One whole upload, whose bytes `put` sends with exactly the upload's headers. `put` throws if the store has not taken them.
 * Gives the final status.
 */
export async function upload(
  session: Session,
  file: File,
  put: (upload: Upload) => Promise<void>,
  signal?: AbortSignal,
): Promise<string> {
  const started = await ask(session, file, crypto.randomUUID(), signal);
  try {
    signal?.throwIfAborted();
    await put(started);
    await complete(session, started, signal);
  } catch (error) {
    // A retry starts another upload, so this one must not stay beside it.
    await remove(session, started).catch(() => undefined);
    throw error;
  }
  return verdict(session, started, signal);
}

/** Starts one upload. Repeated with the same `key` and the same file, it is the same upload. */
export async function ask(
  session: Session,
  file: { name: string; size: number },
  key: string,
  signal?: AbortSignal,
): Promise<Upload> {
  const body = { fileName: file.name, fileSizeInBytes: file.size, associatedResourceArn: session.resource };
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await call(session, `${session.api}/uploads`, init, signal);
  const location = uploadAt(session, response.headers.get("Location") ?? "");
  return { ...(await response.json()), location };
}

/** The upload's URL. It gets the user's token, so it must be directly below the API's own `/uploads/`. */
function uploadAt({ api }: Session, location: string): string {
  const { href } = new URL(location, `${api}/uploads`);
  const uploads = new URL(`${api}/uploads/`).href;
  if (href.startsWith(uploads) && /^[\w-]+$/.test(href.slice(uploads.length))) return href;
  throw new Error("Location is missing or leads away from the API. If it is missing, expose it in the API's CORS.");
}

/** Tells the broker that the store has the bytes. Safe to repeat. */
export async function complete(session: Session, upload: Upload, signal?: AbortSignal): Promise<void> {
  await call(session, `${uploadAt(session, upload.location)}/complete`, { method: "POST" }, signal);
}

/** Statuses that do not change any more. */
const FINAL = ["APPROVED", "REJECTED", "FAILED", "UPLOAD_EXPIRED", "DELETED"];

/** Waits for the final status: APPROVED, REJECTED or another of them. */
export async function verdict(session: Session, upload: Upload, signal?: AbortSignal): Promise<string> {
  for (;;) {
    const response = await call(session, uploadAt(session, upload.location), { method: "GET" }, signal);
    const { status } = await response.json();
    if (FINAL.includes(status)) return status;
    // The header is missing if the API's CORS does not expose it.
    const seconds = Number(response.headers.get("Retry-After")) || 2;
    await pause(seconds, signal);
  }
}

/** Deletes an upload. Safe to repeat. */
export async function remove(session: Session, upload: Pick<Upload, "location">): Promise<void> {
  await call(session, uploadAt(session, upload.location), { method: "DELETE" });
}

/**
 * One request with the user's token, repeated until it is the user's turn. Any other answer than success is an error with
 * the broker's text.
 *
 * A library that repeats a request after fixed delays fails where the line is long, so the wait is here.
 */
async function call(session: Session, url: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const headers = { ...init.headers, Authorization: `Bearer ${session.token}` };
  for (;;) {
    signal?.throwIfAborted();
    // A redirect could carry the token away from the API.
    const response = await fetch(url, { ...init, headers, redirect: "error" });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    // Only the broker's 429 says how long the wait is, with its fraction; the header is rounded up.
    const { retryAfterSeconds } = problem;
    if (response.status !== 429 || typeof retryAfterSeconds !== "number")
      throw new Error(problem.detail ?? problem.message ?? `The broker answered ${response.status}.`);
    session.onWaiting?.(Math.ceil(retryAfterSeconds));
    await pause(retryAfterSeconds, signal);
  }
}

/** Waits, unless the signal is aborted. */
function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    const stop = () => (clearTimeout(timer), reject(signal?.reason));
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
  });
}
