// Bundles every recipe into the folder that the local stack serves: node build.mjs FOLDER
import { copyFile, mkdir } from "node:fs/promises";
import { build } from "esbuild";

const RECIPES = ["fetch", "uppy-aws-s3", "uppy-xhr-upload", "filepond"];
const here = (file) => new URL(file, import.meta.url).pathname;
const folder = process.argv[2] ?? here("../demo/dist/recipes");

await mkdir(folder, { recursive: true });
await build({
  entryPoints: RECIPES.map((recipe) => here(`${recipe}.ts`)),
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
await Promise.all(RECIPES.map((recipe) => copyFile(here(`${recipe}.html`), `${folder}/${recipe}.html`)));
