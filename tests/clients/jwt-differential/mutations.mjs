// Named mutations of one valid access token of Amazon Cognito.
//
// A part is a list of [name, JSON text], so that duplicates and unusual literals can be written.

import { createHmac, sign as signWith } from "node:crypto";

const POOL = "eu-west-1_EXAMPLE";
export const ISSUER = `https://cognito-idp.eu-west-1.amazonaws.com/${POOL}`;
export const CLIENT = "1example23456789";
export const SCOPE = "broker/write";
export const KEY_ID = "signing-key";
export const RESOURCE = "https://api.example.com";

const json = JSON.stringify;
const encode = (bytes) => Buffer.from(bytes).toString("base64url");
const write = (part) => `{${part.map(([name, text]) => `${json(name)}:${text}`).join(",")}}`;
const without = (part, name) => part.filter(([member]) => member !== name);
const having = (part, name, text) => [...without(part, name), [name, text]];
const rows = (prefix, table, made) =>
  Object.entries(table).map(([name, value]) => [`${prefix}: ${name}`, made(value)]);

const WRONG_TYPES = {
  null: "null",
  true: "true",
  zero: "0",
  negative: "-1",
  fraction: "1.5",
  "empty text": '""',
  text: '"other"',
  array: "[]",
  object: "{}",
  "array of text": '["other"]',
};

const HEADER_VALUES = {
  alg: { none: '"none"', None: '"None"', HS256: '"HS256"', RS384: '"RS384"', RS512: '"RS512"', PS256: '"PS256"',
    ES256: '"ES256"', EdDSA: '"EdDSA"', "lower case": '"rs256"', "with a space": '"RS256 "', "in an array": '["RS256"]',
    escaped: '"\\u0052S256"' },
  kid: { "of another key": '"other-key"', "other case": '"SIGNING-KEY"', path: '"../signing-key"', prefix: '"signing"',
    "with a space": '"signing-key "', "with NUL": '"signing-key\\u0000"', "in an array": '["signing-key"]',
    "as __proto__": '"__proto__"', constructor: '"constructor"' },
  typ: { "lower case": '"jwt"', "media type": '"application/jwt"', "at+jwt": '"at+jwt"', JWE: '"JWE"',
    "logout+jwt": '"logout+jwt"', "dpop+jwt": '"dpop+jwt"' },
  crit: { b64: '["b64"]', exp: '["exp"]', unknown: '["urn:example:unknown"]', empty: "[]", null: "null", text: '"exp"' },
  b64: { false: "false", true: "true", null: "null" },
  zip: { DEF: '"DEF"', NONE: '"NONE"', "NONE in lower case": '"none"', "NONE in an array": '["NONE"]' },
  enc: { A256GCM: '"A256GCM"' },
  cty: { JWT: '"JWT"' },
  jku: { elsewhere: '"https://attacker.example/jwks.json"' },
  x5u: { elsewhere: '"https://attacker.example/chain.pem"' },
  x5c: { array: '["MIIB"]' },
  unknown: { member: '"ignored"' },
};

const payloadValues = (now) => ({
  exp: { expired: `${now - 60}`, "long expired": `${now - 86_400}`, one: "1", "in milliseconds": `${(now + 600) * 1000}`,
    "with a fraction": `${now + 600}.5`, "fraction of zero": `${now + 600}.0`, exponent: "1e11", "as text": `"${now + 600}"`,
    "in an array": `[${now + 600}]`, huge: "99999999999999999999", infinite: "1e400", "negative zero": "-0",
    "in two days": `${now + 172_800}`, "two to the power of 53": "9007199254740992", "written with an exponent": `${now + 600}e0` },
  iat: { "in an hour": `${now + 3600}`, "after exp": `${now + 900}`, "in milliseconds": `${now * 1000}`,
    "with a fraction": `${now - 60}.5`, "as text": `"${now - 60}"`, "in an array": `[${now - 60}]`, infinite: "1e400",
    "two days ago": `${now - 172_800}` },
  nbf: { past: `${now - 60}`, "in an hour": `${now + 3600}`, "in milliseconds": `${now * 1000}`,
    "with a fraction": `${now - 60}.5`, "as text": `"${now - 60}"`, infinite: "1e400" },
  iss: { "with a slash": json(`${ISSUER}/`), prefix: json(ISSUER.slice(0, -1)), longer: json(`${ISSUER}2`),
    "upper case": json(ISSUER.toUpperCase()), "plain http": json(ISSUER.replace("https", "http")),
    "in an array": json([ISSUER]), "other region": json(ISSUER.replaceAll("eu-west-1", "us-east-1")),
    "global form": json(ISSUER.replace("cognito-idp", "issuer-cognito-idp")), "with a space": json(` ${ISSUER}`),
    "with NUL": json(`${ISSUER}\0`) },
  jti: { long: json("a".repeat(2000)) },
  sub: { "in an array": '["alice"]', long: json("a".repeat(2000)), "with a lone surrogate": '"\\ud800"',
    "of 255 characters": json("a".repeat(255)), "of 256 characters": json("a".repeat(256)), "with NUL": '"alice\\u0000"',
    "with a line end": '"alice\\nadmin"' },
  token_use: { id: '"id"', refresh: '"refresh"', "upper case": '"ACCESS"', "in an array": '["access"]',
    "with a space": '"access "' },
  client_id: { "of another app": '"2other"', prefix: json(CLIENT.slice(0, -1)), longer: json(`${CLIENT}0`),
    "upper case": json(CLIENT.toUpperCase()), "in an array": json([CLIENT]) },
  scope: { other: '"broker/read"', "among others": json(`openid ${SCOPE} email`), prefix: '"broker/writ"',
    longer: '"broker/write2"', "upper case": '"BROKER/WRITE"', "with commas": json(`openid,${SCOPE}`),
    "with tabs": json(`openid\t${SCOPE}`), "in an array": json([SCOPE]), "in an array, with a number": json([SCOPE, 7]) },
  scp: { "in an array": json([SCOPE]) },
  aud: { ours: json(CLIENT), "in an array": json([CLIENT]), resource: json(RESOURCE),
    "resource among others": json(["https://other.example.com", RESOURCE]), "of another resource": json(`${RESOURCE}/`) },
  events: { "logout token": '{"http://schemas.openid.net/event/backchannel-logout":{}}' },
  unknown: { member: '{"deep":[1,2,{"x":null}]}' },
  ["__proto__"]: { "of another subject": '{"sub":"mallory"}' },
});

