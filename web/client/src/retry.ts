import { cancelled, type Failure, type Leg, type Result } from "./outcome.ts";
import type { Environment } from "./options.ts";
import type { Settings } from "./settings.ts";

const FIRST_CEILING_MS = 500;
const CEILING_MS = 15_000;
/** Beyond this, the caller has to wait and try again. */
const LONGEST_WAIT_MS = 60_000;
const OFFLINE_CHECK_MS = 500;
const RETRIED = new Set<Failure["code"]>(["refused", "store-refused", "unreachable"]);

/** How long to retry. */
export type Patience = Pick<Settings, "attempts" | "offlineBudgetInMs">;

/** The first result that is a success, or that a retry cannot change. */
export const retrying = async <Value>(
  { now, sleep, random, isOnline, attempts, offlineBudgetInMs }: Environment & Patience,
  leg: Leg,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Result<Value>>,
): Promise<Result<Value>> => {
  for (let made = 1; ; made += 1) {
    if (signal?.aborted) return cancelled(leg);
    const result = await attempt();
    if (result.ok || !RETRIED.has(result.code) || !result.retryable || made >= attempts) return result;
    // Full jitter below a ceiling that doubles, in addition to the time that the answer asks for.
    const ceiling = Math.min(CEILING_MS, FIRST_CEILING_MS * 2 ** (made - 1));
    const wait = random() * ceiling + ((result.code === "refused" && result.retryAfterInMs) || 0);
    if (wait > LONGEST_WAIT_MS) return result;
    await sleep(wait, signal);
    const end = now() + offlineBudgetInMs;
    while (!isOnline() && !signal?.aborted && now() < end) await sleep(OFFLINE_CHECK_MS, signal);
  }
};

/** Milliseconds that a `Retry-After` asks for: seconds or an HTTP date. */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  const text = header ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms >= 0 ? ms : undefined;
};
