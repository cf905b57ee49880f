import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { CfnStack, Stack } from "aws-cdk-lib";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { Construct } from "constructs";
import type { Values } from "./evaluate";

/** Any part of a template: JSON, with CloudFormation's functions as objects of one member. */
export type Node = string | number | boolean | readonly Node[] | { readonly [name: string]: Node };

export interface Parameter {
  readonly Type: "String" | "Number" | "CommaDelimitedList";
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
}

interface Resource {
  Type: string;
  Properties: { [name: string]: Node };
}

export interface Template {
  readonly Parameters: { [name: string]: Parameter };
  readonly Rules?: { readonly [name: string]: { readonly RuleCondition: Node; readonly Assertions: readonly Assertion[] } };
  readonly Conditions?: { readonly [name: string]: Node };
  readonly Resources: { [name: string]: Resource };
  readonly Outputs: { readonly [name: string]: { readonly Condition?: string } };
}

export interface Assertion {
  readonly Assert: Node;
  readonly AssertDescription: string;
}

const TEMPLATES = readFileSync(join(__dirname, "templates.json"), "utf8");

/** A copy of a template of `infra/`, which the caller may change. */
export function load(file: string): Template {
  const template = (JSON.parse(TEMPLATES) as Record<string, Template>)[file];
  if (template === undefined) throw new Error(`this package has no template ${file}`);
  return template;
}

/** The parameter by which a template gets the bucket of the assets. */
const BUCKET = "AssetBucket";

/** A template among the assets, and whether it names others. */
interface Published {
  readonly asset: Asset;
  readonly namesAssets: boolean;
}

/**
 * Publishes a template and everything that it names as assets.
 *
 * The names in a template are those of files in the repository. They are replaced by object keys, as text, because SAM
 * publishes a version of a function only if the text of its properties or of its layers changes.
 */
export class Templates {
  private readonly published = new Map<string, Published>();
  private readonly scope: Construct;
  private readonly contents: (name: string) => Asset;

  /** @param contents the folder or zip for the last segment of a `CodeUri` or `ContentUri` */
  constructor(scope: Construct, contents: (name: string) => Asset) {
    this.scope = scope;
    this.contents = contents;
  }

  /** A stack of the template, with its parameters and the bucket that it may need. */
  stack(id: string, file: string, parameters: Values): CfnStack {
    const { asset, namesAssets } = this.publish(file);
    const bucket: Values = namesAssets ? { [BUCKET]: asset.s3BucketName } : {};
    return new CfnStack(this.scope, id, { templateUrl: asset.httpUrl, parameters: { ...parameters, ...bucket } });
  }

  private publish(file: string): Published {
    const known = this.published.get(file);
    if (known !== undefined) return known;
    const template = load(file);
    const replaced = Object.values(template.Resources).map((resource) => this.replaceName(resource));
    const namesAssets = replaced.includes(true);
    if (namesAssets) template.Parameters[BUCKET] = { Type: "String" };
    const published = { asset: this.written(file, template), namesAssets };
    this.published.set(file, published);
    return published;
  }

  /** Replaces the name of a file, and returns whether there is one. */
  private replaceName(resource: Resource): boolean {
    const { CodeUri, ContentUri, Location } = resource.Properties ?? {};
    if (typeof CodeUri === "string") resource.Properties["CodeUri"] = this.objectOf(CodeUri);
    else if (typeof ContentUri === "string") resource.Properties["ContentUri"] = this.objectOf(ContentUri);
    else if (typeof Location === "string") this.replaceLocation(resource, Location);
    else return false;
    return true;
  }

  /** The `Location` of an application may have no reference, but the `TemplateURL` of a stack may. */
  private replaceLocation(resource: Resource, file: string): void {
    const { asset, namesAssets } = this.publish(file);
    const { Parameters = {} } = resource.Properties;
    resource.Type = "AWS::CloudFormation::Stack";
    resource.Properties = {
      TemplateURL: { "Fn::Sub": `https://s3.\${AWS::Region}.\${AWS::URLSuffix}/\${${BUCKET}}/${objectKey(asset)}` },
      Parameters: namesAssets ? { ...(Parameters as object), [BUCKET]: { Ref: BUCKET } } : Parameters,
    };
  }

  private objectOf(uri: string): Node {
    return { Bucket: { Ref: BUCKET }, Key: objectKey(this.contents(basename(uri))) };
  }

  private written(file: string, template: Template): Asset {
    return writtenAsset(this.scope, file, (folder) => {
      const path = join(folder, `${basename(file, ".yaml")}.template.json`);
      writeFileSync(path, JSON.stringify(template));
      return path;
    });
  }
}

/** An asset that `write` writes into an empty folder, and whose path it returns. CDK copies it into `cdk.out`. */
export function writtenAsset(scope: Construct, id: string, write: (folder: string) => string): Asset {
  const folder = mkdtempSync(join(tmpdir(), "upload-broker-"));
  try {
    return new Asset(scope, id, { path: write(folder) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The key under which an asset lies in the bucket of assets. */
function objectKey(asset: Asset): string {
  const key: unknown = Stack.of(asset).resolve(asset.s3ObjectKey);
  if (typeof key !== "string") throw new Error("the stack's synthesizer gives assets no fixed object keys: use DefaultStackSynthesizer");
  return key;
}
