import type { LimitsOutcome, Retry, Total, UploaderOptions, UploadFile, UploadOptions } from "../options.ts";
import type { Leg, Outcome } from "../outcome.ts";

/** Where a file is. `queued`: other files go first. `waiting`: for its turn at Connect. */
export type UploadState = "queued" | "running" | "waiting" | "approved" | "failed" | "cancelled";

/** One file of a list. It is never changed: a new object takes its place. */
export interface UploadItem {
  /** The same as long as the file is in the list, also after another attempt. */
  readonly id: number;
  readonly name: string;
  readonly size: number;
  /** Undefined if the file was chosen before the page was reloaded. Then it can be completed, but not be sent again. */
  readonly file: UploadFile | undefined;
  /** ARN of the case or contact. */
  readonly resource: string;
  readonly state: UploadState;
  readonly leg: Leg;
  readonly sentBytes: number;
  /** While bytes are sent, over the last seconds. */
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
  /** In state `waiting`: when its turn comes (of `Date.now`), and how many requests come first. */
  readonly waiting: { readonly untilMs: number; readonly position: number } | undefined;
  /** Between two attempts of a request. */
  readonly retry: Retry | undefined;
  /** URL of the upload, once it is started. */
  readonly upload: string | undefined;
  readonly outcome: Outcome | undefined;
}

/** A list at one time. The object stays the same until something changes. */
export interface UploadListState {
  /** In the order in which they were added. */
  readonly items: readonly UploadItem[];
  readonly total: Total;
  /** What the caller may attach; undefined until the broker has answered. */
  readonly limits: LimitsOutcome | undefined;
  /** For `<input type="file" accept>`; empty, which admits all, without limits. */
  readonly accept: string;
  /** Whether uploads wait for `token()`. */
  readonly isSigningIn: boolean;
  /** Whether a file would be lost if the page was left now. */
  readonly isSending: boolean;
}

export type UploadListEvent =
  | { readonly type: "add" | "progress" | "waiting" | "retry" | "outcome" | "remove"; readonly item: UploadItem }
  | { readonly type: "limits"; readonly limits: LimitsOutcome }
  /** No file is under way any more. */
  | { readonly type: "complete"; readonly items: readonly UploadItem[] };

export interface UploadListOptions extends UploaderOptions, Pick<UploadOptions, "tags" | "onBehalfOf" | "urlExpiryInSeconds"> {
  /** ARN of the case or contact that files are added to. */
  readonly resource: string;
  /**
   * Names the person who is signed in. As long as it stays the same, a new `token` takes the place of the old one, also for
   * uploads under way. Without it, a new `token` counts as another person's, and applies to files that are added later.
   */
  readonly caller?: string | undefined;
  /** Files that are uploaded at the same time, until they are completed. Default 3. Read once. */
  readonly concurrency?: number | undefined;
  /**
   * What remembers unfinished uploads over a reload: their names, sizes and URLs. Default: `sessionStorage`, which is this
   * tab's. `null` remembers nothing.
   */
  readonly storage?: Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem"> | null | undefined;
  /** Whether `start` also asks the broker for uploads of this caller that wait for their scan (`GET /uploads`). */
  readonly asksBroker?: boolean | undefined;
  /** Called at every step. */
  readonly onEvent?: ((event: UploadListEvent) => void) | undefined;
}

/** Files that are uploaded in order, with what a page needs to show them. No method throws or rejects. */
export interface UploadList {
  readonly state: () => UploadListState;
  /** Calls back after every change. Returns the function that ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Reads the limits, and resumes what a reload interrupted. May be called again; does nothing on a server. */
  readonly start: () => void;
  /** Changes options. Uploads under way go on as they began. */
  readonly update: (options: Partial<UploadListOptions>) => void;
  readonly add: (files: Iterable<UploadFile>) => void;
  /** Cancels one file, or all. */
  readonly cancel: (id?: number) => void;
  /** Uploads a file again, under the name that was offered if its name was refused; one that is stored is watched on. */
  readonly retry: (id: number) => void;
  /** Removes a file from the list; one that is under way is cancelled. Without `id`, removes all that have an outcome. */
  readonly remove: (id?: number) => void;
}
