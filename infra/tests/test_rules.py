"""The parameters that the template refuses before CloudFormation creates anything."""

import unittest

from support import CUSTOM_DOMAIN, JWT, main

ACL = {"WebAclArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b"}
REST = {"ApiType": "rest"}
PATH = CUSTOM_DOMAIN | {"DomainPath": "customer/attachments"}
CASES = {"AttachedFileScope": "instance-and-cases"}


def broken(**parameters):
    return list(main(**parameters).broken_rules())


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
        ]:
            with self.subTest(name):
                self.assertNotRegex(arn, specs[name]["AllowedPattern"])
        for parameters in (CUSTOM_DOMAIN, ACL, {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/PowerUserAccess"}, {"RolePath": "/apps/x/"}):
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
        ):
            with self.subTest(parameters):
                self.assertEqual(broken(**parameters), [])

    def test_each_missing_or_useless_parameter_is_refused(self):
        for parameters, expected in [
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
        ]:
            with self.subTest(expected):
                (found,) = broken(**parameters)
                self.assertTrue(found.startswith(expected), found)


if __name__ == "__main__":
    unittest.main()
