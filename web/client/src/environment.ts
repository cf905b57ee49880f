import type { Environment } from "./options.ts";

/** Resolves when `wait` calls back or the signal is aborted; `wait` returns how to stop it. */
const until = (signal: AbortSignal | undefined, wait: (wake: () => void) => () => void): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = (): void => {
      stop();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const stop = wait(wake);
    signal?.addEventListener("abort", wake);
  });

export const browser: Environment = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    until(signal, (wake) => {
      const timer = setTimeout(wake, ms);
      return () => clearTimeout(timer);
    }),
  random: () => Math.random(),
  // Node has a navigator that does not know.
  isOnline: () => globalThis.navigator?.onLine !== false,
  online: (signal) =>
    until(signal, (wake) => {
      globalThis.addEventListener("online", wake);
      return () => globalThis.removeEventListener("online", wake);
    }),
};
