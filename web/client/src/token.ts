import { done, type Leg, type Result } from "./outcome.ts";
import type { UploaderOptions } from "./options.ts";

type Token = Result<string | undefined>;

/** The token in use, shared by all calls of an uploader. */
export interface Tokens {
  current(leg: Leg): Promise<Token>;
  /** The token to use after a 401 for `refused`; the same one where there is no other. */
  after(refused: string | undefined, leg: Leg): Promise<Token>;
}

export const tokensFrom = (source: UploaderOptions["token"]): Tokens => {
  if (typeof source !== "function") {
    const fixed = (): Promise<Token> => Promise.resolve(done(source));
    return { current: fixed, after: fixed };
  }
  let kept: Promise<Token> | undefined;
  const ask = async (refused: boolean, leg: Leg): Promise<Token> => {
    try {
      const token = await source({ refused });
      if (typeof token === "string" && token !== "") return done(token);
      return noToken(leg, token);
    } catch (cause) {
      return noToken(leg, cause);
    }
  };
  const keep = async (asked: Promise<Token>): Promise<Token> => {
    kept = asked;
    const token = await asked;
    // A source that failed is asked again by whoever comes next.
    if (!token.ok && kept === asked) kept = undefined;
    return token;
  };
  return {
    current: (leg) => kept ?? keep(ask(false, leg)),
    // Many calls may be refused with one token: the first asks for the next.
    async after(refused, leg) {
      const before = kept;
      const inUse = await before;
      if (inUse?.ok && inUse.value !== refused) return inUse;
      return kept && kept !== before ? kept : keep(ask(true, leg));
    },
  };
};

const noToken = (leg: Leg, cause: unknown): Token => ({
  ok: false,
  code: "no-token",
  leg,
  retryable: true,
  detail: "token() gave none",
  cause,
});
