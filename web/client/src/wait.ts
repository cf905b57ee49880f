/** The value, or undefined if the signal comes first. Leaves no listener behind. */
export const orStopped = <Value>(value: Promise<Value>, signal: AbortSignal | undefined): Promise<Value | undefined> =>
  new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    void value.then(resolve, reject).then(() => signal?.removeEventListener("abort", stop));
  });
