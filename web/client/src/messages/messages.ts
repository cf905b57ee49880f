/** What happened, and what to do about it. */
export type WhatAndAdvice = readonly [what: string, advice: string];

/** Steps that a person sees: limits and ask are one. */
type Shown = "ask" | "put" | "complete" | "watch";
type Chip = "queued" | "limits" | "ask" | "put" | "complete" | "watch" | "waiting" | "approved" | "rejected" | "failed" | "cancelled";

/** Every text of `<connect-upload>`. Words in braces are replaced: `{name}`, `{size}`. */
export interface Messages {
  readonly drop: string;
  readonly choose: string;
  readonly files: string;
  readonly limits: string;
  readonly limitsLoading: string;
  readonly limitsNone: string;
  readonly limitsUnknown: string;
  readonly folder: string;
  readonly offline: string;
  readonly total: string;
  readonly totalProgress: string;
  readonly progress: string;
  readonly unnamed: string;
  readonly cancel: string;
  readonly cancelAll: string;
  readonly retry: string;
  readonly keepWaiting: string;
  readonly uploadAs: string;
  readonly remove: string;
  readonly removeEnded: string;
  /** Name of a button for screen readers. */
  readonly action: string;
  readonly steps: string;
  readonly step: Readonly<Record<Shown, string>>;
  readonly chip: Readonly<Record<Chip, string>>;
  /** Beside the size: what the file waits for. */
  readonly note: Readonly<Record<"queued" | "signingIn" | "limits" | "ask" | "complete" | "watch" | "waiting" | "pace" | "approved" | "retry", string>>;
  readonly details: string;
  /** Spoken by screen readers. */
  readonly said: Readonly<Record<"added" | "waiting" | "approved", string>>;
  /** By code: the outcome's, the broker's, that of a fault of the name, or the status. */
  readonly failure: Readonly<Record<FailureKey, WhatAndAdvice>>;
  readonly service: string;
  readonly store: string;
  readonly rename: string;
  readonly suggestion: string;
  readonly later: string;
  readonly wait: string;
  readonly atMost: string;
  readonly oneOf: string;
}

export type FailureKey =
  | ("store-refused" | "unreachable" | "offline" | "file-unreadable" | "rejected" | "failed" | "deleted" | "url-expired")
  | ("still-processing" | "cancelled" | "cancelled-late" | "no-token" | "misconfigured" | "lost" | "empty" | "not-accepted")
  | ("file-too-large" | "file-type-not-allowed" | "attachment-quota-exceeded" | "upload-incomplete")
  | ("length" | "character" | "unseen" | "outer-space-or-dot" | "no-extension" | "device" | "look-alike" | "name")
  | ("401" | "403" | "429" | "503" | "500" | "refused");
