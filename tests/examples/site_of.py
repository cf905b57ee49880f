"""An example's own server, such as `examples/web-form/run`, and its page in Chromium."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
from pathlib import Path

from local_stack import PROJECT


def free_port():
    """A port that is free now, because the page's origin must be known before the stack starts. It is below those that
    systems give to a socket that asks for any, so that the stack's own parts cannot take it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as found, contextlib.suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


class Site:
    """The running server; `line` waits for the first line of its output that begins with a text."""

    def __init__(self, stack, command, port, **environment):
        origins = {part.upper(): origin for part, origin in stack.origins.items()}
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=PROJECT,
            env={**os.environ, **origins, "PORT": str(port), "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def line(self, beginning):
        for line in self.process.stdout:
            if line.startswith(beginning):
                return line.strip()
        raise AssertionError(f"the server ended with {self.process.wait()} before it printed {beginning}")

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=30)
        self.process.stdout.close()


def opened(url, *files, then=""):
    """What a visitor of the page sees who adds these files, after opening the address `then` in the same tab."""
    script = Path(__file__).with_name("open.mjs")
    ran = subprocess.run(["node", script, url, *files], env={**os.environ, "THEN": then}, capture_output=True, text=True, timeout=90, check=True)
    return json.loads(ran.stdout)
