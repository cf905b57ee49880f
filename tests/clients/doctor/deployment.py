"""A deployment in moto, as the templates make it: sound at first, until a test spoils it."""

import fnmatch
import io
import json
import time
import zipfile
from datetime import datetime, timezone

import boto3
from local_stack import PROJECT

REGION = "eu-west-1"
BUCKET = "connect-attachments"
ACCOUNT = "111122223333"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
TLS_ONLY = {
    "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
# What the roles may do: actions and resources.
ALLOWED = [
    ("connect:*", "arn:aws:connect:*"),
    ("cases:*", "arn:aws:cases:*"),
    ("dynamodb:*", "arn:aws:dynamodb:*"),
    ("logs:PutLogEvents", "arn:aws:logs:*"),
    ("events:PutEvents", "arn:aws:events:*"),
]


def policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def function_zip():
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "")
    return code.getvalue()


class Deployment:
    """What the stack `uploads` made for the rules with this digest, in front of a local stack."""

    def __init__(self, aws, local, digest):
        self.aws, self.local = aws, local
        self.session = boto3.Session("test", "test", region_name=REGION)
        self.key = self.client("kms").create_key()["KeyMetadata"]
        self.make_bucket()
        table = self.make_table()
        self.role = self.make_role()
        self.make_functions()
        self.topic = self.client("sns").create_topic(Name="alarms")["TopicArn"]
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="email", Endpoint="ops@example.com")
        self.log(digest)
        self.make_stack(table)
        aws.answers |= {
            "SimulatePrincipalPolicy": self.simulate,
            "GetAccountSettings": lambda _: account_settings(1000),
            "ListServiceQuotas": lambda _: quotas(2),
        }

    def client(self, service):
        return self.session.client(service, endpoint_url=self.aws.url)

    def make_bucket(self):
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy([TLS_ONLY]))
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key["Arn"]}
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}],
        })

    def make_table(self):
        """The outputs of the table's own template."""
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName="table",
            TemplateBody=(PROJECT / "infra/shared-table.yaml").read_text(),
            Parameters=[{"ParameterKey": "KmsKeyArn", "ParameterValue": ""}],
        )
        (stack,) = cloudformation.describe_stacks(StackName="table")["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.expire_rows(outputs["TableName"], True)
        return outputs

    def expire_rows(self, table, enabled):
        """moto's CloudFormation leaves the template's TimeToLiveSpecification out."""
        expiry = {"Enabled": enabled, "AttributeName": "expires"}
        self.client("dynamodb").update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)

    def make_role(self):
        self.allowed = ALLOWED
        return self.client("iam").create_role(RoleName="broker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    def make_functions(self):
        lambda_, events = self.client("lambda"), self.client("events")
        for name in ("broker", "finisher", "scanner"):
            lambda_.create_function(
                FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=self.role,
                Code={"ZipFile": function_zip()},
            )
        lambda_.add_permission(
            FunctionName="scanner", StatementId="connect", Action="lambda:InvokeFunction", Principal="connect.amazonaws.com",
            SourceAccount=ACCOUNT, SourceArn=self.local.seeds["instanceArn"],
        )
        events.put_rule(Name="every-minute", ScheduleExpression="rate(1 minute)")
        events.put_targets(Rule="every-minute", Targets=[{"Id": "finisher", "Arn": f"{LAMBDA}:finisher"}])
        self.count("Invocations", 15)

    def count(self, metric, value):
        """Lambda counts runs of the finisher."""
        dimensions = [{"Name": "FunctionName", "Value": "finisher"}]
        now = datetime.now(timezone.utc)
        data = {"MetricName": metric, "Dimensions": dimensions, "Timestamp": now, "Value": value, "Unit": "Count"}
        self.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[data])

    def log(self, digest):
        """A request's line, as the broker writes it."""
        logs = self.client("logs")
        if not logs.describe_log_groups(logGroupNamePrefix="broker-log")["logGroups"]:
            logs.create_log_group(logGroupName="broker-log")
            logs.create_log_stream(logGroupName="broker-log", logStreamName="s")
        line = json.dumps({"level": "INFO", "message": "request", "rules_sha256": digest})
        events = [{"timestamp": int(time.time() * 1000), "message": line}]
        logs.put_log_events(logGroupName="broker-log", logStreamName="s", logEvents=events)

    def make_stack(self, table):
        """A stack with the parameters and outputs of infra/template.yaml that the doctor reads."""
        parameters = {
            "ConnectInstanceArn": self.local.seeds["instanceArn"],
            "CasesDomainArn": self.local.case().rpartition("/case/")[0],
            "Environment": "local", "SharedState": "full", "ApiType": "http", "RateLimit": "20",
        }
        outputs = {
            "ApiUrl": self.local.origins["api"], "RoleArn": self.role, "FunctionName": "broker", "LogGroupName": "broker-log",
            "FinisherName": "finisher", "FinisherLogGroupName": "finisher-log", "TopicArn": self.topic,
            "SharedTableName": table["TableName"], "SharedTableArn": table["TableArn"],
            "EventBusArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/uploads",
        }
        template = {
            "Parameters": {name: {"Type": "String", "Default": value} for name, value in parameters.items()},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        self.client("cloudformation").create_stack(StackName="uploads", TemplateBody=json.dumps(template))

    def simulate(self, form):
        """IAM's simulator over what the role is allowed, without conditions and boundaries."""
        def given(name):
            return [form[key][0] for key in form if key.startswith(f"{name}.member.")]

        def decision(action, resource):
            about = (all(map(fnmatch.fnmatchcase, (action, resource), pattern)) for pattern in self.allowed)
            return "allowed" if any(about) else "implicitDeny"

        results = [
            {
                "EvalActionName": action, "EvalResourceName": "arn:${Partition}:x", "EvalDecision": "implicitDeny",
                "ResourceSpecificResults": [
                    {"EvalResourceName": resource, "EvalResourceDecision": decision(action, resource)}
                    for resource in given("ResourceArns")
                ],
            }
            for action in given("ActionNames")
        ]
        return {"EvaluationResults": results, "IsTruncated": False}

    def spoil(self):
        """Brings one fault about for each check of the stack."""
        self.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy([
            TLS_ONLY,
            {"Sid": "OnlyKms", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*",
             "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
        ]))
        self.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.client("s3").put_object_lock_configuration(
            Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )
        self.client("kms").disable_key(KeyId=self.key["KeyId"])
        self.client("lambda").remove_permission(FunctionName="scanner", StatementId="connect")
        self.allowed = ALLOWED[1:]
        self.client("events").disable_rule(Name="every-minute")
        self.count("Errors", 3)
        self.log("0" * 64)
        self.aws.answers |= {
            "GetAccountSettings": lambda _: account_settings(10),
            "ListServiceQuotas": lambda _: quotas(10),
            "ListSubscriptionsByTopic": lambda _: {"Subscriptions": [
                {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "TopicArn": self.topic, "Endpoint": "ops@example.com"},
            ]},
        }
        (table,) = self.client("dynamodb").list_tables()["TableNames"]
        self.expire_rows(table, False)


def account_settings(unreserved):
    limit = {"ConcurrentExecutions": unreserved, "UnreservedConcurrentExecutions": unreserved}
    return {"AccountLimit": limit, "AccountUsage": {"FunctionCount": 3}}


def quotas(rate):
    """Quotas as the doctor expects their names; nobody has seen the real ones (docs/live-checks.md)."""
    return {"Quotas": [
        {"ServiceCode": "connect", "QuotaName": f"Rate of {operation} API requests", "Value": float(rate)}
        for operation in ("StartAttachedFileUpload", "SearchUsers")
    ]}
