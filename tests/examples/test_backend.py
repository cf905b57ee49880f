"""examples/backend: each client through each kind of API, and through a network that loses answers."""

import os
import runpy
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from front import WAIT_SECS, Front
from local_stack import PROJECT, LocalStack
from pages import commands, typed

FOLDER = PROJECT / "examples/backend"
CLASSES = tempfile.TemporaryDirectory()
CLIENTS = {
    "python": [sys.executable, "-B", FOLDER / "upload.py"],
    "node": ["node", FOLDER / "upload.mjs"],
    "java": ["java", "-cp", CLASSES.name, "Upload"],
}
# Both kinds of API with the stage `prod` and the prefix `attachments`, and a mapping with the same path.
DOORS = {
    "HTTP API, stage prod": ["--payload", "2.0", "--stage", "prod"],
    "REST API, stage prod": ["--payload", "1.0", "--stage", "prod"],
    "HTTP API, mapping prod/attachments": ["--payload", "2.0"],
}
BASE_PATH = "/prod/attachments"
QUICK = ("--no-quota", "--scan-delay-ms", "0")


def setUpModule():
    subprocess.run(["javac", "-Xlint:all", "-Werror", "-d", CLASSES.name, FOLDER / "Upload.java"], check=True)
    unittest.addModuleCleanup(CLASSES.cleanup)


def run(stack, client, user="ada.agent", api=None, name="Pr\u00fcfung", signature=None):
    """The ended process of a client, which uploads a file that is named after it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name} {client}.pdf"
        file.write_bytes(f"%PDF {client}".encode())
        return subprocess.run(
            [*CLIENTS[client], file, stack.case(), user],
            env={
                **os.environ,
                "API": api or stack.origins["api"],
                **(signature or {"TOKEN": stack.token("crm.backend")}),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


class Backend(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = cls.enterClassContext(LocalStack(*QUICK))

    def each_client(self, use):
        """Calls `use` with each client, for all of them at once."""
        with ThreadPoolExecutor() as pool:
            futures = {client: pool.submit(use, client) for client in CLIENTS}
        for client, future in futures.items():
            with self.subTest(client=client):
                future.result()

    def assert_attached(self, stack, client, ran):
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "APPROVED\n", ""))
        (file,) = [file for file in stack.files() if file["FileName"] == f"Pr\u00fcfung {client}.pdf"]
        self.assertEqual(file["CreatedBy"], {"ConnectUserArn": stack.user()})

    def test_each_client_uploads_for_a_user_through_each_door(self):
        for door, flags in DOORS.items():
            with self.subTest(door=door), LocalStack(*flags, "--base-path", BASE_PATH, *QUICK) as stack:
                self.each_client(lambda client: self.assert_attached(stack, client, run(stack, client)))

    def test_a_signature_opens_an_api_behind_iam_and_another_key_s_does_not(self):
        (command,) = [line for line in commands("backend") if line.startswith("SIGN=iam ")]
        stranger = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "other", "AWS_REGION": "eu-west-1"}
        for payload in ("2.0", "1.0"):
            with self.subTest(payload=payload), LocalStack("--authorizer", "iam", "--payload", payload, *QUICK) as stack:
                for client in ("python", "node"):
                    ran = typed(stack, command.replace("python", client))
                    self.assertEqual((ran.returncode, ran.stdout), (0, "APPROVED\n"), ran.stderr)
                    refused = run(stack, client, signature=stranger)
                    self.assertEqual((refused.returncode, refused.stderr.strip()), (1, "http-403"))
                recorded = [file["CreatedBy"]["ConnectUserArn"] for file in stack.files()]
                self.assertEqual(recorded, [stack.user()] * 2)

    def test_a_lost_answer_a_full_line_and_a_short_failure_end_in_one_file(self):
        def through_front(client):
            with Front(self.stack.origins["api"]) as front:
                self.assert_attached(self.stack, client, run(self.stack, client, api=front.origin))
            starts, completes = front.of("POST", "/uploads"), front.of("POST", "/complete")
            self.assertEqual((len(starts), len(completes)), (2, 2))
            self.assertEqual(len({it.headers["Idempotency-Key"] for it in starts}), 1)
            self.assertGreaterEqual(completes[1].at - completes[0].at, WAIT_SECS)

        self.each_client(through_front)

    def test_a_refusal_names_its_code_and_every_fault_and_no_secret(self):
        def refused(client):
            for given, expected in (
                ({"user": "cleo.agent"}, ["forbidden"]),
                ({"name": "a:b", "user": ""}, ["invalid-request", "/fileName", "/onBehalfOf"]),
            ):
                ran = run(self.stack, client, **given)
                self.assertEqual((ran.returncode, ran.stdout), (1, ""))
                for word in expected:
                    self.assertIn(word, ran.stderr)
                self.assertNotIn("eyJ", ran.stderr)

        before = self.stack.files()
        self.each_client(refused)
        self.assertEqual(self.stack.files(), before)

    def test_an_error_of_the_network_does_not_name_the_presigned_url(self):
        module = runpy.run_path(str(FOLDER / "upload.py"))
        module["send"].__globals__["PATIENCE_SECS"] = 0
        with self.assertRaises(module["UploadError"]) as raised:
            module["send"]("PUT", "http://127.0.0.1:1/key?X-Amz-Signature=5ecre7", module["anonymous"], data=b"1")
        self.assertEqual(raised.exception.args, ("unreachable", "ConnectionError"))

    def test_the_page_s_command_uploads_with_each_client(self):
        (command,) = [line for line in commands("backend") if line.startswith("examples/")]
        before = self.stack.files()
        for client in CLIENTS:
            ran = typed(self.stack, command.replace("python", client))
            self.assertEqual((ran.returncode, ran.stdout), (0, "APPROVED\n"), ran.stderr)
        self.assertEqual(len(self.stack.files()), len(before) + len(CLIENTS))


if __name__ == "__main__":
    unittest.main()
