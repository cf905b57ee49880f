import { isStore, uploadAt } from "./address.ts";
import { type Answer, member } from "./api.ts";
import { done, ended, type Result, staying, type UnusableAnswer } from "./outcome.ts";

/** A started upload: its URL at the broker, and where and how to send the bytes. */
export interface Ticket {
  readonly upload: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** When the URL expires, on this device's clock. */
  readonly expiresAtMs: number;
}

export const ticketFrom = ({ headers, body, askedAtMs }: Answer, endpoint: string): Result<Ticket> => {
  const location = headers.get("Location");
  const upload = uploadAt(endpoint, location ?? "");
  if (!upload)
    return unusable(location ? "Location is not an upload below the endpoint: check BASE_PATH" : "no Location: expose it in the API's CORS");
  const url = member(body, "url") ?? "";
  if (!isStore(url)) return staying(unusable("the answer has no https `url`"), upload);
  return done({
    upload,
    url,
    headers: (body as { headers?: Record<string, string> }).headers ?? {},
    // From the URL and not from `Upload-Expires`, because this device's clock may be wrong.
    expiresAtMs: askedAtMs + Number(new URL(url).searchParams.get("X-Amz-Expires") ?? Infinity) * 1000,
  });
};

const unusable = (detail: string): UnusableAnswer => ended("unusable-answer", "ask", false, detail);
