"""`make dev` and `make test` on a machine that lacks programs: apt-get installs them, every other machine is told how."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from local_stack import PROJECT

ALWAYS_THERE = ("bash", "cut", "dirname", "env", "grep", "head", "make", "sed", "sort")
PROGRAMS = ("cc", "curl", "jq", "git", "python3", "flock", "sha256sum", "chromium", "firefox", "javac", "cargo")
FAKES = {
    **dict.fromkeys(PROGRAMS, "exit 0"),
    "rustc": "echo 'rustc 99.0.0 (00000000 2026-01-01)'",
    "id": "echo 1000",
    "sudo": 'exec "$@"',
}
# Each records that it was called. Only apt-get may be.
INSTALLERS = ("apt-get", "dnf", "brew")


class Machine:
    """A folder that is the whole PATH, and what was called in it."""

    def __init__(self, test, *lacking):
        self.folder = Path(test.enterContext(tempfile.TemporaryDirectory()))
        self.calls = self.folder / "calls.txt"
        for program in ALWAYS_THERE:
            (self.folder / program).symlink_to(shutil.which(program))
        for program in FAKES.keys() - set(lacking):
            self.fake(program, FAKES[program])
        for program in {*INSTALLERS}.difference(lacking):
            self.fake(program, f'echo "{program} $*" >>"{self.calls}"')

    def fake(self, program, script):
        path = self.folder / program
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, *command):
        browsers = {"CHROMIUM": str(self.folder / "chromium"), "FIREFOX": str(self.folder / "firefox")}
        environment = {"PATH": str(self.folder), **browsers}
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    def called(self):
        return self.calls.read_text().splitlines() if self.calls.exists() else []


WITHOUT_APT = """\
Missing: cc, jq. There is no apt-get here. Install what is missing, then run the same command again:
  Debian, Ubuntu:  sudo apt-get install gcc libc6-dev jq
  Fedora:          sudo dnf install gcc glibc-devel jq
  macOS:           brew install gcc jq
"""


class MissingPrograms(unittest.TestCase):
    maxDiff = None

    def test_where_there_is_no_apt_get_they_are_named_with_the_command_for_each_system(self):
        for command in ("dev", "test", "build", "soak", "bench"):
            with self.subTest(make=command):
                machine = Machine(self, "apt-get", "cc", "jq")
                ended = machine.run("make", command)
                self.assertEqual(ended.returncode, 2)
                self.assertTrue(ended.stderr.startswith(WITHOUT_APT), ended.stderr)
                self.assertEqual((ended.stdout, machine.called()), ("", []))

    def test_make_test_names_at_once_what_a_later_step_needs(self):
        machine = Machine(self, "apt-get", "chromium", "firefox", "javac")
        ended = machine.run("make", "test")
        self.assertTrue(ended.stderr.startswith("Missing: chromium, firefox, javac. "), ended.stderr)
        self.assertIn("\nWhere Chromium is not /usr/bin/chromium, set CHROMIUM to its path.\n", ended.stderr)
        self.assertIn("\nWhere Firefox is not /usr/bin/firefox-esr, set FIREFOX to its path.\n", ended.stderr)

    def test_apt_get_installs_them_and_nothing_else_is_called(self):
        machine = Machine(self, "cc", "jq")
        ended = machine.run("tools/system")
        self.assertEqual((ended.returncode, ended.stderr), (0, "tools/need: installing gcc libc6-dev jq (once)\n"))
        self.assertEqual(machine.called(), ["apt-get -qq -y --no-install-recommends install gcc libc6-dev jq"])

    def test_a_failed_install_and_a_missing_sudo_end_with_the_same_commands(self):
        commands = WITHOUT_APT.split("\n", 1)[1]
        refused = Machine(self, "cc", "jq")
        refused.fake("apt-get", "exit 100")
        unprivileged = Machine(self, "cc", "jq", "sudo")
        for machine, why in (
            (refused, "apt-get could not install it."),
            (unprivileged, "Only root can install it, and there is no sudo."),
        ):
            with self.subTest(why):
                ended = machine.run("tools/system")
                self.assertEqual(ended.returncode, 1)
                self.assertIn(f"Missing: cc, jq. {why} ", ended.stderr)
                self.assertTrue(ended.stderr.endswith(commands), ended.stderr)
                self.assertEqual(machine.called(), [])

    def test_a_missing_or_old_rust_is_reported_with_its_command(self):
        missing, old = Machine(self, "cargo"), Machine(self)
        old.fake("rustc", "echo 'rustc 1.60.0 (00000000 2022-01-01)'")
        for machine, sentence in (
            (missing, "Rust is missing. Install it from https://rustup.rs, then run the same command again.\n"),
            (old, "Rust 1.60.0 is too old: "),
        ):
            with self.subTest(sentence):
                ended = machine.run("tools/system")
                self.assertEqual(ended.returncode, 1)
                self.assertTrue(ended.stderr.startswith(sentence), ended.stderr)

    def test_where_nothing_is_missing_nothing_is_said_or_installed(self):
        machine = Machine(self)
        ended = machine.run("tools/system", "chromium", "firefox", "javac")
        self.assertEqual((ended.returncode, ended.stdout + ended.stderr, machine.called()), (0, "", []))


if __name__ == "__main__":
    unittest.main()
