import { limitsFrom } from "../limits.ts";
import { send } from "../send.ts";
import { settingsFrom } from "../settings.ts";
import type { Context } from "../upload.ts";
import type { UploadListOptions } from "./types.ts";

/** Whose token an uploader uses. Pages often make these functions anew, so the uploader calls the latest. */
export type Person = Pick<UploadListOptions, "token" | "fetch" | "send">;

export const personOf = ({ token, fetch, send }: UploadListOptions): Person => ({ token, fetch, send });

/** What uploads of one person share. `onAsking` gets 1 when `token()` is called, and -1 when it has answered. */
export const contextOf = (options: UploadListOptions, person: Person, onAsking: (change: 1 | -1) => void): Context => {
  const token = async (request: { readonly refused: boolean }): Promise<string> => {
    onAsking(1);
    try {
      return typeof person.token === "function" ? await person.token(request) : (person.token ?? "");
    } finally {
      onAsking(-1);
    }
  };
  const settings = settingsFrom({
    ...options,
    token: person.token && token,
    fetch: (...request) => (person.fetch ?? fetch)(...request),
    send: (...request) => (person.send ?? send)(...request),
  });
  return { ...settings, limits: limitsFrom(settings) };
};

/** Whether new options are for another broker, or for another person. */
export const isForOthers = (before: UploadListOptions, after: UploadListOptions): boolean => {
  const differs = (name: keyof UploadListOptions): boolean => after[name] !== before[name];
  // A person without a token has not signed in yet.
  const isSamePerson = after.caller !== undefined && !differs("caller") && !before.token === !after.token;
  return differs("endpoint") || differs("caller") || (!isSamePerson && (["token", "fetch", "send"] as const).some(differs));
};
