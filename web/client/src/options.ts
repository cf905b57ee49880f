import type { Failure, Leg, Outcome } from "./outcome.ts";
import type { Send } from "./send.ts";

/** Returns a bearer token. `refused` is true after a 401: do not answer from a cache then. */
export type TokenSource = (request: { readonly refused: boolean }) => string | Promise<string>;

/** Clock, randomness and network state, which tests replace. */
export interface Environment {
  /** Unix time in milliseconds: a `Retry-After` may be a date. */
  now(): number;
  /** Resolves after the time, or as soon as the signal is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
  /** Whether the device has a network. */
  isOnline(): boolean;
}

export interface UploaderOptions {
  /** URL of the broker, with its base path: `https://api.example.com/prod`. May be relative to the page. The token goes only here. */
  readonly endpoint: string;
  /** Bearer token, or a function that returns it, called once more after a 401. Without it there is no `Authorization`. */
  readonly token?: string | TokenSource | undefined;
  /** Replaces `fetch` for requests to the broker. Must keep `redirect: "error"`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Replaces XMLHttpRequest, or fetch in service workers, for the bytes. Must not follow redirects. */
  readonly send?: Send | undefined;
  /** Attempts of one request. Default 5. */
  readonly attempts?: number | undefined;
  /** Longest wait for one answer of the broker, in milliseconds. Default 35,000, which is longer than a gateway waits. */
  readonly requestTimeoutInMs?: number | undefined;
  /** After so many milliseconds without progress the bytes are sent again. Default 30,000. After the last byte, also the time for all at 32 KB a second. */
  readonly stallTimeoutInMs?: number | undefined;
  /** Longest wait for the network to come back, in milliseconds. Default 300,000. */
  readonly offlineBudgetInMs?: number | undefined;
  /** Longest wait for the final status, in milliseconds. Default 75,000, because a scan takes up to 60 s. */
  readonly watchBudgetInMs?: number | undefined;
  readonly environment?: Partial<Environment> | undefined;
}

export interface Progress {
  readonly leg: Leg;
  /** Bytes given to the network. Equal to `totalBytes` only after the store has answered that it has them. */
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** URL of the upload, once it is started: from `put` on. A page that keeps it can resume the upload after a reload. */
  readonly upload: string | undefined;
}

/** The upload waits for its turn, because Connect answers few requests a second for all callers together. */
export interface Waiting {
  readonly leg: Leg;
  /** About how long, in milliseconds. The client asks again by itself then; a long line is told in several waits. */
  readonly waitInMs: number;
  /** Requests before this one, from 0. */
  readonly position: number;
}

/** A request failed and is repeated. */
export interface Retry {
  readonly leg: Leg;
  /** Number of the next attempt, from 2. */
  readonly attempt: number;
  /** How long the client waits before it, in milliseconds; while the device is offline, longer. */
  readonly waitInMs: number;
  /** Why the attempt before it failed. */
  readonly failure: Failure;
}

/** Progress of all files of `uploadAll` together. A file that failed counts in neither number of bytes. */
export interface Total {
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly files: number;
  /** Files that have an outcome. */
  readonly endedFiles: number;
}

export interface UploadOptions {
  /** ARN of the case or contact. */
  readonly resource: string;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onWaiting?: ((waiting: Waiting) => void) | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Cancels at any point. The upload is deleted if it exists by then. */
  readonly signal?: AbortSignal | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The same file under the same key is the same upload, until its URL expires. Default: a random key. */
  readonly idempotencyKey?: string | undefined;
  /** Connect username, for callers that may act for others. */
  readonly onBehalfOf?: string | undefined;
  readonly urlExpiryInSeconds?: number | undefined;
}

type Listener = "onProgress" | "onWaiting" | "onRetry";

export interface UploadAllOptions<File extends UploadFile = UploadFile>
  extends Omit<UploadOptions, "idempotencyKey" | Listener> {
  /** Files that are uploaded at the same time, until they are completed. Default 3. */
  readonly concurrency?: number | undefined;
  /** Options of one file, which override those for all files. Its signal and that for all both cancel it. */
  readonly each?: ((file: File, index: number) => Partial<Omit<UploadOptions, Listener>>) | undefined;
  readonly onProgress?: ((progress: Progress, file: File, index: number) => void) | undefined;
  readonly onWaiting?: ((waiting: Waiting, file: File, index: number) => void) | undefined;
  readonly onRetry?: ((retry: Retry, file: File, index: number) => void) | undefined;
  readonly onTotal?: ((total: Total) => void) | undefined;
  readonly onOutcome?: ((outcome: Outcome, file: File, index: number) => void) | undefined;
}

/** A `File`, or a blob with a name. */
export type UploadFile = Blob & { readonly name: string };

export interface FileLimits {
  readonly maxFileSizeInBytes: number;
  readonly allowedExtensions: readonly string[];
}

/** Limits by what a file is attached to. A member is absent if the caller may attach nothing there. */
export type Limits = Readonly<Partial<Record<"case" | "email" | "task", FileLimits>>>;

export type LimitsOutcome = { readonly ok: true; readonly limits: Limits } | Failure;

/** Uploads files. No method throws or rejects, because failures are outcomes. */
export interface Uploader {
  upload(file: UploadFile, options: UploadOptions): Promise<Outcome>;
  /** Outcomes in the order of the files, or one `invalid-call` if `files` is not iterable. */
  uploadAll<File extends UploadFile>(files: Iterable<File>, options: UploadAllOptions<File>): Promise<Outcome[]>;
  /** Waits for the final status of an upload whose outcome was `still-processing`. Other URLs end in `invalid-call`. */
  watch(upload: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Outcome>;
  /** The caller's limits, requested at most once in five minutes. */
  limits(): Promise<LimitsOutcome>;
}
