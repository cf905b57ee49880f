import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { CASE, CONTACT, pdf, setUp } from "./support/setup.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const source = async (name: string): Promise<string> => readFile(new URL(`../src/${name}`, import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code ?? "");

test("there are examples", () => assert.ok(examples.length >= 3));

for (const [index, code] of examples.entries()) {
  test(`example ${index + 1} of the README runs`, async (t) => {
    const { stand } = await setUp(t);
    const folder = await mkdtemp(join(tmpdir(), "readme-"));
    t.after(() => rm(folder, { recursive: true }));
    const entry = (name: string): string => new URL(`../dist/${name}.js`, import.meta.url).href;
    const runnable = code
      .replaceAll("https://api.example.com/prod", stand.endpoint)
      .replaceAll(/@upload-broker\/client(\/(\w+))?/g, (_, __, name = "index") => entry(name));
    const given = { file: pdf(), files: [pdf("a"), pdf("b")], caseArn: CASE, contactArn: CONTACT, signIn: async () => "good" };
    const page = { addEventListener() {}, removeEventListener() {}, localStorage: { getItem: () => null, setItem() {} } };
    const shown: string[] = [];
    Object.assign(globalThis, given, page, { show: (...words: unknown[]) => shown.push(words.join(" ")) });
    const path = join(folder, "example.mjs");
    await writeFile(path, runnable);
    await import(pathToFileURL(path).href);
    assert.match(shown.join("\n"), /approved/);
    assert.ok(stand.files.every(({ status }) => status === "APPROVED"));
  });
}

test("every outcome has a row", async () => {
  const declared = [...(await source("outcome.ts")).matchAll(/Ended<([^>]+)>/g)].flatMap(([, names]) => names?.match(/"[a-z-]+"/g) ?? []);
  const outcomes = readme.split("## Outcomes")[1]?.split("## ")[0] ?? "";
  const rows = [...outcomes.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => `"${code}"`);
  assert.ok(declared.length > 10);
  assert.deepEqual(rows.toSorted(), ['"approved"', ...declared].toSorted());
});

test("every option is explained", async () => {
  const options = await source("options.ts");
  for (const name of ["UploaderOptions", "UploadOptions", "UploadAllOptions<File extends UploadFile = UploadFile>"]) {
    const body = options.slice(options.indexOf(`export interface ${name}`)).split("\n}")[0] ?? "";
    const members = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, member]) => member);
    assert.ok(members.length > 3, name);
    for (const member of members) assert.match(readme, new RegExp(`\`${member}\``), `${name}.${member}`);
  }
});
