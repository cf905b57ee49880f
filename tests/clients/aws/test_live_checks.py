"""The commands of docs/live-checks.md, run against the local stack: they are well-formed and print what the page says."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from clients import CREDENTIALS, REGION
from local_stack import PROJECT, LocalStack

PAGE = PROJECT / "docs" / "live-checks.md"

# Values that the page asks of its reader, and no waiting.
ADAPTED = """
export IID={iid} INSTANCE_ARN={instance} CASE={case} AGENT={agent}
sleep() {{ :; }}
uuidgen() {{ cat /proc/sys/kernel/random/uuid; }}
"""


def setUpModule():
    global free_stack
    free_stack = unittest.enterModuleContext(LocalStack("--no-quota", "--scan-delay-ms", "0"))


def commands():
    """The preamble under "", and each numbered check's commands under its number."""
    blocks = re.findall(r"(?:^## (\d+) [^\n]*\n)?^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return dict(blocks)


class Commands(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.folder = Path(folder)
        for name, program in (("aws", f"{sys.executable} {Path(sys.executable).with_name('aws')}"), ("python3", sys.executable)):
            (self.folder / name).write_text(f'#!/bin/sh\nexec {program} "$@"\n')
            (self.folder / name).chmod(0o755)

    def run_check(self, *numbers, stack=None):
        """Output of the checks, which run one after the other in one shell, by default against the stack without quotas."""
        stack = stack or free_stack
        adapted = ADAPTED.format(
            iid=stack.instance_id, instance=stack.seeds["instanceArn"], case=stack.case(), agent=stack.user()
        )
        found = commands()
        script = "".join([found[""], adapted, *(found[number] for number in numbers)])
        environment = {
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_CONNECT": stack.origins["connect"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "LANG": "C.UTF-8",
            "PATH": f"{self.folder}:{os.environ['PATH']}",
        }
        ran = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        printed = ran.stdout + ran.stderr
        for fault in ("usage:", "Unknown options", "Parameter validation failed", "command not found", "error:"):
            self.assertNotIn(fault, printed)
        return printed

    def test_no_check_is_forgotten_here(self):
        """Check 2 reads the output of check 1; 3 needs CloudTrail and 13 CloudWatch, which have no stand-in; 12 runs the
        program of 11, but needs a second instance."""
        self.assertEqual(set(commands()), {"", *(str(number) for number in range(1, 17) if number != 2)})

    def test_headers_and_length(self):
        printed = self.run_check("1")
        self.assertIn('"Content-Type"', printed)
        self.assertIn("X-Amz-SignedHeaders=", printed)

    def test_users_and_cases_that_do_not_exist(self):
        for number, error in (("4", "InvalidRequestException"), ("5", "InvalidRequestException")):
            self.assertIn(error, self.run_check(number))

    def test_a_client_token_that_is_used_again(self):
        printed = self.run_check("6")
        files = set(re.findall(r'^\["([^"]+)","http', printed, re.MULTILINE))
        self.assertEqual(len(files), 1, printed)
        self.assertIn("ResourceConflictException", printed)

    def test_a_user_with_another_spelling(self):
        self.assertIn("[]", self.run_check("7"))

    def test_a_name_that_is_not_ascii(self):
        self.assertIn("HTTP/1.1 200", self.run_check("8"))

    def test_an_email_before_its_files_are_approved(self):
        printed = self.run_check("16")
        agent = free_stack.user().rsplit("/", 1)[-1]
        self.assertIn(f'"Id": "{agent}"', printed)
        self.assertIn("(InvalidRequestException) when calling the StartOutboundEmailContact operation", printed)

    def test_a_bucket_is_used_up_and_refilled(self):
        printed = self.run_check("11", stack=self.enterContext(LocalStack()))
        first, second = (int(ok) for ok in re.findall(r"^(\d) ok, \d throttled$", printed, re.MULTILINE))
        self.assertGreaterEqual(first, 5, printed)
        self.assertGreaterEqual(second, 2, printed)

    def test_an_upload_is_completed_after_its_url_expired(self):
        printed = self.run_check("14")
        self.assertEqual(re.findall(r"^after \d+ s more: (\d+)$", printed, re.MULTILINE), ["0"] * 4, printed)

    def test_a_file_that_was_never_sent(self):
        printed = self.run_check("15")
        self.assertRegex(printed, r'"status":\["(DRAFTING|PENDING_UPLOAD)"\]')

    def test_a_second_complete_and_statuses(self):
        printed = self.run_check("9", "10")
        self.assertIn("HTTP/1.1 200", printed)
        self.assertIn("APPROVED", printed)


if __name__ == "__main__":
    unittest.main()
