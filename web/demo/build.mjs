// Bundles the page into dist/, which the local stack serves.
import { copyFile, mkdir } from "node:fs/promises";
import { build } from "esbuild";

const here = (file) => new URL(file, import.meta.url).pathname;

await mkdir(here("dist"), { recursive: true });
await build({
  entryPoints: { demo: here("src/main.ts"), style: here("style.css") },
  outdir: here("dist"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
await copyFile(here("index.html"), here("dist/index.html"));
