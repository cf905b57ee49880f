// docs/connect-upload.md names everything that pages rely on.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const page = readFileSync(new URL("../../../docs/connect-upload.md", import.meta.url), "utf8");
const folder = new URL("../src/element/", import.meta.url);
const source = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
const all = (pattern: RegExp): string[] => [...new Set([...source.matchAll(pattern)].map(([, name]) => name ?? ""))];

for (const [what, names, least] of [
  ["event", all(/"(connect-upload:[a-z]+)"/g), 9],
  ["custom property", all(/(--connect-upload-[a-z-]+)/g), 11],
  ["part", all(/make\("[a-z]+", [`"]([a-z -]+)/g).flatMap((names) => names.trim().split(" ")), 35],
] as const) {
  test(`every ${what} is documented`, () => {
    assert.ok(names.length >= least, `${names}`);
    for (const name of names) assert.ok(page.includes(`\`${name}\``), name);
  });
}

test("every attribute is documented", () => {
  const attributes = /ATTRIBUTES = \[(.*?)\]/.exec(source)?.[1]?.match(/\w+/g) ?? [];
  assert.ok(attributes.length >= 5);
  for (const name of [...attributes, "lang"]) assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, "m"));
});
