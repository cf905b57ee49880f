import { ended, type Leg, type Unreachable } from "./outcome.ts";

type Headers = Readonly<Record<string, string>>;

/** The failure of a request without an answer. Browsers do not say why, so the detail names what to set if it is CORS. */
export const noAnswer = (leg: Leg, url: string, headers: Headers, online: boolean): Unreachable => {
  const page = globalThis.origin ?? "the page's origin";
  const settings =
    leg === "put"
      ? "the bucket's CORS to AllowedMethods PUT,"
      : "allowed_origins in broker.toml and the CORS of the API and of the gateway's own errors to";
  const names = Object.keys(headers).join(", ");
  const detail = `${new URL(url).origin} is unreachable, redirects, or is blocked by CORS. If CORS blocks it, set ${settings} origin ${page}, headers ${names}`;
  return { ...ended("unreachable", leg, true, detail), online };
};
