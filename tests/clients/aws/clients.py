"""AWS CLI and boto3, pointed at a local stack."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

# Without the clients' own checks, so that the service answers.
UNCHECKED = "[default]\nparameter_validation = false\n"


class Cli:
    """`aws --endpoint-url ...`."""

    def __init__(self, endpoint):
        self._endpoint = endpoint

    def connect(self, *arguments, checked=True):
        """The completed process of `aws connect ARGUMENTS`."""
        return self.run("connect", *arguments, checked=checked)

    def run(self, *arguments, checked=True):
        """The completed process of `aws ARGUMENTS`."""
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as config:
            config.write("" if checked else UNCHECKED)
            config.flush()
            environment = {
                **CREDENTIALS,
                "AWS_CONFIG_FILE": config.name,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "PATH": os.environ["PATH"],
            }
            aws = Path(sys.executable).with_name("aws")
            command = [sys.executable, aws, "--endpoint-url", self._endpoint, *arguments]
            return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def client(service, endpoint):
    """A boto3 client of `service`."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    )
