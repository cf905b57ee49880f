import { type Answer, member } from "./api.ts";
import { done, ended, type Result } from "./outcome.ts";

/** What the store needs for the bytes, and where the upload is at the broker. */
export interface Ticket {
  readonly upload: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** When the URL dies, on this device's clock. */
  readonly expiresAtMs: number;
}

export const ticketFrom = ({ headers, body }: Answer, requestUrl: string, now: number): Result<Ticket> => {
  const location = headers.get("Location");
  if (location === null)
    return ended("unusable-answer", "ask", false, "no Location in the answer: does the API's CORS expose it?");
  const upload = new URL(location, requestUrl);
  const url = member(body, "url");
  // The token goes there: never to a stranger.
  if (upload.origin !== new URL(requestUrl).origin || url === undefined || !URL.canParse(url))
    return ended("unusable-answer", "ask", false, "the answer leads nowhere");
  return done({
    upload: upload.href,
    url,
    headers: (body as { headers?: Record<string, string> }).headers ?? {},
    expiresAtMs: now + lifetimeMs(new URL(url), headers.get("Upload-Expires"), now),
  });
};

/** Told by the URL itself where it can be: this device's clock may be wrong. */
const lifetimeMs = (url: URL, expires: string | null, now: number): number => {
  const seconds = url.searchParams.get("X-Amz-Expires");
  if (seconds !== null) return Number(seconds) * 1000;
  return expires === null ? Infinity : Date.parse(expires) - now;
};
