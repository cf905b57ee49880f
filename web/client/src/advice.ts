import type { Leg } from "./outcome.ts";

/** What to set where a request without an answer was blocked by CORS. */
export const unreachable = (leg: Leg, url: string, headers: Readonly<Record<string, string>>): string => {
  const target = new URL(url).origin;
  const page = globalThis.origin ?? "the page's origin";
  const names = Object.keys(headers).map((name) => name.toLowerCase()).join(", ");
  const fix =
    leg === "put"
      ? `the bucket's CORS needs a rule with AllowedOrigins "${page}", AllowedMethods "PUT" and AllowedHeaders "*" or: ${names}`
      : `allowed_origins in broker.toml and the API's own CORS need "${page}" and the headers ${names}; the gateway's own 4xx and 5xx need CORS headers too`;
  return `no answer from ${target} (${leg}): blocked or unreachable. If it is CORS, ${fix}`;
};
