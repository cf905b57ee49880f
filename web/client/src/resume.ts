/** Ends the uploads that a page began before it was reloaded or closed. */
import { finish } from "./existing.ts";
import { guarded } from "./guarded.ts";
import { laneOf } from "./lane.ts";
import { notify } from "./listener.ts";
import type { UploaderOptions, Waiting } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { settingsFrom } from "./settings.ts";

/** Uploads that are resumed at the same time. */
const AT_A_TIME = 6;

export interface ResumeOptions {
  readonly onWaiting?: ((waiting: Waiting, upload: string, index: number) => void) | undefined;
  readonly onOutcome?: ((outcome: Outcome, upload: string, index: number) => void) | undefined;
  /** Stops. Nothing is deleted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Completes each upload whose bytes the store has, and waits for its final status. `uploads` are URLs from `onProgress`
 * or from an outcome, and `options` those of the uploader.
 *
 * Outcomes in the order of the URLs. `refused` with the problem `upload-incomplete` means that the bytes did not arrive:
 * the file has to be chosen again. Nothing is deleted, because another tab may be sending the bytes.
 */
export const resume = async (
  options: UploaderOptions,
  uploads: Iterable<string>,
  asked?: ResumeOptions,
): Promise<Outcome[]> => {
  const outcomes = await guarded("complete", () => resumeAll(options, uploads, asked ?? {}));
  return Array.isArray(outcomes) ? outcomes : [outcomes];
};

const resumeAll = (
  options: UploaderOptions,
  uploads: Iterable<string>,
  { onWaiting, onOutcome, signal }: ResumeOptions,
): Promise<Outcome[]> => {
  const settings = settingsFrom(options);
  const lane = laneOf(AT_A_TIME);
  const one = async (reference: string, index: number): Promise<Outcome> => {
    const leave = await lane(signal);
    const told = (waiting: Waiting): void => void notify(() => onWaiting?.(waiting, reference, index));
    const outcome = await finish({ ...settings, onWaiting: told }, reference, signal);
    leave();
    void notify(() => onOutcome?.(outcome, reference, index));
    return outcome;
  };
  return Promise.all([...uploads].map(one));
};
