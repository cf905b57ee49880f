// Bundles every recipe, with a page for each, into the folder that the local stack serves: node recipes/build.mjs
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { recipes } from "./shared/list.ts";

const here = (file) => new URL(file, import.meta.url).pathname;
const folder = here("../demo/dist/recipes");

await rm(folder, { recursive: true, force: true });
await build({
  entryPoints: recipes().map(({ name }) => here(`${name}.ts`)),
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
const template = await readFile(here("shared/page.html"), "utf8");
for (const { name, title } of recipes()) {
  // esbuild writes a style sheet where the recipe imports one.
  const style = existsSync(`${folder}/${name}.css`) ? `<link rel="stylesheet" href="${name}.css">` : "";
  const page = template.replaceAll("{title}", title).replace("{name}", name).replace("{style}", style);
  await writeFile(`${folder}/${name}.html`, page);
}
