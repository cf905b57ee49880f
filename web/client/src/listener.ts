/** Calls a listener. If it fails, the platform reports the error, and the upload goes on. */
export const notify = async (call: () => unknown): Promise<void> => {
  try {
    await call();
  } catch (error) {
    globalThis.reportError?.(error);
  }
};
