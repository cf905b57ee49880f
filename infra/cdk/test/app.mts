// Stacks that infra/tests/test_cdk.py compares with the SAM templates. CODE is a folder with the functions' zips.
import { App, Stack } from "aws-cdk-lib";
import { HttpApi, type IHttpRouteAuthorizer } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer, HttpJwtAuthorizer, HttpLambdaAuthorizer, HttpUserPoolAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { UserPool } from "aws-cdk-lib/aws-cognito";
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { ManagedPolicy, Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Function } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { UploadBroker, UploadBrokerCode, type UploadBrokerProps } from "@upload-broker/cdk";

const account = "111122223333";
const region = "eu-west-1";
const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
const app = new App();
const rules = (name: string) => new URL(`rules/${name}.toml`, import.meta.url).pathname;

function broker(id: string, own: (stack: Stack) => Omit<UploadBrokerProps, "connectInstanceArn">): void {
  const stack = new Stack(app, id, { env: { account, region } });
  new UploadBroker(stack, "Uploads", {
    connectInstanceArn: arn("connect", "instance/i-1"),
    casesDomainArn: arn("cases", "domain/d-1"),
    code: UploadBrokerCode.fromRelease(process.env["CODE"]!),
    ...own(stack),
  });
}

broker("Plain", () => ({ rules: rules("token") }));
broker("Jwt", () => ({ rules: rules("jwt") }));
broker("Iam", () => ({ rules: rules("iam"), apiType: "rest", apiKeyRequired: true }));
broker("Apps", () => ({ rules: rules("apps"), sharedState: "pace" }));
broker("Company", (stack) => ({
  rules: rules("token"),
  environment: "prod",
  architecture: "arm64",
  deployment: "Canary10Percent5Minutes",
  denyInvokeRoles: ["admin", "developer"],
  reservedConcurrency: 20,
  detailedMetrics: true,
  encryptionKey: Key.fromKeyArn(stack, "Key", arn("kms", "key/k-1")),
  permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, "Boundary", `arn:aws:iam::${account}:policy/boundary`),
  rolePath: "/apps/",
  alarmTopic: Topic.fromTopicArn(stack, "Topic", arn("sns", "alarms")),
  vpc: Vpc.fromVpcAttributes(stack, "Vpc", { vpcId: "vpc-1", availabilityZones: ["a", "b"], privateSubnetIds: ["subnet-11111111", "subnet-22222222"] }),
  securityGroups: [SecurityGroup.fromSecurityGroupId(stack, "Group", "sg-11111111")],
}));
broker("ExistingRole", (stack) => ({ rules: rules("token"), role: Role.fromRoleArn(stack, "Existing", `arn:aws:iam::${account}:role/apps/broker`) }));

function existing(id: string, accept: string, authorizer: ((stack: Stack) => IHttpRouteAuthorizer) | undefined, own: Partial<UploadBrokerProps> = {}): void {
  broker(id, (stack) => ({
    rules: rules(accept),
    httpApi: HttpApi.fromHttpApiAttributes(stack, "Api", { httpApiId: "a1b2c3" }),
    ...(authorizer && { authorizer: authorizer(stack) }),
    ...own,
  }));
}

existing("InToken", "token", undefined, { prefix: "/customer/attachments", stageName: "prod" });
existing("InJwt", "jwt", () => new HttpJwtAuthorizer("SignIn", "https://login.example.com", { jwtAudience: ["portal"] }));
existing("InUserPool", "jwt", (stack) => new HttpUserPoolAuthorizer("SignIn", new UserPool(stack, "Pool")));
existing("InIam", "iam", () => new HttpIamAuthorizer());
existing("InLambda", "lambda", (stack) => new HttpLambdaAuthorizer("SignIn", Function.fromFunctionArn(stack, "Handler", arn("lambda", "function:sign-in"))), { payloadFormatVersion: "1.0" });
existing("InApps", "apps", undefined, { basePath: "/of/their/domain" });
