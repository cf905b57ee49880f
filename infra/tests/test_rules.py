"""The parameters that the template refuses before CloudFormation creates anything."""

import sys
import unittest

from support import CUSTOM_DOMAIN, ENDPOINTS, GIVEN, INFRA, JWT, LAMBDA, NO_API, PRIVATE, VPC, main

sys.path.append(str(INFRA))
import parameters as read

ACL = {"WebAclArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b"}
REST = {"ApiType": "rest"}
PATH = CUSTOM_DOMAIN | {"DomainPath": "customer/attachments"}
CASES = {"AttachedFileScope": "instance-and-cases"}
API = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*"
TOPIC = {"AlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:operations"}


def broken(**parameters):
    return list(main(**parameters).broken_rules())


def read_broken(**parameters):
    """The same by the reader of infra/check-settings, which knows no YAML."""
    defaults = {name: parameter.default for name, parameter in read.parameters().items()}
    return list(read.broken_rules(defaults | GIVEN | parameters))


# Parameters, and how the one refusal of them begins.
REFUSED = [
    (JWT | {"JwtIssuer": ""}, "Authorizer jwt needs JwtIssuer"),
    (JWT | {"JwtAudiences": ""}, "Authorizer jwt needs JwtAudiences"),
    (JWT | REST, "Authorizer jwt needs ApiType http"),
    (CUSTOM_DOMAIN | {"CertificateArn": ""}, "DomainName needs CertificateArn"),
    (ACL, "WebAclArn needs ApiType rest"),
    ({"ApiKeyRequired": "true"}, "ApiKeyRequired needs ApiType rest"),
    (CASES | {"CasesDomainArn": ""}, "AttachedFileScope instance-and-cases needs CasesDomainArn"),
    ({"OwnEndpoint": "off"}, "OwnEndpoint on or off needs DomainName"),
    ({"OwnEndpoint": "on"}, "OwnEndpoint on or off needs DomainName"),
    ({"DomainPath": "attachments"}, "DomainPath needs DomainName"),
    (REST | {"CorsBy": "broker"}, "CorsBy broker needs ApiType http"),
    ({"JwtIssuer": "https://login.example.com"}, "JwtIssuer needs Authorizer jwt"),
    ({"JwtAudiences": "broker"}, "JwtAudiences needs Authorizer jwt"),
    ({"CertificateArn": CUSTOM_DOMAIN["CertificateArn"]}, "CertificateArn needs DomainName"),
    ({"Authorizer": "lambda"}, "Authorizer lambda needs AuthorizerArn"),
    ({"AuthorizerArn": LAMBDA["AuthorizerArn"]}, "AuthorizerArn needs Authorizer lambda"),
    ({"AuthorizerType": "TOKEN"}, "AuthorizerType needs Authorizer lambda"),
    ({"AuthorizerResponse": "policy"}, "AuthorizerResponse needs Authorizer lambda"),
    ({"AuthorizerIdentitySource": "$request.header.a"}, "AuthorizerIdentitySource needs Authorizer lambda"),
    ({"AuthorizerResultTtlInSeconds": "60"}, "AuthorizerResultTtlInSeconds needs Authorizer lambda"),
    (LAMBDA | {"AuthorizerType": "TOKEN"}, "AuthorizerType TOKEN needs ApiType rest"),
    (LAMBDA | REST | {"AuthorizerResponse": "policy"}, "AuthorizerResponse policy needs ApiType http"),
    (NO_API | {"Authorizer": "iam"}, "Authorizer needs ApiType http or rest"),
    (NO_API | LAMBDA, "Authorizer needs ApiType http or rest"),
    (NO_API | JWT, "Authorizer jwt needs ApiType http"),
    (NO_API | {"AllowedOrigins": "https://portal.example.com"}, "AllowedOrigins needs ApiType http or rest"),
    (NO_API | {"AllowedHeaders": "baggage"}, "AllowedHeaders needs ApiType http or rest"),
    (NO_API | {"CorsBy": "broker"}, "CorsBy broker needs ApiType http"),
    (NO_API | CUSTOM_DOMAIN, "DomainName needs ApiType http or rest"),
    (NO_API | {"RateLimit": "50"}, "RateLimit needs ApiType http or rest"),
    (NO_API | {"BurstLimit": "50"}, "BurstLimit needs ApiType http or rest"),
    (NO_API | {"DetailedMetrics": "true"}, "DetailedMetrics needs ApiType http or rest"),
    (NO_API | ACL, "WebAclArn needs ApiType rest"),
    (NO_API | {"ApiKeyRequired": "true"}, "ApiKeyRequired needs ApiType rest"),
    (NO_API | {"EndpointType": "PRIVATE", "VpcEndpointIds": "vpce-01234567"}, "EndpointType PRIVATE needs ApiType rest"),
    ({"BasePath": "/a"}, "BasePath needs ApiType none"),
    (REST | {"PayloadFormatVersion": "1.0"}, "PayloadFormatVersion needs ApiType none"),
    ({"InvokeSourceArn": API}, "InvokeSourceArn needs ApiType none"),
    (PRIVATE | {"ApiType": "http"}, "EndpointType PRIVATE needs ApiType rest"),
    (PRIVATE | {"VpcEndpointIds": ""}, "EndpointType PRIVATE needs VpcEndpointIds"),
    (PRIVATE | CUSTOM_DOMAIN, "EndpointType PRIVATE needs no DomainName"),
    (PRIVATE | {"EndpointType": "REGIONAL"}, "VpcEndpointIds needs EndpointType PRIVATE"),
    (VPC | {"SecurityGroupIds": ""}, "SubnetIds needs SecurityGroupIds"),
    (VPC | {"SubnetIds": ""}, "SecurityGroupIds needs SubnetIds"),
    *(({"UseFipsEndpoint": "true", name: url}, f"UseFipsEndpoint needs no {name}") for name, url in ENDPOINTS.items()),
    ({"CasesEndpointUrl": ENDPOINTS["CasesEndpointUrl"], "CasesDomainArn": ""}, "CasesEndpointUrl needs CasesDomainArn"),
    ({"DynamoDbEndpointUrl": ENDPOINTS["DynamoDbEndpointUrl"], "SharedState": "off"}, "DynamoDbEndpointUrl needs SharedState"),
    ({"EventsEndpointUrl": ENDPOINTS["EventsEndpointUrl"], "SharedState": "pace"}, "EventsEndpointUrl needs SharedState full"),
    (TOPIC | {"AlarmEmail": "ops@example.com"}, "AlarmTopicArn needs no AlarmEmail"),
]


