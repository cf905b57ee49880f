"""The permissions of the role, compared with the calls of the code."""

import fnmatch
import json
import re
import unittest

from support import DOMAIN, INSTANCE, ROOT, VPC, listed, main, nested, reference, statements

SWITCHES = ("UsernameLookup", "ContactLookup", "CaseCustomerLookup", "DeleteAllowed", "DescribeUserAllowed")
EVERY_LOOKUP = {name: "true" for name in SWITCHES}
NO_LOOKUP = {name: "false" for name in EVERY_LOOKUP}
SCOPES = ("documented", "instance", "instance-and-cases")
REFERENCE = reference()
# Not in the reference yet. It gets the instance and everything in it.
UNKNOWN = {"connect:DescribeAttachedFilesConfiguration"}
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/x"
BUS = "arn:aws:events:eu-west-1:111122223333:event-bus/x"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:x"
KMS_KEY = {"KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/x"}
# Stand for ARNs that only CloudFormation knows.
MADE = {
    "<SharedTable.Outputs.TableArn>": TABLE,
    "<LogGroup.Arn>": "arn:aws:logs:eu-west-1:111122223333:log-group:x:*",
    "<PreTrafficLog.Arn>": "arn:aws:logs:eu-west-1:111122223333:log-group:x:*",
    "<UploadBroker.Arn>:*": "arn:aws:lambda:eu-west-1:111122223333:function:x*",
    "<SharedTable.Outputs.TableArn>/index/due": f"{TABLE}/index/x",
    "<SharedTable.Outputs.TableArn>/index/recent": f"{TABLE}/index/x",
    "<FinisherLog.Arn>": "arn:aws:logs:eu-west-1:111122223333:log-group:x:*",
    "<Bus.Arn>": BUS,
    "<DeadLetters.Arn>": QUEUE,
}
# What else fulfils a requirement: a query of an index needs the index alone.
INSTEAD = {"dynamodb:table": "dynamodb:index"}
RUNTIME = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}


def called_operations():
    """The operations of Connect, of Cases and of DynamoDB that the code calls."""
    source = (ROOT / "crates/broker-core/src/operation.rs").read_text()
    return set(re.findall(r'=> "([A-Za-z]+)"', source)) | table_operations()


def table_operations():
    """The operations that the table's crate calls with its client."""
    sources = "".join(path.read_text() for path in (ROOT / "crates/broker-table/src").rglob("*.rs"))
    return {name.title().replace("_", "") for name in re.findall(r"\bclient\s*\.(\w+)\(", sources)}


def permissions(**parameters):
    return nested("permissions.yaml", main(**parameters))


def finishers_statements(**parameters):
    (policy,) = nested("finisher.yaml", main(**parameters)).properties("Role")["Policies"]
    return policy["PolicyDocument"]["Statement"]


def example_of(resource_type):
    """An ARN of this type in the instance, the domain and the stack of these tests."""
    known = {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333", "InstanceId": "i-1", "DomainId": "d-1"}
    return re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], "x"), REFERENCE["resource_types"][resource_type])


def unmet(statement):
    """Resource types that the reference requires for an action of this statement, but that its resources do not cover."""
    resources = [MADE.get(resource, resource) for resource in listed(statement["Resource"])]
    for action in set(listed(statement["Action"])) - UNKNOWN:
        for resource_type in REFERENCE["actions"][action]["required_resource_types"]:
            examples = [example_of(kind) for kind in (resource_type, INSTEAD.get(resource_type)) if kind]
            if not any(fnmatch.fnmatchcase(example, resource) for example in examples for resource in resources):
                yield action, resource_type


def doctors_policy():
    text = re.search(r"```json\n(\{\n  \"Version\".*?)```", (ROOT / "docs/doctor.md").read_text(), re.DOTALL)[1]
    return json.loads(text.replace("CASES_DOMAIN_ARN", DOMAIN).replace("INSTANCE_ARN", INSTANCE))["Statement"]


def actions(**parameters):
    return {action for statement in statements(permissions(**parameters)) for action in listed(statement["Action"])}


