// The journey by openapi-typescript's types and openapi-fetch; test_generated_clients.py says what it prints.
//
//   node openapi-typescript.ts API TOKEN CASE OTHERS

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./upload-broker.ts";

type Problem = components["schemas"]["Problem"];
type Refusal = components["schemas"]["Refusal"];

const FILE = "%PDF openapi-typescript";
const [api = "", token = "", resource = "", others = ""] = process.argv.slice(2);
const clientOf = (baseUrl: string, by = token) =>
  createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${by}` } });
const client = clientOf(api);
// What may be left out is left out here, so the types must allow it.
const asked = (fileName: string) => ({ fileName, fileSizeInBytes: FILE.length, associatedResourceArn: resource });

/** Uploads the file and returns its last status. */
async function upload(): Promise<string> {
  const header = { "Idempotency-Key": "ots-1" };
  const { data, response } = await client.POST("/uploads", { params: { header }, body: asked("openapi-typescript.pdf") });
  assert(data);
  const sent = await fetch(data.url, { method: "PUT", headers: data.headers, body: FILE });
  assert.equal(sent.status, 200);
  const path = { upload: response.headers.get("Location")?.split("/").at(-1) ?? "" };
  const completed = await client.POST("/uploads/{upload}/complete", { params: { path } });
  assert.equal(completed.response.status, 204);
  for (;;) {
    const { data } = await client.GET("/uploads/{upload}", { params: { path } });
    assert(data);
    if (data.status !== "PROCESSING") return data.status;
  }
}

async function refusal(by: typeof client, fileName = "any.pdf"): Promise<[number, Refusal]> {
  const { error, response } = await by.POST("/uploads", { body: asked(fileName) });
  assert(error);
  return [response.status, error];
}

async function problem(by: typeof client, fileName?: string): Promise<Problem> {
  const [, error] = await refusal(by, fileName);
  assert("code" in error);
  return error;
}

const known: components["schemas"]["Code"] = "file-type-not-allowed";
const wrongType = await problem(client, "setup.exe");
assert.equal(wrongType.code, known);
assert(wrongType.allowedExtensions);
const wrongToken = await problem(clientOf(api, "x"));
const unknown = await problem(clientOf(`${others}/tomorrow`));
const [status, throttled] = await refusal(clientOf(`${others}/gateway`));
assert("message" in throttled);
const result = {
  uploaded: await upload(),
  wrongType: [wrongType.status, wrongType.code, wrongType.errors?.[0]?.pointer],
  wrongToken: [wrongToken.status, wrongToken.code],
  gateway: [status, throttled.message],
  unknownCode: [unknown.status, unknown.code],
};
console.log(JSON.stringify(result));
