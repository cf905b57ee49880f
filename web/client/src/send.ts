/** One PUT to the store, as a function: XMLHttpRequest for progress, fetch where it is missing. */

export interface SendRequest {
  readonly url: string;
  /** Exactly what the broker returned. */
  readonly headers: Readonly<Record<string, string>>;
  /** Has no type of its own: it would take the place of a signed `Content-Type`. */
  readonly body: Blob;
  readonly signal: AbortSignal;
  /** Longest time without a byte sent, or an answer: TCP itself gives up a dead connection after many minutes. */
  readonly stallTimeoutInMs: number;
  /** Told how many bytes were given to the network so far. */
  readonly onSent: (bytes: number) => void;
}

export interface SendAnswer {
  /** 0 where a redirect led elsewhere, because then the answer is not the store's. */
  readonly status: number;
  readonly text: string;
}

/** Rejects where there is no answer, with anything. */
export type Send = (request: SendRequest) => Promise<SendAnswer>;

/** Where progress cannot be seen, bytes may be as slow as this: 32 KB a second. */
const SLOWEST_BYTES_PER_MS = 32;
/** Timers take no more, and no Infinity. */
const LONGEST_MS = 2 ** 31 - 1;

/** Reports progress; for pages, dedicated and shared workers. */
export const sendWithXhr: Send = ({ url, headers, body, signal, stallTimeoutInMs, onSent }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { href } = new URL(url);
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    let stall: ReturnType<typeof setTimeout>;
    // Begins anew with the last byte: then it is the answer's.
    const awaitSign = (): void => {
      clearTimeout(stall);
      stall = setTimeout(abort, Math.min(stallTimeoutInMs, LONGEST_MS));
    };
    request.upload.onprogress = ({ loaded }) => {
      awaitSign();
      onSent(loaded);
    };
    // XMLHttpRequest follows redirects and cannot be told not to.
    request.onload = () =>
      resolve(request.responseURL === href ? { status: request.status, text: request.responseText } : { status: 0, text: "" });
    request.onerror = request.onabort = reject;
    signal.addEventListener("abort", abort);
    // Bytes that wait for a network that is gone would wait long.
    globalThis.addEventListener("offline", abort);
    request.onloadend = () => {
      clearTimeout(stall);
      globalThis.removeEventListener("offline", abort);
    };
    request.open("PUT", url);
    for (const name in headers) request.setRequestHeader(name, headers[name] as string);
    awaitSign();
    request.send(body);
  });

/** Reports nothing on the way; for service workers and Node. */
export const sendWithFetch: Send = async ({ url, headers, body, signal, stallTimeoutInMs }) => {
  const limit = Math.min(Math.ceil(stallTimeoutInMs + body.size / SLOWEST_BYTES_PER_MS), LONGEST_MS);
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  const answer = await fetch(url, { method: "PUT", headers, body, redirect: "error", signal: stop });
  return { status: answer.status, text: await answer.text() };
};

export const send: Send = (request) =>
  (typeof XMLHttpRequest === "undefined" ? sendWithFetch : sendWithXhr)(request);
