/** Compiled against the built package, as its users see it. */
import { accept, check } from "@upload-broker/client/check";
import "@upload-broker/client/element";
import { createUploadList, type UploadList, type UploadListState } from "@upload-broker/client/list";
import { de, en, type Messages } from "@upload-broker/client/messages";
import { type ConnectUpload, useConnectUpload } from "@upload-broker/client/react";
import { resume } from "@upload-broker/client/resume";
import { createUploader, type Outcome, type Problem, type ProblemCode, type Uploader } from "@upload-broker/client";

const uploader: Uploader = createUploader({ endpoint: "/api", token: async ({ refused }) => String(refused) });
createUploader({ endpoint: "/api" });
// @ts-expect-error: an uploader needs its broker
createUploader({ token: "t" });
// @ts-expect-error: a misspelt option does not exist
createUploader({ endpoint: "/api", tokens: "t" });

const file = new File([], "a.pdf");
const outcome: Promise<Outcome> = uploader.upload(file, { resource: "arn" });
// @ts-expect-error: the resource is required
void uploader.upload(file, {});
// @ts-expect-error: a blob has no name
void uploader.upload(new Blob(), { resource: "arn" });
// @ts-expect-error: no files were chosen yet
void uploader.uploadAll(document.querySelector("input")?.files, { resource: "arn" });
void uploader.uploadAll([file], { resource: "arn", onOutcome: (_, { lastModified }) => lastModified.toFixed() });

/** Values that may be undefined, as a page that compiles with `exactOptionalPropertyTypes` has them. */
const maybe = Math.random() > 2 ? undefined : undefined;
createUploader({ endpoint: "/api", token: maybe, attempts: maybe, environment: maybe });
void uploader.uploadAll([file], { resource: "arn", signal: maybe, tags: maybe, onTotal: maybe, each: () => ({ signal: maybe }) });
void uploader.watch("/api/uploads/h", { signal: maybe });
void resume({ endpoint: "/api" }, [], { signal: maybe, onOutcome: maybe });
void uploader.upload(file, { resource: "arn", onProgress: ({ upload }) => upload?.toUpperCase() });
void resume({ endpoint: "/api" }, ["/api/uploads/h"], { onOutcome: (_, upload, index) => upload.at(index) });

const refusals: readonly number[] = check(file, { resource: "arn", limits: undefined }).map(({ status }) => status);
void [refusals, accept({ resource: "arn", limits: {} }).length];

/** Compiles only while the union is closed and every member is named. */
export const story = (outcome: Outcome): string | number | boolean | undefined | unknown => {
  switch (outcome.code) {
    case "approved":
      return outcome.upload.length;
    case "refused":
      return problemCode(outcome.problem) ?? outcome.status;
    case "store-refused":
      return outcome.storeCode ?? outcome.status;
    case "unreachable":
      return outcome.online;
    case "still-processing":
      return outcome.upload.length;
    case "no-token":
    case "invalid-call":
      return outcome.cause;
    case "cancelled":
    case "rejected":
    case "failed":
    case "deleted":
    case "url-expired":
    case "file-unreadable":
    case "unusable-answer":
      return outcome.upload?.length;
    default:
      return outcome satisfies never;
  }
};

/** A broker may be newer than the client. */
export const later: ProblemCode = "a-code-of-tomorrow";

/** A name that the broker would accept. */
export const suggestedName = (problem: Problem): string | undefined =>
  problem.errors?.find(({ pointer }) => pointer === "/fileName")?.suggestion;

const problemCode = (problem: Problem | undefined): string | undefined => problem?.code;

export const narrowed = async (): Promise<string> => {
  const end = await outcome;
  if (end.ok) return end.upload;
  // @ts-expect-error: only some failures have a status
  void end.status;
  return end.detail;
};

/** The element, its events and its properties are typed. */
export const typedElement = (element: HTMLElementTagNameMap["connect-upload"]): void => {
  element.addEventListener("connect-upload:outcome", ({ detail }) => detail.item.outcome?.code.length ?? detail.total.files);
  element.token = async ({ refused }) => String(refused);
  element.messages = { choose: "pick", chip: { approved: "Done" } };
  element.options = { concurrency: 2, attempts: maybe, storage: null };
  // @ts-expect-error: there is no such text
  element.messages = { chosen: "pick" };
};
const list: UploadList = createUploadList({ endpoint: "/api", resource: "arn", storage: maybe, onEvent: ({ type }) => type.length });
export const state: UploadListState = list.state();
export const german: Messages = { ...en, ...de, drop: "" };
export const hook: () => ConnectUpload = () => useConnectUpload({ endpoint: "/api", resource: "arn", caller: maybe });
