"""samconfig.toml and rules, and infra/check-settings, which compares them."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from samcli.lib.config.samconfig import SamConfig

from support import INFRA, ROOT, brokerctl, copy_infra, load

SAMCONFIG = (ROOT / "samconfig.toml").read_text()
RULES = (INFRA / "config/prod/broker.toml").read_text()
ENVIRONMENTS = ("default", "staging", "prod")
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
SECOND_ISSUER = '[[issuer]]\nurl = "https://login.example.com"\nprofile = "oidc-id"\naudiences = ["app-client-id"]\n'
PROD = "[prod.deploy.parameters]"
EXAMPLES = {"EXAMPLE": "a1B2c3D4e", "111122223333": "210987654321", "444455556666": "210987654322", "example.com": "acme.net"}


def replaced(text):
    """The text with another value for each example."""
    for example, own in EXAMPLES.items():
        text = text.replace(example, own)
    return text


def check(samconfig=SAMCONFIG, rules=RULES, flags=("--examples",), broker="true", built=None):
    """Status and output of infra/check-settings for prod in a copy of the project, with `broker` in place of brokerctl."""
    with tempfile.TemporaryDirectory() as copy:
        copy_infra(Path(copy))
        Path(copy, "samconfig.toml").write_text(samconfig)
        Path(copy, "infra/config/prod/broker.toml").write_text(rules)
        if built is not None:
            bootstrap = Path(copy, ".aws-sam/build/UploadBroker/bootstrap")
            bootstrap.parent.mkdir(parents=True)
            bootstrap.write_bytes(b"\x7fELF".ljust(18, b"\0") + built.to_bytes(2, "little"))
        command = [Path(copy, "infra/check-settings"), *flags, "prod"]
        given = os.environ | {"BROKERCTL": broker}
        answer = subprocess.run(command, capture_output=True, text=True, check=False, env=given)
        return answer.returncode, answer.stdout + answer.stderr


def with_parameters(**parameters):
    """samconfig.toml with further parameters for prod."""
    head, found, rest = SAMCONFIG.partition(PROD)
    lines = "".join(f'  "{name}={value}",\n' for name, value in parameters.items())
    return head + found + rest.replace('  "Environment=prod",\n', '  "Environment=prod",\n' + lines)


def with_origins(*origins):
    """Parameters and rules with these origins."""
    head, found, rest = SAMCONFIG.partition(PROD)
    rest = rest.replace("AllowedOrigins=https://portal.example.com", "AllowedOrigins=" + ", ".join(origins))
    rules = RULES.replace('["https://portal.example.com"]', str(list(origins)).replace("'", '"'))
    return {"samconfig": head + found + rest, "rules": rules}


def with_jwt(issuer=ISSUER, audiences="app-client-id", rules=RULES):
    """Parameters and rules with API Gateway's JWT authorizer."""
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
        given = os.environ | {"BROKERCTL": brokerctl()}
        command = [INFRA / "check-settings", "--examples"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, env=given)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""), answer.stdout)

    def test_values_of_the_examples_are_refused_by_name(self):
        status, answer = check(flags=())
        self.assertEqual(status, 1)
        for name in ("ConnectInstanceArn has 111122223333", "CasesDomainArn has 111122223333", "issuer[0].url has EXAMPLE",
                     "grant[0].when.issuer has EXAMPLE"):
            with self.subTest(name):
                self.assertIn(f"prod: {name}", answer)
        status, answer = check(samconfig=replaced(SAMCONFIG), rules=replaced(RULES), flags=())
        self.assertEqual(status, 0, answer)

    def test_rules_with_which_the_broker_would_not_start_are_refused_with_its_own_message(self):
        other_instance = '"arn:aws:connect:eu-west-1:111122223333:instance/other/contact/c-1"'
        for what, rules, expected in [
            ("a misspelt resource", RULES.replace('"any-case"', '"any-cases"'), "grant[0].resources"),
            ("an unknown member", RULES + "surprise = 1\n", "grant[0].surprise"),
            ("no TOML", "[[", "BROKER_CONFIG"),
            ("another instance", RULES.replace('"any-case"', f"[{other_instance}]"), "grant[0].resources"),
        ]:
            with self.subTest(what):
                status, answer = check(rules=rules, broker=brokerctl())
                self.assertEqual(status, 1, answer)
                self.assertIn(f"prod: {expected}", answer)

    def test_every_environments_rules_are_checked_in_the_build(self):
        with tempfile.TemporaryDirectory() as copy:
            copy_infra(Path(copy))
            given = os.environ | {"BROKERCTL": brokerctl()}
            run = lambda: subprocess.run([Path(copy, "infra/check-rules")], capture_output=True, text=True, check=False, env=given)
            self.assertEqual(run().returncode, 0)
            Path(copy, "infra/config/staging/broker.toml").write_text(RULES.replace('"any-case"', '"any-cases"'))
            answer = run()
            self.assertEqual(answer.returncode, 1)
            self.assertIn("infra/config/staging/broker.toml: BAD grant[0].resources", answer.stdout)

    def test_the_layer_holds_only_checked_rules_also_from_another_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            own, layer = Path(folder, "own"), Path(folder, "layer")
            shutil.copytree(INFRA / "config/prod", own / "prod")
            layer.mkdir()
            (own / "samconfig.toml").write_text(SAMCONFIG)
            (own / "prod/jwks.json").write_text("{}")
            # The folder may be a repository.
            (own / ".git").mkdir()
            (own / ".git/config.txt").write_text("")
            given = os.environ | {"UPLOAD_BROKER_CONFIG": str(own), "ARTIFACTS_DIR": str(layer), "BROKERCTL": brokerctl()}
            build = lambda: subprocess.run(["make", "-f", INFRA / "Makefile", "build-Rules"], capture_output=True, text=True, check=False, env=given)
            self.assertEqual(build().returncode, 0)
            self.assertEqual({str(path.relative_to(layer)) for path in layer.rglob("*.*")}, {"prod/broker.toml", "prod/jwks.json"})
            (own / "prod/broker.toml").write_text(RULES.replace('"any-case"', '"any-cases"'))
            answer = build()
            self.assertNotEqual(answer.returncode, 0)
            self.assertIn("prod/broker.toml: BAD grant[0].resources", answer.stdout)

    def test_a_private_key_beside_the_rules_is_refused(self):
        with tempfile.TemporaryDirectory() as own:
            shutil.copytree(INFRA / "config/prod", Path(own, "prod"))
            Path(own, "samconfig.toml").write_text(SAMCONFIG)
            made = [brokerctl(), "new-link-key", "--key-file", Path(own, "prod/links.pem"), "--jwks-file", Path(own, "prod/links.jwks.json")]
            subprocess.run(made, check=True, capture_output=True)
            given = os.environ | {"UPLOAD_BROKER_CONFIG": own, "BROKERCTL": brokerctl()}
            for command in ([INFRA / "check-settings", "--examples", "prod"], [INFRA / "check-rules"]):
                with self.subTest(command[0].name):
                    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=given)
                    self.assertEqual(answer.returncode, 1, answer.stdout)
                    self.assertRegex(answer.stdout, r"prod/links\.pem\b.* holds a private key")
                    self.assertNotIn("links.jwks.json", answer.stdout)

    def test_the_rules_of_another_folder_are_checked_instead(self):
        with tempfile.TemporaryDirectory() as own:
            shutil.copytree(INFRA / "config/prod", Path(own, "prod"))
            given = os.environ | {"UPLOAD_BROKER_CONFIG": own, "BROKERCTL": "true"}
            run = lambda: subprocess.run([INFRA / "check-settings", "prod"], capture_output=True, text=True, check=False, env=given)
            Path(own, "prod/broker.toml").write_text(replaced(RULES))
            Path(own, "samconfig.toml").write_text(replaced(SAMCONFIG))
            self.assertEqual(run().returncode, 0, run().stdout)
            Path(own, "samconfig.toml").write_text(replaced(SAMCONFIG).replace("Environment=prod", "Environment=live"))
            self.assertIn(f"which has no {own}/live/broker.toml", run().stdout)

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
            ("a header in the rules", {"rules": 'allowed_headers = ["baggage"]\n' + RULES}, "AllowedHeaders is [], allowed_headers is ['baggage']"),
            ("a header in the parameters", {"samconfig": with_parameters(AllowedHeaders="baggage")}, "AllowedHeaders is ['baggage']"),
            ("an app's origin at the gateway", with_origins("capacitor://localhost"), "AllowedOrigins has ['capacitor://localhost'], which an HTTP API refuses"),
            ("a misspelt parameter", {"samconfig": with_parameters(PinUser="off")}, "PinUser is not a parameter"),
            ("a role of the identity centre", {"samconfig": with_parameters(DenyInvokeRoles="admin,AWSReservedSSO_Admin_0123456789abcdef")}, "DenyInvokeRoles has ['AWSReservedSSO_Admin_0123456789abcdef']: IAM does not let you change these roles"),
            ("no rules", {"samconfig": SAMCONFIG.replace("Environment=prod", "Environment=live")}, "Environment is live, which has no infra/config/live/broker.toml"),
            ("a build for another processor", {"built": 183}, "Architecture is x86_64, the build is for arm64"),
            ("a value that the template refuses", {"samconfig": with_parameters(SharedState="on")}, "SharedState is 'on': it must be one of full, pace, off"),
            ("parameters that exclude each other", {"samconfig": with_parameters(WebAclArn="arn:aws:wafv2:eu-west-1:210987654321:regional/webacl/a/b")}, "WebAclArn needs ApiType rest"),
            ("a CA bundle that is not there", {"samconfig": with_parameters(CaBundle="ca.pem")}, "CaBundle is ca.pem, which is not in the folder of the rules"),
            ("no Cases domain", {"samconfig": re.sub("CasesDomainArn=[^\"]*", "CasesDomainArn=", SAMCONFIG)}, "CasesDomainArn is empty"),
        ]:
            with self.subTest(what):
                status, answer = check(**changed)
                self.assertEqual(status, 1, answer)
                self.assertIn(expected, answer)

    def test_every_fault_is_named_at_once(self):
        given = {"ApiType": "none", "RateLimit": "50", "SubnetIds": "subnet-01234567", "UseFipsEndpoint": "yes"}
        status, answer = check(samconfig=with_parameters(**given), rules=RULES + 'actions = ["start"]\n')
        self.assertEqual(status, 1)
        for fault in ("AllowedOrigins needs", "RateLimit needs", "SubnetIds needs SecurityGroupIds", "UseFipsEndpoint is 'yes'", "DeleteAllowed is true"):
            with self.subTest(fault):
                self.assertIn(f"prod: {fault}", answer)

    def test_with_an_api_of_ones_own_origins_and_authorizer_are_its_business(self):
        samconfig = with_parameters(ApiType="none", BasePath="/prod/attachments").replace("AllowedOrigins=https://portal.example.com", "AllowedOrigins=")
        for accept in ('["token"]', '["jwt"]', '["lambda"]', '["iam", "lambda"]'):
            with self.subTest(accept):
                status, answer = check(samconfig=samconfig, rules=RULES.replace('["token"]', accept))
                self.assertEqual(status, 0, answer)

    def test_a_lambda_authorizer_needs_rules_that_accept_it(self):
        arn = "arn:aws:lambda:eu-west-1:210987654321:function:authorizer"
        samconfig = with_parameters(Authorizer="lambda", AuthorizerArn=arn)
        status, answer = check(samconfig=samconfig, rules=RULES.replace('["token"]', '["lambda"]'))
        self.assertEqual(status, 0, answer)
        status, answer = check(samconfig=samconfig)
        self.assertEqual(status, 1)
        self.assertIn("Authorizer is lambda, the rules need none", answer)

    def test_each_api_has_its_form_of_identity_sources(self):
        given = {"Authorizer": "lambda", "AuthorizerArn": "arn:aws:lambda:eu-west-1:210987654321:function:authorizer"}
        rules = RULES.replace('["token"]', '["lambda"]')
        for further, source, agrees in [
            ({}, "$request.header.a", True),
            ({}, "method.request.header.a", False),
            ({"ApiType": "rest"}, "method.request.header.a, context.path", True),
            ({"ApiType": "rest"}, "$request.header.a", False),
            ({"ApiType": "rest", "AuthorizerType": "TOKEN"}, "method.request.header.X-Token", True),
            ({"ApiType": "rest", "AuthorizerType": "TOKEN"}, "method.request.querystring.token", False),
        ]:
            with self.subTest(source, **further):
                status, answer = check(samconfig=with_parameters(**given, **further, AuthorizerIdentitySource=source), rules=rules)
                self.assertEqual(status, 0 if agrees else 1, answer)
                self.assertEqual("AuthorizerIdentitySource has" in answer, not agrees, answer)

    def test_what_cloudformation_takes_for_the_same_agrees(self):
        two = "https://a.example.com", "https://b.example.com"
        headers = 'allowed_headers = ["baggage", "sentry-trace"]\n' + RULES
        for what, changed in [
            ("a space behind the comma", with_origins(*two)),
            ("another order", with_origins(*two) | {"rules": with_origins(*reversed(two))["rules"]}),
            ("headers in another case", {"samconfig": with_parameters(AllowedHeaders="Sentry-Trace, baggage"), "rules": headers}),
            ("a build for this processor", {"built": 62}),
        ]:
            with self.subTest(what):
                status, answer = check(**changed)
                self.assertEqual(status, 0, answer)

    def test_origins_of_apps_need_the_broker_or_a_rest_api(self):
        app = with_origins("capacitor://localhost", "https://portal.example.com")
        for parameter in ("CorsBy=broker", "ApiType=rest"):
            with self.subTest(parameter):
                line = '  "Environment=prod",\n'
                samconfig = app["samconfig"].replace(line, f'{line}  "{parameter}",\n')
                status, answer = check(samconfig=samconfig, rules=app["rules"])
                self.assertEqual(status, 0, answer)

    def test_a_jwt_authorizer_with_the_issuer_of_the_rules_agrees(self):
        status, answer = check(**with_jwt())
        self.assertEqual(status, 0, answer)

    def test_evidence_that_the_template_does_not_support_is_a_fault(self):
        for accept in ('["token", "iam"]', '["jwt", "iam"]', '["token", "lambda"]', '["cookie"]', "[]"):
            with self.subTest(accept):
                status, answer = check(rules=RULES.replace('["token"]', accept))
                self.assertEqual(status, 1, answer)
                self.assertIn("the template serves exactly one of token, jwt, lambda, iam", answer)

    def test_the_string_that_sam_deploy_guided_saves_is_read_too(self):
        text = 'parameter_overrides = "Environment=\\"prod\\" CasesDomainArn=\\"arn:aws:cases:eu-west-1:210987654321:domain/d-1\\" AllowedOrigins=\\"https://portal.example.com\\""'
        head, _, rest = SAMCONFIG.partition(PROD)
        start = rest.index("parameter_overrides")
        status, answer = check(samconfig=head + PROD + rest[:start] + text + "\n")
        self.assertEqual(status, 0, answer)


if __name__ == "__main__":
    unittest.main()
