"""The deploy role may do what CloudFormation needs for the resource types of the templates.

The registry's schema of a type names the actions of its handlers. cfn-lint, which SAM brings along, contains them all.
"""

import fnmatch
import json
import re
import unittest
from pathlib import Path

import cfnlint

from support import CUSTOM_DOMAIN, LAMBDA, NESTED, PRIVATE, Rendered, listed, load, main, nested

SCHEMAS = Path(cfnlint.__file__).parent / "data/schemas/resources"
# Between them, these sets of parameters make every resource of every template but DenyInvoke.
SETS = [
    {"AlarmEmail": "ops@example.com", "CorsBy": "broker", "Deployment": "Canary10Percent5Minutes"} | CUSTOM_DOMAIN | LAMBDA,
    {"ApiKeyRequired": "true", "WebAclArn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b"} | PRIVATE | LAMBDA,
]
# Actions that a handler names for features that the templates never use, or that the page leaves to an administrator.
LEFT_OUT = {
    "apigateway:*agResource": "IAM knows no such action: API Gateway tags by PUT and DELETE",
    "kms:*": "a customer key's policy gives these to whoever deploys (docs/deploy.md#a-customer-key)",
    "logs:*ssociateKmsKey": "a customer key, as above",
    "logs:*ResourcePolicy": "the HTTP API's log needs none; Put is there for the REST API's",
    "dynamodb:*Item": "no table is imported or replicated",
    "dynamodb:[QS]*": "no table is imported or replicated",
    "dynamodb:*Import*": "no table is imported",
    "dynamodb:*TableReplica": "no table is replicated",
    "dynamodb:*Kinesis*": "no table is streamed",
    "dynamodb:*ResourcePolicy": "the table has no policy",
    "dynamodb:Update[C]*": "no backups and no insights",
    "kinesis:*": "no table is streamed",
    "logs:*LogStream*": "no table is imported",
    "logs:PutLogEvents": "no table is imported",
    "s3:GetObject[MV]*": "no version of an object is named",
    "s3:getObject": "the definition of the API is in the template",
    "s3:REST.PUT.OBJECT": "no log goes to a bucket",
    "firehose:*": "no log goes to a stream",
    "iam:CreateServiceLinkedRole": "no table is replicated",
    "iam:UpdateRoleDescription": "no role has a description",
    "lambda:*CodeSigningConfig": "code is not signed",
    "lambda:PassCapacityProvider": "no capacity provider",
    "lambda:AssociateRuntimeAlias": "no capacity provider",
    "lambda:*PutFunctionScalingConfig": "no capacity provider",
    "lambda:PutFunctionRecursionConfig": "the default stays",
    "lambda:PutRuntimeManagementConfig": "the default stays",
    "lambda:[DP]*ProvisionedConcurrencyConfig": "no provisioned concurrency",
    "elasticfilesystem:*": "no file system",
    "s3files:*": "no file system",
    "logs:*DataProtectionPolicy": "no data protection policy is put",
    "logs:*IndexPolicy": "no index policy is put",
    "logs:Put[BL]*": "neither bearer tokens nor deletion protection",
    "sns:PutDataProtectionPolicy": "no data protection policy is put",
    "events:*Permission": "the bus has no policy",
    "secretsmanager:Re*": "no secret is replicated",
    "codedeploy:RegisterOnPremisesInstance": "Lambda only",
    "cloudformation:*StackPolicy": "nested stacks have no policy",
    "cloudformation:UpdateTerminationProtection": "nested stacks have none",
    "wafv2:*PermissionPolicy": "no web ACL is shared",
    **{f"{service}:*": "a web ACL in front of another service" for service in (
        "amplify", "apprunner", "appsync", "bedrock-agentcore", "cognito-idp", "elasticloadbalancing")},
    "ec2:*VerifiedAccess*": "a web ACL in front of another service",
}
# Actions that no handler names: those of `sam deploy` itself, of its bucket, and of access logs.
BEYOND = {
    "cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackEvents",
    "cloudformation:ExecuteChangeSet", "cloudformation:GetTemplateSummary", "codedeploy:UpdateApplication",
    "lambda:ListTags", "logs:DeleteLogDelivery", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:UpdateLogDelivery",
    "s3:CreateBucket", "s3:GetBucketLocation", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging",
    "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutObject",
}


def made():
    """The types of the resources that the templates make."""
    found = set()
    for given in SETS:
        stack = main(**given)
        stacks = [stack] + [nested(name, stack) for name, resource in NESTED.items() if resource in stack.resources]
        found |= {resource["Type"] for one in stacks for resource in one.resources.values()}
    return found


def handlers():
    """The actions of the handlers of each type in the registry; `list` is for imports of resources."""
    found = {}
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text())
        actions = found.setdefault(schema["typeName"], set())
        for name, handler in schema.get("handlers", {}).items():
            if name != "list":
                actions.update(handler.get("permissions", []))
    return found


def allowed():
    (policy,) = load("deploy-role.yaml")["Resources"]["Role"]["Properties"]["Policies"]
    return {action for statement in policy["PolicyDocument"]["Statement"] for action in listed(statement["Action"])}


def is_left_out(action):
    return any(fnmatch.fnmatchcase(action, pattern) for pattern in LEFT_OUT)


class DeployRole(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made, cls.handlers, cls.allowed = made(), handlers(), allowed()

    def test_the_parameters_make_every_type_that_the_templates_write(self):
        texts = "".join((Path(__file__).parent.parent / name).read_text() for name in ("template.yaml", *NESTED))
        written = set(re.findall(r"^    Type: (AWS::(?!Serverless)\S+)$", texts, re.MULTILINE))
        self.assertEqual(written - self.made, {"AWS::IAM::ManagedPolicy"})

    def test_every_type_has_its_actions(self):
        for kind in sorted(self.made):
            with self.subTest(kind):
                self.assertTrue(self.handlers.get(kind), "the registry names no actions of this type")
                self.assertEqual({a for a in self.handlers[kind] - self.allowed if not is_left_out(a)}, set())

    def test_no_action_is_there_that_nothing_needs(self):
        needed = set().union(*(self.handlers[kind] for kind in self.made))
        self.assertEqual(self.allowed - needed, BEYOND)

    def test_the_policy_fits_into_a_role(self):
        given = {"BrokerStackName": "upload-broker-production", "Repository": "o/r", "GitHubEnvironment": "production"}
        (policy,) = Rendered(load("deploy-role.yaml"), given).properties("Role")["Policies"]
        # IAM counts the inline policies of a role without white space.
        self.assertLess(len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))), 10_240)

    def test_what_is_left_out_is_named_by_some_handler(self):
        named = set().union(*(self.handlers[kind] for kind in self.made))
        for pattern in LEFT_OUT:
            with self.subTest(pattern):
                self.assertTrue(fnmatch.filter(named - self.allowed, pattern))


if __name__ == "__main__":
    unittest.main()
