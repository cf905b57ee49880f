import { uploadAt } from "./address.ts";
import { complete } from "./complete.ts";
import { guarded } from "./guarded.ts";
import { type Leg, type Outcome, staying } from "./outcome.ts";
import type { Waits } from "./retry.ts";
import type { Settings } from "./settings.ts";
import { watch } from "./watch.ts";

/** The outcome of an upload that exists, by its URL. Its failure names the upload, because nothing was deleted. */
export const existing = (
  leg: Leg,
  settings: Settings,
  reference: string,
  run: (upload: string) => Promise<Outcome>,
): Promise<Outcome> =>
  guarded(leg, async () => {
    const upload = uploadAt(settings.endpoint(), reference);
    if (!upload) throw new TypeError("the URL is not an upload below the endpoint");
    const outcome = await guarded(leg, () => run(upload));
    return outcome.ok ? outcome : staying(outcome, upload);
  });

/** The outcome of an upload whose bytes the store has: completes it, and waits for its final status. */
export const finish = (settings: Settings & Waits, reference: string, signal: AbortSignal | undefined): Promise<Outcome> =>
  existing("complete", settings, reference, async (upload) => {
    const completed = await complete(settings, upload, signal);
    return completed.ok ? watch(settings, upload, signal) : completed;
  });
