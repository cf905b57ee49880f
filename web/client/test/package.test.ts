import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The largest size of each entry, minified and gzipped. */
const BUDGETS = { "": 5.5, "/check": 3.5, "/resume": 3.5 } as const;
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

for (const [entry, budgetKb] of Object.entries(BUDGETS)) {
  test(`@upload-broker/client${entry}, bundled and gzipped, is under ${budgetKb} KB`, async () => {
    const gzipped = gzipSync(await bundled(`export * from "@upload-broker/client${entry}"`), { level: 9 });
    assert.ok(gzipped.length > 1_000 && gzipped.length <= budgetKb * 1024, `${gzipped.length} bytes`);
  });
}

test("every entry has a budget, or is the core in one file", () => {
  const entries = Object.keys(manifest.exports).map((entry) => entry.slice(1));
  assert.deepEqual(entries.toSorted(), [...Object.keys(BUDGETS), "/client.js", "/client.min.js"].toSorted());
});

test("the core in one file imports nothing and has a map of its sources", () => {
  for (const name of ["client.js", "client.min.js"]) {
    const code = readFileSync(`${root}/dist/${name}`, "utf8");
    assert.doesNotMatch(code, /\bimport\b/, name);
    assert.match(code, new RegExp(`//# sourceMappingURL=${name}.map\n$`));
    const map = JSON.parse(readFileSync(`${root}/dist/${name}.map`, "utf8"));
    assert.ok(map.sources.includes("../src/upload.ts") && map.sourcesContent.length === map.sources.length, name);
  }
  const gzipped = gzipSync(readFileSync(`${root}/dist/client.min.js`), { level: 9 });
  assert.ok(gzipped.length <= BUDGETS[""] * 1024, `${gzipped.length} bytes`);
});

/** The options of a project that compiles with TypeScript 4.9. */
const OLD = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable", "--typeRoots", "none"];
for (const [module, resolution] of [
  ["Node16", "Node16"],
  ["ESNext", "Node"],
] as const) {
  test(`TypeScript 4.9 takes the types, with module ${module} and resolution ${resolution}`, () => {
    const compiler = `${root}/../typescript-4.9/node_modules/typescript/lib/tsc.js`;
    const options = [...OLD, "--module", module, "--moduleResolution", resolution, "test/types.ts"];
    const { stdout } = spawnSync(process.execPath, [compiler, ...options], { cwd: root, encoding: "utf8" });
    assert.equal(stdout, "");
  });
}

test("the package can be published, and says where it comes from", () => {
  assert.equal(manifest.private, undefined);
  assert.deepEqual([manifest.license, manifest.repository.directory, manifest.publishConfig], ["Apache-2.0", "web/client", { access: "public" }]);
  assert.ok(manifest.keywords.length > 3);
});

test("unused parts are not bundled", async () => {
  assert.equal((await bundled('import "@upload-broker/client"')).length, 0);
  const part = await bundled('export { sendWithFetch } from "@upload-broker/client"');
  assert.ok(part.length < 360, `${part.length} bytes`);
});

test("the client has no dependencies and imports only its own files", () => {
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies], [undefined, undefined, undefined]);
  for (const name of readdirSync(`${root}/dist`).filter((name) => /\.(js|ts)$/.test(name))) {
    const imports = readFileSync(`${root}/dist/${name}`, "utf8").matchAll(/from "([^"]+)"/g);
    for (const [, from] of imports) assert.match(from ?? "", /^\.\/[a-z]+\.js$/, name);
  }
});

test("the package contains the build, README and LICENSE, and nothing else", () => {
  const printed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const answer = JSON.parse(printed);
  const [pack] = Array.isArray(answer) ? answer : Object.values(answer);
  const packed = (pack as { files: { path: string }[] }).files.map(({ path }) => path);
  const built = readdirSync(`${root}/src`).flatMap((name) => [`dist/${name.replace(/ts$/, "d.ts")}`, `dist/${name.replace(/ts$/, "js")}`]);
  const oneFile = ["client.js", "client.min.js"].flatMap((name) => [`dist/${name}`, `dist/${name}.map`]);
  assert.deepEqual(packed.toSorted(), ["LICENSE", "README.md", "package.json", ...built, ...oneFile].toSorted());
});
