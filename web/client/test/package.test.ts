import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BUDGET_BYTES = 5017;
const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

const bundled = async (source: string): Promise<Buffer> => {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    logLevel: "silent",
  });
  return Buffer.from(outputFiles[0]?.contents ?? []);
};

test("the whole client, bundled and gzipped, is under 4.9 KB", async () => {
  const gzipped = gzipSync(await bundled('export * from "@upload-broker/client"'), { level: 9 });
  assert.ok(gzipped.length > 1_000 && gzipped.length < BUDGET_BYTES, `${gzipped.length} bytes`);
});

test("unused parts are not bundled", async () => {
  assert.equal((await bundled('import "@upload-broker/client"')).length, 0);
  const part = await bundled('export { sendWithFetch } from "@upload-broker/client"');
  assert.ok(part.length < 320, `${part.length} bytes`);
});

test("the client has no dependencies and imports only its own files", () => {
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies], [undefined, undefined, undefined]);
  for (const name of readdirSync(`${root}/dist`)) {
    const imports = readFileSync(`${root}/dist/${name}`, "utf8").matchAll(/from "([^"]+)"/g);
    for (const [, from] of imports) assert.match(from ?? "", /^\.\/[a-z]+\.(js|ts)$/, name);
  }
});

test("the package contains the build, README and LICENSE, and nothing else", () => {
  const printed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const answer = JSON.parse(printed);
  const [pack] = Array.isArray(answer) ? answer : Object.values(answer);
  const packed = (pack as { files: { path: string }[] }).files.map(({ path }) => path);
  const built = readdirSync(`${root}/src`).flatMap((name) => [`dist/${name.replace(/ts$/, "d.ts")}`, `dist/${name.replace(/ts$/, "js")}`]);
  assert.deepEqual(packed.toSorted(), ["LICENSE", "README.md", "package.json", ...built].toSorted());
});
