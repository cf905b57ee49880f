"""examples/outbound-email: the email goes out with its approved file, and not with another."""

import json
import tempfile
import unittest
from pathlib import Path

from local_stack import LocalStack, http
from pages import commands, typed

EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class OutboundEmail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = cls.enterClassContext(LocalStack("--no-quota"))
        cls.email, cls.task = [line for line in commands("outbound-email") if line.startswith("examples/")]

    def emails(self):
        return json.loads(http("GET", self.stack.origins["connect"] + "/_local/emails").body)["emails"]

    def contact(self, ran):
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout.split()[-1]

    def test_the_email_has_the_file_that_the_agent_attached(self):
        contact = self.contact(typed(self.stack, self.email))
        email, file = self.emails()[-1], self.stack.files()[-1]
        self.assertEqual((email["ContactId"], [it["FileId"] for it in email["Attachments"]]), (contact, [file["FileId"]]))
        self.assertEqual(file["CreatedBy"], {"ConnectUserArn": self.stack.user()})

    def test_the_task_has_the_file(self):
        contact = self.contact(typed(self.stack, self.task))
        self.assertTrue(self.stack.files()[-1]["AssociatedResourceArn"].endswith(f"/contact/{contact}"))

    def test_nothing_is_sent_without_an_approved_file(self):
        before = self.emails()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "harmful.txt"
            file.write_text(EICAR)
            ran = typed(self.stack, f"{self.email} {file}")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        self.assertIn("REJECTED", ran.stderr)
        self.assertEqual(self.emails(), before)


if __name__ == "__main__":
    unittest.main()
