/** One PUT to the store, by XMLHttpRequest because it reports progress, or by fetch where that is missing. */

export interface SendRequest {
  readonly url: string;
  /** Exactly the headers that the broker returned. */
  readonly headers: Readonly<Record<string, string>>;
  /** Has no type, because a type would replace a signed `Content-Type`. */
  readonly body: Blob;
  readonly signal: AbortSignal;
  /** Longest time without a byte sent, because TCP gives up a dead connection only after many minutes. */
  readonly stallTimeoutInMs: number;
  /** Called with the number of bytes that were given to the network so far. */
  readonly onSent: (bytes: number) => void;
}

export interface SendAnswer {
  /** 0 if there was a redirect, because then the answer is not the store's. */
  readonly status: number;
  readonly text: string;
}

/** Rejects, with any reason, if there is no answer. */
export type Send = (request: SendRequest) => Promise<SendAnswer>;

/** The slowest transfer, 32 KB a second, if there is no progress to see. */
const SLOWEST_BYTES_PER_MS = 32;
/** The longest time that a timer takes; it does not take Infinity. */
const LONGEST_MS = 2 ** 31 - 1;

/** The time without a sign, and the time that unseen bytes need. */
const limitMs = (stallTimeoutInMs: number, unseenBytes: number): number =>
  Math.min(Math.ceil(stallTimeoutInMs + unseenBytes / SLOWEST_BYTES_PER_MS), LONGEST_MS);

/** Reports progress; for pages, dedicated and shared workers. */
export const sendWithXhr: Send = ({ url, headers, body, signal, stallTimeoutInMs, onSent }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { href } = new URL(url);
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    let stall: ReturnType<typeof setTimeout>;
    // Starts again with every byte. After the last one, a proxy (virus scanner, VPN gateway) may still have to forward all.
    const awaitSign = (sentBytes: number): void => {
      clearTimeout(stall);
      stall = setTimeout(abort, limitMs(stallTimeoutInMs, sentBytes < body.size ? 0 : body.size));
    };
    request.upload.onprogress = ({ loaded }) => {
      awaitSign(loaded);
      onSent(loaded);
    };
    // XMLHttpRequest always follows redirects.
    request.onload = () =>
      resolve(request.responseURL === href ? { status: request.status, text: request.responseText } : { status: 0, text: "" });
    request.onerror = request.onabort = reject;
    signal.addEventListener("abort", abort);
    // Without this, the request would wait long for a network that is gone.
    globalThis.addEventListener("offline", abort);
    request.onloadend = () => {
      clearTimeout(stall);
      globalThis.removeEventListener("offline", abort);
    };
    request.open("PUT", url);
    for (const name in headers) request.setRequestHeader(name, headers[name] as string);
    awaitSign(0);
    request.send(body);
  });

/** Reports no progress; for service workers and Node. */
export const sendWithFetch: Send = async ({ url, headers, body, signal, stallTimeoutInMs }) => {
  // Twice, because a proxy may forward the bytes only after it has taken them all.
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limitMs(stallTimeoutInMs, 2 * body.size))]);
  const answer = await fetch(url, { method: "PUT", headers, body, redirect: "error", signal: stop });
  return { status: answer.status, text: await answer.text() };
};

export const send: Send = (request) =>
  (typeof XMLHttpRequest === "undefined" ? sendWithFetch : sendWithXhr)(request);
