import { defineConfig } from "@hey-api/openapi-ts";

// Imports end in `.ts`, because Node runs the files as they are.
export default defineConfig({
  input: new URL("../../../docs/openapi.yaml", import.meta.url).pathname,
  output: { path: "upload-broker", importFileExtension: ".ts" },
  plugins: ["@hey-api/client-fetch"],
});
