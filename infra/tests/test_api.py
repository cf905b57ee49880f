"""The API in front of the broker: HTTP API and REST API."""

import re
import unittest

from samcli.yamlhelper import yaml_parse

from support import CUSTOM_DOMAIN, JWT, LAMBDA, NESTED, NO_API, ORIGINS, PRIVATE, ROOT, load, main, nested, text_of

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


def routes(**parameters):
    """The routes of the HTTP API, by key."""
    found = nested("routes-http.yaml", main(**parameters)).of_type("AWS::ApiGatewayV2::Route")
    return {route["RouteKey"]: route for route in found.values()}


def operations(api):
    """Path, method and operation of each operation of a REST API."""
    paths = api.properties("Api")["Body"]["paths"]
    return [(path, method, operation) for path, item in paths.items() for method, operation in item.items()]


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
        for authorizer in ({}, JWT, LAMBDA, {"Authorizer": "iam"}):
            with self.subTest(authorizer):
                self.assertNotIn("CorsConfiguration", http(CorsBy="broker", **authorizer).properties("Api"))
                found = routes(CorsBy="broker", **authorizer)
                preflights = {key for key in found if key.startswith("OPTIONS")}
                self.assertEqual(preflights, {"OPTIONS /uploads", "OPTIONS /uploads/{proxy+}", "OPTIONS /limits"})
                for route in map(found.get, preflights):
                    self.assertEqual(route["AuthorizationType"], "NONE")
                    self.assertEqual(route["Target"], found["POST /uploads"]["Target"])
                    self.assertNotIn("AuthorizerId", route)

    def test_the_access_log_has_a_name_that_needs_no_resource_policy(self):
        self.assertTrue(http().properties("AccessLog")["LogGroupName"].startswith("/aws/vendedlogs/"))

    def test_preflights_and_unknown_routes_have_no_authorizer(self):
        for parameters, kind in [({}, "NONE"), (JWT, "JWT"), (LAMBDA, "CUSTOM"), ({"Authorizer": "iam"}, "AWS_IAM")]:
            with self.subTest(kind):
                found = routes(**parameters)
                self.assertEqual(set(found), ROUTES | {"$default"})
                self.assertNotIn("AuthorizationType", found.pop("$default"))
                self.assertEqual({route["AuthorizationType"] for route in found.values()}, {kind})
                expected = "<HttpApi.Outputs.AuthorizerId>" if kind in ("JWT", "CUSTOM") else None
                self.assertEqual({route.get("AuthorizerId") for route in found.values()}, {expected})

    def test_a_lambda_authorizer_answers_as_the_parameters_say_and_only_this_api_may_ask_it(self):
        for given, expected in [
            ({}, (True, ["$request.header.Authorization"], "0")),
            (
                {"AuthorizerResponse": "policy", "AuthorizerIdentitySource": "$request.header.a,$context.httpMethod"},
                (False, ["$request.header.a", "$context.httpMethod"], "0"),
            ),
            ({"AuthorizerResultTtlInSeconds": "300"}, (True, ["$request.header.Authorization"], "300")),
        ]:
            with self.subTest(given):
                api = http(**LAMBDA, **given)
                (authorizer,) = api.of_type("AWS::ApiGatewayV2::Authorizer").values()
                found = (authorizer["EnableSimpleResponses"], authorizer["IdentitySource"], authorizer["AuthorizerResultTtlInSeconds"])
                self.assertEqual(found, expected)
                self.assertEqual((authorizer["AuthorizerType"], authorizer["AuthorizerPayloadFormatVersion"]), ("REQUEST", "2.0"))
                self.assertIn(f"/functions/{LAMBDA['AuthorizerArn']}/invocations", authorizer["AuthorizerUri"])
                permission = api.properties("InvokeAuthorizer")
                self.assertEqual(permission["FunctionName"], LAMBDA["AuthorizerArn"])
                self.assertTrue(permission["SourceArn"].endswith(":<Api>/authorizers/<LambdaAuthorizer>"))

    def test_routes_are_throttled_above_connects_own_rate(self):
        settings = http().properties("Stage")["DefaultRouteSettings"]
        self.assertEqual((settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]), ("20", "40"))


