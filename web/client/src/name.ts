/**
 * The broker's rule for file names ("File names" in docs/api.md), so that a page can refuse a name before it asks.
 *
 * A character that is not assigned is left to the broker, because the browser may know fewer characters than it.
 */

/** What is wrong with a name: the broker's code and text for it. */
export interface NameFault {
  readonly code: "length" | "character" | "outer-space-or-dot" | "no-extension" | "device" | "look-alike";
  readonly detail: string;
}

/** Longest name, in Unicode scalar values. */
export const MAX_CHARS = 256;
/** Most combining characters in a row. */
export const MAX_MARKS = 8;
/** Characters that a file system or a header refuses or gives a meaning. */
export const REFUSED: RegExp = /[/\\:<>"|*?\uff02]/;
/** Control, format, private-use, line and paragraph separator characters. */
export const CONTROL: RegExp = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u;
/** What a name must not begin or end with. */
export const OUTER: RegExp = /[.\s]/;
/** Names that Windows opens a device for. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[1-9\u00b9\u00b2\u00b3]) *(\.|$)/i;
export const EXTENSION: RegExp = /^[a-z0-9]{1,32}$/i;

/** The first fault of a name, if any. */
export const faultOf = (given: string): NameFault | undefined => {
  const name = given.normalize("NFC");
  const all = [...name];
  const stray = (text: RegExp): string | undefined => all.find((char) => text.test(char));
  const fault = (code: NameFault["code"], detail: string): NameFault => ({ code, detail });
  if (!all.length || all.length > MAX_CHARS) return fault("length", `must be 1 to ${MAX_CHARS} characters long`);
  const unseen = all.find((char, at) => isUnseen(all[at - 1], char, all[at + 1]));
  if (unseen) return fault("character", `must not hold ${labelled(unseen)}, because it cannot be seen`);
  const control = stray(CONTROL);
  if (control) return fault("character", `must not hold ${labelled(control)}, because it is a control, format or separator character`);
  const refused = stray(REFUSED);
  if (refused) return fault("character", `must not hold ${labelled(refused)}, because file systems or headers give it a meaning`);
  if (/\p{M}{9}/u.test(name)) return fault("character", `must not hold more than ${MAX_MARKS} combining characters in a row`);
  const outer = [all[0], all.at(-1)].find((char) => OUTER.test(char ?? ""));
  if (outer) return fault("outer-space-or-dot", `must not begin or end with ${labelled(outer)}`);
  if (!name.includes(".") || !EXTENSION.test(extensionOf(name)))
    return fault("no-extension", "must have a stem and an extension of 1 to 32 ASCII letters and digits");
  const device = DEVICE.exec(name)?.[1];
  if (device) return fault("device", `must not be ${device.toUpperCase()} before the first dot, because Windows takes that for a device`);
  if (isPath(name)) return fault("look-alike", "must not be a path in its compatibility form");
  return undefined;
};

/** What follows the last dot; the whole name if it has no dot. */
export const extensionOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** Whether the compatibility form of a name leaves its folder. */
const isPath = (name: string): boolean => {
  const segments = name.normalize("NFKC").split(/[/\\]/);
  return !segments[0] || segments.some((segment) => segment === "." || segment === "..");
};

/** Whether `char` cannot be seen between its neighbours. */
export const isUnseen = (before: string | undefined, char: string, after: string | undefined): boolean =>
  /[\p{Default_Ignorable_Code_Point}\u2800]/u.test(char) && !(before && choosesForm(before, char, after));

/** Whether a selector chooses how the character directly before it is drawn. Source: UTS #51, UTS #37, Unicode 13.5. */
const choosesForm = (base: string, selector: string, after: string | undefined): boolean => {
  // Digits have the property Emoji only because a keycap can enclose them.
  if (/[\ufe0e\ufe0f]/.test(selector)) return /[0-9#*]/.test(base) ? after === "\u20e3" : /\p{Emoji}/u.test(base);
  if (/[\u{e0100}-\u{e01ef}]/u.test(selector)) return /\p{Script=Han}/u.test(base);
  return /[\u180b-\u180d\u180f]/.test(selector) && /(?=\p{L})\p{Script=Mongolian}/u.test(base);
};

/** A character by its code point, and by its name if it is one that people meet. */
const labelled = (char: string): string => {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `U+${code}${code in NAMES ? ` ${NAMES[code]}` : ""}`;
};

const NAMES: Readonly<Record<string, string>> = {
  "0009": "CHARACTER TABULATION",
  "000A": "LINE FEED",
  "000D": "CARRIAGE RETURN",
  "0020": "SPACE",
  "0022": "QUOTATION MARK",
  "002A": "ASTERISK",
  "002E": "FULL STOP",
  "002F": "SOLIDUS",
  "003A": "COLON",
  "003C": "LESS-THAN SIGN",
  "003E": "GREATER-THAN SIGN",
  "003F": "QUESTION MARK",
  "005C": "REVERSE SOLIDUS",
  "007C": "VERTICAL LINE",
  "00A0": "NO-BREAK SPACE",
  "00AD": "SOFT HYPHEN",
  "200B": "ZERO WIDTH SPACE",
  "200C": "ZERO WIDTH NON-JOINER",
  "200D": "ZERO WIDTH JOINER",
  "200E": "LEFT-TO-RIGHT MARK",
  "200F": "RIGHT-TO-LEFT MARK",
  "202A": "LEFT-TO-RIGHT EMBEDDING",
  "202B": "RIGHT-TO-LEFT EMBEDDING",
  "202C": "POP DIRECTIONAL FORMATTING",
  "202D": "LEFT-TO-RIGHT OVERRIDE",
  "202E": "RIGHT-TO-LEFT OVERRIDE",
  "2060": "WORD JOINER",
  "2800": "BRAILLE PATTERN BLANK",
  "FE0F": "VARIATION SELECTOR-16",
  FEFF: "ZERO WIDTH NO-BREAK SPACE",
  FF02: "FULLWIDTH QUOTATION MARK",
};
