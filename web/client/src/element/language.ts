import { en } from "../messages/en.ts";
import type { Messages } from "../messages/messages.ts";

/** Texts that the page replaces; those that are left out stay as they are. */
export type OwnMessages = { readonly [Name in keyof Messages]?: Messages[Name] extends string ? string : Partial<Messages[Name]> };

export interface Language {
  readonly messages: Messages;
  /** For numbers, and for screen readers. */
  readonly lang: string;
}

/** Languages that are shipped. English comes with the element, others are loaded when they are needed. */
const SHIPPED: Readonly<Record<string, () => Promise<Messages>>> = {
  de: async () => (await import("../messages/de.ts")).de,
};

/** The language that applies to an element: the nearest `lang`, also outside of its shadow root; else the browser's. */
export const langOf = (element: Element): string => {
  for (let at: Node | null = element; at; at = at instanceof ShadowRoot ? at.host : at.parentNode)
    if (at instanceof HTMLElement && at.lang) return at.lang;
  return navigator.language;
};

/** The shipped texts of a language, else English, with the page's own. */
export const languageOf = async (lang: string, own: OwnMessages): Promise<Language> => {
  // A chunk that cannot be loaded must not take the element away.
  const shipped = await SHIPPED[lang.slice(0, 2).toLowerCase()]?.().catch(() => undefined);
  return languageWith(shipped ?? en, shipped || Object.keys(own).length ? lang : "en", own);
};

export const languageWith = (shipped: Messages, lang: string, own: OwnMessages): Language => {
  const merged: Record<string, unknown> = { ...shipped };
  for (const [name, value] of Object.entries(own))
    merged[name] = typeof value === "string" ? value : { ...(shipped[name as keyof Messages] as object), ...value };
  return { messages: merged as unknown as Messages, lang };
};
