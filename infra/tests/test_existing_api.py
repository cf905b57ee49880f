"""The broker in an API that exists: ApiType none, infra/routes-http.yaml and infra/openapi/routes-rest.yaml."""

import os
import re
import subprocess
import unittest

from samcli.yamlhelper import yaml_parse

from support import INFRA, NO_API, ROOT, Rendered, load, main, nested
from test_api import ROUTES, operations

SOURCE = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*"
ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:broker:live"
CUSTOM = {"AuthorizationType": "CUSTOM", "AuthorizerId": "auth1"}


def added(**parameters):
    """The stack of routes in an existing API."""
    return Rendered(load("routes-http.yaml"), {"ApiId": "a1b2c3", "FunctionArn": ALIAS} | parameters)


def keys(stack):
    return {route["RouteKey"] for route in stack.of_type("AWS::ApiGatewayV2::Route").values()}


def below(prefix, route):
    return route.replace(" ", f" {prefix}")


def fragment(**words):
    """The fragment with its words replaced, as the page replaces them."""
    text = (INFRA / "openapi/routes-rest.yaml").read_text()
    for word, value in words.items():
        text = re.sub(rf"\b{word}\b", value, text)
    return yaml_parse(text)


class WithoutApi(unittest.TestCase):
    def test_there_is_a_function_and_nothing_in_front_of_it(self):
        stack = main(**NO_API)
        self.assertFalse({"HttpApi", "Routes", "RestApi", "CustomDomain", "Invoke"} & set(stack.resources))
        self.assertFalse(stack.of_type("AWS::Lambda::Permission"))
        self.assertLessEqual({"UploadBroker", "PreTraffic", "Finisher", "Monitoring"}, set(stack.resources))

    def test_an_api_that_is_named_may_invoke_the_alias(self):
        (permission,) = main(**NO_API, InvokeSourceArn=SOURCE).of_type("AWS::Lambda::Permission").values()
        self.assertEqual((permission["Principal"], permission["SourceArn"]), ("apigateway.amazonaws.com", SOURCE))
        self.assertEqual(permission["FunctionName"], "<UploadBrokerAliaslive>")

    def test_the_hook_sends_events_as_the_api_does(self):
        for parameters, expected in [
            ({}, "2.0"),
            ({"ApiType": "rest"}, "1.0"),
            (NO_API, "2.0"),
            (NO_API | {"PayloadFormatVersion": "1.0"}, "1.0"),
        ]:
            with self.subTest(parameters):
                given = main(**parameters).properties("PreTraffic")["Environment"]["Variables"]
                self.assertEqual(given["PAYLOAD_FORMAT_VERSION"], expected)


