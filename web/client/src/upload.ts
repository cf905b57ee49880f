import { noAnswer } from "./advice.ts";
import { call } from "./api.ts";
import { complete } from "./complete.ts";
import { type LimitsSource, unfit } from "./limits.ts";
import { notify } from "./listener.ts";
import { cancelled, done, ended, type Failure, type Leg, type Outcome, type Result, staying } from "./outcome.ts";
import type { Retry, UploadFile, UploadOptions, Waiting } from "./options.ts";
import { retrying } from "./retry.ts";
import type { SendAnswer } from "./send.ts";
import type { Settings } from "./settings.ts";
import { type Ticket, ticketFrom } from "./ticket.ts";
import { orStopped } from "./wait.ts";
import { watch } from "./watch.ts";

/** How many times an expired URL is replaced before the upload gives up. */
const RENEWALS = 2;
/** Outcomes after which the upload is deleted. */
const LEAVES_NOTHING = new Set<Outcome["code"]>(["cancelled", "store-refused", "url-expired", "file-unreadable"]);
/** The limits only save a request, so the upload does not wait long for them. */
const ADVISORY = { attempts: 1, waitsInLine: false };
const ADVISORY_MS = 3_000;
/** Limits of this age refuse a file. Older ones are read again first, because an administrator may have raised them. */
const FRESH_MS = 10_000;
/** A deletion is not retried for long. */
const PARTING = { attempts: 3, offlineBudgetInMs: 0 };

export interface Context extends Settings {
  readonly limits: LimitsSource;
}

/** One upload: its file, its options and its listener. */
interface Job extends Context {
  readonly file: UploadFile;
  readonly options: UploadOptions;
  readonly signal: AbortSignal;
  report(leg: Leg, sentBytes: number, upload?: string): void;
  onWaiting(waiting: Waiting): void;
  onRetry(retry: Retry): void;
  onStored(): Promise<void>;
}

/** Uploads one file, from the limits to the final status. Once the file is completed, it waits for `onStored`. */
export const uploadFile = async (
  context: Context,
  file: UploadFile,
  options: UploadOptions,
  onStored: () => Promise<void> = async () => {},
): Promise<Outcome> => {
  // A signal of its own, so that listeners on it end with the upload.
  const signal = AbortSignal.any(options.signal ? [options.signal] : []);
  const report = (leg: Leg, sentBytes: number, upload?: string): void =>
    void notify(() => options.onProgress?.({ leg, sentBytes, totalBytes: file.size, upload }));
  const onWaiting = (waiting: Waiting): void => void notify(() => options.onWaiting?.(waiting));
  const onRetry = (retry: Retry): void => void notify(() => options.onRetry?.(retry));
  const job: Job = { ...context, file, options, signal, report, onWaiting, onRetry, onStored };
  if (signal.aborted) return cancelled("limits");
  report("limits", 0);
  return (await objection(job, options.resource)) ?? renewing(job);
};

/** The refusal by the limits, if they come soon. */
export const objection = async (job: Pick<Job, "limits" | "signal" | "file">, resource: string): Promise<Failure | undefined> => {
  const by = async (ageMs?: number): Promise<Failure | undefined> => {
    const enough = AbortSignal.any([job.signal, AbortSignal.timeout(ADVISORY_MS)]);
    const known = await orStopped(job.limits(ADVISORY, ageMs), enough);
    return unfit(job.file, resource, known?.ok ? known.limits : {})[0];
  };
  return (await by()) && by(FRESH_MS);
};

/** Uploads, and starts again under a new key if the URL expired before the bytes began. */
const renewing = async (job: Job): Promise<Outcome> => {
  let key = job.options.idempotencyKey ?? randomKey();
  for (let renewals = 0; ; renewals += 1) {
    const ticket = await ask(job, key);
    if (!ticket.ok) return ticket;
    const { upload } = ticket.value;
    const outcome = await deliver(job, ticket.value);
    if (outcome.ok) return outcome;
    if (!LEAVES_NOTHING.has(outcome.code)) return staying(outcome, upload);
    const isGone = await discard(job, upload);
    const isLast = outcome.code !== "url-expired" || outcome.leg !== "put" || renewals === RENEWALS;
    if (isLast) return isGone ? outcome : staying(outcome, upload);
    key = randomKey();
  }
};

