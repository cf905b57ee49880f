/** Sizes, shares and times as text. */

const UNITS = ["bytes", "KB", "MB", "GB"];
/** Connect counts its limits like this: 20 MB are 20,971,520 bytes. */
const BASE = 1024;

export const bytesText = (bytes: number): string => {
  const step = bytes < BASE ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / BASE ** step;
  const digits = step > 0 && amount < 10 ? 1 : 0;
  return `${amount.toFixed(digits)} ${UNITS[step]}`;
};

/** Whole percent; 0 for an empty file. */
export const percentOf = (bytes: number, totalBytes: number): number =>
  totalBytes > 0 ? Math.floor((100 * bytes) / totalBytes) : 0;

export const durationText = (seconds: number): string => {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
