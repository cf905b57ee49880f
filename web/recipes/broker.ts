// The broker's part of every recipe: ask for an upload, complete it, wait for the verdict, take it back.

/** Where uploads go and on whose authority. */
export interface Session {
  /** The API's address, without a slash at its end. */
  api: string;
  /** A bearer token of the signed-in user. */
  token: string;
  /** ARN of the case or contact that the files belong to. */
  resource: string;
}

/** An upload that the broker has admitted. */
export interface Upload {
  /** Where the bytes go, for some minutes. */
  url: string;
  /** Headers that the PUT must carry, exactly these. */
  headers: Record<string, string>;
  /** The upload's own address, for completing, asking and deleting. */
  location: string;
}

/** Asks for one upload. The same `key` with the same file is the same upload, however often it is asked for. */
export async function ask(session: Session, file: { name: string; size: number }, key: string): Promise<Upload> {
  const body = { fileName: file.name, fileSizeInBytes: file.size, associatedResourceArn: session.resource };
  const response = await call(session, `${session.api}/uploads`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
  const { url, headers } = await response.json();
  const location = new URL(response.headers.get("Location") ?? "", response.url).href;
  return { url, headers, location };
}

/** Tells Connect that the bytes are there; safe to repeat. */
export async function complete(session: Session, upload: Upload): Promise<void> {
  await call(session, `${upload.location}/complete`, { method: "POST" });
}

/** Statuses that stay; any other may pass. */
const FINAL = ["APPROVED", "REJECTED", "FAILED", "UPLOAD_EXPIRED", "DELETED"];

/** Connect's verdict, once there is one: APPROVED, REJECTED or another final status. */
export async function verdict(session: Session, upload: Upload): Promise<string> {
  for (;;) {
    const response = await call(session, upload.location, { method: "GET" });
    const { status } = await response.json();
    if (FINAL.includes(status)) return status;
    // Missing where the API's CORS does not expose it.
    const seconds = Number(response.headers.get("Retry-After")) || 2;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

/** Deletes an upload that is not wanted any more; safe to repeat. */
export async function remove(session: Session, upload: Pick<Upload, "location">): Promise<void> {
  await call(session, upload.location, { method: "DELETE" });
}

/** One request with the user's token; anything but success is an error with the broker's words. */
async function call(session: Session, url: string, init: RequestInit): Promise<Response> {
  const headers = { ...init.headers, Authorization: `Bearer ${session.token}` };
  const response = await fetch(url, { ...init, headers });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? problem.message ?? `The broker answered ${response.status}.`);
}
