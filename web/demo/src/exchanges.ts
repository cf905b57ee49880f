import { sendWithXhr, type Send } from "@upload-broker/client";
import { maskedBody, maskedHeader, maskedUrl } from "./mask.ts";

/** A request, as the page shows it when it is sent. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly text: string;
}

/** The answer to a request, or its absence. */
export interface Answered {
  readonly verdict: string;
  readonly isError: boolean;
  readonly text: string;
}

/** Takes a request and returns the function that takes its answer. */
export type Watcher = (sent: Sent) => (answered: Answered) => void;

/** `fetch` that shows its requests and answers. */
export const watchedFetch =
  (watch: Watcher) =>
  async (url: string, init: RequestInit): Promise<Response> => {
    const body = typeof init.body === "string" ? init.body : init.body?.toString();
    const answered = watch(sent(init.method ?? "GET", url, new Headers(init.headers), maskedBody(body ?? "")));
    const began = performance.now();
    try {
      const response = await fetch(url, init);
      const text = await response.clone().text();
      answered(answer(response.status, [...response.headers], text, began));
      return response;
    } catch (error) {
      answered(noAnswer(error));
      throw error;
    }
  };

/** The client's own `send`, which shows its request and answer. */
export const watchedSend =
  (watch: Watcher): Send =>
  async (request) => {
    const { url, headers, body } = request;
    const answered = watch(sent("PUT", url, new Headers(headers), `(${body.size} bytes)`));
    const began = performance.now();
    try {
      const response = await sendWithXhr(request);
      answered(answer(response.status, [], response.text, began));
      return response;
    } catch (error) {
      answered(noAnswer(error));
      throw error;
    }
  };

const sent = (method: string, url: string, headers: Headers, body: string): Sent => {
  const shown = maskedUrl(url);
  return {
    method,
    path: new URL(shown, location.href).pathname.replaceAll("%E2%80%A6", "…"),
    text: message(`${method} ${shown}`, [...headers], body),
  };
};

const answer = (status: number, headers: [string, string][], body: string, beganMs: number): Answered => ({
  verdict: `${status} in ${Math.round(performance.now() - beganMs)} ms`,
  isError: status >= 400,
  text: message(String(status), headers, maskedBody(body)),
});

const noAnswer = (error: unknown): Answered => ({
  verdict: "no answer",
  isError: true,
  text: error instanceof Error ? error.message : String(error),
});

const message = (first: string, headers: [string, string][], body: string): string => {
  const lines = headers.map(([name, value]) => `${name}: ${maskedHeader(name, value)}`);
  return [first, ...lines, ...(body ? ["", body] : [])].join("\n");
};
