"""The function, its rules, its roles and its keys."""

import json
import re
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import combinations

from support import CUSTOM_DOMAIN, ENDPOINTS, INFRA, NESTED, NO_API, ROOT, VPC, load, main, nested

A, B = "{{resolve:secretsmanager:<HandleKeyASecret>}}", "{{resolve:secretsmanager:<HandleKeyBSecret>}}"

EXISTING_ROLE = {"ExistingRoleArn": "arn:aws:iam::111122223333:role/apps/broker"}
BOUNDARY = {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary"}
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
    CUSTOM_DOMAIN,
    CUSTOM_DOMAIN | {"ApiType": "rest"},
    CUSTOM_DOMAIN | {"DomainPath": "attachments"},
    CUSTOM_DOMAIN | {"DomainPath": "attachments", "ApiType": "rest"},
    CUSTOM_DOMAIN | {"DomainPath": "attachments/v1"},
    {"RolePath": "/apps/"},
    EXISTING_ROLE,
    EXISTING_ROLE | {"RolePath": "/apps/"},
    {"ExistingRoleArn": "arn:aws:iam::111122223333:role/other/broker"},
    BOUNDARY,
    {"ReservedConcurrency": "20"},
    {"Deployment": "Canary10Percent5Minutes"},
    {"DetailedMetrics": "true"},
    {"SharedState": "pace"},
    {"SharedState": "off"},
    VPC,
    VPC | {"SubnetIds": "subnet-0123456789abcdef0"},
    VPC | {"SecurityGroupIds": "sg-0123456789abcdef1"},
    {"UseFipsEndpoint": "true"},
    *({name: url} for name, url in ENDPOINTS.items()),
    {"CaBundle": "ca.pem"},
    {"CaBundle": "ca.pem", "Environment": "prod"},
    NO_API,
    NO_API | {"BasePath": "/prod/attachments"},
    NO_API | {"PayloadFormatVersion": "1.0"},
]
# The longest values that the parameters' patterns accept.
LONGEST = CUSTOM_DOMAIN | {
    "Environment": "e" * 22,
    "DomainPath": "p" * 32,
    "HandleKeyA": "999",
    "HandleKeyB": "999",
    "MemorySize": "10240",
    "ConnectInstanceArn": "arn:aws:connect:eu-west-1:111122223333:instance/" + "i" * 36,
    "CasesDomainArn": "arn:aws:cases:eu-west-1:111122223333:domain/" + "d" * 36,
    "KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/" + "k" * 36,
    "ExistingRoleArn": "arn:aws:iam::111122223333:role/" + "r" * 64,
    "SubnetIds": ",".join(["subnet-" + "0" * 17] * 5),
    "SecurityGroupIds": ",".join(["sg-" + "0" * 17] * 5),
    "ConnectEndpointUrl": "https://" + "c" * 112 + ":65535",
    "CasesEndpointUrl": "https://" + "c" * 112 + ":65535",
    "DynamoDbEndpointUrl": "https://" + "d" * 112 + ":65535",
    "CaBundle": "b" * 40,
}
# A new layer each minute reaches this number in two years.
LAYER_NUMBER = "9" * 6


def function(**parameters):
    return main(**parameters).properties("UploadBroker")


def variables(**parameters):
    return function(**parameters)["Environment"]["Variables"]


def variables_in(file):
    """The variables that a file of the settings reads."""
    source = (ROOT / "crates/broker-http/src" / file).read_text()
    return set(re.findall(r'(?:given|required|lookup)\("([A-Z_]+)"\)', source))


def version(stack):
    """Logical id and description of the version that the alias points to."""
    found = stack.of_type("AWS::Lambda::Version")
    ((name, properties),) = found.items()
    return name, properties["Description"].replace("<Permissions.Outputs.RoleId>", "AROA" + "X" * 17 + role_path(stack))


