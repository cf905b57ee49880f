"""examples/web-form: the form creates a case, and its page adds files to that case alone."""

import json
import re
import tempfile
import unittest
from pathlib import Path

from local_stack import PROJECT, LocalStack, http
from pages import commands
from site_of import Site, free_port, opened

FOLDER = PROJECT / "examples/web-form"
FORM = {"subject": "A broken window", "message": "It was the hail."}


class WebForm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        dev, serve = commands("web-form")[:2]
        port = free_port()
        cls.origin = f"http://127.0.0.1:{port}"
        rules = (PROJECT / dev.split("DEV_RULES=")[1]).read_text()
        file = Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "rules.toml"
        file.write_text(rules.replace("http://127.0.0.1:8081", cls.origin))
        flags = ("--rules", file, "--dev-origins", cls.origin, "--no-quota", "--scan-delay-ms", "0")
        cls.stack = cls.enterClassContext(LocalStack(*flags))
        cls.site = cls.enterClassContext(Site(cls.stack, serve, port))
        cls.site.line("The form is at")

    def send(self, form):
        answer = http("POST", f"{self.origin}/form", json.dumps(form).encode())
        return answer.status, json.loads(answer.body)

    def test_the_page_adds_a_picture_to_the_case_that_the_form_created(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "window.jpg"
            file.write_bytes(b"jpg")
            seen = opened(self.origin, file)
        self.assertEqual(seen["items"], [["window.jpg", "approved"]])
        self.assertTrue(seen["isStrict"])
        (attached,) = self.stack.files()
        self.assertNotIn(attached["AssociatedResourceArn"], [case["arn"] for case in self.stack.seeds["cases"]])

    def test_the_token_is_for_the_new_case_alone(self):
        status, answer = self.send(FORM)
        self.assertEqual((status, answer["expiresInSeconds"]), (201, 900))
        for case, expected in ((answer["resource"], 201), (self.stack.case(), 403)):
            body = {"fileName": "a.pdf", "fileSizeInBytes": 5, "associatedResourceArn": case}
            headers = {"Authorization": f"Bearer {answer['token']}", "Content-Type": "application/json"}
            started = http("POST", f"{self.stack.origins['api']}/uploads", json.dumps(body).encode(), headers)
            self.assertEqual(started.status, expected, started.body)

    def test_every_fault_of_a_form_is_named_and_no_case_is_created(self):
        def calls():
            recorded = json.loads(http("GET", self.stack.origins["connect"] + "/_local/calls").body)
            return sum(call["operation"] == "CreateCase" for call in recorded)

        before = calls()
        for form in ({}, [], {"subject": " ", "message": 7}, {"subject": "x" * 101, "message": "x" * 2001}):
            status, answer = self.send(form)
            self.assertEqual((status, set(answer["faults"])), (422, {"subject", "message"}), form)
        self.assertEqual(calls(), before)

    def test_its_role_may_do_what_it_calls(self):
        called = {f"{client}:{name}" for client, name in re.findall(r"\b(cases|kms)\.(\w+)\(", (FOLDER / "form.py").read_text())}
        self.assertEqual(called, {"cases:create_case", "kms:sign"})
        allowed = re.findall(r"Action: (\S+)", (FOLDER / "template.yaml").read_text())
        self.assertEqual(allowed, ["cases:CreateCase", "kms:Sign", "kms:*"])


if __name__ == "__main__":
    unittest.main()
