import { defineConfig } from "@hey-api/openapi-ts";

// Files name their imports with `.ts`, as Node wants them that runs them as they are.
export default defineConfig({
  input: new URL("../../../docs/openapi.yaml", import.meta.url).pathname,
  output: { path: "upload-broker", importFileExtension: ".ts" },
  plugins: ["@hey-api/client-fetch"],
});
