import { call } from "./api.ts";
import { ended, type Problem, type ProblemCode, type Refused } from "./outcome.ts";
import type { FileLimits, Limits, LimitsOutcome, UploadFile } from "./options.ts";
import type { Patience } from "./retry.ts";
import type { Settings } from "./settings.ts";

const LIFETIME_MS = 300_000;

export type LimitsSource = (patience?: Partial<Patience>) => Promise<LimitsOutcome>;

/** The caller's limits, kept for five minutes. Concurrent calls share one request. */
export const limitsFrom = (settings: Settings): LimitsSource => {
  const { now } = settings;
  let kept: { readonly asked: Promise<LimitsOutcome>; readonly until: number } | undefined;
  const ask = async (patience: Partial<Patience>): Promise<LimitsOutcome> => {
    const answer = await call(settings, { leg: "limits", method: "GET", url: `${settings.endpoint()}/limits`, patience });
    if (!answer.ok) return answer;
    const limits = answer.value.body;
    if (typeof limits === "object" && limits !== null) return { ok: true, limits };
    return ended("unusable-answer", "limits", false, "the answer to GET /limits is not a JSON object");
  };
  return async (patience = {}) => {
    if (kept && now() < kept.until) return kept.asked;
    const mine = { asked: ask(patience), until: now() + LIFETIME_MS };
    kept = mine;
    const outcome = await mine.asked;
    if (!outcome.ok && kept === mine) kept = undefined;
    return outcome;
  };
};

/** The refusal that the broker would give this file, made without a request. */
export const unfit = ({ size, name }: UploadFile, resource: string, limits: Limits): Refused | undefined => {
  const scopes = scopesOf(resource, limits);
  if (!scopes.length) return undefined;
  const maxFileSizeInBytes = Math.max(...scopes.map((scope) => scope.maxFileSizeInBytes));
  if (size > maxFileSizeInBytes) return refusal(413, "file-too-large", { maxFileSizeInBytes });
  const allowedExtensions = [...new Set(scopes.flatMap((scope) => scope.allowedExtensions))];
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return allowedExtensions.includes(extension) ? undefined : refusal(422, "file-type-not-allowed", { allowedExtensions });
};

/** A contact's ARN does not name its channel, so the wider of the two limits applies. */
const scopesOf = (resource: string, limits: Limits): readonly FileLimits[] => {
  const isCase = /^arn:[^:]*:cases:/.test(resource);
  return (isCase ? [limits.case] : [limits.email, limits.task]).filter((scope) => scope !== undefined);
};

const refusal = (status: number, code: ProblemCode, more: Partial<Problem>): Refused => ({
  ...ended("refused", "limits", false, code),
  status,
  problem: { code, status, detail: code, retryable: false, ...more },
  retryAfterInMs: undefined,
});
