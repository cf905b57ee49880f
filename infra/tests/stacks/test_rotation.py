"""infra/rotate-handle-keys with the real AWS CLI, against moto's server."""

import io
import json
import logging
import os
import subprocess
import unittest
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
from moto.awslambda.models import lambda_backends
from moto.cloudformation.models import cloudformation_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer

COMMAND = Path(__file__).resolve().parents[2] / "rotate-handle-keys"
PARAMETERS = json.loads(Path(os.environ["STACKS"]).read_text())["parameters"]
REGION = os.environ["AWS_DEFAULT_REGION"]
OWN = {"ConnectInstanceArn": "arn:aws:connect:eu-west-1:111122223333:instance/i-1", "AllowedOrigins": "https://a.example.com,https://b.example.com"}
logging.getLogger("werkzeug").setLevel(logging.ERROR)
INITIAL = {"SealingKey": "a", "HandleKeyA": "1", "HandleKeyB": "1"}


def template():
    """A stack with the template's parameters, a resource that every key is a part of, and the output that is read."""
    keys = {"Fn::Sub": "${SealingKey} ${HandleKeyA} ${HandleKeyB}"}
    return json.dumps({
        "Parameters": PARAMETERS,
        "Resources": {"Keys": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": keys}}},
        "Outputs": {"FunctionName": {"Value": "broker"}},
    })


class Rotation(unittest.TestCase):
    def setUp(self):
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        self.addCleanup(self.server.stop)
        host, port = self.server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        # The servers of all tests share their state.
        urlopen(Request(f"{self.endpoint}/moto-api/reset", method="POST")).close()
        self.make_function()
        # Defaults are given, because moto takes UsePreviousValue of given parameters only.
        values = {name: str(spec.get("Default")) for name, spec in PARAMETERS.items()} | OWN | INITIAL
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
        self.client("cloudformation").create_stack(StackName="uploads", TemplateBody=template(), Parameters=given)
        self.publish(hours_ago=1000)

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)

    def make_function(self):
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("bootstrap", "")
        role = self.client("iam").create_role(RoleName="broker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        self.client("lambda").create_function(
            FunctionName="broker", Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": code.getvalue()}
        )

    def parameters(self):
        (stack,) = self.client("cloudformation").describe_stacks(StackName="uploads")["Stacks"]
        return {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}

    def keys(self):
        found = self.parameters()
        return found["SealingKey"], int(found["HandleKeyA"]), int(found["HandleKeyB"])

    def publish(self, hours_ago):
        """What a deployment does: a version with the description of infra/template.yaml, and the alias at it."""
        functions = self.client("lambda")
        sealing, a, b = self.keys()
        functions.update_function_configuration(FunctionName="broker", MemorySize=128 + int(1000 - hours_ago))
        version = functions.publish_version(FunctionName="broker", Description=f"default {sealing} a{a}b{b}f 256 7 i-1 d-1 - AROAX")["Version"]
        made_at = datetime.now(timezone.utc) - timedelta(hours=hours_ago)
        backend = lambda_backends[DEFAULT_ACCOUNT_ID][REGION]
        backend.get_function("broker:" + version).last_modified = made_at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        if version == "1":
            functions.create_alias(FunctionName="broker", Name="live", FunctionVersion=version)
        else:
            functions.update_alias(FunctionName="broker", Name="live", FunctionVersion=version)

    def deploy(self, hours_ago, **changed):
        """An update of the stack at that time, and what it publishes."""
        given = [{"ParameterKey": name, "ParameterValue": changed.get(name, value)} for name, value in self.parameters().items()]
        self.client("cloudformation").update_stack(StackName="uploads", UsePreviousTemplate=True, Parameters=given)
        self.publish(hours_ago)

    def rotate(self, *arguments, stack="uploads"):
        """Status and output of the command."""
        given = os.environ | {"AWS_ENDPOINT_URL": self.endpoint, "PATH": f"{os.environ['AWS_CLI']}:{os.environ['PATH']}"}
        answer = subprocess.run([COMMAND, stack, *arguments], capture_output=True, text=True, check=False, env=given)
        return answer.returncode, answer.stdout + answer.stderr

    def applies(self, *arguments):
        status, output = self.rotate(*arguments, "--apply")
        self.assertEqual(status, 0, output)

    def refuses(self, reason, *arguments):
        before = self.parameters()
        status, output = self.rotate(*arguments, "--apply")
        self.assertEqual(status, 1, output)
        self.assertIn(reason, output)
        self.assertEqual(self.parameters(), before)

    def test_the_steps_are_taken_in_their_order_and_begin_again(self):
        others = {name: value for name, value in self.parameters().items() if name not in INITIAL}
        for wrong, step, hours_ago, expected in [
            ("seal", "new", 100, ("a", 1, 2)),
            ("retire", "seal", 90, ("b", 1, 2)),
            ("new", "retire", 60, ("b", 2, 2)),
            ("retire", "new", 50, ("b", 3, 2)),
            ("new", "seal", 40, ("a", 3, 2)),
        ]:
            with self.subTest(step, expected=expected):
                self.refuses(f"`{step}` is next", wrong)
                self.applies(step)
                self.publish(hours_ago)
                self.assertEqual(self.keys(), expected)
        self.assertEqual({name: value for name, value in self.parameters().items() if name not in INITIAL}, others)

    def test_without_apply_the_step_is_only_shown(self):
        before = self.parameters()
        status, output = self.rotate()
        self.assertEqual((status, self.parameters()), (0, before), output)
        self.assertIn("new: HandleKeyB=2\nnothing was changed", output)

    def test_a_key_is_not_retired_while_handles_under_it_are_valid(self):
        self.deploy(100, HandleKeyB="2")
        self.deploy(24.5, SealingKey="b")
        self.refuses("`retire` must wait until", "retire")
        # A deployment of something else does not end the wait, and does not begin it again.
        self.deploy(3, LogRetentionDays="30")
        self.refuses("`retire` must wait until")

    def test_the_wait_counts_from_the_deployment_that_sealed_with_the_other_key(self):
        self.deploy(100, HandleKeyB="2")
        self.deploy(26, SealingKey="b")
        self.deploy(2, LogRetentionDays="30")
        self.applies("retire")
        self.assertEqual(self.keys(), ("b", 2, 2))

    def test_leaked_keys_are_both_replaced_at_once(self):
        self.deploy(100, HandleKeyB="2")
        self.deploy(1, SealingKey="b")
        self.applies("--leaked")
        self.assertEqual(self.keys(), ("b", 2, 3))

    def test_an_alias_that_was_moved_back_by_hand_is_refused(self):
        self.deploy(100, HandleKeyB="2")
        self.client("lambda").update_alias(FunctionName="broker", Name="live", FunctionVersion="1")
        self.refuses("the alias is at version 1, which has other keys than the stack's parameters: first point it to version 2")
        self.refuses("the alias is at version 1", "--leaked")

    def test_without_the_versions_of_the_last_day_nobody_knows_what_sealed(self):
        self.deploy(100, HandleKeyB="2")
        self.deploy(20, SealingKey="b")
        self.deploy(10, LogRetentionDays="30")
        versions = lambda_backends[DEFAULT_ACCOUNT_ID][REGION]._lambdas._functions["broker"]["versions"]
        del versions[:3]
        self.refuses("versions before 4 were deleted less than a day after they served", "new")

    def test_a_stack_that_is_absent_or_of_another_template_is_refused(self):
        other = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
        self.client("cloudformation").create_stack(StackName="other", TemplateBody=other)
        for stack, reason in [("other", "it lacks SealingKey, HandleKeyA, HandleKeyB"), ("absent", "does not exist")]:
            status, output = self.rotate("--apply", stack=stack)
            self.assertEqual(status, 1)
            self.assertIn(reason, output)

    def test_a_stack_that_is_being_updated_is_refused(self):
        cloudformation_backends[DEFAULT_ACCOUNT_ID][REGION].get_stack("uploads").status = "UPDATE_IN_PROGRESS"
        self.refuses("the stack is in UPDATE_IN_PROGRESS")


if __name__ == "__main__":
    unittest.main()
