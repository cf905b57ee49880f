import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { Values } from "./evaluate";

/** What the construct reads of the rules. `brokerctl check` says whether the broker would start with them. */
export interface Rules {
  readonly allowed_origins?: readonly string[];
  readonly allowed_headers?: readonly string[];
  readonly authentication?: { readonly accept?: readonly string[] };
  readonly issuer?: readonly { readonly url: string; readonly audiences?: readonly string[] }[];
  readonly identity?: readonly { readonly user?: unknown }[];
  readonly grant?: readonly { readonly resources?: unknown; readonly actions?: readonly string[]; readonly on_behalf_of?: unknown }[];
}

/** The authorizer's type in API Gateway for each kind of evidence that `accept` may name. */
export const AUTHORIZATION_TYPES: Readonly<Record<string, string>> = { token: "NONE", jwt: "JWT", lambda: "CUSTOM", iam: "AWS_IAM" };

/** The file `broker.toml`: `path` itself, or in the folder `path`. */
export function rulesFile(path: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, "broker.toml") : path;
  if (!existsSync(file)) throw new Error(`rules: there is no file ${file}`);
  return file;
}

export function readRules(file: string): Rules {
  try {
    return parse(readFileSync(file, "utf8")) as Rules;
  } catch (error) {
    throw new Error(`rules: ${file} is not TOML: ${(error as Error).message}`);
  }
}

/** The kinds of evidence that the rules accept. */
export function evidenceOf({ authentication }: Rules): readonly string[] {
  return authentication?.accept ?? ["token"];
}

/**
 * The parameters that follow from the rules, so that API Gateway, the role and the broker agree. For the SAM templates,
 * `infra/check-settings` makes the same comparison.
 */
export function valuesOfRules(rules: Rules): Values {
  const grants = rules.grant ?? [];
  const resources = grants.map((grant) => grant.resources);
  const byName = (rules.identity ?? []).some(({ user }) => hasMember(user, "username_claim"));
  const [evidence] = evidenceOf(rules);
  return {
    AllowedOrigins: (rules.allowed_origins ?? []).join(","),
    AllowedHeaders: (rules.allowed_headers ?? []).join(","),
    Authorizer: evidence === "token" || evidence === undefined ? "none" : evidence,
    ...(evidence === "jwt" ? valuesOfJwt(rules) : {}),
    UsernameLookup: String(byName || grants.some((grant) => Boolean(grant.on_behalf_of))),
    ContactLookup: String(resources.includes("own-contacts")),
    CaseCustomerLookup: String(resources.some((resource) => hasMember(resource, "case_customer_claim"))),
    DeleteAllowed: String(grants.some(({ actions = ["delete"] }) => actions.includes("delete"))),
  };
}

/** The issuer and the audiences of API Gateway's JWT authorizer. */
function valuesOfJwt({ issuer: issuers = [] }: Rules): Values {
  const audiences = new Set(issuers.flatMap(({ audiences = [] }) => audiences));
  return { JwtIssuer: issuers.map(({ url }) => url).join(","), JwtAudiences: [...audiences].sort().join(",") };
}

/** Differences between rules and properties, a sentence each. */
export function* faultsOfRules(rules: Rules, casesDomainArn: string | undefined): Generator<string> {
  const accept = evidenceOf(rules);
  if (accept.length !== 1 || AUTHORIZATION_TYPES[accept[0]!] === undefined) {
    yield `rules: accept is ${JSON.stringify(accept)}, an API serves exactly one of ${Object.keys(AUTHORIZATION_TYPES).join(", ")}`;
  }
  const issuers = rules.issuer ?? [];
  if (accept[0] === "jwt" && issuers.length !== 1) yield `rules: there are ${issuers.length} issuers, an authorizer of API Gateway has one`;
  if (namesCases(rules) && !casesDomainArn) yield "casesDomainArn is missing, and a grant of the rules names cases";
}

/** Private keys in the folder of the rules, which the layer would carry. */
export function* faultsOfFolder(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" }).sort()) {
    const file = join(path, name);
    if (!statSync(file).isFile() || !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(readFileSync(file, "latin1"))) continue;
    yield `rules: ${name} holds a private key, which the layer would carry: move it out of this folder`;
  }
}

/** Whether every origin is a site, and none an app, such as `capacitor://localhost`. */
export function hasOnlySites({ allowed_origins: origins = [] }: Rules): boolean {
  return origins.every((origin) => /^https?:\/\//.test(origin));
}

function namesCases({ grant: grants = [] }: Rules): boolean {
  return grants.some(({ resources }) => {
    if (Array.isArray(resources)) return resources.some((arn) => String(arn).includes(":cases:"));
    return resources === "any-case" || (typeof resources === "object" && resources !== null);
  });
}

function hasMember(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && name in value;
}
