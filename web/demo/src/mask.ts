/** Hides the parts of a request that would let others act: tokens, signatures and upload handles. */

const SECRET_QUERY = /^x-amz-(signature|credential|security-token)$/i;

/** A URL without upload handles and without the signature of a presigned one. */
export const maskedUrl = (url: string): string => {
  const [path = "", query] = url.split("?");
  const shown = path.replace(/(\/uploads\/)[^/]+/, "$1…");
  if (query === undefined) return shown;
  const members = query.split("&").map((member) => {
    const name = member.slice(0, member.indexOf("="));
    return SECRET_QUERY.test(decodeURIComponent(name)) ? `${name}=…` : member;
  });
  return `${shown}?${members.join("&")}`;
};

export const maskedHeader = (name: string, value: string): string => {
  if (/^authorization$/i.test(name)) return "Bearer …";
  return /^location$/i.test(name) ? maskedUrl(value) : value;
};

/** A body as text; JSON is indented and its secret members are masked. */
export const maskedBody = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), secretsMasked, 2);
  } catch {
    return text;
  }
};

const secretsMasked = (name: string, value: unknown): unknown => {
  if (name === "access_token") return "…";
  return name === "url" && typeof value === "string" ? maskedUrl(value) : value;
};
