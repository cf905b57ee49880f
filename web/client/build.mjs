// Completes dist/ after the compiler: declarations for older compilers, and files for pages without a bundler.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const here = (file) => new URL(file, import.meta.url).pathname;

// Compilers before 5.0 do not take an import of a .ts file, and ours writes it into declarations.
for (const name of await readdir(here("dist"), { recursive: true })) {
  if (!name.endsWith(".d.ts")) continue;
  const text = await readFile(here(`dist/${name}`), "utf8");
  await writeFile(here(`dist/${name}`), text.replaceAll(/(from "\.{1,2}\/[a-z/]+)\.ts"/g, '$1.js"'));
}

for (const [name, entry] of [["client", "index"], ["element", "element/index"]]) {
  for (const minify of [false, true]) {
    await build({
      entryPoints: [here(`src/${entry}.ts`)],
      outfile: here(`dist/${name}${minify ? ".min" : ""}.js`),
      bundle: true,
      minify,
      sourcemap: true,
      format: "esm",
      target: "es2022",
      logLevel: "warning",
    });
  }
}
