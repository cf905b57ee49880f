import { uploadAt } from "./address.ts";
import { guarded } from "./guarded.ts";
import { type Leg, type Outcome, staying } from "./outcome.ts";
import type { Settings } from "./settings.ts";

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
