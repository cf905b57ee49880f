"""moto's CloudFormation creates the nested templates: it resolves their references and calls its own services."""

import io
import json
import logging
import os
import unittest
import warnings
import zipfile
from pathlib import Path

import boto3
from moto import mock_aws

INFRA = Path(__file__).resolve().parent.parent.parent
STACKS = json.loads(Path(os.environ["STACKS"]).read_text())
# moto creates none of these, but reports CREATE_COMPLETE. The step `infra` checks their properties against cfn-lint's
# registry schemas.
NOT_CREATED = {
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::IAM::RolePolicy",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Subscription",
}
# The test reads moto's warnings, so its log is off.
logging.getLogger("moto").setLevel(logging.CRITICAL)


def function_alias():
    """ARN of the alias of a new function, because the invoke permission needs one that exists."""
    lambda_, iam = boto3.client("lambda"), boto3.client("iam")
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "")
    lambda_.create_function(
        FunctionName="broker", Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": code.getvalue()}
    )
    version = lambda_.publish_version(FunctionName="broker")["Version"]
    return lambda_.create_alias(FunctionName="broker", Name="live", FunctionVersion=version)["AliasArn"]


def create(stack):
    """The stack's final status, and the types that moto did not create."""
    given = stack["parameters"] | ({"FunctionArn": function_alias()} if "FunctionArn" in stack["parameters"] else {})
    cloudformation = boto3.client("cloudformation")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        cloudformation.create_stack(
            StackName="stack",
            TemplateBody=(INFRA / stack["template"]).read_text(),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        (made,) = cloudformation.describe_stacks(StackName="stack")["Stacks"]
    tried = (str(warning.message).partition("Tried to parse ")[2] for warning in warned)
    return made["StackStatus"], {text.split()[0] for text in tried if text}


class Moto(unittest.TestCase):
    def test_every_nested_stack_is_created(self):
        not_created = set()
        for stack in STACKS:
            with self.subTest(stack["what"]), mock_aws(config={"lambda": {"use_docker": False}}):
                status, unknown = create(stack)
                self.assertEqual(status, "CREATE_COMPLETE")
                not_created |= unknown
        self.assertEqual(not_created, NOT_CREATED)

    @mock_aws
    def test_the_table_has_its_keys_and_costs_nothing_at_rest(self):
        create(next(stack for stack in STACKS if stack["what"] == "shared table"))
        dynamodb = boto3.client("dynamodb")
        (name,) = dynamodb.list_tables()["TableNames"]
        table = dynamodb.describe_table(TableName=name)["Table"]
        self.assertEqual([(k["AttributeName"], k["KeyType"]) for k in table["KeySchema"]], [("pk", "HASH"), ("sk", "RANGE")])
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")


if __name__ == "__main__":
    unittest.main()
