/** Sizes, shares and times as text, in any language. */

/** Puts values in place of words in braces. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** A language as `Intl` takes it. Pages also write `de_DE`, and `Intl` throws for what is not a language. */
export const tagOf = (lang: string): string => {
  try {
    return new Intl.Locale(lang.replaceAll("_", "-")).toString();
  } catch {
    return "en";
  }
};

/** Connect counts its limits like this: 20 MB are 20,971,520 bytes. */
const BASE = 1024;

export const bytesText = (bytes: number, lang: string): string => {
  const step = bytes < BASE ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / BASE ** step;
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][step];
  return inUnit(amount, unit, lang, step ? "short" : "long", step && amount < 10 ? 1 : 0);
};

/** Whole percent; 0 for an empty file. */
export const percentOf = (bytes: number, totalBytes: number): number =>
  totalBytes > 0 ? Math.floor((100 * bytes) / totalBytes) : 0;

export const percentText = (percent: number, lang: string): string =>
  new Intl.NumberFormat(tagOf(lang), { style: "percent" }).format(percent / 100);

/** At least a second; in minutes from a minute on. */
export const durationText = (seconds: number, lang: string): string => {
  const whole = Math.max(1, Math.round(seconds));
  const minutes = Math.round(whole / 60);
  const text = (amount: number, unit: string): string => inUnit(amount, unit, lang, "short", 0);
  if (whole < 60) return text(whole, "second");
  return minutes < 60 ? text(minutes, "minute") : `${text(Math.floor(minutes / 60), "hour")} ${text(minutes % 60, "minute")}`;
};

const inUnit = (amount: number, unit: string | undefined, lang: string, unitDisplay: "short" | "long", digits: number): string =>
  new Intl.NumberFormat(tagOf(lang), {
    style: "unit",
    unitDisplay,
    ...(unit !== undefined && { unit }),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount);
