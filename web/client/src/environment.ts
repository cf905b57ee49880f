import type { Environment } from "./options.ts";

export const browser: Environment = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise<void>((wake) => {
      const stop = (): void => {
        clearTimeout(timer);
        // A signal may be used for many waits, and for long.
        signal?.removeEventListener("abort", stop);
        wake();
      };
      const timer = setTimeout(stop, ms);
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
    }),
  random: () => Math.random(),
  // Node has a navigator that does not know.
  isOnline: () => globalThis.navigator?.onLine !== false,
};
