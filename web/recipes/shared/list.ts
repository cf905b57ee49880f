// The list of recipes. A recipe is a file in the folder above whose first line is `// TITLE: one sentence.`
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Recipe {
  /** The file's name without `.ts`. */
  name: string;
  title: string;
}

const FOLDER = join(import.meta.dirname, "..");

/** Every recipe, by name. */
export function recipes(): Recipe[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts"));
  return files.sort().map((file) => {
    const title = /^\/\/ (.+?): /.exec(readFileSync(join(FOLDER, file), "utf8"))?.[1];
    if (title === undefined) throw new Error(`web/recipes/${file} must begin with \`// TITLE: one sentence.\``);
    return { name: file.slice(0, -".ts".length), title };
  });
}
