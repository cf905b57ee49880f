import { noAnswer } from "./advice.ts";
import { cancelled, done, ended, type Failure, type Leg, type Problem, type Result } from "./outcome.ts";
import { type Patience, retryAfterMs, retrying, type Waits } from "./retry.ts";
import type { Settings } from "./settings.ts";
import type { Token } from "./token.ts";
import { orStopped } from "./wait.ts";

export interface Call {
  readonly leg: Leg;
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the call only between attempts, and while it waits for a token. An answer that is on its way still counts. */
  readonly pauses?: AbortSignal | undefined;
  readonly patience?: Partial<Patience>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** Start of the attempt that was answered. */
  readonly askedAtMs: number;
}

/** The broker's answer, after retries. */
export const call = (settings: Settings & Waits, request: Call): Promise<Result<Answer>> => {
  const { leg, signal, pauses, patience } = request;
  return retrying({ ...settings, ...patience }, leg, signal ?? pauses, () => authorized(settings, request));
};

const authorized = async (settings: Settings, request: Call): Promise<Result<Answer>> => {
  const { leg, signal, pauses } = request;
  const given = (token: Promise<Token>): Promise<Token | undefined> => orStopped(token, signal ?? pauses);
  const token = await given(settings.tokens.current(leg));
  if (!token?.ok) return token ?? cancelled(leg);
  const result = await once(settings, request, token.value);
  if (result.ok || result.code !== "refused" || result.status !== 401) return result;
  const next = await given(settings.tokens.after(token.value, leg));
  if (!next?.ok) return next ?? cancelled(leg);
  return next.value === token.value ? result : once(settings, request, next.value);
};

const once = async (settings: Settings, request: Call, token: string | undefined): Promise<Result<Answer>> => {
  const { leg, method, url, body = null, signal } = request;
  const headers = { ...request.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  check(headers);
  const timeout = AbortSignal.timeout(settings.requestTimeoutInMs);
  const askedAtMs = settings.now();
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
  // With keepalive, a page that is being left still completes its upload, or deletes it if it aborts on pagehide.
  const keepalive = method === "DELETE" || leg === "complete";
  try {
    const response = await settings.fetch(url, { method, headers, body, keepalive, redirect: "error", signal: stop });
    const { status, headers: received } = response;
    const answer = { status, headers: received, body: parsed(await response.text()), askedAtMs };
    return response.ok ? done(answer) : refused(leg, answer, settings.now());
  } catch {
    return signal?.aborted ? cancelled(leg) : noAnswer(leg, url, headers, settings.isOnline());
  }
};

/** Throws if no header can have this value, so that every later failure is the network's. */
const check = (headers: Readonly<Record<string, string>>): void => {
  try {
    new Headers(headers);
  } catch {
    // The engine's own error quotes the value.
    throw new TypeError("the token or the idempotency key has a character that no HTTP header may have");
  }
};

const refused = (leg: Leg, { status, headers, body }: Answer, now: number): Failure => {
  const problem = isProblem(body) ? body : undefined;
  const exact = problem?.retryAfterSeconds;
  const retryAfterInMs = exact !== undefined && exact >= 0 ? exact * 1000 : retryAfterMs(headers.get("Retry-After"), now);
  const retryable = problem ? problem.retryable : status === 408 || status === 429 || status >= 500;
  const detail = member(body, "detail") ?? member(body, "message");
  return { ...ended("refused", leg, retryable, detail), status, problem, retryAfterInMs };
};

/** The gateway's own answers have only a `message`. An answer whose members have other types is not the broker's. */
const isProblem = (body: unknown): body is Problem => {
  const { retryable, errors = [], allowedExtensions = [], maxFileSizeInBytes = 0 } = (body ?? {}) as Partial<Problem>;
  return (
    typeof retryable === "boolean" &&
    [errors, allowedExtensions].every(Array.isArray) &&
    errors.every((error) => typeof (error?.suggestion ?? "") === "string" && error) &&
    maxFileSizeInBytes >= 0
  );
};

/** A string member of a value that may be an object. */
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