class Permissions(unittest.TestCase):
    def test_the_role_may_do_what_the_code_calls_and_nothing_else(self):
        allowed = actions(**EVERY_LOOKUP) - RUNTIME
        called = {action for action in allowed if action.split(":")[1] in called_operations()}
        self.assertEqual({action.split(":")[1] for action in called}, called_operations())
        dependent = {d for action in called - UNKNOWN for d in REFERENCE["actions"][action]["dependent_actions"]}
        self.assertEqual(allowed, called | dependent)

    def test_the_role_may_make_the_tables_calls_on_that_table_only(self):
        table = "<SharedTable.Outputs.TableArn>"
        of_rows = {(f"dynamodb:{operation}", table) for operation in table_operations() - {"Query"}}
        for shared, expected in {
            "full": of_rows | {("dynamodb:Query", f"{table}/index/recent")},
            "pace": of_rows,
            "off": set(),
        }.items():
            with self.subTest(shared):
                found = {(str(s["Action"]), str(s["Resource"])) for s in statements(permissions(SharedState=shared, **KMS_KEY))}
                self.assertEqual({(a, r) for a, r in found if a.startswith("dynamodb:")}, expected)

    def test_a_customer_key_opens_the_table_and_nothing_else(self):
        decrypts = lambda **given: [s for s in statements(permissions(**given)) if "kms:Decrypt" in listed(s["Action"])]
        (statement,) = decrypts(**KMS_KEY)
        self.assertEqual(statement["Resource"], KMS_KEY["KmsKeyArn"])
        self.assertEqual(statement["Condition"], {"StringEquals": {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"}})
        self.assertEqual(decrypts(), [])
        self.assertEqual(decrypts(**KMS_KEY, SharedState="off"), [])

    def test_every_statement_names_each_resource_type_that_its_action_requires(self):
        policies = {"doctor.md": doctors_policy()}
        for scope in SCOPES:
            given = EVERY_LOOKUP | KMS_KEY | VPC | {"AttachedFileScope": scope}
            policies[scope] = statements(permissions(**given))
            policies[f"finisher {scope}"] = finishers_statements(**given)
        hook = main().properties("PreTrafficRole")["Policies"]
        policies["PreTraffic"] = [s for policy in hook for s in policy["PolicyDocument"]["Statement"]]
        for name, policy in policies.items():
            for statement in policy:
                with self.subTest(name, sid=statement["Sid"]):
                    self.assertEqual(list(unmet(statement)), [])

    def test_the_finisher_may_end_uploads_and_report_it_and_nothing_else(self):
        files, cases = [f"{INSTANCE}/file/*"], [DOMAIN, f"{DOMAIN}/case/*"]
        table = "<SharedTable.Outputs.TableArn>"
        expected = {
            "Complete": ("connect:CompleteAttachedFileUpload", files),
            "ReadStatus": ("connect:BatchGetAttachedFileMetadata", files),
            "Delete": ("connect:DeleteAttachedFile", files),
            "UnrelateFromCase": ("cases:DeleteRelatedItem", cases),
            "FindDue": ("dynamodb:Query", f"{table}/index/due"),
            "ReadRow": ("dynamodb:GetItem", table),
            "PutRow": ("dynamodb:PutItem", table),
            "UpdateRow": ("dynamodb:UpdateItem", table),
            "DeleteRow": ("dynamodb:DeleteItem", table),
            "DecryptTableKey": ("kms:Decrypt", KMS_KEY["KmsKeyArn"]),
            "ReportEnd": ("events:PutEvents", "<Bus.Arn>"),
            "SendDeadLetter": ("sqs:SendMessage", "<DeadLetters.Arn>"),
        }
        for parameters, absent in [
            (KMS_KEY, set()),
            ({}, {"DecryptTableKey"}),
            (KMS_KEY | {"DeleteAllowed": "false"}, {"Delete", "UnrelateFromCase"}),
            (KMS_KEY | {"CasesDomainArn": ""}, {"UnrelateFromCase"}),
        ]:
            with self.subTest(parameters):
                found = {s["Sid"]: (s["Action"], s["Resource"]) for s in finishers_statements(**parameters)}
                self.assertEqual(found.pop("WriteLogs"), (["logs:CreateLogStream", "logs:PutLogEvents"], "<FinisherLog.Arn>"))
                self.assertEqual(found, {sid: value for sid, value in expected.items() if sid not in absent})

    def test_the_finisher_may_make_each_call_of_its_code(self):
        methods = {
            "complete_upload": "connect:CompleteAttachedFileUpload",
            "file_status": "connect:BatchGetAttachedFileMetadata",
            "delete_file": "connect:DeleteAttachedFile",
        }
        sources = "".join(path.read_text() for path in (ROOT / "functions/upload-finisher/src").rglob("*.rs"))
        self.assertEqual(set(re.findall(r"\bself\.connect\.(\w+)\(", sources)), set(methods))
        found = {action for s in finishers_statements() for action in listed(s["Action"])}
        self.assertEqual({a for a in found if a.startswith("connect:")}, set(methods.values()))
        self.assertEqual({a for a in found if a.startswith("dynamodb:")}, {f"dynamodb:{o}" for o in table_operations()})

    def test_a_missing_resource_type_is_found(self):
        agents = {"Action": "connect:ListUserProficiencies", "Resource": f"{INSTANCE}/agent/*"}
        self.assertEqual(list(unmet(agents)), [("connect:ListUserProficiencies", "connect:instance")])

    def test_each_optional_action_needs_its_parameter(self):
        always = actions(**NO_LOOKUP)
        for parameter, expected in {
            "UsernameLookup": {"connect:SearchUsers", "connect:ListUserProficiencies"},
            "ContactLookup": {"connect:DescribeContact"},
            "CaseCustomerLookup": {"cases:GetCase"},
            "DeleteAllowed": {"connect:DeleteAttachedFile", "cases:DeleteRelatedItem"},
            "DescribeUserAllowed": {"connect:DescribeUser"},
        }.items():
            with self.subTest(parameter):
                self.assertEqual(actions(**NO_LOOKUP | {parameter: "true"}) - always, expected)

    def test_without_a_cases_domain_there_is_no_action_on_cases(self):
        found = actions(**EVERY_LOOKUP, CasesDomainArn="")
        self.assertEqual({action for action in found if action.startswith("cases:")}, set())

    def test_each_statement_has_one_action_on_one_instance_domain_or_table(self):
        for scope in SCOPES:
            for statement in statements(permissions(**EVERY_LOOKUP, AttachedFileScope=scope)):
                with self.subTest(statement["Sid"], scope=scope):
                    self.assertEqual(statement["Effect"], "Allow")
                    service = {action.split(":")[0] for action in listed(statement["Action"])}
                    if service <= {"logs", "xray"}:
                        continue
                    self.assertIsInstance(statement["Action"], str)
                    for resource in listed(statement["Resource"]):
                        self.assertTrue(MADE.get(resource, resource).startswith((INSTANCE, DOMAIN, TABLE)), resource)

    def test_no_action_has_a_wildcard_and_only_xray_a_wildcard_resource(self):
        for statement in statements(permissions(**EVERY_LOOKUP, AttachedFileScope="instance")):
            with self.subTest(statement["Sid"]):
                self.assertFalse([action for action in listed(statement["Action"]) if "*" in action])
                self.assertEqual("*" in listed(statement["Resource"]), statement["Sid"] == "SendTraces")

    def test_uploads_are_recorded_as_agents_of_the_instance(self):
        agents = {"connect:UserArn": f"{INSTANCE}/agent/*"}
        for pin, start, relate in [
            (None, {"ArnLike": agents}, {"ArnLikeIfExists": agents}),
            ("required", {"ArnLike": agents}, {"ArnLikeIfExists": agents}),
            ("if-present", {"ArnLikeIfExists": agents}, {"ArnLikeIfExists": agents}),
            ("off", None, None),
        ]:
            with self.subTest(pin):
                given = {} if pin is None else {"PinUsers": pin}
                found = {s["Sid"]: s.get("Condition") for s in statements(permissions(**EVERY_LOOKUP, **given))}
                self.assertEqual((found["Start"], found["RelateToCase"]), (start, relate))
                self.assertEqual({sid for sid, condition in found.items() if condition} - {"Start", "RelateToCase"}, set())

    def test_the_wider_scope_of_attached_files_is_a_choice(self):
        for scope, expected in {
            "documented": [f"{INSTANCE}/file/*"],
            "instance": [INSTANCE, f"{INSTANCE}/*"],
            "instance-and-cases": [INSTANCE, f"{INSTANCE}/*", f"{DOMAIN}/case/*"],
        }.items():
            with self.subTest(scope):
                found = {s["Sid"]: s["Resource"] for s in statements(permissions(AttachedFileScope=scope))}
                attached = [found[sid] for sid in ("Start", "Complete", "ReadStatus", "Delete")]
                self.assertEqual(attached, [expected] * 4)

    def test_no_statement_names_s3_or_sts_and_none_kms_without_a_customer_key(self):
        services = {action.split(":")[0] for action in actions(**EVERY_LOOKUP)}
        self.assertEqual(services, {"cases", "connect", "dynamodb", "logs", "xray"})


if __name__ == "__main__":
    unittest.main()
