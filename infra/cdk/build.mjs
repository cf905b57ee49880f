// Brings the templates into the package: as JSON, which the construct deploys, and as the types of its properties.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { parse } from "yaml";

const infra = (path) => new URL(`../${path}`, import.meta.url);
const here = (path) => new URL(path, import.meta.url);

/** CloudFormation's short forms, such as `!Sub text`, in their long form. */
const longForms = ["Ref", "Condition", "And", "Base64", "Equals", "FindInMap", "GetAtt", "GetAZs", "If", "Join", "Not", "Or", "Select", "Split", "Sub"]
  .flatMap((name) => ["scalar", "map", "seq"].map((kind) => shortForm(name, kind)));

function shortForm(name, kind) {
  const long = ["Ref", "Condition"].includes(name) ? name : `Fn::${name}`;
  const value = (node) => (name === "GetAtt" && kind === "scalar" ? splitAttribute(node) : node.toJSON?.() ?? node);
  return { tag: `!${name}`, ...(kind === "scalar" ? {} : { collection: kind }), resolve: (node) => ({ [long]: value(node) }) };
}

/** `Finisher.Outputs.BusName` names the resource before the first dot. */
function splitAttribute(text) {
  const dot = text.indexOf(".");
  return [text.slice(0, dot), text.slice(dot + 1)];
}

/** A text that no comment of TypeScript ends in. */
const commented = (text) => text.replaceAll("*/", "*\\/");

const camelCase = (name) => name[0].toLowerCase() + name.slice(1);

function typeOf({ Type, AllowedValues: values }) {
  if (values?.join() === "true,false") return "boolean";
  if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
  return { String: "string", Number: "number", CommaDelimitedList: "readonly string[]" }[Type];
}

function property([name, parameter]) {
  const { Description, Default } = parameter;
  const fallback = Default === undefined ? "" : `\n   *\n   * @default ${JSON.stringify(Default)}`;
  const optional = Default === undefined ? "" : "?";
  return `  /**\n   * ${commented(Description)}${fallback}\n   */\n  readonly ${camelCase(name)}${optional}: ${typeOf(parameter)};\n`;
}

function output([name, { Description, Condition }]) {
  const note = Condition ? `, if the template's condition ${Condition} holds` : "";
  return `  /** ${commented(Description)}${note}. */\n  readonly ${camelCase(name)}${Condition ? "?" : ""}: string;\n`;
}

/** A template and those that it nests, by their names. */
async function withNested(file) {
  const template = parse(await readFile(infra(file), "utf8"), { customTags: longForms });
  const resources = Object.values(template.Resources);
  // Notes for SAM's build and for checkov.
  for (const resource of resources) delete resource.Metadata;
  const nested = await Promise.all(resources.flatMap(({ Properties }) => Properties?.Location ?? []).map(withNested));
  return Object.assign({ [file]: template }, ...nested);
}

const templates = { ...(await withNested("template.yaml")), ...(await withNested("routes-http.yaml")) };
const { Parameters, Outputs } = templates["template.yaml"];

await mkdir(here("dist/assets"), { recursive: true });
await writeFile(here("dist/templates.json"), JSON.stringify(templates));
await cp(infra("hook"), here("dist/assets/hook"), { recursive: true, filter: (path) => !path.includes("__pycache__") });
await mkdir(here("src/generated"), { recursive: true });
await writeFile(
  here("src/generated/template.ts"),
  `/** The parameters of infra/template.yaml. */
export interface TemplateParameters {
${Object.entries(Parameters).map(property).join("\n")}}

/** The outputs of infra/template.yaml. */
export interface TemplateOutputs {
${Object.entries(Outputs).map(output).join("\n")}}
`,
);
