"""The events of uploads: their schema, the example on the page, and the recipes that subscribe to them."""

import json
import os
import re
import unittest
from copy import deepcopy
from unittest import mock

from botocore.stub import Stubber
from jsonschema import Draft202012Validator
from samcli.yamlhelper import yaml_parse

from support import ROOT, listed

PAGE = (ROOT / "docs/upload-events.md").read_text()
SCHEMA = json.loads((ROOT / "docs/upload-events.schema.json").read_text())
EXAMPLE = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])
ENDS = ("Approved", "Rejected", "Failed", "Abandoned")
RECIPES = ROOT / "examples/upload-events"


def ended(end, **detail):
    """The page's example with another end."""
    event = deepcopy(EXAMPLE) | {"detail-type": f"Upload {end}"}
    event["detail"] |= {"status": end.upper()} | detail
    return event


def faults(event):
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(event)]


def function_of(recipe, **environment):
    """The module in a recipe's template."""
    template = yaml_parse((RECIPES / recipe).read_text())
    code = template["Resources"]["Function"]["Properties"]["Code"]["ZipFile"]
    module = {}
    with mock.patch.dict(os.environ, environment):
        exec(compile(code, recipe, "exec"), module)
    return module


def actions_of(recipe):
    template = yaml_parse((RECIPES / recipe).read_text())
    policies = template["Resources"]["Role"]["Properties"]["Policies"]
    return {action for p in policies for s in p["PolicyDocument"]["Statement"] for action in listed(s["Action"])}


class Schema(unittest.TestCase):
    def test_it_is_a_schema_and_describes_the_example(self):
        Draft202012Validator.check_schema(SCHEMA)
        self.assertEqual(faults(EXAMPLE), [])
        self.assertEqual(list(EXAMPLE["detail"]), SCHEMA["$defs"]["detail"]["required"])

    def test_each_end_has_its_type_and_its_status(self):
        for end in ENDS:
            with self.subTest(end):
                self.assertEqual(faults(ended(end)), [])
                self.assertIn(f"| `Upload {end}` | `{end.upper()}` |", PAGE)
                for other in set(ENDS) - {end}:
                    self.assertNotEqual(faults(ended(end, status=other.upper())), [])

    def test_every_member_is_required_and_has_its_form(self):
        for name in EXAMPLE["detail"]:
            event = ended("Approved")
            del event["detail"][name]
            self.assertNotEqual(faults(event), [], name)
        for name, value in {
            "eventId": "",
            "fileId": 7,
            "associatedResourceArn": "arn:aws:s3:::bucket/key",
            "connectUserArn": "jane",
            "startedAt": 1796000000,
            "endedAt": "yesterday",
            "sizeInBytes": 0,
            "requestId": None,
        }.items():
            with self.subTest(name):
                self.assertNotEqual(faults(ended("Approved", **{name: value})), [])

    def test_a_member_may_be_added(self):
        self.assertEqual(faults(ended("Approved", more=1)), [])


class MailToAgent(unittest.TestCase):
    def mails(self, identity, end="Rejected"):
        """The request of `SendEmail`, if there is one."""
        module = function_of("mail-to-agent.yaml", SENDER="uploads@example.com")
        sent = []
        with mock.patch.dict(os.environ, SENDER="uploads@example.com"), Stubber(module["connect"]) as connect:
            user = {"User": {"Id": "a-1", "IdentityInfo": identity}}
            connect.add_response("describe_user", user, {"InstanceId": "i-1", "UserId": "a-1"})
            with Stubber(module["ses"]) as ses:
                ses.add_response("send_email", {"MessageId": "m"})
                module["ses"].meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: sent.append(params))
                module["handler"](ended(end), None)
        return sent

    def test_the_agents_own_address_gets_one_mail_that_names_the_file(self):
        for identity, address in [
            ({"Email": "a@example.com"}, "a@example.com"),
            ({"Email": "a@example.com", "SecondaryEmail": "b@example.com"}, "b@example.com"),
        ]:
            with self.subTest(address):
                (mail,) = self.mails(identity)
                self.assertEqual(mail["Destination"], {"ToAddresses": [address]})
                self.assertEqual(mail["FromEmailAddress"], "uploads@example.com")
                body = mail["Content"]["Simple"]["Body"]["Text"]["Data"]
                self.assertIn("was rejected by the scan", body)
                self.assertIn(EXAMPLE["detail"]["fileId"], body)

    def test_each_end_that_it_subscribes_to_has_its_words(self):
        rule = yaml_parse((RECIPES / "mail-to-agent.yaml").read_text())["Resources"]["Rule"]["Properties"]
        for kind in rule["EventPattern"]["detail-type"]:
            with self.subTest(kind):
                self.assertEqual(len(self.mails({"Email": "a@example.com"}, kind.removeprefix("Upload "))), 1)

    def test_an_agent_without_an_address_gets_none(self):
        with mock.patch("builtins.print"):
            self.assertEqual(self.mails({}), [])

    def test_it_may_do_what_it_calls(self):
        self.assertEqual(actions_of("mail-to-agent.yaml"), {"connect:DescribeUser", "ses:SendEmail"})


class NoteInCase(unittest.TestCase):
    def test_each_end_is_a_comment_in_its_case(self):
        for end in ENDS:
            with self.subTest(end):
                module = function_of("note-in-case.yaml")
                written = []
                with Stubber(module["cases"]) as cases:
                    cases.add_response("create_related_item", {"relatedItemId": "r", "relatedItemArn": "arn"})
                    module["cases"].meta.events.register(
                        "provide-client-params.connectcases.CreateRelatedItem", lambda params, **_: written.append(params)
                    )
                    module["handler"](ended(end), None)
                (note,) = written
                self.assertEqual((note["domainId"], note["caseId"], note["type"]), ("d-1", "c-1", "Comment"))
                self.assertIn(module["ENDS"][end.upper()], note["content"]["comment"]["body"])

    def test_it_may_do_what_it_calls(self):
        self.assertEqual(actions_of("note-in-case.yaml"), {"cases:CreateRelatedItem"})


if __name__ == "__main__":
    unittest.main()
