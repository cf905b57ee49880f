import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The largest size of each entry, minified and gzipped, with all that it loads; German, which is loaded later, left out. */
const BUDGETS = { "": 5.5, "/check": 3.5, "/resume": 3.5, "/list": 10, "/messages": 5, "/element": 18.5, "/react": 10, "/vue": 10 } as const;
/** The element may add so much to core and `check`. */
const ELEMENT_KB = 12;
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
    external: ["react", "vue"],
    splitting: true,
    outdir: "out",
  });
  // The first file is the entry; others are loaded when they are needed, unless it imports them.
  const [entry] = outputFiles;
  const needed = outputFiles.filter(({ path }) => path === entry?.path || entry?.text.includes(`from"./${path.split("/").at(-1)}"`));
  return Buffer.concat(needed.map(({ contents }) => contents));
};
const gzippedSize = async (source: string): Promise<number> => gzipSync(await bundled(source), { level: 9 }).length;

for (const [entry, budgetKb] of Object.entries(BUDGETS)) {
  test(`@upload-broker/client${entry}, bundled and gzipped, is under ${budgetKb} KB`, async () => {
    const size = await gzippedSize(`export * from "@upload-broker/client${entry}"`);
    assert.ok(size > 1_000 && size <= budgetKb * 1024, `${size} bytes`);
  });
}

test(`the element and its English texts add at most ${ELEMENT_KB} KB to core and check`, async () => {
  const exported = (...entries: string[]): Promise<number> =>
    gzippedSize(entries.map((entry) => `export * from "@upload-broker/client${entry}";`).join(""));
  const added = (await exported("/element")) - (await exported("", "/check"));
  assert.ok(added > 5_000 && added <= ELEMENT_KB * 1024, `${added} bytes`);
});

const ONE_FILE = ["client.js", "client.min.js", "element.js", "element.min.js"];

test("every entry has a budget, or is in one file", () => {
  const entries = Object.keys(manifest.exports).map((entry) => entry.slice(1));
  assert.deepEqual(entries.toSorted(), [...Object.keys(BUDGETS), ...ONE_FILE.map((name) => `/${name}`)].toSorted());
});

test("core and element in one file import nothing and have a map of their sources", () => {
  for (const name of ONE_FILE) {
    const code = readFileSync(`${root}/dist/${name}`, "utf8");
    assert.doesNotMatch(code, /\bimport\b[ {(]/, name);
    assert.match(code, new RegExp(`//# sourceMappingURL=${name}.map\n$`));
    const map = JSON.parse(readFileSync(`${root}/dist/${name}.map`, "utf8"));
    assert.ok(map.sources.includes("../src/upload.ts") && map.sourcesContent.length === map.sources.length, name);
  }
  const gzipped = gzipSync(readFileSync(`${root}/dist/client.min.js`), { level: 9 });
  assert.ok(gzipped.length <= BUDGETS[""] * 1024, `${gzipped.length} bytes`);
});

/** The options of a project that the types must fit into. */
const STRICT = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable", "--typeRoots", "none"];
for (const [version, compiler, module, resolution] of [
  ["4.9", "../typescript-4.9/node_modules/typescript/lib/tsc.js", "Node16", "Node16"],
  ["4.9", "../typescript-4.9/node_modules/typescript/lib/tsc.js", "ESNext", "Node"],
  ["7", "../node_modules/typescript/bin/tsc", "ESNext", "Bundler"],
] as const) {
  test(`TypeScript ${version} takes the types, with module ${module} and resolution ${resolution}`, () => {
    const options = [...STRICT, "--module", module, "--moduleResolution", resolution, "--ignoreConfig", "test/types.ts"];
    const known = version === "7" ? options : options.filter((option) => option !== "--ignoreConfig");
    const { stdout } = spawnSync(process.execPath, [`${root}/${compiler}`, ...known], { cwd: root, encoding: "utf8" });
    assert.equal(stdout, "");
  });
}

test("the package can be published, and says where it comes from", () => {
  assert.equal(manifest.private, undefined);
  assert.deepEqual([manifest.license, manifest.repository.directory, manifest.publishConfig], ["Apache-2.0", "web/client", { access: "public" }]);
  assert.ok(manifest.keywords.length > 3);
});

test("unused parts are not bundled", async () => {
  for (const entry of ["", "/check", "/list", "/messages"]) assert.equal((await bundled(`import "@upload-broker/client${entry}"`)).length, 0, entry);
  const part = await bundled('export { sendWithFetch } from "@upload-broker/client"');
  assert.ok(part.length < 360, `${part.length} bytes`);
});

const files = (folder: string): string[] =>
  readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replace(/^\//, ""));
const dist = (): string[] => files("dist");

test("the client has no dependencies, imports only its own files, and asks for React or Vue only where they are used", () => {
  assert.deepEqual([manifest.dependencies, manifest.optionalDependencies], [undefined, undefined]);
  assert.deepEqual(manifest.peerDependenciesMeta, { react: { optional: true }, vue: { optional: true } });
  for (const name of dist().filter((name) => /\.(js|ts)$/.test(name))) {
    const own = /^dist\/(react|vue)\./.exec(name)?.[1] ?? "-";
    const imports = readFileSync(`${root}/${name}`, "utf8").matchAll(/from "([^"]+)"/g);
    for (const [, from] of imports) assert.match(from ?? "", new RegExp(`^(\\.{1,2}/[a-z/]+\\.js|${own})$`), name);
  }
});

test("the package contains the build, README and LICENSE, and nothing else", () => {
  const printed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const answer = JSON.parse(printed);
  const [pack] = Array.isArray(answer) ? answer : Object.values(answer);
  const packed = (pack as { files: { path: string }[] }).files.map(({ path }) => path);
  const built = files("src").flatMap((name) => ["d.ts", "js"].map((type) => name.replace(/^src/, "dist").replace(/ts$/, type)));
  const oneFile = ONE_FILE.flatMap((name) => [`dist/${name}`, `dist/${name}.map`]);
  assert.deepEqual(packed.toSorted(), ["LICENSE", "README.md", "package.json", ...built, ...oneFile].toSorted());
});
