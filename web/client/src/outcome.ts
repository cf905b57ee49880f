/** How an upload ends, as data. Codes are stable, and the unions are closed, except for the broker's own codes. */

/** Step of an upload: read the limits, ask for the URL, send the bytes, complete, wait for the scan. */
export type Leg = "limits" | "ask" | "put" | "complete" | "watch";

/** Codes of the broker's problems; docs/api.md lists them. A broker may add codes, so a `switch` needs a default. */
export type ProblemCode =
  | "malformed-request"
  | "unauthenticated"
  | "invalid-token"
  | "forbidden"
  | "insufficient-scope"
  | "not-found"
  | "method-not-allowed"
  | "conflict"
  | "upload-incomplete"
  | "attachment-quota-exceeded"
  | "file-too-large"
  | "body-too-large"
  | "unsupported-media-type"
  | "invalid-request"
  | "file-type-not-allowed"
  | "too-many-requests"
  | "internal"
  | "upstream-failed"
  | "upstream-unavailable"
  | "upstream-timeout"
  | (string & {});

/** Problem details (RFC 9457) of the broker. The client makes them itself if it refuses a file by the limits. */
export interface Problem {
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string;
  readonly retryable: boolean;
  readonly type?: string;
  readonly title?: string;
  readonly requestId?: string;
  readonly errors?: readonly {
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
    /** For a fault of `/fileName`: a name that the broker accepts. */
    readonly suggestion?: string;
  }[];
  readonly maxFileSizeInBytes?: number;
  readonly allowedExtensions?: readonly string[];
  /** With `too-many-requests`: the exact time until the caller's turn, and how many requests come before it. */
  readonly retryAfterSeconds?: number;
  readonly position?: number;
}

interface Ended<Code extends string> {
  readonly ok: false;
  readonly code: Code;
  /** The step that failed. */
  readonly leg: Leg;
  /** Whether the same file may succeed later, as a new upload. Always false after the broker said that it is completed. */
  readonly retryable: boolean;
  /** An explanation in English, for developers and logs. Contains no token and no presigned URL. */
  readonly detail: string;
  /** URL of the upload, if it may still exist at the broker. */
  readonly upload?: string;
}

/** The file is in place and passed the scan, if there is one. */
export interface Approved {
  readonly ok: true;
  readonly code: "approved";
  /** URL of the upload at the broker, valid for 24 hours and for the same caller. */
  readonly upload: string;
}

/** The broker, or the gateway before it, refused. */
export interface Refused extends Ended<"refused"> {
  readonly status: number;
  /** Undefined if the gateway itself answered. */
  readonly problem: Problem | undefined;
  /** How long the answer asks to wait before another attempt. */
  readonly retryAfterInMs: number | undefined;
}

/** The store refused the bytes. */
export interface StoreRefused extends Ended<"store-refused"> {
  /** 0 if the PUT was redirected, because then another server than the store may have the bytes. */
  readonly status: number;
  /** S3's error code, such as `SignatureDoesNotMatch`. */
  readonly storeCode: string | undefined;
}

/** No answer: unreachable, redirected, or blocked by CORS or an extension. Browsers do not say which. */
export interface Unreachable extends Ended<"unreachable"> {
  /** Value of `navigator.onLine`; true if there is no navigator. */
  readonly online: boolean;
}

/** The file was changed, moved or deleted after it was chosen. */
export interface FileUnreadable extends Ended<"file-unreadable"> {}

/** A final status other than APPROVED, as its own code. */
export interface NotApproved extends Ended<"rejected" | "failed" | "deleted"> {}

/** Every URL expired before the bytes began, or Connect's status is UPLOAD_EXPIRED (then `leg` is `watch`). */
export interface UrlExpired extends Ended<"url-expired"> {}

/** The file is stored, but had no final status in time. `watch(upload)` continues to wait. */
export interface StillProcessing extends Ended<"still-processing"> {
  readonly upload: string;
}

/** Stopped by the signal. `upload` is set only if the upload was not deleted: its deletion failed, or `watch` was stopped. */
export interface Cancelled extends Ended<"cancelled"> {}

/** `token()` threw at every attempt, or returned nothing. `detail` has the text of what it threw, which is the page's own. */
export interface NoToken extends Ended<"no-token"> {
  readonly cause: unknown;
}

/** A success without a usable `Location`: none (often CORS does not expose it), or one that leads away from the endpoint. */
export interface UnusableAnswer extends Ended<"unusable-answer"> {}

/** An argument cannot be sent: a bad endpoint, a URL that is not one of its uploads, or a key that fits no header. */
export interface InvalidCall extends Ended<"invalid-call"> {
  readonly cause: unknown;
}

export type Failure =
  | Refused
  | StoreRefused
  | Unreachable
  | FileUnreadable
  | NotApproved
  | UrlExpired
  | StillProcessing
  | Cancelled
  | NoToken
  | UnusableAnswer
  | InvalidCall;

export type Outcome = Approved | Failure;

/** A value, or the failure instead of it. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | Failure;

export const done = <Value>(value: Value): Result<Value> => ({ ok: true, value });

/** A failure. Without a detail, its code is the detail. */
export const ended = <Code extends Failure["code"]>(
  code: Code,
  leg: Leg,
  retryable: boolean,
  detail: string = code,
): Ended<Code> => ({ ok: false, code, leg, retryable, detail });

/** The failure with the upload that still exists. If it is stored, another upload would attach the file twice. */
export const staying = (failure: Failure, upload: string): Failure => {
  const isStored = failure.code === "cancelled" && failure.leg === "watch";
  return { ...failure, upload, retryable: failure.retryable && !isStored };
};

export const cancelled = (leg: Leg): Cancelled => ended("cancelled", leg, true);
