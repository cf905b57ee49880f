import { done, ended, type Leg, type Result } from "./outcome.ts";
import type { UploaderOptions } from "./options.ts";

/** A bearer token, or undefined if the uploader has no token source. */
export type Token = Result<string | undefined>;

/** The token in use, shared by all calls of an uploader. */
export interface Tokens {
  current(leg: Leg): Promise<Token>;
  /** The token to use after a 401 for `refused`; the same one if there is no other. */
  after(refused: string | undefined, leg: Leg): Promise<Token>;
}

export const tokensFrom = (source: UploaderOptions["token"]): Tokens => {
  let kept: Promise<Token> | undefined;
  const ask = async (refused: boolean, leg: Leg): Promise<Token> => {
    let cause: unknown;
    let detail = "token() returned nothing";
    try {
      // Called in a later turn, so that `kept` is set before a source that throws clears it.
      const token = await Promise.resolve({ refused }).then(typeof source === "function" ? source : () => source);
      if (token || source === undefined) return done(token);
    } catch (thrown) {
      cause = thrown;
      // An object may have no text: `String` throws then.
      detail = `token() failed: ${typeof thrown === "object" ? (thrown as Error | null)?.message : String(thrown)}`;
    }
    // The next call asks again.
    kept = undefined;
    return { ...ended("no-token", leg, true, detail), cause };
  };
  const keep = (refused: boolean, leg: Leg): Promise<Token> => (kept = ask(refused, leg));
  return {
    current: (leg) => kept ?? keep(false, leg),
    // Many calls may be refused with one token. The first of them asks for a new one.
    async after(refused, leg) {
      const before = kept;
      const inUse = await before;
      if (inUse?.ok && inUse.value !== refused) return inUse;
      return kept && kept !== before ? kept : keep(true, leg);
    },
  };
};