def role_path(stack):
    """The path of the function's role. IAM creates a new role, with another id, when the path changes."""
    return nested("permissions.yaml", stack).properties("Role")["Path"].strip("/") if "Permissions" in stack.resources else ""


def published(stack):
    """What Lambda keeps in a version of the function, with every reference resolved."""
    properties = {k: v for k, v in stack.properties("UploadBroker").items() if k != "ReservedConcurrentExecutions"}
    text = json.dumps(properties, sort_keys=True).replace("<Permissions.Outputs.RoleArn>", "role in " + role_path(stack))
    for secret in ("HandleKeyASecret", "HandleKeyBSecret"):
        text = text.replace(f"<{secret}>", stack.properties(secret)["Name"])
    return text


class Function(unittest.TestCase):
    def test_it_has_the_size_that_was_measured(self):
        found = function()
        self.assertEqual((found["Runtime"], found["Architectures"]), ("provided.al2023", ["x86_64"]))
        self.assertEqual((found["MemorySize"], found["Timeout"]), ("256", 25))
        self.assertEqual(found["TracingConfig"], {"Mode": "Active"})
        self.assertEqual(found["LoggingConfig"]["LogFormat"], "JSON")

    def test_concurrency_is_reserved_unless_it_is_0(self):
        self.assertNotIn("ReservedConcurrentExecutions", function())
        self.assertEqual(function(ReservedConcurrency="20")["ReservedConcurrentExecutions"], "20")

    def test_it_gets_every_variable_that_the_broker_reads_and_no_other(self):
        read = variables_in("settings/environment.rs") | variables_in("settings.rs")
        self.assertEqual(set(variables()), read - {"AWS_CA_BUNDLE"})
        self.assertEqual(variables(CaBundle="ca.pem", Environment="prod")["AWS_CA_BUNDLE"], "/opt/prod/ca.pem")

    def test_each_environment_has_its_rules_in_the_layer(self):
        for name in ("default", "staging", "prod"):
            with self.subTest(name):
                self.assertEqual(variables(Environment=name)["BROKER_CONFIG"], f"/opt/{name}/broker.toml")
                self.assertTrue((ROOT / f"infra/config/{name}/broker.toml").is_file())

    def test_base_path_is_the_path_that_callers_see(self):
        for parameters, expected in [
            ({}, ""),
            ({"ApiType": "rest"}, "/live"),
            (CUSTOM_DOMAIN, ""),
            (CUSTOM_DOMAIN | {"DomainPath": "attachments"}, "/attachments"),
            (CUSTOM_DOMAIN | {"DomainPath": "attachments", "ApiType": "rest"}, "/attachments"),
            (NO_API | {"BasePath": "/prod/attachments"}, "/prod/attachments"),
            (NO_API, ""),
        ]:
            with self.subTest(parameters):
                self.assertEqual(variables(**parameters)["BASE_PATH"], expected)

    def test_a_change_of_the_rules_alone_moves_the_alias(self):
        before, after = version(main()), version(main(rules="other-rules"))
        self.assertNotEqual(before[0], after[0])
        self.assertNotEqual(before[1], after[1])

    def test_the_description_changes_if_and_only_if_the_function_changes(self):
        found = [(change, published(main(**change)), version(main(**change))[1]) for change in [{}, *CHANGES]]
        for (one, function_one, text_one), (other, function_other, text_other) in combinations(found, 2):
            with self.subTest(one=one, other=other):
                self.assertEqual(text_one != text_other, function_one != function_other)

    def test_a_description_is_never_too_long_for_lambda(self):
        self.assertEqual(list(main(**LONGEST).broken_rules()), [])
        ((layer, texts),) = main(**LONGEST).of_type("AWS::Lambda::LayerVersion").items()
        self.assertLessEqual(len(version(main(**LONGEST))[1].replace(layer, LAYER_NUMBER)), 256)
        self.assertLessEqual(len(texts["Description"]), 256)
        self.assertLessEqual(len(texts["LicenseInfo"]), 512)
        for name, value in LONGEST.items():
            spec = main().template["Parameters"][name]
            if name not in ("MemorySize", "HandleKeyA", "HandleKeyB", *CUSTOM_DOMAIN):
                with self.subTest(name):
                    self.assertRegex(value, spec["AllowedPattern"])
                    self.assertNotRegex(value + value[-1], spec["AllowedPattern"])
                    self.assertNotRegex(value + "," + value, spec["AllowedPattern"])

    def test_the_changes_cover_every_parameter_that_the_function_refers_to(self):
        source = re.search(r"\n  UploadBroker:.*?\n  PreTraffic:", (INFRA / "template.yaml").read_text(), re.DOTALL)[0]
        referred = re.findall(r"!Ref (\w+)|\$\{(\w+)\}", source)
        names = {name for pair in referred for name in pair} & set(main().parameters)
        self.assertLessEqual(names, set().union(*CHANGES))

    def test_alarms_roll_a_canary_back_and_do_not_stop_a_repair(self):
        for kind, alarms in {
            "Canary10Percent5Minutes": ["upload-broker-NewVersionErrors", "upload-broker-InitErrors"],
            "AllAtOnce": None,
        }.items():
            with self.subTest(kind):
                (group,) = main(Deployment=kind).of_type("AWS::CodeDeploy::DeploymentGroup").values()
                named = group.get("AlarmConfiguration", {}).get("Alarms")
                self.assertEqual(named and [alarm["Name"] for alarm in named], alarms)

    def test_the_canary_names_alarms_that_the_stack_makes_and_refers_to_none(self):
        canary = main(Deployment="Canary10Percent5Minutes")
        (group,) = canary.of_type("AWS::CodeDeploy::DeploymentGroup").values()
        made = nested("monitoring.yaml", canary).of_type("AWS::CloudWatch::Alarm").values()
        named = {alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        self.assertLessEqual(named, {alarm["AlarmName"] for alarm in made if "AlarmName" in alarm})
        # CloudFormation limits a stack's name to 128 characters, and CloudWatch an alarm's name to 255.
        self.assertLessEqual(max(map(len, named)) - len("upload-broker") + 128, 255)
        # A reference would be a cycle for tools that read the template without SAM's transform, because they watch the function.
        self.assertNotIn("Monitoring", json.dumps(load("template.yaml")["Resources"]["UploadBroker"]["Properties"]))


class PreTraffic(unittest.TestCase):
    def test_the_alias_moves_only_after_the_hook(self):
        stack = main()
        (alias,) = (r for r in stack.template["Resources"].values() if r["Type"] == "AWS::Lambda::Alias")
        policy = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        self.assertEqual(policy["BeforeAllowTrafficHook"], {"Ref": "PreTraffic"})
        hook = stack.properties("PreTraffic")
        self.assertEqual(hook["Environment"]["Variables"]["NEW_VERSION"], f"<{version(stack)[0]}>")
        # CodeDeploy may invoke only functions with such a name, by AWSCodeDeployRoleForLambda.
        self.assertTrue(hook["FunctionName"].startswith("CodeDeployHook_"))
        self.assertEqual(hook["Handler"].split(".")[0], "pre_traffic")
        self.assertTrue((INFRA / "hook/pre_traffic.py").is_file())

    def test_the_hook_reads_the_rules_that_the_version_reads(self):
        for name in ("default", "prod"):
            stack = main(Environment=name)
            hook = stack.properties("PreTraffic")
            self.assertEqual(hook["Layers"], stack.properties("UploadBroker")["Layers"])
            self.assertEqual(hook["Environment"]["Variables"]["RULES"], variables(Environment=name)["BROKER_CONFIG"])

    def test_its_role_may_invoke_versions_report_and_log(self):
        (policy,) = main().properties("PreTrafficRole")["Policies"]
        found = {s["Sid"]: (s["Action"], s["Resource"]) for s in policy["PolicyDocument"]["Statement"]}
        group = "arn:aws:codedeploy:eu-west-1:111122223333:deploymentgroup:<ServerlessDeploymentApplication>/*"
        self.assertEqual(found, {
            "TryVersion": ("lambda:InvokeFunction", "<UploadBroker.Arn>:*"),
            "ReportOutcome": ("codedeploy:PutLifecycleEventHookExecutionStatus", group),
            "WriteLogs": (["logs:CreateLogStream", "logs:PutLogEvents"], "<PreTrafficLog.Arn>"),
        })


def roles_of(stack):
    """Every role that the stack and its nested stacks create, by name."""
    roles = dict(stack.of_type("AWS::IAM::Role"))
    for name, resource in NESTED.items():
        if resource in stack.resources:
            roles |= {f"{resource}.{role}": found for role, found in nested(name, stack).of_type("AWS::IAM::Role").items()}
    return roles


class Roles(unittest.TestCase):
    def test_every_role_has_the_boundary_and_the_path(self):
        stack = main(**BOUNDARY, RolePath="/apps/")
        roles = roles_of(stack)
        self.assertEqual(set(roles), {"PreTrafficRole", "DeploymentRole", "Permissions.Role", "Finisher.Role"})
        for name, role in roles.items():
            with self.subTest(name):
                self.assertEqual((role["PermissionsBoundary"], role["Path"]), (BOUNDARY["PermissionsBoundaryArn"], "/apps/"))

    def test_without_the_parameter_no_role_has_a_boundary(self):
        self.assertEqual([name for name, role in roles_of(main()).items() if "PermissionsBoundary" in role], [])

    def test_codedeploy_has_a_role_of_the_stack(self):
        (group,) = main().of_type("AWS::CodeDeploy::DeploymentGroup").values()
        self.assertEqual(group["ServiceRoleArn"], "<DeploymentRole.Arn>")

    def test_an_existing_role_is_used_and_no_other_is_created_for_the_function(self):
        stack = main(**EXISTING_ROLE)
        self.assertNotIn("Permissions", stack.resources)
        self.assertEqual(stack.properties("UploadBroker")["Role"], EXISTING_ROLE["ExistingRoleArn"])
        self.assertEqual(main().properties("UploadBroker")["Role"], "<Permissions.Outputs.RoleArn>")


class SharedTable(unittest.TestCase):
    def test_the_function_knows_the_table_that_the_stack_makes_and_none_when_it_is_off(self):
        for state, table in {"full": True, "pace": True, "off": False}.items():
            with self.subTest(state):
                expected = "<SharedTable.Outputs.TableName>" if table else None
                self.assertEqual(variables(SharedState=state).get("SHARED_TABLE"), expected)
                self.assertEqual("SharedTable" in main(SharedState=state).resources, table)

    def test_the_broker_remembers_uploads_only_where_the_finisher_ends_them(self):
        self.assertEqual(main().parameters["SharedState"], "full")
        for state, full in {"full": True, "pace": False, "off": False}.items():
            with self.subTest(state):
                self.assertEqual(variables(SharedState=state).get("SHARED_STATE") == "full", full)
                self.assertEqual("Finisher" in main(SharedState=state).resources, full)

    def test_it_has_the_keys_that_the_broker_expects_and_forgets_what_has_expired(self):
        table = nested("shared-table.yaml", main()).properties("Table")
        self.assertEqual({k["AttributeName"]: k["KeyType"] for k in table["KeySchema"]}, {"pk": "HASH", "sk": "RANGE"})
        types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
        self.assertEqual(types, {"pk": "S", "sk": "S", "queue": "S", "due": "N", "startedAt": "N"})
        self.assertEqual(table["TimeToLiveSpecification"], {"AttributeName": "expires", "Enabled": True})
        self.assertEqual(table["BillingMode"], "PAY_PER_REQUEST")

    def test_its_indexes_are_those_of_the_local_table(self):
        table = nested("shared-table.yaml", main()).properties("Table")
        local = (ROOT / "local/dynamodb/serve.mjs").read_text()
        for kind, name, hashed, ranged in [
            ("LocalSecondaryIndexes", "recent", "pk", "startedAt"),
            ("GlobalSecondaryIndexes", "due", "queue", "due"),
        ]:
            with self.subTest(name):
                (index,) = table[kind]
                keys = {k["AttributeName"]: k["KeyType"] for k in index["KeySchema"]}
                self.assertEqual((index["IndexName"], keys), (name, {hashed: "HASH", ranged: "RANGE"}))
                self.assertEqual(index["Projection"], {"ProjectionType": "ALL"})
                self.assertIn(f'{kind}: [index("{name}", [key("{hashed}", "HASH"), key("{ranged}", "RANGE")])]', local)

    def test_a_deleted_stack_leaves_no_table(self):
        table = nested("shared-table.yaml", main()).resources["Table"]
        self.assertEqual((table["DeletionPolicy"], table["UpdateReplacePolicy"]), ("Delete", "Delete"))


def finisher(**parameters):
    return nested("finisher.yaml", main(**parameters))


class Finisher(unittest.TestCase):
    def test_it_has_the_brokers_settings_without_the_keys_of_handles(self):
        own = finisher(Environment="prod").properties("UploadFinisher")["Environment"]["Variables"]
        brokers = variables(Environment="prod")
        for name in ("CONNECT_INSTANCE_ARN", "CASES_DOMAIN_ARN", "BROKER_CONFIG", "STAGE", "SHARED_TABLE"):
            with self.subTest(name):
                self.assertEqual(own.pop(name), brokers[name])
        self.assertEqual(own, {"EVENT_BUS": "<Bus>"})
        self.assertEqual(variables_in("settings/finisher.rs"), {"EVENT_BUS", "SHARED_TABLE"})

    def test_it_reads_the_rules_that_the_broker_reads(self):
        stack = main()
        self.assertEqual(finisher().properties("UploadFinisher")["Layers"], stack.properties("UploadBroker")["Layers"])

    def test_a_change_of_the_rules_reaches_it_without_an_alias(self):
        layer = lambda rules: nested("finisher.yaml", main(rules=rules)).properties("UploadFinisher")["Layers"]
        self.assertNotEqual(layer("rules"), layer("other-rules"))
        self.assertNotIn("AWS::Lambda::Alias", {r["Type"] for r in finisher().resources.values()})

    def test_a_run_begins_every_minute_and_no_run_is_repeated(self):
        stack = finisher()
        rule = stack.properties("EveryMinute")
        (target,) = rule["Targets"]
        self.assertEqual(rule["ScheduleExpression"], "rate(1 minute)")
        self.assertEqual(target["Arn"], "<UploadFinisher.Arn>")
        self.assertEqual(target["RetryPolicy"]["MaximumRetryAttempts"], 0)
        (invoke,) = stack.of_type("AWS::Lambda::EventInvokeConfig").values()
        self.assertEqual((invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"]), (0, 60))
        self.assertEqual(invoke["DestinationConfig"]["OnFailure"]["Destination"], "<DeadLetters.Arn>")

    def test_the_schedule_alone_may_invoke_it(self):
        (permission,) = finisher().of_type("AWS::Lambda::Permission").values()
        self.assertEqual((permission["Principal"], permission["SourceArn"]), ("events.amazonaws.com", "<EveryMinute.Arn>"))

    def test_it_needs_no_reserved_concurrency_because_new_accounts_have_none(self):
        self.assertNotIn("ReservedConcurrentExecutions", finisher(ReservedConcurrency="20").properties("UploadFinisher"))

    def test_the_bus_is_the_stacks_own(self):
        (bus,) = finisher().of_type("AWS::Events::EventBus").values()
        self.assertEqual(bus["Name"], "upload-broker")

    def test_its_log_stays_when_the_stack_is_deleted(self):
        log = finisher(LogRetentionDays="90").resources["FinisherLog"]
        self.assertEqual((log["DeletionPolicy"], log["UpdateReplacePolicy"]), ("RetainExceptOnCreate", "Retain"))
        self.assertEqual(log["Properties"]["RetentionInDays"], "90")


def rotation_command():
    """infra/rotate-handle-keys as a module."""
    loader = SourceFileLoader("rotation", str(INFRA / "rotate-handle-keys"))
    module = module_from_spec(spec_from_loader("rotation", loader))
    loader.exec_module(module)
    return module


class HandleKeys(unittest.TestCase):
    def test_a_retired_key_stays_because_the_audit_needs_it(self):
        for name, secret in main().resources.items():
            if secret["Type"] == "AWS::SecretsManager::Secret":
                with self.subTest(name):
                    policies = (secret["DeletionPolicy"], secret["UpdateReplacePolicy"])
                    self.assertEqual(policies, ("RetainExceptOnCreate", "Retain"))

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


    def test_the_rotation_finds_the_keys_in_a_versions_description(self):
        rotation = rotation_command()
        for given in [
            {},
            {"SealingKey": "b", "HandleKeyA": "12", "HandleKeyB": "999"},
            {"Environment": "prod", "SharedState": "off", "ApiType": "rest", "HandleKeyA": "2"},
            LONGEST,
        ]:
            with self.subTest(given):
                found = rotation.KEYS.search(version(main(**given))[1]).groups()
                expected = {"SealingKey": "a", "HandleKeyA": "1", "HandleKeyB": "1"} | given
                self.assertEqual(found, (expected["SealingKey"], expected["HandleKeyA"], expected["HandleKeyB"]))

    def test_the_rotation_waits_for_the_last_handle(self):
        source = (ROOT / "crates/broker-http/src/handle.rs").read_text()
        life = int(re.search(r"LIFE: Duration = Duration::from_hours\((\d+)\);", source)[1])
        rotation = rotation_command()
        self.assertGreater(rotation.WAIT.total_seconds(), life * 3600)


class OffByDefault(unittest.TestCase):
    def test_a_customer_key_covers_the_environment_the_secrets_and_the_table(self):
        key = "arn:aws:kms:eu-west-1:111122223333:key/k"
        without, with_key = main(), main(KmsKeyArn=key)
        self.assertNotIn("KmsKeyArn", without.properties("UploadBroker"))
        self.assertEqual(with_key.properties("UploadBroker")["KmsKeyArn"], key)
        for secret in with_key.of_type("AWS::SecretsManager::Secret").values():
            self.assertEqual(secret["KmsKeyId"], key)
        finishers = lambda stack: nested("finisher.yaml", stack)
        self.assertNotIn("KmsKeyArn", finishers(without).properties("UploadFinisher"))
        self.assertEqual(finishers(with_key).properties("UploadFinisher")["KmsKeyArn"], key)
        self.assertEqual(finishers(with_key).properties("FinisherLog")["KmsKeyId"], key)
        table = lambda stack: nested("shared-table.yaml", stack).properties("Table")
        self.assertNotIn("SSESpecification", table(without))
        expected = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        self.assertEqual(table(with_key)["SSESpecification"], expected)

    def test_named_roles_are_denied_to_invoke_every_version(self):
        self.assertNotIn("DenyInvoke", main().resources)
        policy = main(DenyInvokeRoles="admin,ci").properties("DenyInvoke")
        (statement,) = policy["PolicyDocument"]["Statement"]
        self.assertEqual((policy["Roles"], statement["Effect"]), (["admin", "ci"], "Deny"))
        self.assertEqual(statement["Resource"], ["<UploadBroker.Arn>", "<UploadBroker.Arn>:*"])


if __name__ == "__main__":
    unittest.main()
