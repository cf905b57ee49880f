"""The commands that the pages of the examples tell a reader to type."""

import os
import re
import subprocess

from local_stack import PROJECT


def blocks(page, language):
    """The blocks of a page that are fenced with this language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [block for its_language, block in fenced if its_language == language]


def page_of(example):
    return PROJECT / "examples" / example / "README.md"


def commands(example):
    """The lines of the page's `sh` blocks, without comments."""
    return [line.split("  #")[0].rstrip() for block in blocks(page_of(example), "sh") for line in block.splitlines()]


def shown(example):
    """The output that the page shows."""
    (output,) = blocks(page_of(example), "")
    return output


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