class BothKinds(unittest.TestCase):
    def test_access_logs_name_the_route_and_hold_no_path_query_or_token(self):
        for name, format_ in {
            "http": http().properties("Stage")["AccessLogSettings"]["Format"],
            "rest": rest().properties("ApiliveStage")["AccessLogSetting"]["Format"],
        }.items():
            with self.subTest(name):
                self.assertRegex(format_, r"\$context\.(routeKey|resourcePath)")
                self.assertIsNone(HANDLE_OR_TOKEN.search(format_))

    def test_the_function_may_be_invoked_by_the_one_api_only(self):
        for api, template in {"<HttpApi.Outputs.ApiId>": nested("routes-http.yaml", main()), "<Api>": rest()}.items():
            with self.subTest(api):
                (permission,) = template.of_type("AWS::Lambda::Permission").values()
                self.assertEqual(permission["FunctionName"], "<UploadBrokerAliaslive>")
                self.assertEqual(permission["Principal"], "apigateway.amazonaws.com")
                self.assertEqual(permission["SourceArn"], f"arn:aws:execute-api:eu-west-1:111122223333:{api}/*")
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
            with self.subTest(parameters):
                self.assertIs(http(**parameters).properties("Api")["DisableExecuteApiEndpoint"], is_off)
                body = rest(**parameters).properties("Api")["Body"]
                self.assertEqual(body["x-amazon-apigateway-endpoint-configuration"], {"disableExecuteApiEndpoint": is_off})

    def test_an_api_is_named_after_the_stack(self):
        for render in (http, rest):
            self.assertEqual(render().properties("Api")["Name"], "upload-broker")

    def test_metrics_of_routes_are_off_unless_asked_for(self):
        for parameters, expected in [({}, False), ({"DetailedMetrics": "true"}, True)]:
            with self.subTest(parameters):
                found = http(**parameters).properties("Stage")["DefaultRouteSettings"]["DetailedMetricsEnabled"]
                (settings,) = rest(**parameters).properties("ApiliveStage")["MethodSettings"]
                self.assertEqual((found, settings["MetricsEnabled"]), (expected, expected))


