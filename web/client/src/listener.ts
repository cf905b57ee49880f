/** Calls a listener. Its failure is its own: reported where the platform can, it stops nothing. */
export const told = async (call: () => unknown): Promise<void> => {
  try {
    await call();
  } catch (error) {
    globalThis.reportError?.(error);
  }
};
