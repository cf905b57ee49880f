import { Fn, Token } from "aws-cdk-lib";
import type { IHttpApi, IHttpRouteAuthorizer } from "aws-cdk-lib/aws-apigatewayv2";
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import type { IManagedPolicy, IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { UploadBrokerCode } from "./code";
import type { Values } from "./evaluate";
import type { TemplateParameters } from "./generated/template";

/** Parameters that follow from the rules, and what of the rules they follow from. */
const RULES = {
  AllowedHeaders: "allowed_headers",
  AllowedOrigins: "allowed_origins",
  Authorizer: "accept",
  CaseCustomerLookup: "case_customer_claim",
  ContactLookup: "own-contacts",
  DeleteAllowed: "actions",
  JwtAudiences: "audiences",
  JwtIssuer: "issuer",
  UsernameLookup: "username_claim",
} as const;

/** Parameters for which there is a property that takes a construct. */
const CONSTRUCTS = {
  AlarmTopicArn: "alarmTopic",
  ExistingRoleArn: "role",
  KmsKeyArn: "encryptionKey",
  PermissionsBoundaryArn: "permissionsBoundary",
  SecurityGroupIds: "securityGroups",
  SubnetIds: "vpc",
} as const;

type Elsewhere = Uncapitalize<keyof typeof RULES | keyof typeof CONSTRUCTS>;

/** Every parameter of `infra/template.yaml` is a property, but what follows from the rules or takes a construct. */
export interface UploadBrokerProps extends Omit<TemplateParameters, Elsewhere> {
  /**
   * The rules: the file `broker.toml`, or its folder if it names further files, such as a `jwks_file`.
   *
   * Origins, headers, the authorizer and the actions of the role follow from them.
   */
  readonly rules: string;

  /**
   * The programs of the two functions.
   *
   * @default those in this package
   */
  readonly code?: UploadBrokerCode;

  /**
   * The topic that gets the alarms.
   *
   * @default a new topic
   */
  readonly alarmTopic?: ITopic;

  /**
   * The key of the environment, the secrets, the logs, the shared table and the alarm topic.
   *
   * @default keys that AWS owns
   */
  readonly encryptionKey?: IKey;

  /**
   * The boundary of every role that the stack creates.
   *
   * @default none
   */
  readonly permissionsBoundary?: IManagedPolicy;

  /**
   * The role of the broker's function.
   *
   * @default a new role
   */
  readonly role?: IRole;

  /**
   * The VPC of both functions. docs/deploy.md lists the endpoints that it needs.
   *
   * @default none
   */
  readonly vpc?: IVpc;

  /**
   * Which subnets of the VPC.
   *
   * @default those that `vpc.selectSubnets()` selects
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * The security groups of both functions in the VPC.
   *
   * @default a new group that allows all outgoing traffic
   */
  readonly securityGroups?: readonly ISecurityGroup[];

  /**
   * An HTTP API that exists, to which the broker's routes are added.
   *
   * @default a new API
   */
  readonly httpApi?: IHttpApi;

  /**
   * The authorizer of these routes in `httpApi`. `accept` in the rules must say the same.
   *
   * @default none: the broker verifies tokens itself
   */
  readonly authorizer?: IHttpRouteAuthorizer;

  /**
   * The path in `httpApi` below which the routes are, such as `/customer/attachments`.
   *
   * @default none: the routes are `/uploads` and `/limits`
   */
  readonly prefix?: string;

  /**
   * The stage of `httpApi` through which callers reach the routes.
   *
   * @default $default
   */
  readonly stageName?: string;
}

/** Properties of the construct alone. */
const OWN = ["authorizer", "code", "httpApi", "prefix", "rules", "stageName", "vpcSubnets"];

/** The property that sets a parameter, or the member of the rules. */
export function nameOf(parameter: string): string {
  return ({ ...RULES, ...CONSTRUCTS } as Values)[parameter] ?? camelCase(parameter);
}

/** The parameters that properties of the same name set. */
export function plainValues(props: UploadBrokerProps, parameters: readonly string[]): Values {
  const given = props as unknown as Readonly<Record<string, unknown>>;
  return present(plain(parameters).map((name) => [name, given[camelCase(name)]]));
}

/** Properties that do not exist, for callers without a type checker, and properties that need others. */
export function* faultsOfProperties(props: UploadBrokerProps, parameters: readonly string[]): Generator<string> {
  const known = new Set([...OWN, ...Object.values(CONSTRUCTS), ...plain(parameters).map(camelCase)]);
  for (const name of Object.keys(props)) if (!known.has(name)) yield `${name} is not a property`;
  if (props.vpc !== undefined) return;
  for (const name of ["vpcSubnets", "securityGroups"] as const) if (props[name] !== undefined) yield `${name} needs vpc`;
}

function plain(parameters: readonly string[]): readonly string[] {
  return parameters.filter((name) => !(name in RULES) && !(name in CONSTRUCTS));
}

export function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The parameters that constructs set. The construct makes the security groups, because they may be new. */
export function valuesOfConstructs(props: UploadBrokerProps, securityGroups: readonly ISecurityGroup[]): Values {
  const { vpc } = props;
  return present([
    ["AlarmTopicArn", props.alarmTopic?.topicArn],
    ["ExistingRoleArn", props.role?.roleArn],
    ["KmsKeyArn", props.encryptionKey?.keyArn],
    ["PermissionsBoundaryArn", props.permissionsBoundary?.managedPolicyArn],
    ["SecurityGroupIds", vpc && securityGroups.map((group) => group.securityGroupId)],
    ["SubnetIds", vpc?.selectSubnets(props.vpcSubnets).subnetIds],
  ]);
}

function present(values: readonly (readonly [string, unknown])[]): Values {
  return Object.fromEntries(values.filter(([, value]) => value !== undefined).map(([name, value]) => [name, asText(value)]));
}

function asText(value: unknown): string {
  if (Token.isUnresolved(value) && !Array.isArray(value)) return Token.asString(value);
  return Array.isArray(value) ? Fn.join(",", value as string[]) : String(value);
}
