"""Every piece of rules that an example shows is one that `brokerctl check` accepts, without a warning."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from local_stack import BINARIES, PROJECT
from pages import blocks

FOLDER = PROJECT / "examples"


def shown():
    """Rules by where they are shown."""
    for file in sorted(FOLDER.glob("*/rules.toml")):
        yield str(file.relative_to(PROJECT)), file.read_text()
    for page in sorted(FOLDER.glob("*/README.md")):
        for block in blocks(page, "toml"):
            yield str(page.relative_to(PROJECT)), block


def brokerctl(*arguments):
    return subprocess.run([BINARIES / "brokerctl", *arguments], capture_output=True, text=True, check=False)


class Rules(unittest.TestCase):
    def test_each_piece_of_rules_is_sound(self):
        for where, rules in shown():
            with self.subTest(where), tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                (folder / "broker.toml").write_text(rules)
                for keys in re.findall(r'^jwks_file += "(.*)"', rules, re.MULTILINE):
                    brokerctl("new-link-key", "--key-file", folder / "key.pem", "--jwks-file", folder / keys)
                checked = brokerctl("check", "--rules-only", folder / "broker.toml")
                self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)


if __name__ == "__main__":
    unittest.main()
