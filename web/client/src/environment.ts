import type { Environment } from "./options.ts";

export const browser: Environment = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise<void>((wake) => {
      const stop = (): void => {
        clearTimeout(timer);
        // Removed, because a signal may outlive many waits.
        signal?.removeEventListener("abort", stop);
        wake();
      };
      const timer = setTimeout(stop, ms);
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
    }),
  random: () => Math.random(),
  // Node's navigator has no `onLine`.
  isOnline: () => globalThis.navigator?.onLine !== false,
};