class RestApi(unittest.TestCase):
    def test_every_path_has_both_methods_and_they_invoke_the_alias(self):
        found = operations(rest())
        paths = {path for path in OPENAPI["paths"]}
        methods = {(path, method) for path in paths for method in ("x-amazon-apigateway-any-method", "options")}
        self.assertEqual({(path, method) for path, method, _ in found}, methods)
        for path, method, operation in found:
            with self.subTest(path, method=method):
                integration = operation["x-amazon-apigateway-integration"]
                self.assertEqual((integration["type"], integration["httpMethod"]), ("aws_proxy", "POST"))
                self.assertIn("/functions/<UploadBrokerAliaslive>/invocations", integration["uri"])

    def test_preflights_need_neither_authorizer_nor_api_key(self):
        keys = {"ApiKeyRequired": "true"}
        for parameters, security in [
            ({}, []),
            (keys, [{"api_key": []}]),
            ({"Authorizer": "iam"}, [{"iam": []}]),
            ({"Authorizer": "iam"} | keys, [{"iam": [], "api_key": []}]),
            (LAMBDA, [{"lambda": []}]),
            (LAMBDA | keys, [{"lambda": [], "api_key": []}]),
        ]:
            api = rest(**parameters)
            self.assertLessEqual({name for one in security for name in one}, set(api.properties("Api")["Body"]["components"]["securitySchemes"]))
            for path, method, operation in operations(api):
                with self.subTest(path, method=method, parameters=parameters):
                    self.assertEqual(operation["security"], [] if method == "options" else security)

    def test_a_lambda_authorizer_gets_the_request_or_its_token(self):
        for given, expected in [
            ({}, ("request", "Unused", "method.request.header.Authorization", "0")),
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html:
            # `identitySource` is for REQUEST only; the header of a TOKEN is the name of the security scheme.
            ({"AuthorizerType": "TOKEN"}, ("token", "Authorization", None, "0")),
            ({"AuthorizerType": "TOKEN", "AuthorizerIdentitySource": "method.request.header.X-Token"}, ("token", "X-Token", None, "0")),
            (
                {"AuthorizerIdentitySource": "method.request.header.a,context.path", "AuthorizerResultTtlInSeconds": "60"},
                ("request", "Unused", "method.request.header.a,context.path", "60"),
            ),
        ]:
            with self.subTest(given):
                api = rest(**LAMBDA, **given)
                scheme = api.properties("Api")["Body"]["components"]["securitySchemes"]["lambda"]
                authorizer = scheme["x-amazon-apigateway-authorizer"]
                found = (authorizer["type"], scheme["name"], authorizer.get("identitySource"), authorizer["authorizerResultTtlInSeconds"])
                self.assertEqual(found, expected)
                self.assertEqual(scheme["x-amazon-apigateway-authtype"], "custom")
                self.assertIn(f"/functions/{LAMBDA['AuthorizerArn']}/invocations", authorizer["authorizerUri"])
                self.assertTrue(api.properties("InvokeAuthorizer")["SourceArn"].endswith(":<Api>/authorizers/*"))

    def test_each_update_takes_a_new_snapshot(self):
        # SAM names a deployment after its definition, in which parameters are references, or after the time.
        self.assertIs(load("rest-api.yaml")["Resources"]["Api"]["Properties"]["AlwaysDeploy"], True)

    def test_a_private_api_is_reached_through_its_vpc_endpoints_only(self):
        self.assertEqual(rest().properties("Api")["EndpointConfiguration"], {"Types": ["REGIONAL"]})
        self.assertNotIn("x-amazon-apigateway-policy", rest().properties("Api")["Body"])
        api = nested("rest-api.yaml", main(**PRIVATE)).properties("Api")
        endpoints = PRIVATE["VpcEndpointIds"].split(",")
        self.assertEqual(api["EndpointConfiguration"], {"Types": ["PRIVATE"], "VpcEndpointIds": endpoints})
        deny, allow = api["Body"]["x-amazon-apigateway-policy"]["Statement"]
        self.assertEqual((deny["Effect"], deny["Resource"], deny["Condition"]), ("Deny", "execute-api:/*", {"StringNotEquals": {"aws:SourceVpce": endpoints}}))
        self.assertEqual((allow["Effect"], allow["Action"]), ("Allow", "execute-api:Invoke"))
        self.assertEqual(allow["Condition"], {"StringEquals": {"aws:SourceVpce": endpoints}})

    def test_a_private_apis_policy_stands_in_for_no_authorizer(self):
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html, table A
        for authorizer, expected in (({}, "execute-api:/*"), ({"Authorizer": "iam"}, "execute-api:/*/OPTIONS/*"), (LAMBDA, "execute-api:/*/OPTIONS/*")):
            with self.subTest(authorizer):
                api = nested("rest-api.yaml", main(**PRIVATE, **authorizer)).properties("Api")
                statements = api["Body"]["x-amazon-apigateway-policy"]["Statement"]
                self.assertEqual([s["Resource"] for s in statements if s["Effect"] == "Allow"], [expected])

    def test_the_gateways_own_answers_carry_cors(self):
        def responses(**parameters):
            return rest(**parameters).properties("Api")["Body"]["x-amazon-apigateway-gateway-responses"]

        self.assertEqual(set(responses()), {"DEFAULT_4XX", "DEFAULT_5XX"})
        for response in responses().values():
            origin = response["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
            self.assertEqual(origin, "'https://portal.example.com'")
        for response in responses(AllowedOrigins="").values():
            self.assertEqual(response["responseParameters"], {"gatewayresponse.header.Cache-Control": "'no-store'"})

    def test_web_acl_and_usage_plan_are_off_by_default(self):
        acl = {"WebAclArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b"}
        optional = {"WebAcl", "UsagePlan", "ApiKey", "UsagePlanKey"}
        self.assertFalse(optional & set(rest().resources))
        self.assertLessEqual(optional, set(rest(**acl, ApiKeyRequired="true").resources))

    def test_a_usage_plan_has_a_key(self):
        key = rest(ApiKeyRequired="true").properties("UsagePlanKey")
        self.assertEqual(key, {"KeyId": "<ApiKey>", "KeyType": "API_KEY", "UsagePlanId": "<UsagePlan>"})

    def test_execution_logs_are_off(self):
        (settings,) = rest().properties("ApiliveStage")["MethodSettings"]
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
            (NO_API, always - {"ApiUrl", "ApiId", "AccessLogGroupName"} | full),
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

    def test_at_most_one_api_is_created(self):
        apis = {"HttpApi", "Routes", "RestApi"}
        for parameters, expected in [({}, {"HttpApi", "Routes"}), ({"ApiType": "rest"}, {"RestApi"}), (NO_API, set())]:
            with self.subTest(parameters):
                self.assertEqual(apis & set(main(**parameters).resources), expected)


if __name__ == "__main__":
    unittest.main()
