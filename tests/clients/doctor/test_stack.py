"""`brokerctl doctor --stack`: the real command and the real AWS CLI, against moto and the local stack."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from deployment import LAMBDA, REGION, Deployment
from local_stack import BINARIES, LocalStack, http
from stand_in import Aws

# The checks that only --stack brings, which a stack of its own can spoil.
OF_THE_STACK = {
    "bucket-policy": ("OnlyKms", "s3:PutObject", "StringNotEquals s3:x-amz-server-side-encryption"),
    "object-lock": ("Object Lock", "make a bucket without"),
    "bucket-keys": ("is Disabled", "aws kms enable-key"),
    "scanner": (f"{LAMBDA}:scanner", "aws lambda add-permission"),
    "role": ("may not call connect:StartAttachedFileUpload", "statement Start of infra/"),
    "table": ("rows do not expire", "update-time-to-live"),
    "finisher": ("every-minute", "is disabled", "runs of the finisher failed"),
    "concurrency": ("10 at once", "L-B99A9384"),
    "quotas": ("start_attached_file_upload = { rate = 10",),
    "alarms": ("by email", "never confirmed"),
    "live-rules": ("0" * 64, "deploy these rules"),
}
# What each of them must be allowed to ask.
ACTIONS = {
    "bucket-policy": ["s3:GetBucketPolicy"],
    "object-lock": ["s3:GetBucketObjectLockConfiguration"],
    "bucket-keys": ["s3:GetEncryptionConfiguration"],
    "role": ["iam:SimulatePrincipalPolicy", "lambda:GetFunctionConfiguration"],
    "table": ["dynamodb:DescribeTable"],
    "finisher": ["lambda:GetFunctionConfiguration"],
    "concurrency": ["lambda:GetAccountSettings"],
    "quotas": ["servicequotas:ListServiceQuotas"],
    "alarms": ["sns:ListSubscriptionsByTopic"],
    "live-rules": ["logs:FilterLogEvents"],
    "scanner": ["lambda:GetPolicy"],
}
SKIPPED = {"cases", "contacts", "upload"}


class Doctor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.local = cls.enterClassContext(LocalStack())
        cls.aws = cls.enterClassContext(Aws())
        cls.rules = Path(folder) / "broker.toml"
        # The bucket is moto's, so that its policy and its lock are there.
        rules = (cls.local.root / "broker.toml").read_text()
        cls.rules.write_text(rules.replace(cls.local.origins["store"], cls.aws.url))
        cls.deployment = Deployment(cls.aws, cls.local, cls.digest())

    @classmethod
    def digest(cls):
        said = subprocess.run([BINARIES / "brokerctl", "check", "--rules-only", cls.rules], check=True, capture_output=True, text=True)
        return said.stdout.rpartition("rules_sha256: ")[2].strip()

    def run_doctor(self, *arguments, path=None, **variables):
        connect = self.local.origins["connect"]
        environment = {
            "PATH": os.environ["PATH"] if path is None else path,
            "HOME": str(self.rules.parent),
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.aws.url, "AWS_ENDPOINT_URL_CONNECT": connect, "AWS_ENDPOINT_URL_CONNECTCASES": connect,
        }
        command = [BINARIES / "brokerctl", "doctor", self.rules, "--json", *arguments]
        ran = subprocess.run(command, env=environment | variables, capture_output=True, text=True)
        self.assertTrue(ran.stdout, ran.stderr)
        return {check["check"]: check for check in json.loads(ran.stdout)["checks"]}

    def scan_by(self, function):
        """Associates a scanner. The doctor asks for it after it has asked for the Cases domain."""
        association = {"IntegrationType": "FILE_SCANNER", "IntegrationArn": function}
        fault = {"operation": "ListIntegrationAssociations", "kind": "garbage", "call": 2,
                 "value": {"IntegrationAssociationSummaryList": [association]}}
        http("PUT", self.local.origins["connect"] + "/_local/faults", json.dumps([fault]).encode())

    def verdicts(self, report):
        return {name: check["verdict"] for name, check in report.items()}

    def found(self, check):
        return "\n".join(f"{finding['seen']} | {finding['fix']}" for finding in check["findings"])

    def token_of(self, username):
        file = self.rules.parent / "token"
        file.write_text(self.local.token(username))
        return ["--token-file", str(file), "--resource", self.local.case()]

    def test_a_sound_stack_then_one_with_every_fault_then_one_that_may_not_be_asked(self):
        with self.subTest("sound"):
            self.scan_by(f"{LAMBDA}:scanner")
            report = self.run_doctor("--stack", "uploads", *self.token_of("ada.agent"))
            expected = {name: "skipped" if name in SKIPPED else "ok" for name in report}
            self.assertEqual(self.verdicts(report), expected, report)
        with self.subTest("every fault"):
            self.deployment.spoil()
            self.scan_by(f"{LAMBDA}:scanner")
            report = self.run_doctor("--stack", "uploads", *self.token_of("ursula.unknown"))
            spoilt = {*OF_THE_STACK, "token"}
            expected = {name: "wrong" if name in spoilt else "skipped" if name in SKIPPED else "ok" for name in report}
            self.assertEqual(self.verdicts(report), expected, report)
            for name, words in OF_THE_STACK.items():
                for word in words:
                    self.assertIn(word, self.found(report[name]), name)
            self.assertIn("the directory has no user", self.found(report["token"]))
        with self.subTest("denied"):
            self.aws.refuses = True
            self.addCleanup(setattr, self.aws, "refuses", False)
            self.scan_by(f"{LAMBDA}:scanner")
            report = self.run_doctor("--stack", "uploads")
            for name, actions in ACTIONS.items():
                self.assertEqual(report[name]["verdict"], "wrong", report[name])
                for action in actions:
                    self.assertIn(f"allow {action} on ", self.found(report[name]), name)

    def test_what_keeps_the_stack_from_being_read_is_named(self):
        for what, arguments, further, words in [
            ("no such stack", ["--stack", "other"], {}, "there is no stack other"),
            ("a nested stack", ["--stack", "table"], {}, "has no parameter ConnectInstanceArn"),
            ("no AWS CLI", ["--stack", "uploads"], {"path": "/none"}, "install the AWS CLI"),
            ("no server", ["--stack", "uploads"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "could not connect"),
            ("no credentials", ["--stack", "uploads"], {"AWS_ACCESS_KEY_ID": ""}, "no credentials"),
        ]:
            with self.subTest(what):
                report = self.run_doctor(*arguments, **further)
                self.assertIn(words, self.found(report.pop("stack")))
                self.assertEqual(set(self.verdicts(report).values()), {"not-checked"})


if __name__ == "__main__":
    unittest.main()
