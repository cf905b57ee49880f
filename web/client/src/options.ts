import type { Failure, Leg, Outcome } from "./outcome.ts";
import type { Send } from "./send.ts";

/** Gives a bearer token. `refused` is true once after a 401: do not answer from a cache then. */
export type TokenSource = (request: { readonly refused: boolean }) => string | Promise<string>;

/** Time and chance, replaceable in tests. */
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
  /** Bearer token, or where it comes from. Asked again once after a 401. Left out: no `Authorization`. */
  readonly token?: string | TokenSource;
  /** Replaces `fetch` for calls of the broker. Must keep `redirect: "error"`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Replaces XMLHttpRequest, or fetch in service workers, for the bytes. Must not follow redirects. */
  readonly send?: Send;
  /** Attempts of one request. Default 5. */
  readonly attempts?: number;
  /** Time for one answer of the broker, in milliseconds. Default 35,000: longer than a gateway waits. */
  readonly requestTimeoutInMs?: number;
  /** Time without progress of the bytes after which they are sent again, in milliseconds. Default 30,000. */
  readonly stallTimeoutInMs?: number;
  /** Time to wait for the network to come back, in milliseconds. Default 300,000. */
  readonly offlineBudgetInMs?: number;
  /** Time to wait for the final status, in milliseconds. Default 75,000: a scan takes up to 60 s. */
  readonly watchBudgetInMs?: number;
  readonly environment?: Partial<Environment>;
}

export interface Progress {
  readonly leg: Leg;
  /** Bytes given to the network; equal to `totalBytes` only when the store has answered that it has them. */
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface UploadOptions {
  /** ARN of the case or contact. */
  readonly resource: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Cancels, at any point: what exists by then is deleted. */
  readonly signal?: AbortSignal;
  readonly tags?: Readonly<Record<string, string>>;
  /** The same file under the same key is the same upload, until its URL expires. Default: a random key. */
  readonly idempotencyKey?: string;
  /** Connect username, for callers that may act for others. */
  readonly onBehalfOf?: string;
  readonly urlExpiryInSeconds?: number;
}

export interface UploadAllOptions<File extends UploadFile = UploadFile>
  extends Omit<UploadOptions, "idempotencyKey" | "onProgress"> {
  /** Files under way at a time. Default 3. */
  readonly concurrency?: number;
  /** Options of one file, over those for all: its own signal, say. */
  readonly each?: (file: File, index: number) => Partial<Omit<UploadOptions, "onProgress">>;
  readonly onProgress?: (progress: Progress, file: File, index: number) => void;
  readonly onOutcome?: (outcome: Outcome, file: File, index: number) => void;
}

/** A `File`, or a blob with a name. */
export type UploadFile = Blob & { readonly name: string };

export interface FileLimits {
  readonly maxFileSizeInBytes: number;
  readonly allowedExtensions: readonly string[];
}

/** Limits by what a file is attached to; absent where the caller may attach nothing. */
export type Limits = Readonly<Partial<Record<"case" | "email" | "task", FileLimits>>>;

export type LimitsOutcome = { readonly ok: true; readonly limits: Limits } | Failure;

/** Uploads files. Nothing here throws or rejects: failures are outcomes. */
export interface Uploader {
  upload(file: UploadFile, options: UploadOptions): Promise<Outcome>;
  /** Outcomes in the order of the files; one `invalid-call` where they are no list. */
  uploadAll<File extends UploadFile>(files: Iterable<File>, options: UploadAllOptions<File>): Promise<Outcome[]>;
  /** Waits for the final status of an upload whose outcome was `still-processing`. Other URLs end in `invalid-call`. */
  watch(upload: string, options?: { readonly signal?: AbortSignal }): Promise<Outcome>;
  /** What the caller may upload, asked once in five minutes. */
  limits(): Promise<LimitsOutcome>;
}
