/** The state of files to upload, for components of any framework. */
export { canTryAgain, storedUpload, suggestedName } from "./again.ts";
export { createUploadList } from "./list.ts";
export type { UploadItem, UploadList, UploadListEvent, UploadListOptions, UploadListState, UploadState } from "./types.ts";
