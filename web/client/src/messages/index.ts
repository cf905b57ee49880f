/** The texts of `<connect-upload>`, and words for an outcome. */
export { de } from "./de.ts";
export { en } from "./en.ts";
export type { FailureKey, Messages, WhatAndAdvice } from "./messages.ts";
export { bytesText, durationText, percentText } from "./amounts.ts";
export { failureWords } from "./words.ts";
