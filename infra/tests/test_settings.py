"""Parameters in samconfig.toml against the rules, and the command that compares them."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from samcli.lib.config.samconfig import SamConfig

from support import INFRA, ROOT, load

SAMCONFIG = (ROOT / "samconfig.toml").read_text()
RULES = (INFRA / "config/prod/broker.toml").read_text()
ENVIRONMENTS = ("default", "staging", "prod")
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
SECOND_ISSUER = '[[issuer]]\nurl = "https://login.example.com"\nprofile = "oidc-id"\naudiences = ["app-client-id"]\n'
PROD = "[prod.deploy.parameters]"


def check(samconfig=SAMCONFIG, rules=RULES):
    """The command's answer about prod in a copy of the project."""
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(INFRA, Path(copy, "infra"))
        Path(copy, "samconfig.toml").write_text(samconfig)
        Path(copy, "infra/config/prod/broker.toml").write_text(rules)
        command = [Path(copy, "infra/check-settings"), "prod"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return answer.returncode, answer.stdout + answer.stderr


def with_jwt(issuer=ISSUER, audiences="app-client-id", rules=RULES):
    """Prod behind API Gateway's own JWT authorizer."""
    head, found, rest = SAMCONFIG.partition(PROD)
    given = f'  "Authorizer=jwt",\n  "JwtIssuer={issuer}",\n  "JwtAudiences={audiences}",\n'
    rest = rest.replace('  "Environment=prod",\n', '  "Environment=prod",\n' + given)
    return {"samconfig": head + found + rest, "rules": rules.replace('accept = ["token"]', 'accept = ["jwt"]')}


class SamConfigFile(unittest.TestCase):
    def test_sam_reads_every_environment_and_the_template_knows_every_parameter(self):
        known = set(load("template.yaml")["Parameters"])
        for name in ENVIRONMENTS:
            found = SamConfig(ROOT).get_all(["deploy"], "parameters", name)
            named = {override.split("=")[0] for override in found["parameter_overrides"]}
            self.assertLessEqual(named, known)
            self.assertEqual(found["capabilities"], ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])


class CheckSettings(unittest.TestCase):
    def test_what_is_committed_agrees(self):
        answer = subprocess.run([INFRA / "check-settings"], capture_output=True, text=True, check=False)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""), answer.stdout)

    def test_each_disagreement_is_named(self):
        for what, changed, expected in [
            ("another site in the rules", {"rules": RULES.replace("portal.", "shop.")}, "AllowedOrigins is"),
            ("no site in the parameters", {"samconfig": SAMCONFIG.replace("AllowedOrigins=https://portal.example.com", "AllowedOrigins=")}, "AllowedOrigins is []"),
            ("jwt in the rules", {"rules": RULES.replace('"token"', '"jwt"')}, "Authorizer is none, the rules need jwt"),
            ("another issuer", with_jwt(issuer=ISSUER + "/"), "JwtIssuer is"),
            ("another audience", with_jwt(audiences="app-client-id,portal"), "JwtAudiences is"),
            ("a second issuer", with_jwt(rules=RULES + SECOND_ISSUER), "JwtIssuer is"),
            ("no user by name", {"rules": RULES.replace("username_claim", "arn_claim")}, "UsernameLookup is true, the rules need false"),
            ("own contacts", {"rules": RULES.replace('"any-case"', '"own-contacts"')}, "ContactLookup is false, the rules need true"),
            ("customers", {"rules": RULES.replace('"any-case"', '{ case_customer_claim = "profile_arn" }')}, "CaseCustomerLookup is false, the rules need true"),
            ("nothing is deleted", {"rules": RULES + 'actions = ["start"]\n'}, "DeleteAllowed is true, the rules need false"),
            ("no Cases domain", {"samconfig": SAMCONFIG.replace("CasesDomainArn=arn:aws", "X=")}, "CasesDomainArn is empty"),
        ]:
            with self.subTest(what):
                status, answer = check(**changed)
                self.assertEqual(status, 1, answer)
                self.assertIn(expected, answer)

    def test_a_jwt_authorizer_of_the_rules_issuer_agrees(self):
        status, answer = check(**with_jwt())
        self.assertEqual(status, 0, answer)

    def test_evidence_that_the_template_cannot_give_is_a_fault(self):
        for accept in ('["lambda"]', '["token", "iam"]', '["jwt", "iam"]', '["token", "lambda"]', '["cookie"]', "[]"):
            with self.subTest(accept):
                status, answer = check(rules=RULES.replace('["token"]', accept))
                self.assertEqual(status, 1, answer)
                self.assertIn("the template serves exactly one of token, jwt, iam", answer)

    def test_the_string_that_guided_saves_is_read_too(self):
        text = 'parameter_overrides = "Environment=\\"prod\\" CasesDomainArn=\\"arn:c\\" AllowedOrigins=\\"https://portal.example.com\\""'
        head, _, rest = SAMCONFIG.partition(PROD)
        start = rest.index("parameter_overrides")
        status, answer = check(samconfig=head + PROD + rest[:start] + text + "\n")
        self.assertEqual(status, 0, answer)


if __name__ == "__main__":
    unittest.main()
