/** Which URLs get the token, and which get the bytes. */

/** The broker's URL, without a slash at its end. Throws if uploads cannot lie below it. */
export const endpointFrom = (text: string): string => {
  const { href, origin, pathname } = new URL(text, globalThis.location?.href);
  if (href !== origin + pathname) throw new TypeError("the endpoint must be http(s)://HOST/PATH");
  return href.replace(/\/+$/, "");
};

/**
 * URL of the upload that `reference` names. Undefined if that is not directly below `ENDPOINT/uploads/`, because
 * the token goes to this URL.
 *
 * INVARIANT: the parsed URL is checked, and the request goes to the same URL, so `..`, `\` and `@` are resolved first.
 */
export const uploadAt = (endpoint: string, reference: string): string | undefined => {
  const uploads = `${endpoint}/uploads`;
  const href = parsed(reference, uploads)?.href;
  return href?.startsWith(`${uploads}/`) && /^\/[\w-]+$/.test(href.slice(uploads.length)) ? href : undefined;
};

/** Whether files may be sent to `url`: https, or plain http to a literal loopback address. */
export const isStore = (url: string): boolean => {
  const { protocol, hostname = "" } = parsed(url) ?? {};
  return protocol === "https:" || (protocol === "http:" && /^(127(\.\d+){3}|\[::1\])$/.test(hostname));
};

const parsed = (text: string, base?: string): URL | undefined => (URL.canParse(text, base) ? new URL(text, base) : undefined);
