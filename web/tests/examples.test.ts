// The example script against a local stack, as its head tells people to run it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startStack, type Stack } from "./support/stack.ts";

const SCRIPT = resolve(import.meta.dirname, "../../examples/upload.sh");
const run = promisify(execFile);

let stack: Stack;
let folder: string;
before(async () => {
  [stack, folder] = await Promise.all([startStack(), mkdtemp(join(tmpdir(), "examples-"))]);
});
after(() => Promise.all([stack[Symbol.asyncDispose](), rm(folder, { recursive: true })]));

for (const [name, sent] of [
  ["scan.pdf", "scan.pdf"],
  ["SCAN.PDF", "SCAN.PDF"],
  ["notes.md", "notes.md.txt"],
  ["LICENSE", "LICENSE.txt"],
] as const) {
  test(`upload.sh sends ${name} as ${sent}`, async () => {
    const { api, page, connect, oidc } = stack.origins;
    await writeFile(join(folder, name), name);
    await run(SCRIPT, [join(folder, name)], {
      env: { ...process.env, API: api, PAGE: page, CONNECT: connect, OIDC: oidc },
    });
    const last = (await stack.files()).at(-1);
    assert.deepEqual([last?.FileName, last?.FileStatus], [sent, "APPROVED"]);
  });
}