class Patterns(unittest.TestCase):
    def test_each_pattern_says_what_to_write(self):
        for name, spec in main().template["Parameters"].items():
            if "AllowedPattern" in spec:
                with self.subTest(name):
                    self.assertTrue(spec["ConstraintDescription"].startswith("must "))

    def test_an_arn_of_another_kind_is_refused(self):
        specs = main().template["Parameters"]
        for name, arn in [
            ("ConnectInstanceArn", "arn:aws:connect:eu-west-1:111122223333:instance/i-1/agent/a"),
            ("CasesDomainArn", "arn:aws:cases:eu-west-1:111122223333:domain/d-1/case/c"),
            ("WebAclArn", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/b"),
            ("CertificateArn", "arn:aws:iam::111122223333:server-certificate/c"),
            ("KmsKeyArn", "arn:aws:kms:eu-west-1:111122223333:alias/broker"),
            ("PermissionsBoundaryArn", "arn:aws:iam::111122223333:role/boundary"),
            ("ExistingRoleArn", "arn:aws:iam::111122223333:policy/broker"),
            ("RolePath", "apps"),
            ("AuthorizerArn", "arn:aws:iam::111122223333:role/authorizer"),
            ("InvokeSourceArn", "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3"),
            ("AlarmTopicArn", "arn:aws:sns:eu-west-1:111122223333:operations.fifo"),
            ("BasePath", "attachments"),
            ("BasePath", "/attachments/"),
            ("SubnetIds", "subnet-0123456789abcdef0, subnet-0123456789abcdef1"),
            ("SubnetIds", "vpc-0123456789abcdef0"),
            ("SecurityGroupIds", "subnet-0123456789abcdef0"),
            ("VpcEndpointIds", "vpc-0123456789abcdef0"),
            ("ConnectEndpointUrl", "http://connect.example.com"),
            ("ConnectEndpointUrl", "https://connect.example.com/path"),
            ("CaBundle", "certs/ca.pem"),
            ("CaBundle", "../ca.pem"),
        ]:
            with self.subTest(name):
                self.assertNotRegex(arn, specs[name]["AllowedPattern"])
        own = [LAMBDA, {"BasePath": "/prod/attachments", "InvokeSourceArn": API}, TOPIC, VPC, ENDPOINTS, {"CaBundle": "ca.pem"}]
        for parameters in (*own, CUSTOM_DOMAIN, ACL, {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/PowerUserAccess"}, {"RolePath": "/apps/x/"}):
            for name, value in parameters.items():
                if "AllowedPattern" in specs[name]:
                    with self.subTest(name):
                        self.assertRegex(value, specs[name]["AllowedPattern"])


class Rules(unittest.TestCase):
    def test_parameters_that_go_together_pass(self):
        for parameters in (
            {},
            JWT,
            JWT | {"JwtAudiences": "broker,portal"},
            CUSTOM_DOMAIN,
            REST,
            REST | ACL | {"ApiKeyRequired": "true"} | CUSTOM_DOMAIN,
            PATH,
            CUSTOM_DOMAIN | {"OwnEndpoint": "on"},
            CASES,
            {"CorsBy": "broker"},
            LAMBDA,
            LAMBDA | {"AuthorizerResponse": "policy", "AuthorizerIdentitySource": "$request.header.a", "AuthorizerResultTtlInSeconds": "60"},
            LAMBDA | REST | {"AuthorizerType": "TOKEN"},
            NO_API,
            NO_API | {"BasePath": "/prod/a", "PayloadFormatVersion": "1.0", "InvokeSourceArn": API},
            PRIVATE | ACL,
            VPC | ENDPOINTS | {"CaBundle": "ca.pem"},
            VPC | {"UseFipsEndpoint": "true"},
            TOPIC,
        ):
            with self.subTest(parameters):
                self.assertEqual(broken(**parameters), [])
                self.assertEqual(read_broken(**parameters), [])

    def test_each_missing_or_useless_parameter_is_refused(self):
        for parameters, expected in REFUSED:
            with self.subTest(expected):
                (found,) = broken(**parameters)
                self.assertTrue(found.startswith(expected), found)
                self.assertEqual(read_broken(**parameters), [found])

    def test_every_assertion_has_parameters_that_break_it(self):
        asserted = [a["AssertDescription"] for rule in main().template["Rules"].values() for a in rule["Assertions"]]
        self.assertEqual(len(asserted), len(set(asserted)))
        for description in asserted:
            with self.subTest(description):
                self.assertTrue(any(description.startswith(row) for _, row in REFUSED))


class Reader(unittest.TestCase):
    def test_it_reads_what_the_template_says(self):
        template = main().template["Parameters"]
        found = read.parameters()
        self.assertEqual(set(found), set(template))
        for name, spec in template.items():
            with self.subTest(name):
                default = None if "Default" not in spec else str(spec["Default"])
                self.assertEqual(found[name].default, default)
                self.assertEqual(found[name].pattern, spec.get("AllowedPattern"))
                self.assertEqual(found[name].allowed or [], list(map(str, spec.get("AllowedValues", []))))

    def test_a_value_that_the_template_refuses_is_refused_in_its_words(self):
        known = read.parameters()
        for name, value, expected in [
            ("ApiType", "websocket", "must be one of http, rest, none"),
            ("ConnectInstanceArn", "i-1", "must be arn:PARTITION:connect"),
            ("VpcEndpointIds", "vpce-01234567,vpc-1", "must be ids of VPC endpoints"),
            ("HandleKeyA", "0", "must be a number from 1 to 999"),
            ("HandleKeyA", "1000", "must be a number from 1 to 999"),
            ("RateLimit", "many", "must be a number from 1"),
        ]:
            with self.subTest(name, value=value):
                self.assertTrue(known[name].objection_to(value).startswith(expected))
        for name, value in [("VpcEndpointIds", "vpce-01234567, vpce-89abcdef"), ("HandleKeyA", "999"), ("RateLimit", "50"), ("ApiType", "none")]:
            with self.subTest(name, value=value):
                self.assertIsNone(known[name].objection_to(value))


if __name__ == "__main__":
    unittest.main()
