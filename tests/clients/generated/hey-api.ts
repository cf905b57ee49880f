// The journey by hey-api's client; test_generated_clients.py says what it prints.
//
//   node hey-api.ts API TOKEN CASE OTHERS

import assert from "node:assert/strict";
import { createClient, type Client } from "./upload-broker/client/index.ts";
import { completeUpload, readUpload, startUpload } from "./upload-broker/sdk.gen.ts";
import type { Code, Problem, Refusal } from "./upload-broker/types.gen.ts";

const FILE = "%PDF hey-api";
const [api = "", token = "", resource = "", others = ""] = process.argv.slice(2);
const clientOf = (baseUrl: string, auth = token) => createClient({ baseUrl, auth });
const client = clientOf(api);
const asked = (fileName: string) => ({ fileName, fileSizeInBytes: FILE.length, associatedResourceArn: resource });

/** Uploads the file and returns its last status. */
async function upload(): Promise<string> {
  const headers = { "Idempotency-Key": "hey-1" };
  const { data, response } = await startUpload({ client, headers, body: asked("hey-api.pdf") });
  assert(data && response);
  const sent = await fetch(data.url, { method: "PUT", headers: data.headers, body: FILE });
  assert.equal(sent.status, 200);
  const path = { upload: response.headers.get("Location")?.split("/").at(-1) ?? "" };
  const completed = await completeUpload({ client, path });
  assert.equal(completed.response?.status, 204);
  for (;;) {
    const { data } = await readUpload({ client, path });
    assert(data);
    if (data.status !== "PROCESSING") return data.status;
  }
}

async function refusal(by: Client, fileName = "any.pdf"): Promise<[number | undefined, Refusal]> {
  const { error, response } = await startUpload({ client: by, body: asked(fileName) });
  assert(error);
  return [response?.status, error];
}

async function problem(by: Client, fileName?: string): Promise<Problem> {
  const [, error] = await refusal(by, fileName);
  assert("code" in error);
  return error;
}

const known: Code = "file-type-not-allowed";
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
