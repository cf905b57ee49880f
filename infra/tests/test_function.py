"""The function, its rules, its keys."""

import re
import unittest

from support import INFRA, ROOT, main

A, B = "{{resolve:secretsmanager:<HandleKeyASecret>}}", "{{resolve:secretsmanager:<HandleKeyBSecret>}}"

DOMAIN = {"DomainName": "uploads.example.com", "CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/c"}
CHANGES = [
    {"Environment": "prod"},
    {"HandleKeyA": "2"},
    {"HandleKeyB": "2"},
    {"SealingKey": "b"},
    {"Architecture": "arm64"},
    {"MemorySize": "512"},
    {"ConnectInstanceArn": "arn:aws:connect:eu-west-1:111122223333:instance/i-2"},
    {"CasesDomainArn": "arn:aws:cases:eu-west-1:111122223333:domain/d-2"},
    {"CasesDomainArn": ""},
    {"KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k"},
    {"ApiType": "rest"},
    DOMAIN,
    DOMAIN | {"DomainPath": "attachments"},
]
# Settings of the function or of its deployment, not of a version.
UNVERSIONED = {"ReservedConcurrency", "Deployment"}


def function(**parameters):
    return main(**parameters).properties("UploadBroker")


def variables(**parameters):
    return function(**parameters)["Environment"]["Variables"]


class Function(unittest.TestCase):
    def test_it_is_sized_as_measured(self):
        found = function()
        self.assertEqual((found["Runtime"], found["Architectures"]), ("provided.al2023", ["x86_64"]))
        self.assertEqual((found["MemorySize"], found["Timeout"]), ("256", 25))
        self.assertEqual(found["TracingConfig"], {"Mode": "Active"})
        self.assertEqual(found["LoggingConfig"]["LogFormat"], "JSON")

    def test_concurrency_is_reserved_unless_it_is_0(self):
        self.assertEqual(function()["ReservedConcurrentExecutions"], "20")
        self.assertNotIn("ReservedConcurrentExecutions", function(ReservedConcurrency="0"))

    def test_it_gets_every_variable_of_the_contract_and_no_other(self):
        source = (ROOT / "crates/broker-http/src/settings/environment.rs").read_text()
        read = set(re.findall(r'(?:given|required)\("([A-Z_]+)"\)', source))
        self.assertEqual(set(variables()), read - {"AWS_CA_BUNDLE"})

    def test_each_environment_has_its_rules_in_the_layer(self):
        for name in ("default", "staging", "prod"):
            with self.subTest(name):
                self.assertEqual(variables(Environment=name)["BROKER_CONFIG"], f"/opt/{name}/broker.toml")
                self.assertTrue((ROOT / f"infra/config/{name}/broker.toml").is_file())

    def test_base_path_is_what_the_outside_sees(self):
        for parameters, expected in [
            ({}, ""),
            ({"ApiType": "rest"}, "/live"),
            (DOMAIN, ""),
            (DOMAIN | {"DomainPath": "attachments"}, "/attachments"),
            (DOMAIN | {"DomainPath": "attachments", "ApiType": "rest"}, "/attachments"),
        ]:
            with self.subTest(parameters):
                self.assertEqual(variables(**parameters)["BASE_PATH"], expected)

    def test_whatever_parameter_changes_the_function_changes_the_version_that_the_alias_points_to(self):
        def version(stack):
            ((name, properties),) = stack.of_type("AWS::Lambda::Version").items()
            self.assertLess(len(properties["Description"]), 256)
            return name, properties["Description"]

        before = main()
        for change in CHANGES:
            with self.subTest(change):
                after = main(**change)
                self.assertNotEqual(version(after), version(before))
        known = set().union(*CHANGES) | UNVERSIONED
        self.assertEqual(known & set(before.parameters), known)

    def test_the_function_refers_to_no_parameter_that_versions_do_not_know(self):
        source = re.search(r"\n  UploadBroker:.*?\n  Rules:", (INFRA / "template.yaml").read_text(), re.DOTALL)[0]
        referred = set(re.findall(r"!Ref (\w+)|\$\{(\w+)\}", source.replace("VersionDescription", "")))
        names = {name for pair in referred for name in pair} & set(main().parameters)
        self.assertLessEqual(names, set().union(*CHANGES) | UNVERSIONED)

    def test_a_canary_is_rolled_back_by_alarms_and_a_repair_is_not_held_up_by_them(self):
        for kind, alarms in {
            "Canary10Percent5Minutes": ["<Monitoring.Outputs.FunctionErrors>", "<Monitoring.Outputs.InitErrors>"],
            "AllAtOnce": None,
        }.items():
            with self.subTest(kind):
                (group,) = main(Deployment=kind).of_type("AWS::CodeDeploy::DeploymentGroup").values()
                named = group.get("AlarmConfiguration", {}).get("Alarms")
                self.assertEqual(named and [alarm["Name"] for alarm in named], alarms)


class HandleKeys(unittest.TestCase):
    def test_a_key_is_64_hex_digits(self):
        for secret in main().of_type("AWS::SecretsManager::Secret").values():
            rule = secret["GenerateSecretString"]
            self.assertEqual(rule["PasswordLength"], 64)
            self.assertTrue(rule["ExcludePunctuation"] and rule["ExcludeUppercase"])
            self.assertIs(rule["RequireEachIncludedType"], False)
            self.assertEqual(rule["ExcludeCharacters"], "ghijklmnopqrstuvwxyz")

    def test_the_chosen_key_seals_and_both_open(self):
        self.assertEqual(variables(SealingKey="a")["HANDLE_KEYS"], f"{A},{B}")
        self.assertEqual(variables(SealingKey="b")["HANDLE_KEYS"], f"{B},{A}")

    def test_a_higher_version_makes_a_new_secret(self):
        name = lambda **parameters: main(**parameters).properties("HandleKeyBSecret")["Name"]
        self.assertEqual(name(), "upload-broker/guid/handle-key-b-1")
        self.assertEqual(name(HandleKeyB="2"), "upload-broker/guid/handle-key-b-2")


class OffByDefault(unittest.TestCase):
    def test_a_customer_key_covers_the_environment_and_the_secrets(self):
        key = "arn:aws:kms:eu-west-1:111122223333:key/k"
        without, with_key = main(), main(KmsKeyArn=key)
        self.assertNotIn("KmsKeyArn", without.properties("UploadBroker"))
        self.assertEqual(with_key.properties("UploadBroker")["KmsKeyArn"], key)
        for secret in with_key.of_type("AWS::SecretsManager::Secret").values():
            self.assertEqual(secret["KmsKeyId"], key)

    def test_named_roles_are_denied_to_invoke_every_version(self):
        self.assertNotIn("DenyInvoke", main().resources)
        policy = main(DenyInvokeRoles="admin,ci").properties("DenyInvoke")
        (statement,) = policy["PolicyDocument"]["Statement"]
        self.assertEqual((policy["Roles"], statement["Effect"]), (["admin", "ci"], "Deny"))
        self.assertEqual(statement["Resource"], ["<UploadBroker.Arn>", "<UploadBroker.Arn>:*"])


if __name__ == "__main__":
    unittest.main()
