import { done, ended, type Leg, type Result } from "./outcome.ts";
import type { UploaderOptions } from "./options.ts";

/** A bearer token, or none where none is wanted. */
export type Token = Result<string | undefined>;

/** The token in use, shared by all calls of an uploader. */
export interface Tokens {
  current(leg: Leg): Promise<Token>;
  /** The token to use after a 401 for `refused`; the same one where there is no other. */
  after(refused: string | undefined, leg: Leg): Promise<Token>;
}

export const tokensFrom = (source: UploaderOptions["token"]): Tokens => {
  let kept: Promise<Token> | undefined;
  const ask = async (refused: boolean, leg: Leg): Promise<Token> => {
    let cause: unknown;
    try {
      // In a later turn: a source that throws at once is forgotten only after it was kept.
      const token = await Promise.resolve({ refused }).then(typeof source === "function" ? source : () => source);
      if (token || source === undefined) return done(token);
    } catch (thrown) {
      cause = thrown;
    }
    // Whoever comes next asks again.
    kept = undefined;
    return { ...ended("no-token", leg, true), cause };
  };
  const keep = (refused: boolean, leg: Leg): Promise<Token> => (kept = ask(refused, leg));
  return {
    current: (leg) => kept ?? keep(false, leg),
    // Many calls may be refused with one token: the first asks for the next.
    async after(refused, leg) {
      const before = kept;
      const inUse = await before;
      if (inUse?.ok && inUse.value !== refused) return inUse;
      return kept && kept !== before ? kept : keep(true, leg);
    },
  };
};
