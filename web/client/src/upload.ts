import { type Api, call, noAnswer } from "./api.ts";
import { type LimitsSource, unfit } from "./limits.ts";
import { cancelled, done, ended, type Failure, type Leg, type Outcome, type Result } from "./outcome.ts";
import type { Progress, UploadFile, UploadOptions } from "./options.ts";
import { retrying } from "./retry.ts";
import type { Send, SendAnswer } from "./send.ts";
import { type Ticket, ticketFrom } from "./ticket.ts";
import { watch } from "./watch.ts";

/** URLs that may expire before the upload gives up. */
const RENEWALS = 2;
/** Ends after which nothing is to be left at the broker. */
const LEAVES_NOTHING = new Set<Outcome["code"]>(["cancelled", "store-refused", "url-expired", "file-unreadable"]);
/** A look-up that only saves a request is not worth waiting for. */
const ADVISORY = { attempts: 1 };
/** A deletion is tried, not waited for. */
const PARTING = { attempts: 3, offlineBudgetMs: 0 };

export interface Context {
  readonly api: Api;
  readonly endpoint: () => string;
  readonly limits: LimitsSource;
  readonly send: Send;
  readonly watchBudgetMs: number;
}

/** One upload, with what its file and caller add. */
interface Job extends Context {
  readonly file: UploadFile;
  readonly options: UploadOptions;
  readonly signal: AbortSignal;
  tell(leg: Leg, sentBytes: number): void;
}

/** The whole way of one file. */
export const uploadFile = async (context: Context, file: UploadFile, options: UploadOptions): Promise<Outcome> => {
  const signal = options.signal ?? new AbortController().signal;
  const tell = (leg: Leg, sentBytes: number): void =>
    void tellProgress(options.onProgress, { leg, sentBytes, totalBytes: file.size });
  const job: Job = { ...context, file, options, signal, tell };
  if (signal.aborted) return cancelled("limits");
  tell("limits", 0);
  const known = await context.limits(ADVISORY);
  return unfit(file, options.resource, known.ok ? known.limits : {}) ?? renewing(job);
};

/** Uploads under a new key where the URL expired before the bytes began. */
const renewing = async (job: Job): Promise<Outcome> => {
  let key = job.options.idempotencyKey ?? randomKey();
  for (let renewals = 0; ; renewals += 1) {
    const ticket = await ask(job, key);
    if (!ticket.ok) return ticket;
    const { upload } = ticket.value;
    const outcome = await deliver(job, ticket.value);
    if (outcome.ok) return outcome;
    if (!LEAVES_NOTHING.has(outcome.code)) return { ...outcome, upload };
    const isGone = await discard(job, upload);
    const isLast = outcome.code !== "url-expired" || outcome.leg !== "put" || renewals === RENEWALS;
    if (isLast) return isGone ? outcome : { ...outcome, upload };
    key = randomKey();
  }
};

const ask = async (job: Job, key: string): Promise<Result<Ticket>> => {
  const { file, api, signal } = job;
  const { resource, tags, onBehalfOf, urlExpiryInSeconds } = job.options;
  job.tell("ask", 0);
  const url = `${job.endpoint()}/uploads`;
  const body = {
    fileName: file.name,
    fileSizeInBytes: file.size,
    associatedResourceArn: resource,
    tags,
    onBehalfOf,
    urlExpiryInSeconds,
  };
  const began = api.rules.environment.now();
  // Not stopped on its way: the upload that it makes could not be deleted.
  const request = { leg: "ask", method: "POST", url, body, headers: { "Idempotency-Key": key }, pauses: signal } as const;
  const answer = await call(api, request);
  return answer.ok ? ticketFrom(answer.value, url, began) : answer;
};

/** From the ticket to the final status. */
const deliver = async (job: Job, ticket: Ticket): Promise<Outcome> => {
  const { api, signal, file, watchBudgetMs } = job;
  const { upload } = ticket;
  if (signal.aborted) return cancelled("ask");
  const sent = await put(job, ticket);
  if (!sent.ok) return sent;
  job.tell("complete", file.size);
  const completed = await call(api, { leg: "complete", method: "POST", url: `${upload}/complete`, signal });
  if (!completed.ok) return completed;
  job.tell("watch", file.size);
  return watch(api, upload, watchBudgetMs, signal);
};

const put = (job: Job, ticket: Ticket): Promise<Result<void>> => {
  const { api, file, signal } = job;
  const { url, headers, expiresAtMs } = ticket;
  const { environment } = api.rules;
  return retrying(api.rules, "put", signal, async () => {
    if (environment.now() >= expiresAtMs) return urlExpired();
    job.tell("put", 0);
    // All of them may be sent while the store still decides.
    const onSent = (bytes: number): void => {
      if (bytes < file.size) job.tell("put", bytes);
    };
    try {
      const answer = await job.send({ url, headers, body: file.slice(0, file.size), signal, onSent });
      if (answer.status < 200 || answer.status > 299) return storeRefused(answer, environment.now() >= expiresAtMs);
    } catch {
      if (signal.aborted) return cancelled("put");
      const isReadable = await file.slice(0, 1).arrayBuffer().then(Boolean, () => false);
      if (!isReadable) return ended("file-unreadable", "put", false, "the file changed or went away since it was chosen");
      return noAnswer("put", url, headers, environment.isOnline());
    }
    job.tell("put", file.size);
    return done(undefined);
  });
};

const urlExpired = (): Failure => ended("url-expired", "put", true, "the URL expired before the bytes began");

const storeRefused = ({ status, text }: SendAnswer, isOverdue: boolean): Failure => {
  const storeCode = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  if (status === 403 && (isOverdue || /Request has expired|ExpiredToken/.test(text))) return urlExpired();
  const retryable = status >= 500 || status === 429 || status === 408 || storeCode === "RequestTimeout";
  const detail = `the store answered ${status} ${storeCode ?? ""}`.trimEnd();
  return { ...ended("store-refused", "put", retryable, detail), status, ...(storeCode && { storeCode }) };
};

/** Whether the upload is gone. */
const discard = async ({ api }: Job, upload: string): Promise<boolean> =>
  (await call(api, { leg: "ask", method: "DELETE", url: upload, rules: PARTING })).ok;

/** A listener's failure is its own: it is reported where the platform can, and stops nothing. */
const tellProgress = async (listener: UploadOptions["onProgress"], progress: Progress): Promise<void> => {
  try {
    await listener?.(progress);
  } catch (error) {
    globalThis.reportError?.(error);
  }
};

/** Not `randomUUID`: pages on plain http have none. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
