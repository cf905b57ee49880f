"""moto's CloudFormation creates the nested templates: it resolves their references and calls its own services."""

import io
import json
import logging
import os
import unittest
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path

import boto3
from moto import mock_aws

GIVEN = json.loads(Path(os.environ["STACKS"]).read_text())
STACKS = GIVEN["stacks"]
# moto creates none of these, but reports CREATE_COMPLETE. The step `infra` checks their properties against cfn-lint's
# registry schemas.
NOT_CREATED = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::IAM::RolePolicy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Subscription",
}
# The test reads moto's warnings, so its log is off.
logging.getLogger("moto").setLevel(logging.CRITICAL)


def function_alias():
    """ARN of the alias of a new function, because the invoke permission needs one that exists."""
    lambda_, iam = boto3.client("lambda"), boto3.client("iam")
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    lambda_.create_function(
        FunctionName="broker", Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": function_zip()}
    )
    version = lambda_.publish_version(FunctionName="broker")["Version"]
    return lambda_.create_alias(FunctionName="broker", Name="live", FunctionVersion=version)["AliasArn"]


def upload_code():
    """The finisher's zip, at the address that the template has after SAM's transform."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket="bucket", Key="UploadFinisher", Body=function_zip())


def function_zip():
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "")
    return code.getvalue()


def create(stack):
    """The stack's final status, and the types that moto did not create."""
    upload_code()
    functions = [name for name in ("FunctionArn", "AuthorizerArn") if stack["parameters"].get(name)]
    given = stack["parameters"] | {name: function_alias() for name in functions}
    cloudformation = boto3.client("cloudformation")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        cloudformation.create_stack(
            StackName="stack",
            TemplateBody=stack["body"],
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
        indexes = table["LocalSecondaryIndexes"] + table["GlobalSecondaryIndexes"]
        self.assertEqual([index["IndexName"] for index in indexes], ["recent", "due"])


def resources(client, api):
    """Each path of the API with its methods."""
    found = client.get_resources(restApiId=api, limit=500)["items"]
    return {resource["path"]: set(resource.get("resourceMethods", {})) for resource in found if resource.get("resourceMethods")}


class RestApis(unittest.TestCase):
    def test_every_definition_is_imported_and_deployed(self):
        for what, definition in GIVEN["apis"].items():
            with self.subTest(what), mock_aws():
                client = boto3.client("apigateway")
                api = client.create_rest_api(name="own")["id"]
                client.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(definition))
                self.assertEqual(set(resources(client, api)), set(definition["paths"]))
                client.create_deployment(restApiId=api, stageName="live")

    @mock_aws
    def test_the_routes_are_merged_into_an_api_that_exists(self):
        client = boto3.client("apigateway")
        own = {"openapi": "3.0.1", "info": {"title": "own", "version": "1"}, "paths": {"/orders": {"get": {"responses": {}}}}}
        api = client.create_rest_api(name="own")["id"]
        client.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(own))
        client.put_rest_api(restApiId=api, mode="merge", body=json.dumps(GIVEN["routes"]))
        self.assertEqual(set(resources(client, api)), {"/orders", *GIVEN["routes"]["paths"]})


RECIPES = Path(__file__).resolve().parents[3] / "examples/upload-events"
INSTANCE = "arn:aws:connect:eu-west-1:111122223333:instance/i-1"
DOMAIN = "arn:aws:cases:eu-west-1:111122223333:domain/d-1"


@contextmanager
def subscribed(recipe, **given):
    """Sends events to a bus on which the recipe's rule has a queue as its target, and counts what arrives there."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        events, sqs = boto3.client("events"), boto3.client("sqs")
        events.create_event_bus(Name="bus")
        create({"body": (RECIPES / recipe).read_text(), "parameters": {"EventBusName": "bus"} | given})
        (rule,) = events.list_rules(EventBusName="bus")["Rules"]
        queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        # moto delivers to no function.
        named = {"Rule": rule["Name"], "EventBusName": "bus"}
        events.remove_targets(**named, Ids=[t["Id"] for t in events.list_targets_by_rule(**named)["Targets"]])
        events.put_targets(**named, Targets=[{"Id": "queue", "Arn": arn}])

        def arrived(**entry):
            events.put_events(Entries=[{"EventBusName": "bus", "Source": "upload-broker"} | entry])
            return len(sqs.receive_message(QueueUrl=queue).get("Messages", []))

        yield arrived


def entry(end, resource):
    return {"DetailType": f"Upload {end}", "Detail": json.dumps({"associatedResourceArn": resource})}


class Recipes(unittest.TestCase):
    def test_a_mail_is_for_every_end_but_approved(self):
        ses = {"Sender": "a@example.com", "SenderIdentityArn": "arn:aws:ses:eu-west-1:111122223333:identity/example.com"}
        with subscribed("mail-to-agent.yaml", ConnectInstanceArn=INSTANCE, **ses) as arrived:
            for end, expected in {"Approved": 0, "Rejected": 1, "Failed": 1, "Abandoned": 1}.items():
                with self.subTest(end):
                    self.assertEqual(arrived(**entry(end, f"{DOMAIN}/case/c-1")), expected)
            self.assertEqual(arrived(**entry("Failed", f"{DOMAIN}/case/c-1"), Source="another"), 0)

    def test_a_note_is_for_cases_of_the_domain(self):
        with subscribed("note-in-case.yaml", CasesDomainArn=DOMAIN) as arrived:
            for resource, expected in {f"{DOMAIN}/case/c-1": 1, f"{DOMAIN}2/case/c-1": 0, f"{INSTANCE}/contact/c-1": 0}.items():
                with self.subTest(resource):
                    self.assertEqual(arrived(**entry("Approved", resource)), expected)


if __name__ == "__main__":
    unittest.main()
