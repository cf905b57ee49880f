import { CONTROL, EXTENSION, extensionOf, faultOf, isUnseen, MAX_CHARS, MAX_MARKS, OUTER, REFUSED } from "./name.ts";

/** Replaces a character that a name must not hold. */
const STAND_IN = "_";
/** Stem of a name that would have none. */
const BARE_STEM = "file";

/** A name to offer in place of a refused one, with its extension. Undefined if it has none. The broker suggests the same. */
export const suggestionFor = (refused: string): string | undefined => {
  // The compatibility form has the extension of `report．ｐｄｆ`.
  const seen = [refused.normalize("NFC"), refused.normalize("NFKC")].map((form) => trimmedEnd(visible(form)));
  const name = seen.find((text) => text.includes(".") && EXTENSION.test(extensionOf(text)));
  if (name === undefined) return undefined;
  const extension = extensionOf(name);
  const stem = trimmedStart(name.slice(0, -extension.length - 1)) || BARE_STEM;
  const flat = Array.from(stem, (char) => (isSlashLike(char) ? STAND_IN : char)).join("");
  return [stem, flat, STAND_IN + stem, STAND_IN + flat, BARE_STEM]
    .map((stem) => [...stem].slice(0, MAX_CHARS - 1 - extension.length).join("") + `.${extension}`)
    .find((name) => !faultOf(name));
};

/** The text without invisible characters, and with a replacement for those that have a meaning. */
const visible = (text: string): string => {
  let shown = "";
  let before: string | undefined;
  let marks = 0;
  const all = [...text];
  for (const [at, char] of all.entries()) {
    const seen = visibleCharacter(before, char, all[at + 1]);
    if (!seen) continue;
    marks = /\p{M}/u.test(seen) ? marks + 1 : 0;
    if (marks > MAX_MARKS) continue;
    shown += before = seen;
  }
  return shown;
};

/** The character that is shown in place of `char`; empty if no character can replace it. */
const visibleCharacter = (before: string | undefined, char: string, after: string | undefined): string => {
  const separatesLines = /[\t-\r\u0085\u2028\u2029]/.test(char);
  // Persian puts it between the parts of a word, which would run together without it.
  const separatesLetters = char === "\u200c" && [before, after].every((near) => near === undefined || isArabicLetter(near));
  if (separatesLines || separatesLetters) return before === " " ? "" : " ";
  if (REFUSED.test(char)) return STAND_IN;
  return CONTROL.test(char) || isUnseen(before, char, after) ? "" : char;
};

const isArabicLetter = (char: string): boolean => /(?=\p{L})\p{Script=Arabic}/u.test(char);

const isSlashLike = (char: string): boolean => char > "\x7f" && /[/\\]/.test(char.normalize("NFKC"));

const trimmedStart = (text: string): string => {
  const all = [...text];
  const first = all.findIndex((char) => !OUTER.test(char));
  return first < 0 ? "" : all.slice(first).join("");
};

const trimmedEnd = (text: string): string => text.replace(/[.\s]+$/, "");
