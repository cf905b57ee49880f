import type { Environment } from "./options.ts";

export const browser: Environment = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((wake) => {
      const timer = setTimeout(wake, ms);
      const stop = (): void => {
        clearTimeout(timer);
        wake();
      };
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop);
    }),
  random: () => Math.random(),
  // Node has a navigator that does not know.
  isOnline: () => globalThis.navigator?.onLine !== false,
};
