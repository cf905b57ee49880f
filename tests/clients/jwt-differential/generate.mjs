// Writes jwks.json and tokens.jsonl into a directory: each token with the verdict of aws-jwt-verify.

import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { CognitoJwtVerifier } from "aws-jwt-verify";

import { CLIENT, ISSUER, KEY_ID, SCOPE, tokens } from "./mutations.mjs";

const directory = process.argv[2];
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: KEY_ID, alg: "RS256", use: "sig" }] };

const verifier = CognitoJwtVerifier.create({
  userPoolId: ISSUER.split("/").at(-1),
  tokenUse: "access",
  clientId: CLIENT,
  scope: SCOPE,
});
verifier.cacheJwks(jwks);

function accepts(token) {
  try {
    verifier.verifySync(token);
    return true;
  } catch {
    return false;
  }
}

const keys = { privateKey, publicKey, otherKey: other.privateKey, otherJwk: other.publicKey.export({ format: "jwk" }) };
const all = tokens(Math.floor(Date.now() / 1000), keys);
const lines = all.map(([name, token]) => JSON.stringify({ name, token, theirs: accepts(token) }));
writeFileSync(join(directory, "jwks.json"), JSON.stringify(jwks));
writeFileSync(join(directory, "tokens.jsonl"), `${lines.join("\n")}\n`);
