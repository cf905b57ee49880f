"""The local stack as a person at a terminal uses it."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from local_stack import BINARIES, PARTS, PROJECT, LocalStack, http


def processes_of(session):
    """Ids of the living processes of a session: the stack and the processes that it started."""
    living = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, _group, its_session = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:4]
        except OSError:
            continue  # It ended meanwhile.
        if int(its_session) == session and state != "Z":
            living.append(int(folder.name))
    return living


def run(command, **environment):
    """The completed process of a shell command in the project's folder."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


class PrintedCommand(unittest.TestCase):
    def test_uploads_a_file_and_prints_the_command_that_reads_it_again(self):
        for payload in ("2.0", "1.0"):
            with self.subTest(payload=payload), LocalStack("--payload", payload) as stack:
                uploaded = self.run_printed(stack)
                (file,) = stack.files()
                self.assertEqual(file["FileStatus"], "APPROVED")
                self.assertEqual(file["CreatedBy"], {"ConnectUserArn": stack.user()})
                self.assertEqual(self.read_again(uploaded), (PROJECT / "README.md").read_bytes())

    def run_printed(self, stack):
        """Output of the command that the stack prints."""
        welcome = stack.output.read_text()
        (command,) = re.findall(r"^  (.*examples/upload\.sh README\.md)$", welcome, re.MULTILINE)
        uploaded = run(command)
        self.assertEqual(uploaded.returncode, 0, uploaded.stdout + uploaded.stderr)
        return uploaded.stdout

    def read_again(self, uploaded):
        """Bytes at the URL that the printed `aws` command gives."""
        (command,) = re.findall(r"^   bytes   (aws .*)$", uploaded, re.MULTILINE)
        got = run(
            f"{command} --query DownloadUrlMetadata.Url --output text",
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION="eu-west-1",
        )
        self.assertEqual(got.returncode, 0, got.stderr)
        return http("GET", got.stdout.strip()).body


class End(unittest.TestCase):
    def assert_nothing_is_left(self, stack):
        self.assertEqual(processes_of(stack.process.pid), [])
        for part, origin in stack.origins.items():
            host, port = origin.removeprefix("http://").split("/")[0].split(":")
            with self.subTest(part=part), self.assertRaises(ConnectionRefusedError):
                socket.create_connection((host, int(port))).close()

    def test_ctrl_c_ends_everything(self):
        with LocalStack() as stack:
            self.assertGreater(len(processes_of(stack.process.pid)), 1, "stack and broker")
            self.assertEqual(stack.interrupt(), 0)
            self.assert_nothing_is_left(stack)

    def test_a_signal_to_the_stack_alone_ends_everything(self):
        with LocalStack() as stack:
            stack.process.send_signal(signal.SIGTERM)
            self.assertEqual(stack.process.wait(timeout=30), 0)
            self.assert_nothing_is_left(stack)


class TakenPort(unittest.TestCase):
    def test_is_named_with_the_variable_that_moves_it(self):
        for part, name in zip(
            PARTS,
            (
                "API Gateway stand-in",
                "demo page",
                "Connect stand-in",
                "object store",
                "OIDC issuer",
                "EventBridge stand-in",
                "DynamoDB stand-in",
            ),
            strict=True,
        ):
            variable = f"{part.upper()}_PORT"
            with self.subTest(part=part), socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
                ports = {**{f"{other.upper()}_PORT": "0" for other in PARTS}, variable: str(port)}
                with tempfile.TemporaryDirectory() as root:
                    command = [str(BINARIES / "local-stack"), "--root", root]
                    ended = run(f"exec {shlex.join(command)}", **ports)
                self.assertEqual(ended.returncode, 1)
                expected = f"local-stack: port {port} ({name}) is taken by another program; set {variable}\n"
                self.assertEqual(ended.stderr, expected)


if __name__ == "__main__":
    unittest.main()
