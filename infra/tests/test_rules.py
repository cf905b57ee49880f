"""What the template refuses before anything is made."""

import unittest

from support import main

JWT = {"Authorizer": "jwt", "JwtIssuer": "https://login.example.com", "JwtAudiences": "broker,portal"}
ACL = {"WebAclArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b"}
DOMAIN = {"DomainName": "uploads.example.com", "CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/c"}
REST = {"ApiType": "rest"}
PATH = DOMAIN | {"DomainPath": "customer/attachments"}
CASES = {"AttachedFileScope": "instance-and-cases"}


def broken(**parameters):
    return list(main(**parameters).broken_rules())


class Rules(unittest.TestCase):
    def test_parameters_that_go_together_pass(self):
        for parameters in ({}, JWT, DOMAIN, REST, REST | ACL | {"ApiKeyRequired": "true"} | DOMAIN, PATH, DOMAIN | {"OwnEndpoint": "on"}, CASES, {"CorsBy": "broker"}):
            with self.subTest(parameters):
                self.assertEqual(broken(**parameters), [])

    def test_each_parameter_that_would_be_ignored_or_is_missing_is_refused(self):
        for parameters, expected in [
            (JWT | {"JwtIssuer": ""}, "Authorizer jwt needs JwtIssuer"),
            (JWT | {"JwtAudiences": ""}, "Authorizer jwt needs JwtAudiences"),
            (JWT | REST, "Authorizer jwt is an HTTP API's"),
            (DOMAIN | {"CertificateArn": ""}, "DomainName needs CertificateArn"),
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
