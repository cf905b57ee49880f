import { unreachable } from "./advice.ts";
import { cancelled, done, type Failure, type Leg, type Problem, type Result } from "./outcome.ts";
import type { UploaderOptions } from "./options.ts";
import { retryAfterMs, retrying, type RetryRules } from "./retry.ts";
import type { Tokens } from "./token.ts";

export interface Call {
  readonly leg: Leg;
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the call between attempts only: an answer that is on its way is taken. */
  readonly pauses?: AbortSignal | undefined;
  readonly rules?: Partial<RetryRules>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface Api {
  readonly tokens: Tokens;
  readonly rules: RetryRules;
  readonly timeoutMs: number;
  readonly fetch: NonNullable<UploaderOptions["fetch"]>;
}

/** The broker's answer, after what retries can do. */
export const call = (api: Api, request: Call): Promise<Result<Answer>> =>
  retrying({ ...api.rules, ...request.rules }, request.leg, request.signal ?? request.pauses, () =>
    authorized(api, request),
  );

const authorized = async (api: Api, request: Call): Promise<Result<Answer>> => {
  const token = await api.tokens.current(request.leg);
  if (!token.ok) return token;
  const result = await once(api, request, token.value);
  if (result.ok || result.code !== "refused" || result.status !== 401) return result;
  const next = await api.tokens.after(token.value, request.leg);
  if (!next.ok) return next;
  return next.value === token.value ? result : once(api, request, next.value);
};

const once = async (api: Api, request: Call, token: string | undefined): Promise<Result<Answer>> => {
  const { leg, method, url, body, signal } = request;
  const headers: Record<string, string> = { ...request.headers };
  if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const timeout = AbortSignal.timeout(api.timeoutMs);
  const init: RequestInit = { method, headers, cache: "no-store", signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
  if (body !== undefined) init.body = JSON.stringify(body);
  // A page that is being left still deletes what it began.
  if (method === "DELETE") init.keepalive = true;
  // Throws here what could not be sent at all, so that only the network is left to fail below.
  new Headers(headers);
  try {
    const response = await api.fetch(url, init);
    const answer = { status: response.status, headers: response.headers, body: parsed(await response.text()) };
    return response.ok ? done(answer) : refused(leg, answer, api.rules.environment.now());
  } catch {
    return signal?.aborted ? cancelled(leg) : noAnswer(leg, url, headers, api.rules.environment.isOnline());
  }
};

export const noAnswer = (leg: Leg, url: string, headers: Readonly<Record<string, string>>, online: boolean): Failure => ({
  ok: false,
  code: "unreachable",
  leg,
  retryable: true,
  online,
  detail: unreachable(leg, url, headers),
});

const refused = (leg: Leg, { status, headers, body }: Answer, now: number): Failure => {
  const problem = isProblem(body) ? body : undefined;
  const retryAfterInMs = retryAfterMs(headers.get("Retry-After"), now);
  return {
    ok: false,
    code: "refused",
    leg,
    status,
    retryable: problem ? problem.retryable : status === 408 || status === 429 || status >= 500,
    detail: problem?.detail ?? member(body, "message") ?? `the gateway answered ${status}`,
    ...(problem && { problem }),
    ...(retryAfterInMs !== undefined && { retryAfterInMs }),
  };
};

const isProblem = (body: unknown): body is Problem =>
  member(body, "code") !== undefined && typeof (body as Problem).retryable === "boolean";

/** A string member of what may be an object. */
export const member = (body: unknown, name: string): string | undefined => {
  const value = (body as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
