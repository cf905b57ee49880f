"""examples/virus-scan: the function with AWS's own event, and with the stack's Connect until its event."""

import io
import json
import os
import sys
import unittest
from unittest import mock

from botocore.response import StreamingBody
from botocore.stub import Stubber
from local_stack import PROJECT, LocalStack
from pages import commands, shown, typed

# The event of AWS's page "Set up attachment scanning in Amazon Connect".
KEY = "connect/your-instance/Attachments/chat/2023/07/13/your file ID_20230713T23:41_UTC.txt"
EVENT = {
    "Version": "1.0",
    "InstanceId": "your instance ID",
    "File": {
        "FileId": "your file ID",
        "FileCreationTime": 1689291663582,
        "FileName": "example.txt",
        "FileSizeInBytes": 10,
        "FileLocation": {
            "S3Location": {"Key": KEY, "Bucket": "connect-example", "Arn": f"arn:aws:s3:::connect-example/{KEY}"}
        },
    },
}
ACCOUNT = {"AWS_DEFAULT_REGION": "eu-west-1", "BUCKET_OWNER": "111122223333"}


class Scanner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(mock.patch.dict(os.environ, ACCOUNT))
        cls.enterClassContext(mock.patch.object(sys, "path", [*sys.path, str(PROJECT / "examples/virus-scan")]))
        import scanner

        cls.scanner = scanner

    def asked(self, content):
        """The answer about a file, and what the function printed."""
        expected = {"Bucket": "connect-example", "Key": KEY, "ExpectedBucketOwner": "111122223333"}
        with Stubber(self.scanner.s3) as s3, mock.patch("sys.stdout", io.StringIO()) as printed:
            s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(content), len(content))}, expected)
            return self.scanner.handler(EVENT, None), json.loads(printed.getvalue())

    def test_it_answers_as_connect_requires(self):
        for content, status in ((b"0123456789", "APPROVED"), (b"0" + self.scanner.EICAR, "REJECTED")):
            answer, logged = self.asked(content)
            self.assertEqual(answer, {"Status": status})
            self.assertEqual(logged, {"fileId": "your file ID", "sizeInBytes": 10, "status": status})

    def test_a_file_that_cannot_be_read_gets_no_verdict(self):
        with Stubber(self.scanner.s3) as s3:
            s3.add_client_error("get_object", "AccessDenied")
            with self.assertRaises(self.scanner.s3.exceptions.ClientError):
                self.scanner.handler(EVENT, None)

    def test_the_page_s_command_shows_both_ends_and_their_events(self):
        (command,) = [line for line in commands("virus-scan") if line.startswith("examples/")]
        with LocalStack("--finish-every-secs", "1", "--no-quota") as stack:
            ran = typed(stack, command)
        logged = [line for line in ran.stdout.splitlines() if line.startswith("{")]
        told = [line for line in ran.stdout.splitlines() if line not in logged]
        self.assertEqual(sorted(told), sorted(shown("virus-scan").splitlines()), ran.stderr)
        self.assertEqual((ran.returncode, len(logged)), (0, 2))


if __name__ == "__main__":
    unittest.main()
