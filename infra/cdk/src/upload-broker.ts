import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CfnStack } from "aws-cdk-lib";
import { Connections, type IConnectable, type ISecurityGroup, SecurityGroup } from "aws-cdk-lib/aws-ec2";
import { EventBus, type IEventBus } from "aws-cdk-lib/aws-events";
import { type IRole, Role } from "aws-cdk-lib/aws-iam";
import { Function, type IFunction } from "aws-cdk-lib/aws-lambda";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { UploadBrokerCode } from "./code";
import { Evaluation } from "./evaluate";
import type { TemplateOutputs } from "./generated/template";
import { camelCase, faultsOfProperties, nameOf, plainValues, type UploadBrokerProps, valuesOfConstructs } from "./properties";
import { bind, faultsOfApi, valuesOfApi, valuesOfRoutes } from "./routes";
import { faultsOfFolder, faultsOfRules, readRules, rulesFile, valuesOfRules } from "./rules";
import { load, type Template, Templates, writtenAsset } from "./template";

const ROOT = "template.yaml";
const ROUTES = "routes-http.yaml";

/**
 * The upload broker: the stack of `infra/template.yaml` as a nested stack, and its routes in an API of its own or in
 * `httpApi`.
 */
export class UploadBroker extends Construct implements IConnectable {
  /** The outputs of the stack. One whose condition does not hold is undefined. */
  readonly outputs: TemplateOutputs;
  /** The alias of the broker's function that the API invokes. */
  readonly alias: IFunction;
  /** The role of the broker's function. */
  readonly role: IRole;
  /** The topic of the alarms. */
  readonly alarmTopic: ITopic;
  /** The bus on which events report how uploads end, unless `sharedState` is `pace` or `off`. */
  readonly eventBus?: IEventBus;
  /** The security groups of both functions in the VPC. */
  readonly connections: Connections;

  constructor(scope: Construct, id: string, props: UploadBrokerProps) {
    super(scope, id);
    const template = load(ROOT);
    const parameters = Object.keys(template.Parameters);
    const rules = readRules(rulesFile(props.rules));
    const securityGroups = this.securityGroupsOf(props);
    const bound = bind(props, this);
    const values = {
      ...valuesOfRules(rules),
      ...valuesOfConstructs(props, securityGroups),
      ...plainValues(props, parameters),
      ...valuesOfApi(props, rules),
    };
    const evaluation = new Evaluation(template, values);
    this.refuse([
      ...faultsOfProperties(props, parameters),
      ...faultsOfFolder(props.rules),
      ...faultsOfRules(rules, props.casesDomainArn),
      ...faultsOfApi(props, rules, bound),
      ...evaluation.faults(nameOf),
    ]);

    const templates = new Templates(this, this.contents(props));
    this.connections = new Connections({ securityGroups: [...securityGroups] });
    this.outputs = outputsOf(templates.stack("Broker", ROOT, values), template, evaluation);
    const { aliasArn, eventBusArn, roleArn, topicArn } = this.outputs;
    if (props.httpApi !== undefined) templates.stack("HttpApiRoutes", ROUTES, valuesOfRoutes(props, rules, bound, aliasArn));
    this.alias = Function.fromFunctionAttributes(this, "Alias", { functionArn: aliasArn, sameEnvironment: true });
    this.role = props.role ?? Role.fromRoleArn(this, "Role", roleArn);
    this.alarmTopic = props.alarmTopic ?? Topic.fromTopicArn(this, "AlarmTopic", topicArn);
    if (eventBusArn !== undefined) this.eventBus = EventBus.fromEventBusArn(this, "EventBus", eventBusArn);
  }

  /** The address of the broker's own API. */
  get apiUrl(): string | undefined {
    return this.outputs.apiUrl;
  }

  private securityGroupsOf({ vpc, securityGroups }: UploadBrokerProps): readonly ISecurityGroup[] {
    if (vpc === undefined) return [];
    return securityGroups ?? [new SecurityGroup(this, "SecurityGroup", { vpc, description: "The upload broker's functions" })];
  }

  private refuse(faults: readonly string[]): void {
    if (faults.length > 0) throw new Error(`${this.node.path} cannot be deployed:\n${faults.map((fault) => `- ${fault}`).join("\n")}`);
  }

  /** The folder or zip for each name that a template has. */
  private contents(props: UploadBrokerProps): (name: string) => Asset {
    const programs = (props.code ?? UploadBrokerCode.fromPackage()).find(props.architecture ?? "x86_64");
    const paths: Readonly<Record<string, string>> = { ...programs, hook: join(__dirname, "assets/hook") };
    return (name) => {
      if (name === "config") return this.layer(props);
      const path = paths[name];
      if (path === undefined) throw new Error(`the template names ${name}, which this construct does not know`);
      return new Asset(this, name, { path });
    };
  }

  /** The layer with the rules, in the folder that `environment` names. */
  private layer({ rules, environment = "default" }: UploadBrokerProps): Asset {
    const file = rulesFile(rules);
    return writtenAsset(this, "config", (folder) => {
      const target = join(folder, environment);
      mkdirSync(target);
      cpSync(file === rules ? file : dirname(file), file === rules ? join(target, "broker.toml") : target, { recursive: true });
      return folder;
    });
  }
}

function outputsOf(stack: CfnStack, template: Template, evaluation: Evaluation): TemplateOutputs {
  const outputs = Object.entries(template.Outputs)
    .filter(([, { Condition }]) => Condition === undefined || evaluation.condition(Condition))
    .map(([name]) => [camelCase(name), stack.getAtt(`Outputs.${name}`).toString()]);
  return Object.fromEntries(outputs) as TemplateOutputs;
}
