import { cancelled, type Failure, type Leg, type Result } from "./outcome.ts";
import type { Environment } from "./options.ts";

const FIRST_CEILING_MS = 500;
const CEILING_MS = 15_000;
/** A longer `Retry-After` is the caller's to wait for. */
const LONGEST_WAIT_MS = 60_000;
const MENDABLE = new Set<Failure["code"]>(["refused", "store-refused", "unreachable"]);

export interface RetryRules {
  readonly environment: Environment;
  readonly attempts: number;
  readonly offlineBudgetMs: number;
}

/** Full jitter under a ceiling that doubles, on top of what the answer asked for. */
export const waitMs = (failure: Failure, attempt: number, random: () => number): number => {
  const asked = failure.code === "refused" ? (failure.retryAfterInMs ?? 0) : 0;
  return asked + random() * Math.min(CEILING_MS, FIRST_CEILING_MS * 2 ** attempt);
};

/** The first result that is a success or cannot be mended by asking again. */
export const retrying = async <Value>(
  { environment, attempts, offlineBudgetMs }: RetryRules,
  leg: Leg,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Result<Value>>,
): Promise<Result<Value>> => {
  for (let made = 1; ; made += 1) {
    if (signal?.aborted) return cancelled(leg);
    const result = await attempt();
    if (result.ok || !MENDABLE.has(result.code) || !result.retryable || made >= attempts) return result;
    const wait = waitMs(result, made - 1, environment.random);
    if (wait > LONGEST_WAIT_MS) return result;
    await environment.sleep(wait, signal);
    if (!environment.isOnline()) await backOnline(environment, offlineBudgetMs, signal);
  }
};

const backOnline = async (environment: Environment, budgetMs: number, signal?: AbortSignal): Promise<void> => {
  const over = new AbortController();
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  await Promise.race([environment.online(stop), environment.sleep(budgetMs, stop)]);
  over.abort();
};

/** Milliseconds that a `Retry-After` asks for: seconds or an HTTP date. */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return ms >= 0 ? ms : undefined;
};