class HttpRoutes(unittest.TestCase):
    def test_the_routes_are_those_of_the_own_api_below_the_prefix(self):
        for prefix in ("", "/attachments", "/customer/attachments"):
            with self.subTest(prefix):
                self.assertEqual(keys(added(Prefix=prefix)), {below(prefix, route) for route in ROUTES})
        self.assertEqual(keys(nested("routes-http.yaml", main())), ROUTES | {"$default"})

    def test_every_route_but_a_preflight_has_the_authorizer(self):
        for given, authorizer in [
            ({}, None),
            ({"AuthorizationType": "AWS_IAM"}, None),
            ({"AuthorizationType": "JWT", "AuthorizerId": "auth1"}, "auth1"),
            (CUSTOM, "auth1"),
        ]:
            with self.subTest(given):
                for route in added(Prefix="/a", CorsBy="broker", **given).of_type("AWS::ApiGatewayV2::Route").values():
                    found = (route["AuthorizationType"], route.get("AuthorizerId"))
                    is_preflight = route["RouteKey"].startswith("OPTIONS ")
                    expected = ("NONE", None) if is_preflight else (given.get("AuthorizationType", "NONE"), authorizer)
                    self.assertEqual(found, expected)

    def test_preflights_that_the_broker_answers_are_those_of_its_own_paths(self):
        found = keys(added(Prefix="/a", CorsBy="broker")) - keys(added(Prefix="/a"))
        self.assertEqual(found, {"OPTIONS /a/uploads", "OPTIONS /a/uploads/{proxy+}", "OPTIONS /a/limits"})

    def test_the_api_may_invoke_the_alias_from_these_routes_only(self):
        for prefix in ("", "/attachments"):
            with self.subTest(prefix):
                permission = added(Prefix=prefix).properties("Invoke")
                source = f"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*/*{prefix}/*"
                self.assertEqual((permission["FunctionName"], permission["SourceArn"]), (ALIAS, source))

    def test_events_have_the_format_that_is_asked_for(self):
        for given, expected in [({}, "2.0"), ({"PayloadFormatVersion": "1.0"}, "1.0")]:
            self.assertEqual(added(**given).properties("Integration")["PayloadFormatVersion"], expected)

    def test_the_output_is_the_base_path_to_set(self):
        for given, expected in [
            ({}, None),
            ({"Prefix": "/a/b"}, "/a/b"),
            ({"StageName": "prod"}, "/prod"),
            ({"StageName": "prod", "Prefix": "/a/b"}, "/prod/a/b"),
        ]:
            with self.subTest(given):
                stack = added(**given)
                output = stack.template["Outputs"]["BasePath"]
                found = stack.resolve(output["Value"]) if stack.condition(output["Condition"]) else None
                self.assertEqual(found, expected)
                if found:
                    self.assertRegex(found, main().template["Parameters"]["BasePath"]["AllowedPattern"])

    def test_a_kind_and_an_authorizer_that_do_not_fit_are_refused(self):
        for given, expected in [
            ({}, []),
            (CUSTOM, []),
            ({"AuthorizationType": "JWT"}, ["AuthorizationType JWT or CUSTOM needs AuthorizerId."]),
            ({"AuthorizationType": "CUSTOM"}, ["AuthorizationType JWT or CUSTOM needs AuthorizerId."]),
            ({"AuthorizerId": "auth1"}, ["AuthorizerId needs AuthorizationType JWT or CUSTOM."]),
            ({"AuthorizerId": "auth1", "AuthorizationType": "AWS_IAM"}, ["AuthorizerId needs AuthorizationType JWT or CUSTOM."]),
        ]:
            with self.subTest(given):
                self.assertEqual(list(added(**given).broken_rules()), expected)

    def test_the_patterns_refuse_what_would_fail_later(self):
        specs = load("routes-http.yaml")["Parameters"]
        for name, bad in [
            ("FunctionArn", "arn:aws:lambda:eu-west-1:111122223333:function:broker"),
            ("ApiId", "https://a1b2c3.execute-api.eu-west-1.amazonaws.com"),
            ("Prefix", "attachments"),
            ("Prefix", "/attachments/"),
            ("Prefix", "/{proxy+}"),
            ("StageName", "$prod"),
        ]:
            with self.subTest(name, bad=bad):
                self.assertNotRegex(bad, specs[name]["AllowedPattern"])
                self.assertTrue(specs[name]["ConstraintDescription"].startswith("must "))
        for name, good in [("FunctionArn", ALIAS), ("ApiId", "a1b2c3"), ("Prefix", "/a/b"), ("StageName", "$default"), ("StageName", "prod")]:
            with self.subTest(name, good=good):
                self.assertRegex(good, specs[name]["AllowedPattern"])


class RestFragment(unittest.TestCase):
    def test_it_has_the_operations_of_the_own_rest_api(self):
        own = nested("rest-api.yaml", main(ApiType="rest"))
        words = {"PREFIX": "", "SECURITY": "[]", "ALIAS_ARN": "<UploadBrokerAliaslive>", "REGION": "eu-west-1"}
        paths = fragment(**words)["paths"]
        self.assertEqual(paths, own.properties("Api")["Body"]["paths"])

    def test_the_command_on_the_page_replaces_every_word(self):
        page = (ROOT / "docs/deploy.md").read_text()
        command = re.search(r"^(sed -e 's#PREFIX#.*?>)routes.yaml$", page, re.DOTALL | re.MULTILINE)[1].rstrip(">")
        environment = os.environ | {"ALIAS": ALIAS, "AWS_REGION": "eu-west-1"}
        answer = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        expected = fragment(PREFIX="/attachments", SECURITY="[]", ALIAS_ARN=ALIAS, REGION="eu-west-1")
        self.assertEqual(yaml_parse(answer.stdout), expected)

    def test_prefix_and_security_are_replaced_in_every_operation_but_preflights_have_none(self):
        found = fragment(PREFIX="/customer/attachments", SECURITY="[{iam: []}]", ALIAS_ARN=ALIAS, REGION="eu-west-1")
        self.assertIn("iam", found["components"]["securitySchemes"])
        for path, item in found["paths"].items():
            with self.subTest(path):
                self.assertTrue(path.startswith(("/customer/attachments/uploads", "/customer/attachments/limits")))
                self.assertEqual(item["x-amazon-apigateway-any-method"]["security"], [{"iam": []}])
                self.assertEqual(item["options"]["security"], [])
        own = nested("rest-api.yaml", main(ApiType="rest", Authorizer="iam"))
        securities = [operation["security"] for _, method, operation in operations(own) if method != "options"]
        self.assertEqual(securities, [item["x-amazon-apigateway-any-method"]["security"] for item in found["paths"].values()])


if __name__ == "__main__":
    unittest.main()
