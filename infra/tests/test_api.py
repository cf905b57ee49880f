"""The API in front of the broker: HTTP API and REST API."""

import re
import unittest
from itertools import product

from samcli.yamlhelper import yaml_parse

from support import CUSTOM_DOMAIN, INFRA, JWT, NESTED, ORIGINS, ROOT, main, nested, text_of

OPENAPI = yaml_parse((ROOT / "docs/openapi.yaml").read_text())
ROUTES = {
    f"{method.upper()} {path}"
    for path, item in OPENAPI["paths"].items()
    for method in item.keys() - {"parameters", "options"}
}
CORS = (ROOT / "crates/broker-http/src/outbound/cors.rs").read_text()
HANDLE_OR_TOKEN = re.compile(r"\$context\.(path|identity|authorizer|requestOverride|domain)|queryString|[Aa]uthorization")


def http(**parameters):
    return nested("http-api.yaml", main(**parameters))


def rest(**parameters):
    return nested("rest-api.yaml", main(ApiType="rest", **parameters))


def broker_header(name):
    """The broker's value of a CORS header, from its source."""
    text = re.search(name + r': &str = "([^"]*)"', CORS)[1]
    return {word.strip() for word in text.replace("\\\n", "").split(",")}


class HttpApi(unittest.TestCase):
    def test_cors_says_what_the_broker_says(self):
        cors = http().properties("Api")["CorsConfiguration"]
        self.assertEqual(cors["AllowOrigins"], ORIGINS.split(","))
        self.assertEqual(set(cors["AllowMethods"]), broker_header("ALLOWED_METHODS"))
        self.assertEqual(set(cors["AllowHeaders"]), broker_header("ALLOWED_HEADERS"))
        self.assertEqual(set(cors["ExposeHeaders"]), broker_header("EXPOSED_HEADERS"))
        self.assertIn(f"MAX_AGE_SECS: u16 = {cors['MaxAge']:_};", CORS)
        self.assertIs(cors["AllowCredentials"], False)

    def test_without_origins_there_is_no_cors(self):
        self.assertNotIn("CorsConfiguration", http(AllowedOrigins="").properties("Api"))

    def test_the_parameter_adds_allowed_headers(self):
        own = http().properties("Api")["CorsConfiguration"]["AllowHeaders"]
        found = http(AllowedHeaders="sentry-trace,baggage").properties("Api")["CorsConfiguration"]["AllowHeaders"]
        self.assertEqual(found, [*own, "sentry-trace", "baggage"])

    def test_with_cors_by_broker_the_gateway_has_no_cors_and_passes_preflights_on(self):
        for authorizer in ({}, JWT, {"Authorizer": "iam"}):
            with self.subTest(authorizer):
                api = http(CorsBy="broker", **authorizer)
                self.assertNotIn("CorsConfiguration", api.properties("Api"))
                (route,) = (r for r in api.of_type("AWS::ApiGatewayV2::Route").values() if r["RouteKey"].startswith("OPTIONS"))
                self.assertEqual((route["RouteKey"], route["AuthorizationType"]), ("OPTIONS /{proxy+}", "NONE"))
                self.assertEqual(route["Target"], api.properties("StartRoute")["Target"])
                self.assertNotIn("AuthorizerId", route)

    def test_the_access_log_has_a_name_that_needs_no_resource_policy(self):
        self.assertTrue(http().properties("AccessLog")["LogGroupName"].startswith("/aws/vendedlogs/"))

    def test_preflights_and_unknown_routes_have_no_authorizer(self):
        for parameters, kind in [({}, "NONE"), (JWT, "JWT"), ({"Authorizer": "iam"}, "AWS_IAM")]:
            with self.subTest(kind):
                routes = {r["RouteKey"]: r for r in http(**parameters).of_type("AWS::ApiGatewayV2::Route").values()}
                self.assertEqual(set(routes), ROUTES | {"$default"})
                self.assertNotIn("AuthorizationType", routes.pop("$default"))
                self.assertEqual({route["AuthorizationType"] for route in routes.values()}, {kind})
                self.assertEqual({"AuthorizerId" in route for route in routes.values()}, {kind == "JWT"})

    def test_routes_are_throttled_above_connects_own_rate(self):
        settings = http().properties("Stage")["DefaultRouteSettings"]
        self.assertEqual((settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]), ("20", "40"))


