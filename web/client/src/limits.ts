import { type Api, call } from "./api.ts";
import { ended, type Problem, type Refused } from "./outcome.ts";
import type { FileLimits, Limits, LimitsOutcome, UploadFile } from "./options.ts";
import type { RetryRules } from "./retry.ts";

const LIFETIME_MS = 300_000;

export type LimitsSource = (rules?: Partial<RetryRules>) => Promise<LimitsOutcome>;

/** The caller's limits, kept for a while; callers at the same time share one request. */
export const limitsFrom = (api: Api, endpoint: () => string): LimitsSource => {
  const { now } = api.rules.environment;
  let kept: { readonly asked: Promise<LimitsOutcome>; readonly until: number } | undefined;
  const ask = async (rules: Partial<RetryRules>): Promise<LimitsOutcome> => {
    const answer = await call(api, { leg: "limits", method: "GET", url: `${endpoint()}/limits`, rules });
    if (!answer.ok) return answer;
    const limits = answer.value.body;
    if (typeof limits === "object" && limits !== null) return { ok: true, limits };
    return ended("unusable-answer", "limits", false, "the limits are no JSON object");
  };
  return async (rules = {}) => {
    if (kept && now() < kept.until) return kept.asked;
    const mine = { asked: ask(rules), until: now() + LIFETIME_MS };
    kept = mine;
    const outcome = await mine.asked;
    if (!outcome.ok && kept === mine) kept = undefined;
    return outcome;
  };
};

/** The broker's answer to a file that it would refuse, before it is asked. */
export const unfit = (file: UploadFile, resource: string, limits: Limits): Refused | undefined => {
  const { size, name } = file;
  if (size === 0) {
    const detail = "the file is empty";
    return refusal(422, "invalid-request", detail, { errors: [{ pointer: "/fileSizeInBytes", code: "range", detail }] });
  }
  const widest = widestFor(resource, limits);
  if (!widest) return undefined;
  const { maxFileSizeInBytes, allowedExtensions } = widest;
  if (size > maxFileSizeInBytes)
    return refusal(413, "file-too-large", `file is ${size} bytes, the limit is ${maxFileSizeInBytes}`, { maxFileSizeInBytes });
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (!allowedExtensions.includes(extension))
    return refusal(422, "file-type-not-allowed", `files of type ${extension} are not allowed`, { allowedExtensions });
  return undefined;
};

/** A contact's ARN does not say its channel, so the wider of the two holds. */
const widestFor = (resource: string, { case: ofCases, email, task }: Limits): FileLimits | undefined => {
  const isCase = /^arn:[^:]*:cases:/.test(resource);
  const scopes = (isCase ? [ofCases] : [email, task]).filter((scope) => scope !== undefined);
  return scopes.reduce<FileLimits | undefined>(
    (wide, scope) => ({
      maxFileSizeInBytes: Math.max(wide?.maxFileSizeInBytes ?? 0, scope.maxFileSizeInBytes),
      allowedExtensions: [...new Set([...(wide?.allowedExtensions ?? []), ...scope.allowedExtensions])],
    }),
    undefined,
  );
};

const refusal = (status: number, code: Problem["code"], detail: string, more: Partial<Problem>): Refused => ({
  ...ended("refused", "limits", false, detail),
  status,
  problem: { code, title: detail, status, detail, retryable: false, ...more },
});
