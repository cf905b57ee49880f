"""The workflow deploys what it builds. Its own commands run here, with stand-ins for the compiler and for AWS."""

import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from samcli.yamlhelper import yaml_parse

from support import INFRA, ROOT, copy_infra, load
from test_settings import replaced

WORKFLOWS = {path.stem: yaml_parse(path.read_text())["jobs"] for path in (ROOT / ".github/workflows").glob("*.yml")}
JOBS = WORKFLOWS["ci"]
RUST = re.search(r"VERSION=([\d.]+)", (ROOT / ".ci/rust").read_text())[1]
MATRIX = JOBS["build"]["strategy"]["matrix"]["include"]
CACHE = os.environ.get("UPLOAD_BROKER_CACHE") or Path.home() / ".cache/upload-broker"
# Where `sam build` leaves each function; the finisher is in a nested stack.
BUILT = {
    "upload-broker": ".aws-sam/build/UploadBroker/bootstrap",
    "upload-finisher": ".aws-sam/build/Finisher/UploadFinisher/bootstrap",
}
STAND_INS = {
    # The first 20 bytes of an ELF file, then the name of its architecture.
    "infra/build-function": r"""
        mkdir -p "$2"
        case $ARCHITECTURE in x86_64) machine='\076' ;; arm64) machine='\267' ;; esac
        printf "\177ELF%14s$machine\0$ARCHITECTURE $1" '' >"$2/bootstrap"
        chmod +x "$2/bootstrap"
    """,
    # Builds itself if BROKERCTL names no program.
    "infra/brokerctl": """
        [ -n "${BROKERCTL:-}" ] || install -D /bin/true "$(dirname "$0")/../target/debug/brokerctl"
        "${BROKERCTL:-true}" "$@"
    """,
    ".ci/rust": "true",
    "infra/sbom": 'echo "$1 ${2:-no target}"',
    "tools/system": "true",
    # SAM, except for `deploy`, which calls AWS.
    "tools/venv": f"""
        mkdir -p .sam
        printf '#!/bin/sh\\n[ "$1" = deploy ] || exec "%s/sam" "$@"\\n' "$({ROOT}/tools/venv sam)" >.sam/sam
        chmod +x .sam/sam
        echo "$PWD/.sam"
    """,
}


def checkout(folder):
    copy_infra(folder)
    shutil.copytree(ROOT / "functions", folder / "functions")
    shutil.copy(ROOT / "samconfig.toml", folder)
    # A deployment refuses the values of the examples.
    for path in [folder / "samconfig.toml", *folder.glob("infra/config/*/broker.toml")]:
        path.write_text(replaced(path.read_text()))
    write_stand_ins(folder, STAND_INS)


def write_stand_ins(folder, stand_ins):
    for path, script in stand_ins.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(f"#!/usr/bin/env bash\nset -e\n{script}\n")
        (folder / path).chmod(0o755)


def run(job, folder, row, given=None, path=None):
    """Runs the commands of a job with its environment for one row of the matrix; `path` has more programs."""
    with tempfile.TemporaryDirectory() as home:
        own = {k: re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda m: row[m[1]], v) for k, v in job.get("env", {}).items()}
        given = {"HOME": home, "UPLOAD_BROKER_CACHE": str(CACHE), "SAM_CLI_TELEMETRY": "0"} | (given or {})
        if path is not None:
            given["PATH"] = f"{path}:{os.environ['PATH']}"
        inherited = {k: v for k, v in os.environ.items() if k not in ("BROKERCTL", "UPLOAD_BROKER_CONFIG")}
        for step in job["steps"]:
            if "run" in step:
                command = ["bash", "-e", "-c", step["run"]]
                subprocess.run(command, cwd=folder, env=inherited | given | own, check=True, capture_output=True)


def hand_over(built, deployed):
    """Copies the artifact of one job to another, without file modes, because an artifact keeps none."""
    (upload,) = (step["with"]["path"] for step in JOBS["build"]["steps"] if "upload-artifact" in step.get("uses", ""))
    for path in upload.split():
        copy = shutil.copytree if (built / path).is_dir() else shutil.copyfile
        copy(built / path, deployed / path)
    for path in deployed.glob(".aws-sam/**/*"):
        path.chmod(path.stat().st_mode & ~0o111 if path.is_file() else 0o755)