class BothKinds(unittest.TestCase):
    def test_access_logs_name_the_route_and_hold_no_path_query_or_token(self):
        for name, format_ in {
            "http": http().properties("Stage")["AccessLogSettings"]["Format"],
            "rest": rest().properties("Stage")["AccessLogSetting"]["Format"],
        }.items():
            with self.subTest(name):
                self.assertRegex(format_, r"\$context\.(routeKey|resourcePath)")
                self.assertIsNone(HANDLE_OR_TOKEN.search(format_))

    def test_the_function_may_be_invoked_by_the_one_api_only(self):
        for name, api in {"http": http(), "rest": rest()}.items():
            with self.subTest(name):
                (permission,) = api.of_type("AWS::Lambda::Permission").values()
                self.assertEqual(permission["Principal"], "apigateway.amazonaws.com")
                self.assertEqual(permission["SourceArn"], "arn:aws:execute-api:eu-west-1:111122223333:<Api>/*")
                # The ARN contains the account. A condition on a key that API Gateway does not send would refuse everything.
                self.assertNotIn("SourceAccount", permission)

    def test_the_apis_own_endpoint_is_off_behind_a_custom_domain_unless_it_is_kept(self):
        for parameters, is_off in [
            ({}, False),
            (CUSTOM_DOMAIN, True),
            (CUSTOM_DOMAIN | {"OwnEndpoint": "auto"}, True),
            (CUSTOM_DOMAIN | {"OwnEndpoint": "on"}, False),
            (CUSTOM_DOMAIN | {"OwnEndpoint": "off"}, True),
        ]:
            for name, render in {"http": http, "rest": rest}.items():
                with self.subTest(name, parameters=parameters):
                    self.assertIs(render(**parameters).properties("Api")["DisableExecuteApiEndpoint"], is_off)

    def test_an_api_is_named_after_the_stack(self):
        for render in (http, rest):
            self.assertEqual(render().properties("Api")["Name"], "upload-broker")

    def test_metrics_of_routes_are_off_unless_asked_for(self):
        for parameters, expected in [({}, False), ({"DetailedMetrics": "true"}, True)]:
            with self.subTest(parameters):
                found = http(**parameters).properties("Stage")["DefaultRouteSettings"]["DetailedMetricsEnabled"]
                (settings,) = rest(**parameters).properties("Stage")["MethodSettings"]
                self.assertEqual((found, settings["MetricsEnabled"]), (expected, expected))


