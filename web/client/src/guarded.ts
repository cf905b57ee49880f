import { ended, type InvalidCall, type Leg } from "./outcome.ts";

/** The value, or an outcome that says what was wrong with the call, because nothing throws. */
export const guarded = async <Value>(leg: Leg, run: () => Promise<Value>): Promise<Value | InvalidCall> => {
  try {
    return await run();
  } catch (cause) {
    return { ...ended("invalid-call", leg, false, String(cause)), cause };
  }
};
