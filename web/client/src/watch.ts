import { call, member } from "./api.ts";
import { cancelled, ended, type Outcome } from "./outcome.ts";
import { retryAfterMs } from "./retry.ts";
import type { Settings } from "./settings.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5_000;
/** A failed poll is not retried on its own, because the next poll follows it. */
const ONE_POLL = { attempts: 1, waitsInLine: false };

/** Final statuses other than APPROVED. */
const NOT_APPROVED = {
  REJECTED: "rejected",
  FAILED: "failed",
  DELETED: "deleted",
  UPLOAD_EXPIRED: "url-expired",
} as const;

/** The final status of an upload, polled less and less often until `watchBudgetInMs` is over. */
export const watch = async (settings: Settings, upload: string, signal?: AbortSignal): Promise<Outcome> => {
  const { now, sleep, random } = settings;
  const end = now() + settings.watchBudgetInMs;
  for (let asked = 0; ; asked += 1) {
    const answer = await call(settings, { leg: "watch", method: "GET", url: upload, signal, patience: ONE_POLL });
    if (!answer.ok && (!answer.retryable || answer.code === "cancelled")) return answer;
    const status = answer.ok ? member(answer.value.body, "status") : undefined;
    if (status === "APPROVED") return { ok: true, code: "approved", upload };
    const code = NOT_APPROVED[status as keyof typeof NOT_APPROVED];
    if (code) return ended(code, "watch", code === "url-expired");
    const retryAfter = answer.ok
      ? retryAfterMs(answer.value.headers.get("Retry-After"), now())
      : answer.code === "refused" && answer.retryAfterInMs;
    const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.5 ** asked);
    const wait = Math.max(retryAfter || 0, backoff) + random() * FIRST_WAIT_MS;
    // Also after failed polls, because the file is stored, and a new upload would attach it twice.
    if (now() + wait > end)
      return { ...ended("still-processing", "watch", false, answer.ok ? undefined : answer.detail), upload };
    await sleep(wait, signal);
    if (signal?.aborted) return cancelled("watch");
  }
};
