"""The whole journey by curl, in the forms in which clients write headers and bodies. examples/backend makes it by requests,
Node's fetch and Java's HttpClient.

A case is a folder: `authorization` and `content-type` are header values, `body` asks for the upload, `file` holds the
bytes. The journey prints a line for each case: its name, the status of `POST /uploads`, and the file's last status.
"""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from local_stack import LocalStack

HERE = Path(__file__).resolve().parent
# Both kinds of API with the stage `prod` and the prefix `attachments`, and a mapping with the same path.
DOORS = {
    "HTTP API, stage prod": ["--payload", "2.0", "--stage", "prod"],
    "REST API, stage prod": ["--payload", "1.0", "--stage", "prod"],
    "HTTP API, mapping prod/attachments": ["--payload", "2.0"],
}
BASE_PATH = "/prod/attachments"
JSON = "application/json"
NULLS = {"fileUseCaseType": None, "urlExpiryInSeconds": None, "tags": None, "onBehalfOf": None}

# By name: the scheme and the spaces after it, the content type, further members, the expected status.
CASES = {
    "as-documented": ("Bearer ", JSON, {}, 201),
    "two-spaces": ("Bearer  ", JSON, {}, 201),
    "five-spaces-lower-case": ("bearer     ", JSON, {}, 201),
    "upper-case": ("BEARER ", JSON, {}, 201),
    "empty-parameter": ("Bearer ", "application/json;", {}, 201),
    "charset": ("Bearer ", "application/json;charset=UTF-8", {}, 201),
    "quoted-charset": ("Bearer ", 'Application/Json; Charset="utf-8" ;', {}, 201),
    "nulls": ("Bearer ", JSON, NULLS, 201),
    "everything-odd": ("bearer   ", 'application/json; charset="UTF-8";', NULLS, 201),
    "no-scheme": ("", JSON, {}, 401),
    "other-charset": ("Bearer ", "application/json; charset=latin1", {}, 415),
    "null-for-a-name": ("Bearer ", JSON, {"fileName": None}, 422),
    "null-for-the-brokers-own": ("Bearer ", JSON, {"createdBy": None}, 422),
}


def write_cases(folder, stack):
    """Writes each case into a folder. The bytes of every file differ, so that no file is taken for another."""
    token = stack.token(stack.seeds["users"][0]["username"])
    for name, (scheme, content_type, members, _) in CASES.items():
        case = folder / name
        case.mkdir()
        file = f"%PDF {name}".encode()
        body = {
            "fileName": f"Pr\u00fcfung {name}.pdf",
            "fileSizeInBytes": len(file),
            "associatedResourceArn": stack.case(),
            **members,
        }
        (case / "authorization").write_text(scheme + token)
        (case / "content-type").write_text(content_type)
        (case / "body").write_text(json.dumps(body))
        (case / "file").write_bytes(file)


class Forms(unittest.TestCase):
    def journeys(self, stack):
        with tempfile.TemporaryDirectory() as folder:
            write_cases(Path(folder), stack)
            command = ["bash", HERE / "journey.sh", stack.origins["api"], folder]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return sorted(ran.stdout.splitlines())

    def test_every_form_goes_through_every_door(self):
        accepted = [name for name, case in CASES.items() if case[3] == 201]
        expected = sorted(
            f"{name} {case[3]} {'APPROVED' if case[3] == 201 else 'none'}" for name, case in CASES.items()
        )
        for door, flags in DOORS.items():
            with LocalStack(*flags, "--base-path", BASE_PATH, "--no-quota", "--scan-delay-ms", "0") as stack:
                self.assertTrue(stack.origins["api"].endswith(BASE_PATH), stack.origins)
                with self.subTest(door=door):
                    self.assertEqual(self.journeys(stack), expected)
                names = [file["FileName"] for file in stack.files() if file["FileStatus"] == "APPROVED"]
            self.assertEqual(sorted(names), sorted(f"Pr\u00fcfung {name}.pdf" for name in accepted), door)


if __name__ == "__main__":
    unittest.main()
