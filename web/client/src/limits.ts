import { call } from "./api.ts";
import { ended, type Problem, type ProblemCode, type Refused } from "./outcome.ts";
import type { FileLimits, Limits, LimitsOutcome, UploadFile } from "./options.ts";
import type { Patience } from "./retry.ts";
import type { Settings } from "./settings.ts";

const LIFETIME_MS = 300_000;

/** The limits, which are not older than `ageMs`. */
export type LimitsSource = (patience?: Partial<Patience>, ageMs?: number) => Promise<LimitsOutcome>;

/** The caller's limits, kept for five minutes. Concurrent calls share one request. */
export const limitsFrom = (settings: Settings): LimitsSource => {
  const { now } = settings;
  let kept: { readonly asked: Promise<LimitsOutcome>; readonly askedAtMs: number } | undefined;
  const ask = async (patience: Partial<Patience>): Promise<LimitsOutcome> => {
    const answer = await call(settings, { leg: "limits", method: "GET", url: `${settings.endpoint()}/limits`, patience });
    if (!answer.ok) return answer;
    const limits = answer.value.body;
    if (typeof limits === "object" && limits !== null) return { ok: true, limits };
    return ended("unusable-answer", "limits", false, "the answer to GET /limits is not a JSON object");
  };
  return async (patience = {}, ageMs = LIFETIME_MS) => {
    if (kept && now() < kept.askedAtMs + ageMs) return kept.asked;
    const mine = { asked: ask(patience), askedAtMs: now() };
    kept = mine;
    const outcome = await mine.asked;
    if (!outcome.ok && kept === mine) kept = undefined;
    return outcome;
  };
};

/** The refusals that the broker would give this file by its size and type, made without a request. */
export const unfit = ({ size, name }: UploadFile, resource: string, limits: Limits): Refused[] => {
  const scopes = scopesFor(resource, limits);
  if (!scopes.length) return [];
  const maxFileSizeInBytes = Math.max(...scopes.map((scope) => scope.maxFileSizeInBytes));
  const allowedExtensions = [...new Set(scopes.flatMap((scope) => scope.allowedExtensions))];
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return [
    ...(size > maxFileSizeInBytes ? [refusal(413, "file-too-large", { maxFileSizeInBytes })] : []),
    ...(allowedExtensions.includes(extension) ? [] : [refusal(422, "file-type-not-allowed", { allowedExtensions })]),
  ];
};

/** The limits that apply to a resource. A contact's ARN does not name its channel, so the wider of the two applies. */
export const scopesFor = (resource: string, limits: Limits): readonly FileLimits[] => {
  const isCase = /^arn:[^:]*:cases:/.test(resource);
  return (isCase ? [limits.case] : [limits.email, limits.task]).filter((scope) => scope !== undefined);
};

const refusal = (status: number, code: ProblemCode, more: Partial<Problem>): Refused => ({
  ...ended("refused", "limits", false, code),
  status,
  problem: { code, status, detail: code, retryable: false, ...more },
  retryAfterInMs: undefined,
});
