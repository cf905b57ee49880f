"""`aws connect start-attached-file-upload` with every option of its reference page."""

import json
import re
import unittest
from datetime import datetime

import botocore.session
from botocore import xform_name

from clients import Cli
from local_stack import LocalStack

START = botocore.session.get_session().get_service_model("connect").operation_model("StartAttachedFileUpload")


def setUpModule():
    global stack, cli
    stack = unittest.enterModuleContext(LocalStack("--no-quota"))
    cli = Cli(stack.origins["connect"])


def options(**changes):
    """The options of a request that succeeds, with some replaced; `None` leaves one out."""
    good = {
        "client-token": "cli-token",
        "instance-id": stack.instance_id,
        "file-name": "report.pdf",
        "file-size-in-bytes": "5",
        "url-expiry-in-seconds": "60",
        "file-use-case-type": "ATTACHMENT",
        "associated-resource-arn": stack.case(),
        "created-by": f"ConnectUserArn={stack.user()}",
        "tags": "department=claims",
    }
    return {**good, **{name.replace("_", "-"): value for name, value in changes.items()}}


def start(checked=True, **changes):
    """The process of the command with these options."""
    given = {name: value for name, value in options(**changes).items() if value is not None}
    arguments = [argument for name, value in given.items() for argument in (f"--{name}", value)]
    return cli.connect("start-attached-file-upload", *arguments, checked=checked)


def printed(process):
    if process.returncode:
        raise AssertionError(process.stderr)
    return json.loads(process.stdout)


def error_name(process):
    """`InvalidRequestException` of `An error occurred (InvalidRequestException) when calling ...`."""
    found = re.search(r"An error occurred \((\w+)\)", process.stderr)
    return found.group(1) if found else process.stderr


class StartAttachedFileUpload(unittest.TestCase):
    maxDiff = None

    def test_the_options_here_are_all_that_there_are(self):
        documented = {xform_name(member).replace("_", "-") for member in START.input_shape.members}
        self.assertEqual(set(options()), documented)

    def test_prints_what_the_reference_page_says(self):
        answer = printed(start(client_token="prints"))
        expected = {"FileArn", "FileId", "CreationTime", "FileStatus", "CreatedBy", "UploadUrlMetadata"}
        self.assertEqual(set(answer), expected)
        self.assertEqual(set(answer["UploadUrlMetadata"]), {"Url", "UrlExpiry", "HeadersToInclude"})
        self.assertEqual(answer["FileArn"], f"{stack.seeds['instanceArn']}/file/{answer['FileId']}")
        self.assertEqual(answer["FileStatus"], "DRAFTING")
        self.assertEqual(answer["CreatedBy"], {"ConnectUserArn": stack.user()})
        self.assertTrue(answer["UploadUrlMetadata"]["Url"].startswith(stack.origins["store"]))
        self.assertEqual(answer["UploadUrlMetadata"]["HeadersToInclude"]["Content-Length"], "5")

    def test_a_url_lives_as_long_as_it_is_asked_to(self):
        answer = printed(start(client_token="expiry", url_expiry_in_seconds="60"))
        created, expires = (
            datetime.fromisoformat(text.replace("Z", "+00:00"))
            for text in (answer["CreationTime"], answer["UploadUrlMetadata"]["UrlExpiry"])
        )
        self.assertEqual(round((expires - created).total_seconds()), 60)

    def test_tags_are_recorded(self):
        answer = printed(start(client_token="tags"))
        (file,) = (file for file in stack.files() if file["FileId"] == answer["FileId"])
        self.assertEqual(file["Tags"], {"department": "claims"})

    def test_one_client_token_is_one_file(self):
        first, second = (printed(start(client_token="same")) for _ in range(2))
        self.assertEqual(first["FileId"], second["FileId"])

    def test_what_is_optional_may_be_left_out(self):
        process = start(client_token=None, url_expiry_in_seconds=None, created_by=None, tags=None)
        self.assertEqual(set(printed(process)["CreatedBy"]), {"AWSIdentityArn"})

    def test_takes_its_input_as_json(self):
        asked = {
            "ClientToken": "json",
            "InstanceId": stack.instance_id,
            "FileName": "from json.pdf",
            "FileSizeInBytes": 7,
            "UrlExpiryInSeconds": 5,
            "FileUseCaseType": "ATTACHMENT",
            "AssociatedResourceArn": stack.case(),
            "CreatedBy": {"ConnectUserArn": stack.user(1)},
            "Tags": {"department": "claims"},
        }
        self.assertEqual(set(asked), set(START.input_shape.members))
        answer = printed(cli.connect("start-attached-file-upload", "--cli-input-json", json.dumps(asked)))
        self.assertEqual(answer["CreatedBy"], asked["CreatedBy"])

    def test_generates_a_skeleton_of_its_input(self):
        for form in ([], ["input"]):
            skeleton = printed(cli.connect("start-attached-file-upload", "--generate-cli-skeleton", *form))
            self.assertEqual(set(skeleton), set(START.input_shape.members))

    def test_refuses_bad_values_with_the_error_of_the_model(self):
        self.assertIn("InvalidRequestException", {shape.name for shape in START.error_shapes})
        for changes in (
            {"client_token": "x" * 501},
            {"instance_id": "00000000-0000-4000-8000-000000000000"},
            {"file_name": ""},
            {"file_name": "x" * 253 + ".pdf"},
            {"file_name": "report.exe"},
            {"file_size_in_bytes": "0"},
            {"file_size_in_bytes": str(20 * 1024 * 1024 + 1)},
            {"url_expiry_in_seconds": "4"},
            {"url_expiry_in_seconds": "301"},
            {"file_use_case_type": "EMAIL_MESSAGE"},
            {"associated_resource_arn": f"{stack.case()}0"},
            {"created_by": "AWSIdentityArn=arn:aws:iam::111122223333:role/backend"},
            {"tags": "aws:reserved=x"},
        ):
            with self.subTest(**changes):
                process = start(checked=False, **{"client_token": None, **changes})
                self.assertEqual(error_name(process), "InvalidRequestException")

    def test_a_changed_request_under_one_client_token_is_a_conflict(self):
        printed(start(client_token="changed"))
        process = start(client_token="changed", file_name="other.pdf")
        self.assertEqual(error_name(process), "ResourceConflictException")

    def test_an_unsigned_request_is_refused(self):
        arguments = [argument for name, value in options().items() for argument in (f"--{name}", value)]
        process = cli.connect("start-attached-file-upload", "--no-sign-request", *arguments)
        self.assertEqual(error_name(process), "MissingAuthenticationTokenException")


if __name__ == "__main__":
    unittest.main()
