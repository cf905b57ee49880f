import { type Answer, call } from "./api.ts";
import type { Result } from "./outcome.ts";
import type { Waits } from "./retry.ts";
import type { Settings } from "./settings.ts";

/** Says that the store has the bytes of an upload. Also a success if the upload was completed before. */
export const complete = (settings: Settings & Waits, upload: string, signal?: AbortSignal): Promise<Result<Answer>> =>
  call(settings, { leg: "complete", method: "POST", url: `${upload}/complete`, signal });
