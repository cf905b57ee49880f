"""What the role may do, against what the code calls."""

import re
import unittest

from support import DOMAIN, INSTANCE, ROOT, listed, main, nested, statements

EVERY_LOOKUP = {name: "true" for name in ("UsernameLookup", "ContactLookup", "CaseCustomerLookup", "DeleteAllowed")}
NO_LOOKUP = {name: "false" for name in EVERY_LOOKUP}

# Actions that no call names, and what asks for them.
DEPENDENT = {
    "cases:CreateRelatedItem": "StartAttachedFileUpload",
    "cases:DeleteRelatedItem": "DeleteAttachedFile",
    "connect:DescribeUser": "StartAttachedFileUpload",
    "connect:ListUserProficiencies": "SearchUsers",
}
RUNTIME = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}


def called_operations():
    source = (ROOT / "crates/broker-connect/src/operation.rs").read_text()
    return set(re.findall(r'=> "([A-Za-z]+)"', source))


def permissions(**parameters):
    return nested("permissions.yaml", main(**parameters))


def actions(**parameters):
    return {action for statement in statements(permissions(**parameters)) for action in listed(statement["Action"])}


class Permissions(unittest.TestCase):
    def test_the_role_may_do_what_the_code_calls_and_nothing_else(self):
        allowed = actions(**EVERY_LOOKUP) - RUNTIME
        operations = called_operations()
        self.assertEqual({action.split(":")[1] for action in allowed - set(DEPENDENT)}, operations)
        self.assertLessEqual(set(DEPENDENT), allowed)
        self.assertLessEqual(set(DEPENDENT.values()), operations)

    def test_actions_that_only_some_rules_need_appear_only_with_their_parameter(self):
        always = actions(**NO_LOOKUP)
        for parameter, expected in {
            "UsernameLookup": {"connect:SearchUsers", "connect:ListUserProficiencies"},
            "ContactLookup": {"connect:DescribeContact"},
            "CaseCustomerLookup": {"cases:GetCase"},
            "DeleteAllowed": {"connect:DeleteAttachedFile", "cases:DeleteRelatedItem"},
        }.items():
            with self.subTest(parameter):
                self.assertEqual(actions(**NO_LOOKUP | {parameter: "true"}) - always, expected)

    def test_without_a_cases_domain_there_is_no_action_on_cases(self):
        found = actions(**EVERY_LOOKUP, CasesDomainArn="")
        self.assertEqual({action for action in found if action.startswith("cases:")}, set())

    def test_each_statement_has_one_action_of_one_instance_or_domain(self):
        for scope in ("documented", "instance"):
            for statement in statements(permissions(**EVERY_LOOKUP, AttachedFileScope=scope)):
                with self.subTest(statement["Sid"], scope=scope):
                    self.assertEqual(statement["Effect"], "Allow")
                    service = {action.split(":")[0] for action in listed(statement["Action"])}
                    if service <= {"logs", "xray"}:
                        continue
                    self.assertIsInstance(statement["Action"], str)
                    for resource in listed(statement["Resource"]):
                        self.assertTrue(resource.startswith((INSTANCE, DOMAIN)), resource)

    def test_no_action_has_a_wildcard_and_only_xray_a_wildcard_resource(self):
        for statement in statements(permissions(**EVERY_LOOKUP, AttachedFileScope="instance")):
            with self.subTest(statement["Sid"]):
                self.assertFalse([action for action in listed(statement["Action"]) if "*" in action])
                self.assertEqual("*" in listed(statement["Resource"]), statement["Sid"] == "SendTraces")

    def test_uploads_are_recorded_as_agents_of_the_instance(self):
        pinned = {s["Sid"]: s.get("Condition") for s in statements(permissions(**EVERY_LOOKUP))}
        agents = {"connect:UserArn": f"{INSTANCE}/agent/*"}
        self.assertEqual(pinned["Start"], {"ArnLike": agents})
        self.assertEqual(pinned["RelateToCase"], {"ArnLikeIfExists": agents})

    def test_the_wider_scope_of_attached_files_is_a_choice(self):
        for scope, expected in {
            "documented": [f"{INSTANCE}/file/*"],
            "instance": [INSTANCE, f"{INSTANCE}/*"],
        }.items():
            with self.subTest(scope):
                found = {s["Sid"]: s["Resource"] for s in statements(permissions(AttachedFileScope=scope))}
                self.assertEqual(found["Start"], expected)

    def test_no_statement_names_s3_kms_or_sts(self):
        services = {action.split(":")[0] for action in actions(**EVERY_LOOKUP)}
        self.assertEqual(services, {"cases", "connect", "logs", "xray"})


if __name__ == "__main__":
    unittest.main()