const ask = async (job: Job, key: string): Promise<Result<Ticket>> => {
  const { file, signal: pauses } = job;
  const { resource, tags, onBehalfOf, urlExpiryInSeconds } = job.options;
  job.report("ask", 0);
  const endpoint = job.endpoint();
  const url = `${endpoint}/uploads`;
  const headers = { "Idempotency-Key": key, "Content-Type": "application/json" };
  const body = JSON.stringify({
    fileName: file.name,
    fileSizeInBytes: file.size,
    associatedResourceArn: resource,
    tags,
    onBehalfOf,
    urlExpiryInSeconds,
  });
  // Not aborted on its way, because then the upload that it starts could not be deleted.
  const answer = await call(job, { leg: "ask", method: "POST", url, headers, body, pauses });
  return answer.ok ? ticketFrom(answer.value, endpoint) : answer;
};

/** From the ticket to the final status. */
const deliver = async (job: Job, ticket: Ticket): Promise<Outcome> => {
  const { signal, file } = job;
  const { upload } = ticket;
  if (signal.aborted) return cancelled("ask");
  const sent = await put(job, ticket);
  if (!sent.ok) return sent;
  job.report("complete", file.size, upload);
  const completed = await complete(job, upload, signal);
  if (!completed.ok) return completed;
  job.report("watch", file.size, upload);
  await job.onStored();
  return watch(job, upload, signal);
};

const put = (job: Job, ticket: Ticket): Promise<Result<void>> => {
  const { file, signal, stallTimeoutInMs } = job;
  const { upload, url, headers, expiresAtMs } = ticket;
  return retrying(job, "put", signal, async () => {
    if (job.now() >= expiresAtMs) return urlExpired();
    job.report("put", 0, upload);
    // The last byte is reported only after the store has answered.
    const onSent = (bytes: number): void => {
      if (bytes < file.size) job.report("put", bytes, upload);
    };
    try {
      const body = file.slice(0, file.size);
      const answer = await job.send({ url, headers, body, signal, stallTimeoutInMs, onSent });
      if (answer.status < 200 || answer.status > 299) return storeRefused(answer, job.now() >= expiresAtMs);
    } catch {
      if (signal.aborted) return cancelled("put");
      const isReadable = await file.slice(0, 1).arrayBuffer().then(Boolean, () => false);
      if (!isReadable) return ended("file-unreadable", "put", false);
      return noAnswer("put", url, headers, job.isOnline());
    }
    job.report("put", file.size, upload);
    return done(undefined);
  });
};

const urlExpired = (): Failure => ended("url-expired", "put", true);

const storeRefused = ({ status, text }: SendAnswer, isOverdue: boolean): Failure => {
  const storeCode = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  // The credentials that signed the URL may expire before the URL does; then S3 answers 400.
  if (storeCode === "ExpiredToken" || (status === 403 && (isOverdue || text.includes("Request has expired"))))
    return urlExpired();
  const retryable = status >= 500 || status === 429 || status === 408 || storeCode === "RequestTimeout";
  const detail = status ? storeCode : "the PUT was redirected";
  return { ...ended("store-refused", "put", retryable, detail), status, storeCode };
};

/** Whether the upload is gone. */
const discard = async (job: Job, upload: string): Promise<boolean> => {
  const pauses = AbortSignal.timeout(job.requestTimeoutInMs);
  return (await call(job, { leg: "ask", method: "DELETE", url: upload, pauses, patience: PARTING })).ok;
};

/** Not `randomUUID`, because pages on plain http do not have it. */
export const randomKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");