class RestApi(unittest.TestCase):
    def test_preflights_need_neither_authorizer_nor_api_key(self):
        methods = rest(Authorizer="iam", ApiKeyRequired="true").of_type("AWS::ApiGateway::Method").values()
        found = {(m["HttpMethod"], m["AuthorizationType"], m["ApiKeyRequired"]) for m in methods}
        self.assertEqual(found, {("ANY", "AWS_IAM", True), ("OPTIONS", "NONE", False)})

    def test_every_resource_has_both_methods_and_the_deployment_waits_for_them(self):
        api = rest()
        methods = api.of_type("AWS::ApiGateway::Method")
        resources = {f"<{name}>" for name in api.of_type("AWS::ApiGateway::Resource")}
        expected = sorted((resource, method) for resource in resources for method in ("ANY", "OPTIONS"))
        self.assertEqual(sorted((m["ResourceId"], m["HttpMethod"]) for m in methods.values()), expected)
        responses = api.of_type("AWS::ApiGateway::GatewayResponse")
        for name, resource in api.template["Resources"].items():
            if resource["Type"] == "AWS::ApiGateway::Deployment":
                with self.subTest(name):
                    self.assertEqual(set(resource["DependsOn"]), set(methods) | set(responses))

    def test_the_stage_gets_a_new_snapshot_whenever_a_parameter_changes_what_is_in_it(self):
        domain = {"DomainName": "uploads.example.com", "CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/c"}
        changes = [{"Authorizer": "iam"}, {"ApiKeyRequired": "true"}, domain]
        deployments, contents = [], []
        for chosen in product((False, True), repeat=len(changes)):
            api = rest(**{k: v for change, is_made in zip(changes, chosen) if is_made for k, v in change.items()})
            (deployment,) = api.of_type("AWS::ApiGateway::Deployment")
            self.assertEqual(api.properties("Stage")["DeploymentId"], f"<{deployment}>")
            deployments.append(deployment)
            contents.append(str([api.properties("Api"), api.of_type("AWS::ApiGateway::Method")]))
        self.assertEqual((len(set(deployments)), len(set(contents))), (8, 8), deployments)

    def test_no_snapshot_holds_a_parameter_that_makes_no_new_one_but_the_origin_that_the_page_names(self):
        sections = re.split(r"\n(?=  \w+:\n)", (INFRA / "rest-api.yaml").read_text())
        held = [s for s in sections if re.search(r"ApiGateway::(RestApi|Resource|Method|GatewayResponse)\n", s)]
        text = "\n".join(held)
        switches = set(re.findall(r"!If(?: \[|\s+- )(\w+)", text))
        self.assertEqual(switches, {"IsIam", "HasUsagePlan", "IsHidden", "HasBrowsers"})
        referred = {name for pair in re.findall(r"!Ref (\w+)|\$\{(\w+)\}", text) for name in pair}
        # The function's alias stays when its versions change, and the stack's name as long as the stack.
        self.assertEqual(referred & set(rest().parameters), {"AllowedOrigins", "ApiName", "FunctionArn"})
        page = (ROOT / "docs/deploy.md").read_text()
        self.assertIn("aws apigateway create-deployment --rest-api-id API_ID --stage-name live", page)

    def test_the_gateways_own_answers_carry_cors(self):
        responses = rest().of_type("AWS::ApiGateway::GatewayResponse")
        self.assertEqual({r["ResponseType"] for r in responses.values()}, {"DEFAULT_4XX", "DEFAULT_5XX"})
        for response in responses.values():
            origin = response["ResponseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
            self.assertEqual(origin, "'https://portal.example.com'")
        for response in rest(AllowedOrigins="").of_type("AWS::ApiGateway::GatewayResponse").values():
            self.assertEqual(response["ResponseParameters"], {"gatewayresponse.header.Cache-Control": "'no-store'"})

    def test_web_acl_and_usage_plan_are_off_by_default(self):
        acl = {"WebAclArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b"}
        optional = {"WebAcl", "UsagePlan", "ApiKey", "UsagePlanKey"}
        self.assertFalse(optional & set(rest().resources))
        self.assertLessEqual(optional, set(rest(**acl, ApiKeyRequired="true").resources))

    def test_a_usage_plan_has_a_key(self):
        key = rest(ApiKeyRequired="true").properties("UsagePlanKey")
        self.assertEqual(key, {"KeyId": "<ApiKey>", "KeyType": "API_KEY", "UsagePlanId": "<UsagePlan>"})

    def test_execution_logs_are_off(self):
        (settings,) = rest().properties("Stage")["MethodSettings"]
        self.assertEqual((settings["LoggingLevel"], settings["DataTraceEnabled"]), ("OFF", False))


class CustomDomain(unittest.TestCase):
    def test_a_path_of_several_segments_is_one_mapping(self):
        for path in ("attachments", "customer/attachments"):
            with self.subTest(path):
                found = nested("custom-domain.yaml", main(**CUSTOM_DOMAIN, DomainPath=path)).properties("Mapping")
                self.assertEqual(found["ApiMappingKey"], path)

    def test_the_pattern_of_a_path_accepts_what_the_broker_accepts(self):
        pattern = main().template["Parameters"]["DomainPath"]["AllowedPattern"]
        for path in ("", "a", "a/b", "v1.0/_x/~y", "a" * 32):
            self.assertRegex(path, pattern)
        for path in ("/", "/a", "a/", "a//b", ".", "a/../b", "a/.b", "a b", "a%20", "a" * 33):
            self.assertNotRegex(path, pattern)


class WholeTemplate(unittest.TestCase):
    def test_outputs_name_what_operators_look_for(self):
        domain_and_plan = CUSTOM_DOMAIN | {"ApiType": "rest", "ApiKeyRequired": "true"}
        always = {"ApiUrl", "ApiId", "FunctionName", "AliasArn", "RoleArn", "LogGroupName", "AccessLogGroupName", "TopicArn"}
        table = {"SharedTableName", "SharedTableArn"}
        full = table | {"EventBusName", "EventBusArn", "FinisherName", "FinisherLogGroupName", "DeadLettersUrl"}
        for parameters, expected in [
            ({}, always | full),
            ({"SharedState": "pace"}, always | table),
            ({"SharedState": "off"}, always),
            (domain_and_plan, always | full | {"UsagePlanId", "ApiKeyId", "DomainTarget", "RegionalHostedZoneId"}),
        ]:
            stack = main(**parameters)
            outputs = {
                name: stack.resolve(output["Value"])
                for name, output in stack.template["Outputs"].items()
                if "Condition" not in output or stack.condition(output["Condition"])
            }
            self.assertEqual(set(outputs), expected)
            for value in outputs.values():
                for name, output in re.findall(r"<(\w+)\.Outputs\.(\w+)>", value):
                    with self.subTest(name, output=output):
                        (template,) = (template for template, resource in NESTED.items() if resource == name)
                        self.assertIn(output, nested(template, stack).template["Outputs"])

    def test_a_failed_first_deployment_leaves_nothing_behind_and_a_deleted_stack_leaves_its_logs(self):
        stack = main()
        groups = [stack.resources["LogGroup"]]
        groups += [render().resources["AccessLog"] for render in (http, rest)]
        for group in groups:
            self.assertEqual((group["DeletionPolicy"], group["UpdateReplacePolicy"]), ("RetainExceptOnCreate", "Retain"))

    def test_every_optional_parameter_has_a_default(self):
        missing = {name for name, spec in main().template["Parameters"].items() if "Default" not in spec}
        self.assertEqual(missing, {"ConnectInstanceArn"})

    def test_there_is_no_public_function_url(self):
        for kind in ("http", "rest"):
            self.assertNotIn("AWS::Lambda::Url", text_of(main(ApiType=kind)))

    def test_exactly_one_api_is_created(self):
        for kind, other in [("HttpApi", "RestApi"), ("RestApi", "HttpApi")]:
            found = main(ApiType=kind[:4].lower()).resources
            self.assertIn(kind, found)
            self.assertNotIn(other, found)


if __name__ == "__main__":
    unittest.main()
