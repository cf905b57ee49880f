"""infra/check-build: the faults that it finds in a built function."""

import os
import random
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import INFRA

MAIN = "int main(void) { return 0; }\n"
# Random, so that no archive makes it smaller.
NOISE = random.Random(1)
BULK = "unsigned bulk[] = {" + ",".join(f"{NOISE.getrandbits(32)}u" for _ in range(1_000_000)) + "};\n"


def check(source, *, stripped=False, architecture="x86_64"):
    """The verdicts on a program that stands for the function."""
    with tempfile.TemporaryDirectory() as folder:
        code, unstripped, bootstrap = (Path(folder, name) for name in ("code.c", "unstripped", "bootstrap"))
        code.write_text(source)
        subprocess.run(["cc", "-O0", "-o", unstripped, code], check=True)
        subprocess.run(["strip", "--strip-all", "-o", bootstrap, unstripped], check=True)
        command = [INFRA / "check-build", "upload-broker", bootstrap if stripped else unstripped, bootstrap]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"ARCHITECTURE": architecture})
        return answer.returncode, re.findall(r"^BAD +(.*)", answer.stdout, re.MULTILINE), answer.stderr


class CheckBuild(unittest.TestCase):
    def test_a_sound_program_passes(self):
        self.assertEqual(check(MAIN), (0, [], ""))

    def test_each_fault_is_found(self):
        for source, options, expected in [
            (MAIN, {"architecture": "arm64"}, "built for x86_64, ARCHITECTURE is arm64"),
            (MAIN, {"stripped": True}, "no symbols to look for"),
            ("void jent_entropy_collector_alloc(void) {}\n" + MAIN, {}, "1 symbols of CPU jitter entropy"),
            (BULK + MAIN, {}, "the limit is 3300000"),
            ("unsigned arc4random(void);\nint main(void) { return (int)arc4random(); }\n", {}, "needs glibc 2.36"),
        ]:
            with self.subTest(expected):
                status, bad, _ = check(source, **options)
                self.assertEqual((status, len(bad)), (1, 1), bad)
                self.assertIn(expected, bad[0])


if __name__ == "__main__":
    unittest.main()
