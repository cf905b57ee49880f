"""Every piece of rules that an example shows is one that `brokerctl check` accepts, without a warning."""

import re
import subprocess
import tempfile
import unittest

from local_stack import BINARIES, PROJECT

FOLDER = PROJECT / "examples"


def shown():
    """Rules by where they are shown."""
    for file in sorted(FOLDER.glob("*/rules.toml")):
        yield str(file.relative_to(PROJECT)), file.read_text()
    for page in sorted(FOLDER.glob("*/README.md")):
        for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            yield str(page.relative_to(PROJECT)), block


class Rules(unittest.TestCase):
    def test_each_piece_of_rules_is_sound(self):
        for where, rules in shown():
            with self.subTest(where), tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(rules)
                file.flush()
                checked = subprocess.run(
                    [BINARIES / "brokerctl", "check", "--rules-only", file.name],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)


if __name__ == "__main__":
    unittest.main()
