// Attaches a file that this process holds to a case or contact, on behalf of an Amazon Connect user.
//
//   node upload.mjs FILE CASE_OR_CONTACT_ARN USERNAME [KEY]
//
// API is the broker's URL. With TOKEN the requests carry a bearer token; without it they are signed (IAM) with the AWS
// credentials and the AWS_REGION of the environment, as in a Lambda function.
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How long one step is tried, and how long the scan is watched. */
const PATIENCE_IN_MS = 300_000;

/** `code` is the problem's (docs/api.md), `http-STATUS` if it has none, or `unreachable`. */
export class UploadError extends Error {
  constructor(code, ...details) {
    super([code, ...details].join(" "));
    this.code = code;
  }
}

/** Adds a bearer token. */
export function bearer(token) {
  return (request) => ({ ...request.headers, authorization: `Bearer ${token}` });
}

/** Signs a request. Outside Lambda, `credentials` can be `fromNodeProviderChain()` of @aws-sdk/credential-providers. */
export function signature(credentials, region) {
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const { protocol, host, pathname, searchParams } = new URL(url);
    const query = Object.fromEntries(searchParams);
    const signed = await signer.sign({ method, protocol, hostname: host, path: pathname, query, body, headers: { ...headers, host } });
    // fetch writes Host itself.
    const { host: _, ...rest } = signed.headers;
    return rest;
  };
}

/** For the store: its URL is signed already, and it refuses an `Authorization`. */
const anonymous = ({ headers }) => headers;

/** The answer to a request, which is repeated while it may succeed later. Errors never name the URL, a secret. */
async function send(method, url, authorize, { headers = {}, body } = {}) {
  const deadline = Date.now() + PATIENCE_IN_MS;
  for (let attempt = 0; ; attempt += 1) {
    let wait = Math.random() * Math.min(2 ** attempt, 20) * 1000;
    let failure;
    let isFinal = false;
    const authorized = await authorize({ method, url, headers, body });
    try {
      const signal = AbortSignal.timeout(60_000);
      const answer = await fetch(url, { method, headers: authorized, body, redirect: "manual", signal });
      if (answer.ok) return answer;
      const problem = await problemOf(answer);
      const faults = problem.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`) ?? [];
      failure = new UploadError(problem.code, problem.detail, ...faults, problem.requestId);
      isFinal = !problem.retryable;
      // The broker gives the exact time; the header is rounded up.
      const seconds = problem.retryAfterSeconds ?? answer.headers.get("Retry-After");
      if (seconds !== null) wait = Number(seconds) * 1000;
    } catch (error) {
      failure = new UploadError("unreachable", error.cause?.code ?? error.name);
    }
    if (isFinal || Date.now() + wait > deadline) throw failure;
    await sleep(wait);
  }
}

/** The broker's problem. API Gateway and the store have none, so there the status decides. */
async function problemOf(answer) {
  if (answer.headers.get("Content-Type") === "application/problem+json") return answer.json();
  await answer.body?.cancel();
  const { status } = answer;
  return { code: `http-${status}`, retryable: [429, 500, 502, 503, 504].includes(status) };
}

/** The file's last status: `APPROVED`, `REJECTED` and so on, or `PROCESSING` if the scan takes too long. */
export async function upload(api, authorize, name, content, resource, user, key) {
  const body = { fileName: name, fileSizeInBytes: content.length, associatedResourceArn: resource, onBehalfOf: user };
  const started = await send("POST", `${api}/uploads`, authorize, {
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
  });
  const handle = new URL(started.headers.get("Location"), started.url).href;
  if (!handle.startsWith(`${api}/uploads/`)) throw new UploadError("unusable-answer", "Location leads away from the API");
  const ticket = await started.json();
  // Exactly these headers. A Buffer has a length; a stream would be sent in chunks, which the store refuses (501).
  await send("PUT", ticket.url, anonymous, { headers: ticket.headers, body: content });
  await send("POST", `${handle}/complete`, authorize);
  const deadline = Date.now() + PATIENCE_IN_MS;
  for (;;) {
    const answer = await send("GET", handle, authorize);
    const { status } = await answer.json();
    const seconds = answer.headers.get("Retry-After"); // Absent where the status is final.
    if (seconds === null || Date.now() + seconds * 1000 > deadline) return status;
    await sleep(seconds * 1000);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [file, resource, user, key = randomUUID()] = process.argv.slice(2);
  const { API, TOKEN, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const role = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
  const authorize = TOKEN ? bearer(TOKEN) : signature(role, AWS_REGION);
  try {
    const status = await upload(API.replace(/\/$/, ""), authorize, basename(file), await readFile(file), resource, user, key);
    console.log(status);
    process.exitCode = status === "APPROVED" ? 0 : 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
