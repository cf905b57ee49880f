import { ended, type Leg, type Unreachable } from "./outcome.ts";

type Headers = Readonly<Record<string, string>>;

/** No answer, and what to set where CORS is the cause: browsers do not tell. */
export const noAnswer = (leg: Leg, url: string, headers: Headers, online: boolean): Unreachable => {
  const page = globalThis.origin ?? "the page's origin";
  const setting =
    leg === "put"
      ? "the bucket's CORS needs AllowedMethods PUT,"
      : "allowed_origins in broker.toml and the API's CORS, for the gateway's own errors too, need";
  const names = Object.keys(headers).join(", ");
  const detail = `${new URL(url).origin} is blocked or unreachable. If it is CORS, ${setting} origin ${page}, headers ${names}`;
  return { ...ended("unreachable", leg, true, detail), online };
};
