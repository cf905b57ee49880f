/** Checks a file when it is chosen, before anything is asked. */
import { scopesFor, unfit } from "./limits.ts";
import { faultOf } from "./name.ts";
import type { Limits, UploadFile } from "./options.ts";
import { ended, type Problem, type Refused } from "./outcome.ts";
import { suggestionFor } from "./suggestion.ts";

export interface CheckOptions {
  /** ARN of the case or contact. */
  readonly resource: string;
  /** From `uploader.limits()`. Without them size and type are not checked. */
  readonly limits?: Limits | undefined;
}

/** Every refusal that the broker would give this file, made without a request; empty for a file that fits. */
export const check = (file: UploadFile, { resource, limits = {} }: CheckOptions): Refused[] => {
  const errors = membersAtFault(file);
  // A name without an extension has no type.
  const byLimits = unfit(file, resource, limits).filter(
    ({ problem }) => problem?.code !== "file-type-not-allowed" || errors.every(({ code }) => code !== "no-extension"),
  );
  return errors.length ? [invalid(errors), ...byLimits] : byLimits;
};

/** The value of `accept` of a file input: the extensions that are allowed. Empty, which admits all, without limits. */
export const accept = ({ resource, limits = {} }: CheckOptions): string => {
  const extensions = scopesFor(resource, limits).flatMap(({ allowedExtensions }) => allowedExtensions);
  return [...new Set(extensions)].map((extension) => `.${extension}`).join();
};

const membersAtFault = ({ name, size }: UploadFile): NonNullable<Problem["errors"]>[number][] => {
  const fault = faultOf(name);
  const suggestion = fault && suggestionFor(name);
  return [
    ...(fault ? [{ pointer: "/fileName", ...fault, ...(suggestion !== undefined && { suggestion }) }] : []),
    ...(size < 1 ? [{ pointer: "/fileSizeInBytes", code: "range", detail: "must be an integer of at least 1" }] : []),
  ];
};

const invalid = (errors: NonNullable<Problem["errors"]>): Refused => {
  const detail = "Some members are missing, unknown or out of range.";
  const problem: Problem = { code: "invalid-request", status: 422, detail, retryable: false, errors };
  return { ...ended("refused", "limits", false, detail), status: 422, problem, retryAfterInMs: undefined };
};
