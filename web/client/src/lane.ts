import { orStopped } from "./wait.ts";

/** Waits for a place. Returns the function that gives it back; it does nothing if the signal came before the place. */
export type Lane = (signal?: AbortSignal) => Promise<() => void>;

/** Admits `places` tasks at a time, in order. */
export const laneOf = (places: number): Lane => {
  const line: (() => void)[] = [];
  const leave = (): void => {
    const next = line.shift();
    if (next) next();
    else places += 1;
  };
  return async (signal) => {
    if (places >= 1) {
      places -= 1;
      return leave;
    }
    const turn = new Promise<() => void>((admit) => line.push(() => admit(leave)));
    const mine = await orStopped(turn, signal);
    // A task that was stopped stays in line and passes its place on.
    if (!mine) void turn.then(leave);
    return mine ?? (() => {});
  };
};
