"""What a release has, and that it deploys without a compiler. The workflow's own commands run here, with stand-ins."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import zipfile
from contextlib import contextmanager
from pathlib import Path

import boto3
from samcli.yamlhelper import yaml_parse

from support import INFRA, INSTANCE, ROOT, copy_infra, transformed
from test_workflow import STAND_INS, WORKFLOWS, run, write_stand_ins

JOBS = WORKFLOWS["release"]
MATRIX = JOBS["build"]["strategy"]["matrix"]["include"]
VERSION = subprocess.run([INFRA / "check-version"], check=True, capture_output=True, text=True).stdout.strip()
TAG = {"GITHUB_REF_NAME": f"v{VERSION}", "GITHUB_REPOSITORY": "acme/uploads", "GITHUB_SERVER_URL": "https://git.example.com"}
# Every file that has the version, with another one in its place.
OTHER_VERSION = {
    "Cargo.lock": (f'name = "upload-broker"\nversion = "{VERSION}"', 'name = "upload-broker"\nversion = "9.9.9"'),
    "docs/openapi.yaml": (f"  version: {VERSION}", "  version: 9.9.9"),
    "web/client/package.json": (f'"version": "{VERSION}"', '"version": "9.9.9"'),
    "infra/cdk/package.json": (f'"version": "{VERSION}"', '"version": "9.9.9"'),
}
PACKED = {"web/client": "upload-broker-client", "infra/cdk": "upload-broker-cdk"}
NPM = """#!/usr/bin/env bash
# Packs the folder as it is, without the compilers.
set -e
[ "$1" = pack ] || exit 0
name=$(jq -r .name package.json | tr -d @ | tr / -)
tar --create --gzip --file "${@: -1}/$name-$(jq -r .version package.json).tgz" .
"""
GH = """#!/usr/bin/env bash
printf '%s\\n' "$@" >gh.txt
"""


def checkout(folder):
    """What a release is made from, with stand-ins for the compiler, npm and gh."""
    copy_infra(folder)
    for path in ("samconfig.toml", "LICENSE", "Cargo.toml", "Cargo.lock", "CHANGELOG.md", "docs/openapi.yaml",
                 *(f"{package}/package.json" for package in PACKED), "web/package.json", "web/package-lock.json", "infra/cdk/package-lock.json"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    tools = {"tools/venv": 'echo "$PWD/.bin"', "infra/sbom": STAND_INS["infra/sbom"]}
    write_stand_ins(folder, STAND_INS | tools | {".ci/run": "true"})
    (folder / ".bin").mkdir()
    for name, script in {"npm": NPM, "gh": GH}.items():
        (folder / ".bin" / name).write_text(script)
        (folder / ".bin" / name).chmod(0o755)


def check_version(folder, *arguments):
    answer = subprocess.run([folder / "infra/check-version", *arguments], capture_output=True, text=True, check=False)
    return answer.returncode, answer.stderr.splitlines()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Released(unittest.TestCase):
    """Runs every job but `test`, and hands the artifacts over."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.checkout, cls.dist = Path(folder.name, "checkout"), Path(folder.name, "publish/dist")
        cls.checkout.mkdir()
        checkout(cls.checkout)
        for row in MATRIX:
            run(JOBS["build"], cls.checkout, row, TAG)
            cls.hand_over("dist", cls.checkout / "built")
        cls.hand_over("built", cls.dist, move=False)
        run(JOBS["packages"], cls.checkout, {}, TAG)
        cls.hand_over("dist", cls.dist)
        run(JOBS["publish"], cls.dist.parent, {}, TAG, path=cls.checkout / ".bin")
        cls.archives = {}
        for row in MATRIX:
            name = f"upload-broker-{VERSION}-{row['architecture']}"
            with tarfile.open(cls.dist / f"{name}.tar.gz") as archive:
                archive.extractall(folder.name, filter="tar")
            cls.archives[row["architecture"]] = Path(folder.name, name)

    @classmethod
    def hand_over(cls, name, to, *, move=True):
        """Copies an artifact without file modes, because an artifact keeps none."""
        to.mkdir(parents=True, exist_ok=True)
        for path in (cls.checkout / name).iterdir():
            shutil.copyfile(path, to / path.name)
        if move:
            shutil.rmtree(cls.checkout / name)

    def test_it_has_every_file_and_the_checksum_of_each(self):
        per_architecture = ("brokerctl-{}", "brokerctl-{}.cdx.json", "upload-broker-{}.cdx.json", "upload-broker-{}.tar.gz",
                            "upload-broker-{}.zip", "upload-finisher-{}.cdx.json", "upload-finisher-{}.zip")
        expected = {name.format(f"{VERSION}-{row['architecture']}") for name in per_architecture for row in MATRIX}
        expected |= {f"{name}-{VERSION}.tgz" for name in PACKED.values()}
        self.assertEqual({path.name for path in self.dist.iterdir()}, expected)
        sums = dict(reversed(line.split("  ")) for line in (self.dist.parent / "SHA256SUMS").read_text().splitlines())
        self.assertEqual(sums, {path.name: sha256(path) for path in self.dist.iterdir()})
        given = (self.dist.parent / "gh.txt").read_text().splitlines()
        self.assertEqual(given[:3], ["release", "create", f"v{VERSION}"])
        self.assertLessEqual({f"dist/{name}" for name in expected} | {"SHA256SUMS", "--verify-tag"}, set(given))

    def test_the_archive_has_the_zips_that_are_published_beside_it(self):
        for architecture, folder in self.archives.items():
            for function in ("upload-broker", "upload-finisher"):
                with self.subTest(architecture, function=function):
                    code = folder / f"{function}.zip"
                    self.assertEqual(sha256(code), sha256(self.dist / f"{function}-{VERSION}-{architecture}.zip"))
                    with zipfile.ZipFile(code) as archive:
                        (entry,) = archive.infolist()
                        self.assertEqual((entry.filename, entry.external_attr >> 16), ("bootstrap", 0o100755))
                        self.assertEqual(archive.read(entry)[20:].decode(), f"{architecture} {function}")

    def test_its_templates_are_those_of_the_clone_but_for_the_programs(self):
        for architecture, folder in self.archives.items():
            for template in INFRA.glob("*.yaml"):
                with self.subTest(architecture, template=template.name):
                    text = template.read_text().replace("../functions/upload-broker\n", "../upload-broker.zip\n")
                    text = text.replace("../functions/upload-finisher\n", "../upload-finisher.zip\n")
                    text = text.replace("    Default: x86_64\n    AllowedValues: [x86_64, arm64]", f"    Default: {architecture}\n    AllowedValues: [{architecture}]")
                    self.assertEqual((folder / "infra" / template.name).read_text(), text)
            root = yaml_parse((folder / "infra/template.yaml").read_text())
            self.assertEqual(root["Parameters"]["Architecture"]["AllowedValues"], [architecture])

    def test_brokerctl_is_in_place_of_the_script_that_builds_it(self):
        for architecture, folder in self.archives.items():
            brokerctl = folder / "infra/brokerctl"
            self.assertEqual(sha256(brokerctl), sha256(self.dist / f"brokerctl-{VERSION}-{architecture}"))
            self.assertEqual(brokerctl.read_bytes()[20:].decode(), f"{architecture} brokerctl")
            self.assertTrue(brokerctl.stat().st_mode & 0o100)

    def test_the_construct_has_the_zips_of_both_architectures(self):
        with tarfile.open(self.dist / f"upload-broker-cdk-{VERSION}.tgz") as packed:
            for row in MATRIX:
                for function in ("upload-broker", "upload-finisher"):
                    code = packed.extractfile(f"./functions/{row['architecture']}/{function}.zip").read()
                    self.assertEqual(code, (self.dist / f"{function}-{VERSION}-{row['architecture']}.zip").read_bytes())

    def test_a_second_build_has_the_same_bytes(self):
        run(JOBS["build"], self.checkout, MATRIX[0], TAG)
        for path in (self.checkout / "dist").iterdir():
            self.assertEqual(sha256(path), sha256(self.dist / path.name), path.name)
        shutil.rmtree(self.checkout / "dist")


    def test_the_documented_command_packages_the_archive_with_the_published_zips(self):
        with s3() as (client, environment):
            packaged = self.package(environment)
            template = yaml_parse(packaged)
            finisher = yaml_parse(self.object(client, template["Resources"]["Finisher"]["Properties"]["Location"]))
            for function, resource in (("upload-broker", template["Resources"]["UploadBroker"]), ("upload-finisher", finisher["Resources"]["UploadFinisher"])):
                with self.subTest(function):
                    code = self.object(client, resource["Properties"]["CodeUri"])
                    self.assertEqual(code, (self.dist / f"{function}-{VERSION}-x86_64.zip").read_bytes())
            for name, resource in template["Resources"].items():
                for member in ("CodeUri", "ContentUri", "Location"):
                    if member in resource.get("Properties", {}):
                        with self.subTest(name, member=member):
                            self.assertTrue(self.object(client, resource["Properties"][member]))

    def test_a_change_of_the_rules_alone_publishes_a_version(self):
        def version(packaged):
            template = yaml_parse(packaged.replace("http://127.0.0.1:", "https://"))
            found = transformed(template, {"ConnectInstanceArn": INSTANCE})["Resources"]
            return next(name for name, resource in found.items() if resource["Type"] == "AWS::Lambda::Version")

        rules = self.archives["x86_64"] / "infra/config/default/broker.toml"
        with s3() as (_, environment):
            before = version(self.package(environment))
            self.assertEqual(version(self.package(environment)), before)
            text = rules.read_text()
            rules.write_text(text.replace("any-case", "own-contacts"))
            self.addCleanup(rules.write_text, text)
            self.assertNotEqual(version(self.package(environment)), before)

    def package(self, environment):
        """The template that the documented command writes."""
        command = re.search(r"^ +(aws cloudformation package .*)$", (ROOT / "docs/releases.md").read_text(), re.MULTILINE)[1]
        folder = self.archives["x86_64"]
        subprocess.run(["sh", "-c", command.replace("BUCKET", "bucket")], cwd=folder, env=environment, check=True, capture_output=True)
        return (folder / "packaged.yaml").read_text()

    @staticmethod
    def object(client, address):
        return client.get_object(Bucket="bucket", Key=address.rpartition("/")[2])["Body"].read()


