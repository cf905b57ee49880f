import { limitsFrom } from "../limits.ts";
import { settingsFrom } from "../settings.ts";
import type { Context } from "../upload.ts";
import type { UploadListOptions } from "./types.ts";

/** Whose token an uploader uses. */
export interface Person {
  token: UploadListOptions["token"];
}

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
  const settings = settingsFrom({ ...options, token: person.token && token });
  return { ...settings, limits: limitsFrom(settings) };
};

/** Whether new options are for another broker, or for another person. */
export const isForOthers = (before: UploadListOptions, after: UploadListOptions): boolean => {
  const differs = (name: keyof UploadListOptions): boolean => after[name] !== before[name];
  const isSamePerson = after.caller !== undefined && !differs("caller");
  return (["endpoint", "caller", "fetch", "send"] as const).some(differs) || (differs("token") && !isSamePerson);
};
