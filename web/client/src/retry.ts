import { cancelled, type Failure, type Leg, type Result } from "./outcome.ts";
import type { Environment, Retry, Waiting } from "./options.ts";
import type { Settings } from "./settings.ts";

const FIRST_CEILING_MS = 500;
const CEILING_MS = 15_000;
/** Beyond this, the caller has to wait and try again. */
const LONGEST_WAIT_MS = 60_000;
const OFFLINE_CHECK_MS = 500;
/** How late a client may come back to its place, so that not all come back at once. */
const LATE_MS = 100;
const RETRIED = new Set<Failure["code"]>(["refused", "store-refused", "unreachable", "no-token"]);

/** How long to retry. */
export interface Patience extends Pick<Settings, "attempts" | "offlineBudgetInMs"> {
  /** False for a request that is not worth a place in line. */
  readonly waitsInLine?: boolean;
}

/** Listeners for the time between attempts. */
export interface Waits {
  readonly onWaiting?: ((waiting: Waiting) => void) | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/**
 * The first result that is a success, or that a retry cannot change.
 *
 * Waiting in the broker's line is not a failed attempt: it takes as long as the line is, and the broker says how long.
 */
export const retrying = async <Value>(
  { now, sleep, random, isOnline, attempts, offlineBudgetInMs, waitsInLine = true, onWaiting, onRetry }: Environment & Patience & Waits,
  leg: Leg,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Result<Value>>,
): Promise<Result<Value>> => {
  for (let made = 1; ; made += 1) {
    if (signal?.aborted) return cancelled(leg);
    const result = await attempt();
    const place = waitsInLine ? placeIn(result) : undefined;
    if (place) {
      onWaiting?.({ leg, ...place });
      await sleep(place.waitInMs + random() * LATE_MS, signal);
      made -= 1;
      continue;
    }
    if (result.ok || !isRetried(result) || made >= attempts) return result;
    // Full jitter below a ceiling that doubles, in addition to the time that the answer asks for.
    const ceiling = Math.min(CEILING_MS, FIRST_CEILING_MS * 2 ** (made - 1));
    const wait = random() * ceiling + ((result.code === "refused" && result.retryAfterInMs) || 0);
    if (wait > LONGEST_WAIT_MS) return result;
    onRetry?.({ leg, attempt: made + 1, waitInMs: wait, failure: result });
    await sleep(wait, signal);
    const end = now() + offlineBudgetInMs;
    while (!isOnline() && !signal?.aborted && now() < end) await sleep(OFFLINE_CHECK_MS, signal);
  }
};

/** A source that returns no token says that nobody is signed in; one that throws may have lost the network. */
const isRetried = (failure: Failure): boolean =>
  RETRIED.has(failure.code) && failure.retryable && !(failure.code === "no-token" && failure.cause === undefined);

/** The caller's place in the broker's line, if the result says that it is not the caller's turn. */
const placeIn = (result: Result<unknown>): Omit<Waiting, "leg"> | undefined => {
  if (result.ok || result.code !== "refused") return undefined;
  const { retryAfterInMs: waitInMs, problem } = result;
  return problem?.position !== undefined && waitInMs !== undefined ? { waitInMs, position: problem.position } : undefined;
};

/** Milliseconds that a `Retry-After` asks for: seconds or an HTTP date. */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  const text = header ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms >= 0 ? ms : undefined;
};
