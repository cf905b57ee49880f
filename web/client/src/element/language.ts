import { tagOf } from "../messages/amounts.ts";
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
  return languageWith(shipped ?? en, shipped || Object.keys(own).length ? tagOf(lang) : "en", own);
};

export const languageWith = (shipped: Messages, lang: string, own: OwnMessages): Language => {
  return { messages: withOwn(shipped, own) as Messages, lang };
};

/** The shipped text stays where the page's own is missing, as in a translation that is not complete, or has another form. */
const withOwn = (shipped: unknown, own: unknown): unknown => {
  if (typeof shipped !== typeof own || Array.isArray(shipped) !== Array.isArray(own) || own === null) return shipped;
  if (typeof shipped === "string" || Array.isArray(shipped)) return own;
  const of = (texts: unknown, name: string): unknown => (texts as Record<string, unknown>)[name];
  return Object.fromEntries(Object.keys(shipped as object).map((name) => [name, withOwn(of(shipped, name), of(own, name))]));
};

/** Calls back when the language of the page, or of a part of it that contains the element, may have changed. */
export const listenForLanguage = (element: Element, change: () => void, signal: AbortSignal): void => {
  const observer = new MutationObserver(change);
  for (let root = element.getRootNode(); ; root = root.host.getRootNode()) {
    observer.observe(root, { subtree: true, attributes: true, attributeFilter: ["lang"] });
    if (!(root instanceof ShadowRoot)) break;
  }
  signal.addEventListener("abort", () => observer.disconnect());
};
