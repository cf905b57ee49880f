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

export const ticketFrom = ({ headers, body, askedAtMs }: Answer, requestUrl: string): Result<Ticket> => {
  const upload = new URL(headers.get("Location") ?? "data:", requestUrl);
  const url = member(body, "url") ?? "";
  // The token goes to the upload's URL: never to a stranger.
  if (upload.origin !== new URL(requestUrl).origin || !URL.canParse(url))
    return ended("unusable-answer", "ask", false, "no url, or no Location here: does the API's CORS expose it?");
  return done({
    upload: upload.href,
    url,
    headers: (body as { headers?: Record<string, string> }).headers ?? {},
    // From the URL, not from `Upload-Expires`: this device's clock may be wrong.
    expiresAtMs: askedAtMs + Number(new URL(url).searchParams.get("X-Amz-Expires") ?? Infinity) * 1000,
  });
};
