// The broker in an HTTP API that exists, behind its authorizer. `cdk synth` needs no AWS account.
import { App, Stack } from "aws-cdk-lib";
import { CorsHttpMethod, HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { UploadBroker, UploadBrokerCode } from "@upload-broker/cdk";

const app = new App();

const portal = new Stack(app, "Portal");
const api = new HttpApi(portal, "Api", {
  // API Gateway answers preflights by it, and adds its headers to the broker's answers.
  corsPreflight: {
    allowOrigins: ["https://portal.example.com"],
    allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE],
    allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "traceparent"],
    exposeHeaders: ["Location", "Upload-Expires", "Retry-After", "WWW-Authenticate", "x-amzn-Remapped-WWW-Authenticate", "X-Request-Id"],
  },
});
const signIn = new HttpJwtAuthorizer("SignIn", "https://login.example.com", { jwtAudience: ["portal"] });

const uploads = new Stack(app, "Uploads");
const broker = new UploadBroker(uploads, "Uploads", {
  connectInstanceArn: "arn:aws:connect:eu-west-1:111122223333:instance/11111111-1111-4111-8111-111111111111",
  casesDomainArn: "arn:aws:cases:eu-west-1:111122223333:domain/22222222-2222-4222-8222-222222222222",
  rules: new URL("broker.toml", import.meta.url).pathname,
  // The unpacked archive of a release. A package that a release packed needs no `code`.
  code: UploadBrokerCode.fromRelease(app.node.getContext("release")),
  httpApi: api,
  authorizer: signIn,
  prefix: "/attachments",
});
uploads.exportValue(broker.alarmTopic.topicArn, { name: "UploadAlarms" });
