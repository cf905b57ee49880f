import { type Api, call, member } from "./api.ts";
import { cancelled, ended, type Failure, type Outcome } from "./outcome.ts";
import { retryAfterMs } from "./retry.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5_000;

/** The final status of an upload, asked for less and less often until the budget is spent. */
export const watch = async (api: Api, upload: string, budgetMs: number, signal?: AbortSignal): Promise<Outcome> => {
  const { now, sleep, random } = api.rules.environment;
  const end = now() + budgetMs;
  for (let asked = 0; ; asked += 1) {
    const answer = await call(api, { leg: "watch", method: "GET", url: upload, signal });
    if (!answer.ok && !answer.retryable) return answer;
    if (!answer.ok && answer.code === "cancelled") return answer;
    const status = answer.ok ? member(answer.value.body, "status") : undefined;
    const outcome = status === undefined ? undefined : final(status, upload);
    if (outcome) return outcome;
    const retryAfter = answer.ok ? retryAfterMs(answer.value.headers.get("Retry-After"), now()) : undefined;
    const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.5 ** asked);
    const wait = Math.max(retryAfter ?? 0, backoff) + random() * FIRST_WAIT_MS;
    if (now() + wait > end) return answer.ok ? stillProcessing(upload) : answer;
    await sleep(wait, signal);
    if (signal?.aborted) return cancelled("watch");
  }
};

const final = (status: string, upload: string): Outcome | undefined => {
  switch (status) {
    case "APPROVED":
      return { ok: true, code: "approved", upload };
    case "REJECTED":
      return ended("rejected", "watch", false, "the scan refused the file");
    case "FAILED":
      return ended("failed", "watch", false, "size or type are not what was announced");
    case "DELETED":
      return ended("deleted", "watch", false, "somebody deleted the file");
    case "UPLOAD_EXPIRED":
      return ended("url-expired", "watch", true, "the upload expired before it was completed");
    default:
      return undefined;
  }
};

const stillProcessing = (upload: string): Failure => ({
  ...ended("still-processing", "watch", false, "the scan is not over"),
  upload,
});
