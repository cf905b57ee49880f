// The example script, run against a local stack as its first lines say.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { useStack } from "./support/stack.ts";

const SCRIPT = resolve(import.meta.dirname, "../../examples/upload.sh");
const run = promisify(execFile);

const stack = useStack();
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "examples-"));
});
after(() => rm(folder, { recursive: true }));

for (const [name, sent] of [
  ["scan.pdf", "scan.pdf"],
  ["SCAN.PDF", "SCAN.PDF"],
  ["notes.md", "notes.md.txt"],
  ["LICENSE", "LICENSE.txt"],
] as const) {
  test(`upload.sh sends ${name} as ${sent}`, async () => {
    const { api, page, connect, oidc } = stack().origins;
    await writeFile(join(folder, name), name);
    await run(SCRIPT, [join(folder, name)], {
      env: { ...process.env, API: api, PAGE: page, CONNECT: connect, OIDC: oidc },
    });
    const last = (await stack().files()).at(-1);
    assert.deepEqual([last?.FileName, last?.FileStatus], [sent, "APPROVED"]);
  });
}

test("upload.sh sends the token to no stranger that Location names", async (t) => {
  const ticket = { url: "http://127.0.0.1:9/", headers: {}, access_token: "secret", users: [{}], cases: [{ arn: "c" }] };
  const asked: string[] = [];
  let location = "";
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    request.resume();
    response.writeHead(request.url === "/prod/uploads" ? 201 : 200, { Location: location }).end(JSON.stringify(ticket));
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const page = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, "a.pdf"), "a");
  const env = { ...process.env, API: `${page}/prod`, PAGE: page, CONNECT: page, OIDC: page };
  const stranger = `@127.0.0.1:${port}`;
  for (location of [`${stranger}/prod/uploads/f1`, `${page}/prod/uploads/f1`, "/prod/uploads/../x", "/uploads/f1", "/prod/uploads/", ""]) {
    asked.length = 0;
    const { stderr } = await run(SCRIPT, [join(folder, "a.pdf")], { env }).catch((error: { stderr: string }) => error);
    assert.match(stderr, /Location leads away from the API/, location);
    assert.deepEqual(asked, ["/seeds.json", "/token", "/prod/uploads"], location);
  }
});
