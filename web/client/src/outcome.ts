/** How an upload ends, as data. Codes are stable; the unions are closed, but for the broker's own codes. */

/** Part of an upload's way: look-up of the limits, request of the URL, bytes, completion, wait for the scan. */
export type Leg = "limits" | "ask" | "put" | "complete" | "watch";

/** Codes of the broker's problems, see docs/api.md. Brokers may add some: a `switch` needs its default. */
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

/** Problem details (RFC 9457) of the broker. Where the file itself was refused before asking, made by the client. */
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
}

interface Ended<Code extends string> {
  readonly ok: false;
  readonly code: Code;
  /** Leg that failed. */
  readonly leg: Leg;
  /** Whether the same file may succeed later, as a new upload. Never once it was answered that it is completed. */
  readonly retryable: boolean;
  /** More than the code says, in English, for developers and logs. Holds no token and no presigned URL. */
  readonly detail: string;
  /** URL of the upload, where it may still exist at the broker. */
  readonly upload?: string;
}

/** The file is in place and passed the scan, if there is one. */
export interface Approved {
  readonly ok: true;
  readonly code: "approved";
  /** URL of the upload at the broker; good for 24 hours, for the same caller. */
  readonly upload: string;
}

/** The broker, or the gateway before it, refused. */
export interface Refused extends Ended<"refused"> {
  readonly status: number;
  /** Undefined where the gateway itself answered. */
  readonly problem: Problem | undefined;
  /** Time that the answer asked to wait before trying again. */
  readonly retryAfterInMs: number | undefined;
}

/** The store did not take the bytes. */
export interface StoreRefused extends Ended<"store-refused"> {
  /** 0 if the PUT was redirected: then another server than the store may have the bytes. */
  readonly status: number;
  /** S3's error code, such as `SignatureDoesNotMatch`. */
  readonly storeCode: string | undefined;
}

/** No answer: unreachable, redirected, or blocked by CORS or an extension. Browsers do not say which. */
export interface Unreachable extends Ended<"unreachable"> {
  /** What `navigator.onLine` said; true where there is no navigator. */
  readonly online: boolean;
}

/** The file was changed, moved or deleted after it was chosen. */
export interface FileUnreadable extends Ended<"file-unreadable"> {}

/** Final status other than APPROVED, under its own name. */
export interface NotApproved extends Ended<"rejected" | "failed" | "deleted"> {}

/** No URL lived long enough for the bytes to begin, or Connect's status is UPLOAD_EXPIRED (`leg` is then `watch`). */
export interface UrlExpired extends Ended<"url-expired"> {}

/** The file is stored, and no final status came within the budget. `watch(upload)` goes on waiting. */
export interface StillProcessing extends Ended<"still-processing"> {
  readonly upload: string;
}

/** Stopped by the signal. `upload` is there only if its deletion failed, or was not tried: `watch` deletes nothing. */
export interface Cancelled extends Ended<"cancelled"> {}

/** `token()` threw or returned nothing. */
export interface NoToken extends Ended<"no-token"> {
  readonly cause: unknown;
}

/** A success that cannot be used: no `Location` (often not exposed by CORS), or one that leads away from the endpoint. */
export interface UnusableAnswer extends Ended<"unusable-answer"> {}

/** An argument cannot be sent: a bad endpoint, a URL that is not an upload of it, a key that a header cannot have. */
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

/** A value, or why there is none. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | Failure;

export const done = <Value>(value: Value): Result<Value> => ({ ok: true, value });

/** A failure; where there is nothing to add, its code says it all. */
export const ended = <Code extends Failure["code"]>(
  code: Code,
  leg: Leg,
  retryable: boolean,
  detail: string = code,
): Ended<Code> => ({ ok: false, code, leg, retryable, detail });

/** With the upload that is still there. One that is stored would be attached twice by another. */
export const staying = (failure: Failure, upload: string): Failure => {
  const isStored = failure.code === "cancelled" && failure.leg === "watch";
  return { ...failure, upload, retryable: failure.retryable && !isStored };
};

export const cancelled = (leg: Leg): Cancelled => ended("cancelled", leg, true);
