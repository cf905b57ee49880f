import { Resource } from "aws-cdk-lib";
import type { HttpRouteAuthorizerConfig, IHttpApi, IHttpRoute, RouteReference } from "aws-cdk-lib/aws-apigatewayv2";
import type { Grant } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Values } from "./evaluate";
import type { UploadBrokerProps } from "./properties";
import { AUTHORIZATION_TYPES, evidenceOf, hasOnlySites, type Rules } from "./rules";

/** Properties that need `httpApi`. */
const NEED_API = ["authorizer", "prefix", "stageName"] as const;

/** What the broker's own stack must know of an API that exists. */
export function valuesOfApi(props: UploadBrokerProps, rules: Rules): Values {
  const { apiType, httpApi, prefix = "", stageName = "$default" } = props;
  if (httpApi === undefined) return apiType === "rest" ? {} : { CorsBy: preflightsBy(props, rules) };
  const { basePath = stageName === "$default" ? prefix : `/${stageName}${prefix}` } = props;
  const ofTheirs = { AllowedHeaders: "", AllowedOrigins: "", Authorizer: "none", CorsBy: "gateway", JwtAudiences: "", JwtIssuer: "" };
  return { ApiType: "none", BasePath: basePath, ...ofTheirs };
}

/** API Gateway refuses the origins of apps in its own CORS configuration. */
function preflightsBy({ corsBy }: UploadBrokerProps, rules: Rules): string {
  return corsBy ?? (hasOnlySites(rules) ? "gateway" : "broker");
}

/** The parameters of `infra/routes-http.yaml`. */
export function valuesOfRoutes(props: UploadBrokerProps, rules: Rules, bound: HttpRouteAuthorizerConfig, functionArn: string): Values {
  const { prefix = "", stageName = "$default" } = props;
  return {
    ApiId: props.httpApi!.apiId,
    AuthorizationType: bound.authorizationType,
    AuthorizerId: bound.authorizerId ?? "",
    CorsBy: preflightsBy(props, rules),
    FunctionArn: functionArn,
    ...(props.payloadFormatVersion === undefined ? {} : { PayloadFormatVersion: props.payloadFormatVersion }),
    Prefix: prefix,
    StageName: stageName,
  };
}

/** Combinations that cannot work, a sentence each. */
export function* faultsOfApi(props: UploadBrokerProps, rules: Rules, bound: HttpRouteAuthorizerConfig): Generator<string> {
  if (props.httpApi === undefined) {
    for (const name of NEED_API) if (props[name] !== undefined) yield `${name} needs httpApi`;
    return;
  }
  const [evidence = "token"] = evidenceOf(rules);
  const wanted = AUTHORIZATION_TYPES[evidence];
  if (bound.authorizationType !== wanted) yield `authorizer has the type ${bound.authorizationType}, the rules accept ${evidence}, which needs ${wanted}`;
  if (props.apiType !== undefined) yield "apiType and httpApi exclude each other";
}

/** The authorizer in the API, which an authorizer of the CDK makes when it first gets a route. */
export function bind({ httpApi, authorizer }: UploadBrokerProps, scope: Construct): HttpRouteAuthorizerConfig {
  if (httpApi === undefined || authorizer === undefined) return { authorizationType: "NONE" };
  return authorizer.bind({ scope, route: new RoutesOfTemplate(scope, "Bound", httpApi) });
}

/** The template's routes, as far as an authorizer asks: it reads the API only. */
class RoutesOfTemplate extends Resource implements IHttpRoute {
  readonly httpApi: IHttpApi;

  constructor(scope: Construct, id: string, httpApi: IHttpApi) {
    super(scope, id);
    this.httpApi = httpApi;
  }

  get routeId(): string {
    throw new Error("the routes are in a template, so the construct knows no id of one");
  }

  get routeArn(): string {
    return this.routeId;
  }

  get routeRef(): RouteReference {
    return { apiId: this.httpApi.apiId, routeId: this.routeId };
  }

  grantInvoke(): Grant {
    throw new Error("grant execute-api:Invoke on the API instead");
  }
}
