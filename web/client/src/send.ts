/** One PUT to the store, as a function: XMLHttpRequest for progress, fetch where it is missing. */

export interface SendRequest {
  readonly url: string;
  /** Exactly what the broker returned. */
  readonly headers: Readonly<Record<string, string>>;
  /** Has no type of its own: it would take the place of a signed `Content-Type`. */
  readonly body: Blob;
  readonly signal: AbortSignal;
  /** Told how many bytes were given to the network so far. */
  readonly onSent: (bytes: number) => void;
}

export interface SendAnswer {
  readonly status: number;
  readonly text: string;
}

/** Rejects where there is no answer, with anything. */
export type Send = (request: SendRequest) => Promise<SendAnswer>;

/** Reports progress; for pages, dedicated and shared workers. */
export const sendWithXhr: Send = ({ url, headers, body, signal, onSent }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = request.onabort = reject;
    const abort = (): void => request.abort();
    signal.addEventListener("abort", abort);
    // Bytes that wait for a network that is gone would wait long.
    globalThis.addEventListener("offline", abort);
    request.onloadend = () => globalThis.removeEventListener("offline", abort);
    request.open("PUT", url);
    for (const name in headers) request.setRequestHeader(name, headers[name] as string);
    request.send(body);
  });

/** Reports nothing on the way; for service workers and Node. */
export const sendWithFetch: Send = async ({ url, headers, body, signal }) => {
  const answer = await fetch(url, { method: "PUT", headers, body, signal });
  return { status: answer.status, text: await answer.text() };
};

export const send: Send = (request) =>
  (typeof XMLHttpRequest === "undefined" ? sendWithFetch : sendWithXhr)(request);
