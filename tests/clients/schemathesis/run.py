"""Runs Schemathesis with docs/openapi.yaml against a new local stack."""

import os
import subprocess
import sys
from pathlib import Path

from local_stack import PROJECT, LocalStack

HERE = Path(__file__).parent


def main(flags):
    with LocalStack("--no-quota", "--scan-delay-ms", "0") as stack:
        token = stack.token(stack.seeds["users"][0]["username"])
        environment = {
            **os.environ,
            "API": stack.origins["api"],
            "TASK": stack.seeds["contacts"][1]["arn"],
            "TOKEN": token,
            "PYTHONPATH": os.pathsep.join((str(HERE), os.environ["PYTHONPATH"])),
        }
        schemathesis = [
            Path(sys.executable).with_name("schemathesis"),
            "--config-file",
            HERE / "schemathesis.toml",
            "run",
            "--url",
            stack.origins["api"],
            "--header",
            f"Authorization: Bearer {token}",
            *flags,
            PROJECT / "docs/openapi.yaml",
        ]
        # In the stack's folder, because it leaves a cache where it runs.
        return subprocess.run(schemathesis, cwd=stack.root, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
