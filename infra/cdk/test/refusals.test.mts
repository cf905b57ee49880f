// What the construct refuses, and what it gives to the rest of an app.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { App, DefaultStackSynthesizer, LegacyStackSynthesizer, Stack, type StackProps } from "aws-cdk-lib";
import { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer, HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { Template } from "aws-cdk-lib/assertions";
import { Port, Vpc } from "aws-cdk-lib/aws-ec2";
import { Rule } from "aws-cdk-lib/aws-events";
import { UploadBroker, UploadBrokerCode, type UploadBrokerProps } from "@upload-broker/cdk";

const rules = (name: string) => new URL(`rules/${name}.toml`, import.meta.url).pathname;
const jwt = () => new HttpJwtAuthorizer("SignIn", "https://login.example.com", { jwtAudience: ["portal"] });

function broker(own: object | ((stack: Stack) => object) = {}, ofStack: StackProps = {}): UploadBroker {
  const stack = new Stack(new App(), "Uploads", ofStack);
  const props: UploadBrokerProps = {
    connectInstanceArn: "arn:aws:connect:eu-west-1:111122223333:instance/i-1",
    casesDomainArn: "arn:aws:cases:eu-west-1:111122223333:domain/d-1",
    rules: rules("token"),
    code: UploadBrokerCode.fromRelease(process.env["CODE"]!),
    ...(typeof own === "function" ? own(stack) : own),
  };
  return new UploadBroker(stack, "Broker", props);
}

/** The faults of properties, of which one alone differs from properties that are accepted. */
function faults(own: object | ((stack: Stack) => object)): readonly string[] {
  try {
    broker(own);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").filter((line) => line.startsWith("- ")).map((line) => line.slice(2));
  }
}

test("refuses a private key beside the rules", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(rules("token"), join(folder, "broker.toml"));
  assert.deepEqual(faults({ rules: folder }), []);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(join(folder, "links.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  assert.deepEqual(faults({ rules: folder }), ["rules: links.pem holds a private key, which the layer would carry: move it out of this folder"]);
});

test("refuses each wrong combination by the names of its properties", () => {
  assert.deepEqual(faults({}), []);
  const api = (stack: Stack) => ({ httpApi: new HttpApi(stack, "Api") });
  for (const [own, expected] of [
    [{ domainName: "uploads.example.com" }, "domainName needs certificateArn"],
    [{ webAclArn: "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b" }, "webAclArn needs apiType rest; an HTTP API cannot have a web ACL"],
    [{ connectInstanceArn: "i-1" }, "connectInstanceArn must be arn:PARTITION:connect:REGION:ACCOUNT:instance/ID; `aws connect list-instances` shows it"],
    [{ deployment: "Blue" }, "deployment is Blue, not one of AllAtOnce, Canary10Percent5Minutes, Canary10Percent15Minutes"],
    [{ memorySize: 64 }, "memorySize is 64, not a number from 128 to 10240"],
    [{ memorySise: 256 }, "memorySise is not a property"],
    [{ allowedOrigins: ["https://portal.example.com"] }, "allowedOrigins is not a property"],
    [{ casesDomainArn: undefined }, "casesDomainArn is missing, and a grant of the rules names cases"],
    [{ authorizer: new HttpIamAuthorizer(), rules: rules("iam") }, "authorizer needs httpApi"],
    [{ prefix: "/attachments" }, "prefix needs httpApi"],
    [{ securityGroups: [] }, "securityGroups needs vpc"],
    [{ rules: rules("jwt"), apiType: "rest" }, "accept jwt needs apiType http; a REST API works with none, lambda or iam"],
    [{ rules: rules("lambda") }, "accept lambda needs authorizerArn"],
    [(stack: Stack) => ({ ...api(stack), apiType: "rest" }), "apiType and httpApi exclude each other"],
    [(stack: Stack) => ({ ...api(stack), rateLimit: 10 }), "rateLimit needs apiType http or rest; your own API has its limits"],
    [(stack: Stack) => ({ ...api(stack), authorizer: jwt() }), "authorizer has the type JWT, the rules accept token, which needs NONE"],
    [(stack: Stack) => ({ ...api(stack), rules: rules("jwt") }), "authorizer has the type NONE, the rules accept jwt, which needs JWT"],
    [(stack: Stack) => ({ ...api(stack), prefix: "attachments" }), "basePath must be empty or segments such as /prod/attachments, at most 33 characters, none of which begins with a dot"],
  ] as const) {
    assert.deepEqual(faults(own), [expected], JSON.stringify(expected));
  }
});

test("names every fault at once", () => {
  const found = faults({ connectInstanceArn: "i-1", memorySize: 1, prefix: "/a", domainName: "a.example.com", casesDomainArn: "", surprise: 1 });
  assert.equal(found.length, 6);
});

test("says which file is missing or is not TOML", () => {
  assert.throws(() => broker({ rules: "nowhere.toml" }), /rules: there is no file nowhere.toml/);
  assert.throws(() => broker({ rules: new URL("app.mts", import.meta.url).pathname }), /is not TOML/);
  assert.throws(() => broker({ code: UploadBrokerCode.fromRelease("nowhere") }), /code: there is no nowhere.upload-broker.zip; .*fromRelease/);
});

test("gives other constructs the alias, the role, the topic and the bus", () => {
  const made = broker();
  const stack = Stack.of(made);
  new Rule(stack, "Ends", { eventBus: made.eventBus!, eventPattern: { source: ["upload-broker"] } });
  Template.fromStack(stack).hasResourceProperties("AWS::Events::Rule", { EventPattern: { source: ["upload-broker"] } });
  const resolved = (value: unknown) => JSON.stringify(stack.resolve(value));
  for (const [value, output] of [
    [made.alias.functionArn, "AliasArn"],
    [made.role.roleArn, "RoleArn"],
    [made.alarmTopic.topicArn, "TopicArn"],
    [made.apiUrl, "ApiUrl"],
    [made.outputs.sharedTableName, "SharedTableName"],
  ]) {
    assert.match(resolved(value), new RegExp(`Outputs.${output}`));
  }
});

test("gives nothing that the stack does not have", () => {
  const made = broker({ sharedState: "pace" });
  assert.equal(made.eventBus, undefined);
  assert.equal(made.outputs.eventBusName, undefined);
  assert.notEqual(made.outputs.sharedTableName, undefined);
  assert.equal(broker((stack: Stack) => ({ httpApi: new HttpApi(stack, "Api") })).apiUrl, undefined);
});

test("makes a security group in a VPC, whose connections other constructs use", () => {
  const made = broker((stack: Stack) => ({ vpc: new Vpc(stack, "Vpc") }));
  made.connections.allowToAnyIpv4(Port.HTTPS);
  assert.equal(made.connections.securityGroups.length, 1);
  const [stack] = Object.values(Template.fromStack(Stack.of(made)).findResources("AWS::CloudFormation::Stack"));
  assert.match(JSON.stringify(stack?.Properties.Parameters.SecurityGroupIds), /GroupId/);
});

test("takes the keys of the synthesizer, and refuses one that has none at synth", () => {
  assert.throws(() => broker({}, { synthesizer: new LegacyStackSynthesizer() }), /no fixed object keys: use DefaultStackSynthesizer/);
  const stack = Stack.of(broker({}, { synthesizer: new DefaultStackSynthesizer({ bucketPrefix: "uploads/" }) }));
  const [template] = Object.values(Template.fromStack(stack).findResources("AWS::CloudFormation::Stack"));
  assert.match(JSON.stringify(template?.Properties.TemplateURL), /uploads\/[0-9a-f]{64}\.json/);
});

test("is taken by `require` and by `import`", () => {
  assert.equal(createRequire(import.meta.url)("@upload-broker/cdk").UploadBroker, UploadBroker);
});