function memberRows(where, part, table, signed) {
  return Object.entries(table).flatMap(([member, values]) => [
    ...rows(`${where} ${member}`, { ...WRONG_TYPES, ...values }, (text) => signed(having(part, member, text))),
    ...(part.some(([name]) => name === member)
      ? [[`${where} ${member}: missing`, signed(without(part, member))]]
      : []),
    ...duplicateRows(where, part, member, signed),
  ]);
}

function duplicateRows(where, part, member, signed) {
  const own = part.find(([name]) => name === member);
  if (!own) return [];
  const other = [member, '"other"'];
  return [
    [`${where} ${member}: twice the same`, signed([...part, own])],
    [`${where} ${member}: twice, ours last`, signed([other, ...part])],
    [`${where} ${member}: twice, ours first`, signed([...part, other])],
  ];
}

function signatureRows(input, signature, { privateKey, otherKey }) {
  const put = (bytes) => `${input}.${encode(bytes)}`;
  const flipped = (bit) => put(signature.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
  const digest = Buffer.from("3031300d060960864801650304020105000420", "hex");
  return [
    ...[0, 7, 8, 500, 1024, 1500, 2040, 2047].map((bit) => [`signature: bit ${bit} flipped`, flipped(bit)]),
    ...rows("signature", {
      "of one byte": signature.subarray(0, 1), truncated: signature.subarray(0, -1), "first byte cut": signature.subarray(1),
      "a byte more": Buffer.concat([signature, Buffer.of(0)]), "a zero before": Buffer.concat([Buffer.of(0), signature]),
      zeros: Buffer.alloc(256), ones: Buffer.alloc(256, 1), "all bits": Buffer.alloc(256, 255),
      "DER of a digest": Buffer.concat([digest, Buffer.alloc(32)]), "in a DER octet string":
        Buffer.concat([Buffer.from("04820100", "hex"), signature]), twice: Buffer.concat([signature, signature]),
      reversed: Buffer.from(signature).reverse(), "of another key": signWith("sha256", Buffer.from(input), otherKey),
      "of another text": signWith("sha256", Buffer.from(`${input} `), privateKey),
      "of SHA-512": signWith("sha512", Buffer.from(input), privateKey),
      "of SHA-1": signWith("sha1", Buffer.from(input), privateKey),
      PSS: signWith("sha256", Buffer.from(input), { key: privateKey, padding: 6 }),
    }, put),
    ["signature: empty", `${input}.`],
    ["signature: unused bits set", put(signature).slice(0, -1) + nextLetter(encode(signature).at(-1))],
  ];
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const nextLetter = (letter) => ALPHABET[ALPHABET.indexOf(letter) + 1];

function formRows(valid) {
  const [header, payload, signature] = valid.split(".");
  return rows("form", {
    "space before": ` ${valid}`, "space after": `${valid} `, "line end after": `${valid}\n`, "line end inside": valid.replace(".", ".\n"),
    "tab before": `\t${valid}`, "NUL after": `${valid}\0`, BOM: `\ufeff${valid}`, Bearer: `Bearer ${valid}`, quoted: json(valid),
    empty: "", dot: ".", dots: "..", "no signature": `${header}.${payload}`, "header only": header, "fourth part": `${valid}.${signature}`,
    "dot after": `${valid}.`, "dot before": `.${valid}`, "five parts": `${valid}.a.b`, "no header": `.${payload}.${signature}`,
    "no payload": `${header}..${signature}`, "padded header": `${header}=.${payload}.${signature}`,
    "padded payload": `${header}.${payload}=.${signature}`, "padded signature": `${valid}==`, "one '=' after": `${valid}=`,
    "three '=' after": `${valid}===`, "upper case": valid.toUpperCase(), "upper case header": `${header.toUpperCase()}.${payload}.${signature}`,
    "lower case signature": `${header}.${payload}.${signature.toLowerCase()}`, "a letter more in header": `${header}A.${payload}.${signature}`,
    "a letter more in signature": `${valid}A`, "percent-encoded dots": valid.replaceAll(".", "%2E"), "full-width dots": valid.replaceAll(".", "．"),
    "parts exchanged": `${payload}.${header}.${signature}`, "standard base64": `${header}.${payload}.${signature.replaceAll("-", "+").replaceAll("_", "/")}+`,
    "flattened JSON": json({ protected: header, payload, signature }), "general JSON": json({ payload, signatures: [{ protected: header, signature }] }),
    "a byte of payload changed": `${header}.${payload.slice(0, -3)}AAA.${signature}`,
  }, (text) => text);
}

function jsonRows(header, payload, signed) {
  const written = { header: write(header), payload: write(payload) };
  const changes = {
    BOM: (text) => `\ufeff${text}`, "space around": (text) => ` ${text}\n`, "space inside": (text) => text.replaceAll(":", " : "),
    "text after": (text) => `${text}x`, "two objects": (text) => text + text, "trailing comma": (text) => text.replace(/}$/, ",}"),
    comment: (text) => `/**/${text}`, "single quotes": (text) => text.replaceAll('"', "'"), "in an array": (text) => `[${text}]`,
    "as text": (text) => json(text), null: () => "null", "empty object": () => "{}", "UTF-16": (text) => Buffer.from(text, "utf16le"),
    "invalid UTF-8": (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"\xff"}', "latin1")]),
    deep: (text) => text.replace(/}$/, `,"x":${"[".repeat(200)}${"]".repeat(200)}}`),
    long: (text) => text.replace(/}$/, `,"x":"${"x".repeat(9000)}"}`), NaN: (text) => text.replace(/}$/, ',"x":NaN}'),
    "control character": (text) => text.replace(/}$/, ',"x":"\u0001"}'),
  };
  return Object.keys(written).flatMap((part) =>
    rows(`JSON of ${part}`, changes, (change) => signed({ ...written, [part]: change(written[part]) })),
  );
}