@contextmanager
def s3():
    """moto's S3 with a bucket: a client, and the environment in which the AWS CLI calls it."""
    programs = {name: subprocess.run([ROOT / "tools/venv", name], check=True, stdout=subprocess.PIPE, text=True).stdout.strip() for name in ("aws", "moto")}
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}
    server = subprocess.Popen([f"{programs['moto']}/moto_server", "-p", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        address = next(found[0] for line in server.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        client = boto3.client("s3", endpoint_url=address, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client, os.environ | credentials | {"AWS_ENDPOINT_URL": address, "PATH": f"{programs['aws']}:{os.environ['PATH']}"}
    finally:
        server.kill()
        server.communicate()


class Workflow(unittest.TestCase):
    def test_only_the_job_that_runs_nothing_of_the_repository_may_write(self):
        for name, job in JOBS.items():
            writing = {permission for permission, access in job["permissions"].items() if access == "write"}
            expected = {"contents", "id-token", "attestations"} if name == "publish" else set()
            with self.subTest(name):
                self.assertEqual(writing, expected)
        self.assertNotIn("checkout", str(JOBS["publish"]))

    def test_nothing_is_published_before_every_check(self):
        needed, waiting = set(), ["publish"]
        while waiting:
            needs = JOBS[waiting.pop()].get("needs", [])
            waiting += needs if isinstance(needs, list) else [needs]
            needed |= set(waiting)
        self.assertEqual(needed, set(JOBS) - {"publish"})
        self.assertIn(".ci/run", [step.get("run") for step in JOBS["test"]["steps"]])

    def test_it_builds_for_every_architecture(self):
        script = (INFRA / "build-function").read_text()
        self.assertEqual({row["architecture"] for row in MATRIX}, set(re.findall(r"(\w+)\) triple=", script)))


class Version(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        checkout(self.folder)
        # As at a release: between releases the changelog has unreleased changes.
        changelog = self.folder / "CHANGELOG.md"
        changelog.write_text(re.sub(r"(?ms)^## Unreleased\n.*?(?=^## )", "## Unreleased\n\n", changelog.read_text()))

    def test_every_part_that_has_another_version_is_named_at_once(self):
        self.assertEqual(check_version(self.folder), (0, []))
        for path, (there, other) in OTHER_VERSION.items():
            text = (self.folder / path).read_text()
            self.assertIn(there, text)
            (self.folder / path).write_text(text.replace(there, other, 1))
        status, faults = check_version(self.folder)
        self.assertEqual(status, 1)
        self.assertEqual({fault.split(" ")[0] for fault in faults if "9.9.9" in fault}, set(OTHER_VERSION))

    def test_another_tag_is_refused(self):
        for tag, status in {f"v{VERSION}": 0, VERSION: 1, "v9.9.9": 1, f"v{VERSION}-rc.1": 1}.items():
            with self.subTest(tag):
                self.assertEqual(check_version(self.folder, tag)[0], status)

    def test_the_job_refuses_another_tag(self):
        run(JOBS["version"], self.folder, {}, TAG)
        with self.assertRaises(subprocess.CalledProcessError):
            run(JOBS["version"], self.folder, {}, TAG | {"GITHUB_REF_NAME": "v9.9.9"})

    def test_the_changelog_must_name_the_version_and_its_date(self):
        changelog = self.folder / "CHANGELOG.md"
        text = changelog.read_text()
        for heading, expected in {
            f"## {VERSION}\n": "the newest version in CHANGELOG.md",
            "## 9.9.9 - 2026-01-01\n": "the newest version in CHANGELOG.md",
        }.items():
            changelog.write_text(re.sub(rf"## {re.escape(VERSION)} - .*\n", heading, text))
            with self.subTest(heading):
                self.assertIn(expected, check_version(self.folder)[1][0])

    def test_a_tag_is_refused_while_changes_are_unreleased(self):
        changelog = self.folder / "CHANGELOG.md"
        changelog.write_text(changelog.read_text().replace("## Unreleased\n", "## Unreleased\n\n- A change.\n", 1))
        self.assertEqual(check_version(self.folder)[0], 0)
        status, faults = check_version(self.folder, f"v{VERSION}")
        self.assertEqual((status, len(faults)), (1, 1))
        self.assertIn("unreleased changes", faults[0])


if __name__ == "__main__":
    unittest.main()