class Workflow(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.built, self.deployed = Path(folder.name, "built"), Path(folder.name, "deployed")
        for path in (self.built, self.deployed):
            path.mkdir()
            checkout(path)

    def test_the_deployed_files_exist_and_can_be_executed(self):
        run(JOBS["build"], self.built, MATRIX[0])
        hand_over(self.built, self.deployed)
        for job in ("staging", "production"):
            run(JOBS[job], self.deployed, {})
        for template in self.deployed.glob(".aws-sam/build/**/template.yaml"):
            for name, resource in yaml_parse(template.read_text())["Resources"].items():
                for member in ("CodeUri", "ContentUri", "Location"):
                    with self.subTest(name, member=member):
                        named = template.parent / resource.get("Properties", {}).get(member, "")
                        self.assertTrue(named.exists(), named)
        for function, path in BUILT.items():
            with self.subTest(function):
                bootstrap = self.deployed / path
                self.assertTrue(bootstrap.stat().st_mode & stat.S_IXUSR)
                self.assertEqual(bootstrap.read_bytes()[20:].decode(), f"x86_64 {function}")

    def test_production_gets_what_staging_got_after_an_approval(self):
        staging, production = JOBS["staging"], JOBS["production"]
        self.assertEqual(staging["if"], "github.event_name == 'push' && vars.DEPLOY == 'true'")
        self.assertEqual(set(staging["needs"]), {"test", "advisories", "build"})
        self.assertEqual((production["needs"], production["environment"]), ("staging", "production"))
        in_production = str(staging["steps"]).replace("check-settings staging", "check-settings prod").replace("env staging", "env prod")
        self.assertEqual(in_production, str(production["steps"]))

    def test_the_role_is_for_the_environments_that_deploy(self):
        role = load("deploy-role.yaml")
        deploying = {job["environment"] for job in JOBS.values() if "id-token" in job["permissions"]}
        self.assertEqual(set(role["Parameters"]["GitHubEnvironment"]["AllowedValues"]), deploying)
        (trust,) = role["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        self.assertEqual(
            trust["Condition"],
            {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": {"Fn::Sub": "repo:${Repository}:environment:${GitHubEnvironment}"},
                }
            },
        )

    def test_jobs_with_credentials_compile_nothing(self):
        for name, job in JOBS.items():
            if "id-token" in job["permissions"]:
                with self.subTest(name):
                    self.assertNotIn(".ci/rust", str(job["steps"]))
                    self.assertIn("BROKERCTL=target/debug/brokerctl", str(job["steps"]))

    def test_every_action_is_pinned_by_its_commit(self):
        for jobs in WORKFLOWS.values():
            for name, job in jobs.items():
                for used in filter(None, (step.get("uses") for step in job["steps"])):
                    with self.subTest(name, used=used):
                        self.assertRegex(used, r"@[0-9a-f]{40}$")

    def test_the_version_of_rust_is_new_enough_for_the_workspace(self):
        needed = re.search(r'^rust-version = "([\d.]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
        as_numbers = lambda version: [int(part) for part in version.split(".")]
        self.assertGreaterEqual(as_numbers(RUST), as_numbers(needed))

    def test_each_architecture_is_built_with_the_bill_of_its_own_target(self):
        triples = dict(re.findall(r"(\w+)\) triple=(\S+?)\.\d", (INFRA / "build-function").read_text()))
        self.assertEqual({row["architecture"] for row in MATRIX}, set(triples))
        for row in MATRIX:
            with self.subTest(row["architecture"]):
                run(JOBS["build"], self.built, row)
                for function, path in BUILT.items():
                    found = (self.built / path).read_bytes()[20:].decode()
                    self.assertEqual(found, f"{row['architecture']} {function}")
                    bill = (self.built / f"{function}.cdx.json").read_text().strip()
                    self.assertEqual(bill, f"{function} {triples[row['architecture']]}")


if __name__ == "__main__":
    unittest.main()