/** Every token by its name; the first is the valid one. */
export function tokens(now, { privateKey, publicKey, otherKey, otherJwk }) {
  const header = Object.entries({ kid: KEY_ID, alg: "RS256" }).map(([name, value]) => [name, json(value)]);
  const payload = Object.entries({
    sub: "alice", iss: ISSUER, client_id: CLIENT, token_use: "access", scope: SCOPE, auth_time: now - 60,
    exp: now + 600, iat: now - 60, jti: "token-1", username: "alice",
  }).map(([name, value]) => [name, json(value)]);
  const inputOf = (parts) => `${encode(parts.header)}.${encode(parts.payload)}`;
  const signed = (parts, key = privateKey, digest = "sha256") =>
    `${inputOf(parts)}.${encode(signWith(digest, Buffer.from(inputOf(parts)), key))}`;
  const withHeader = (part, ...how) => signed({ header: write(part), payload: write(payload) }, ...how);
  const withPayload = (part) => signed({ header: write(header), payload: write(part) });
  const input = inputOf({ header: write(header), payload: write(payload) });
  const hmacInput = inputOf({ header: write(having(header, "alg", '"HS256"')), payload: write(payload) });
  const secret = publicKey.export({ type: "spki", format: "pem" });

  return [
    ["valid", withHeader(header)],
    ...memberRows("header", header, HEADER_VALUES, withHeader),
    ["header alg: none, unsigned", `${inputOf({ header: write(having(header, "alg", '"none"')), payload: write(payload) })}.`],
    ["header alg: HS256 with the public key", `${hmacInput}.${createHmac("sha256", secret).update(hmacInput).digest("base64url")}`],
    ["header alg: RS512, so signed", withHeader(having(header, "alg", '"RS512"'), privateKey, "sha512")],
    ["header jwk: of the signer", withHeader(having(header, "jwk", json(otherJwk)), otherKey)],
    ["header jwk: beside our signature", withHeader(having(header, "jwk", json(otherJwk)))],
    ...memberRows("payload", payload, payloadValues(now), withPayload),
    ...signatureRows(input, signWith("sha256", Buffer.from(input), privateKey), { privateKey, otherKey }),
    ...formRows(withHeader(header)),
    ...jsonRows(header, payload, signed),
  ];
}
