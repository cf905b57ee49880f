"""The local stack in a process of its own, on free ports, as `make dev` starts it."""

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "debug"
PARTS = ("api", "page", "connect", "store", "oidc", "events", "dynamodb")
# What runs the DynamoDB stand-in, which this installs.
NODE = subprocess.check_output([PROJECT / "tools/dynalite"], text=True).strip()


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes


def http(method, url, body=None, headers=None):
    """The answer to one request, whatever its status."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers, refusal.read())


class LocalStack:
    """A running stack; leaving the context interrupts its process group and waits for its end."""

    def __init__(self, *flags, files=None):
        """`files` are in its root folder before it starts: contents by name."""
        self._folder = tempfile.TemporaryDirectory(prefix="local-stack-")
        self.root = Path(self._folder.name)
        for name, content in (files or {}).items():
            (self.root / name).write_bytes(content)
        self.output = self.root / "output.txt"
        ready_file = self.root / "ready.json"
        ports = [argument for part in PARTS for argument in (f"--{part}-port", "0")]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [BINARIES / "local-stack", *ports, "--root", self.root, "--ready-file", ready_file, *flags],
                cwd=PROJECT,
                env={**os.environ, "NODE": NODE},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_exists(ready_file)
        ready = json.loads(ready_file.read_text())
        self.origins, self.seeds = ready["origins"], ready["seeds"]

    def _wait_until_exists(self, ready_file):
        while not ready_file.exists():
            if self.process.poll() is not None:
                raise AssertionError(f"the stack ended: {self.output.read_text()}")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.interrupt()
        self._folder.cleanup()

    def interrupt(self):
        """Does what Ctrl-C does in a terminal; returns the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)

    @property
    def instance_id(self):
        return self.seeds["instanceArn"].rsplit("/", 1)[-1]

    def case(self, at=0):
        return self.seeds["cases"][at]["arn"]

    def user(self, at=0):
        return self.seeds["users"][at]["connectUserArn"]

    def files(self):
        return json.loads(http("GET", self.origins["connect"] + "/_local/files").body)["files"]

    def token(self, username):
        form = urllib.parse.urlencode({"grant_type": "password", "username": username}).encode()
        return json.loads(http("POST", self.origins["oidc"] + "/token", form).body)["access_token"]
