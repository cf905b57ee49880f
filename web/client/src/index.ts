export { createUploader } from "./uploader.ts";
export { sendWithFetch, sendWithXhr } from "./send.ts";
export type { Send, SendAnswer, SendRequest } from "./send.ts";
export type {
  Environment,
  FileLimits,
  Limits,
  LimitsOutcome,
  Progress,
  Retry,
  TokenSource,
  Total,
  UploadAllOptions,
  Uploader,
  UploaderOptions,
  UploadFile,
  UploadOptions,
  Waiting,
} from "./options.ts";
export type {
  Approved,
  Cancelled,
  Failure,
  FileUnreadable,
  InvalidCall,
  Leg,
  NotApproved,
  NoToken,
  Outcome,
  Problem,
  ProblemCode,
  Refused,
  StillProcessing,
  StoreRefused,
  Unreachable,
  UnusableAnswer,
  UrlExpired,
} from "./outcome.ts";
