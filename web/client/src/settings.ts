import { endpointFrom } from "./address.ts";
import { browser } from "./environment.ts";
import type { Environment, UploaderOptions } from "./options.ts";
import { send } from "./send.ts";
import { type Tokens, tokensFrom } from "./token.ts";

type Defaulted = Omit<UploaderOptions, "endpoint" | "token" | "environment">;

/** An uploader's options, complete with defaults. */
export interface Settings extends Environment, Readonly<{ [Name in keyof Defaulted]-?: NonNullable<Defaulted[Name]> }> {
  /** Throws if uploads cannot lie below this URL. */
  endpoint(): string;
  readonly tokens: Tokens;
}

export const settingsFrom = (options: UploaderOptions): Settings => ({
  endpoint: () => endpointFrom(options.endpoint),
  tokens: tokensFrom(options.token),
  // Called without its owner, because the platform's own `fetch` refuses another one than the page.
  fetch: (...request) => (options.fetch ?? fetch)(...request),
  send: options.send ?? send,
  attempts: options.attempts ?? 5,
  requestTimeoutInMs: options.requestTimeoutInMs ?? 35_000,
  stallTimeoutInMs: options.stallTimeoutInMs ?? 30_000,
  offlineBudgetInMs: options.offlineBudgetInMs ?? 300_000,
  watchBudgetInMs: options.watchBudgetInMs ?? 75_000,
  ...browser,
  ...options.environment,
});
