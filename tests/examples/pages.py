"""What the pages of the examples tell a reader to type."""

import os
import re
import subprocess

from local_stack import PROJECT


def commands(example):
    """The lines of the page's `sh` blocks, without comments."""
    page = (PROJECT / "examples" / example / "README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return [line.split("  #")[0].rstrip() for block in blocks for line in block.splitlines()]


def typed(stack, command, **environment):
    """The ended process of a command, typed where the stack's addresses are the usual ones."""
    origins = {part.upper(): origin for part, origin in stack.origins.items()}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT,
        env={**os.environ, **origins, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
