// Bundles the page into dist/, which the local stack serves.
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { recipes } from "../recipes/shared/list.ts";

const here = (file) => new URL(file, import.meta.url).pathname;

await build({
  entryPoints: { demo: here("src/main.ts"), style: here("style.css") },
  outdir: here("dist"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
const links = recipes().map(({ name, title }) => `<a href="recipes/${name}.html">${title}</a>`);
const page = await readFile(here("index.html"), "utf8");
await writeFile(here("dist/index.html"), page.replace("<!-- recipes -->", links.join(", ")));
