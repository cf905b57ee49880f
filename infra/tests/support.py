"""The templates as CloudFormation sees them: after SAM's transform, with parameters and conditions resolved."""

import functools
import json
import logging
import os
import re
import shutil
import subprocess
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

INFRA = Path(__file__).resolve().parent.parent
ROOT = INFRA.parent
TEMPLATES = sorted(INFRA.glob("*.yaml"))
INSTANCE = "arn:aws:connect:eu-west-1:111122223333:instance/i-1"
DOMAIN = "arn:aws:cases:eu-west-1:111122223333:domain/d-1"
ORIGINS = "https://portal.example.com,https://backup.example.com"
GIVEN = {"ConnectInstanceArn": INSTANCE, "CasesDomainArn": DOMAIN, "AllowedOrigins": ORIGINS}
CUSTOM_DOMAIN = {"DomainName": "uploads.example.com", "CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/c"}
VPC = {"SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1", "SecurityGroupIds": "sg-0123456789abcdef0"}
NO_API = {"ApiType": "none", "AllowedOrigins": ""}
PRIVATE = {"ApiType": "rest", "EndpointType": "PRIVATE", "VpcEndpointIds": "vpce-0123456789abcdef0,vpce-0123456789abcdef1"}
LAMBDA = {"Authorizer": "lambda", "AuthorizerArn": "arn:aws:lambda:eu-west-1:111122223333:function:authorizer"}
ENDPOINTS = {
    "ConnectEndpointUrl": "https://vpce-1.connect.eu-west-1.vpce.amazonaws.com",
    "CasesEndpointUrl": "https://vpce-2.cases.eu-west-1.vpce.amazonaws.com",
    "DynamoDbEndpointUrl": "https://vpce-3.dynamodb.eu-west-1.vpce.amazonaws.com",
    "EventsEndpointUrl": "https://vpce-4.events.eu-west-1.vpce.amazonaws.com",
}
JWT = {"Authorizer": "jwt", "JwtIssuer": "https://login.example.com", "JwtAudiences": "broker"}

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "111122223333",
    "AWS::StackName": "upload-broker",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/upload-broker/guid",
    "AWS::URLSuffix": "amazonaws.com",
}
ABSENT = object()

logging.getLogger("samtranslator").setLevel(logging.ERROR)


def copy_infra(folder):
    """Copies infra/, but not the CDK construct, whose packages are large."""
    shutil.copytree(INFRA, folder / "infra", ignore=shutil.ignore_patterns("cdk"))


def load(name):
    return yaml_parse((INFRA / name).read_text())


@functools.cache
def main(rules="rules", **parameters):
    """The main template after SAM's transform. `rules` stands for the contents of the layer."""
    given = GIVEN | parameters
    template = load("template.yaml")
    template["Resources"]["Rules"]["Properties"]["ContentUri"] = f"s3://bucket/{rules}"
    for function in ("UploadBroker", "PreTraffic"):
        template["Resources"][function]["Properties"]["CodeUri"] = f"s3://bucket/{function}"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Application":
            resource["Properties"]["Location"] = "https://s3.amazonaws.com/bucket/" + resource["Properties"]["Location"]
    return Rendered(transformed(template, given), given)


def transformed(template, given):
    """A template after SAM's transform."""
    return Translator({}, Parser()).translate(template, parameter_values=dict(given))


def nested(name, stack):
    """A nested template with the parameters that the main template passes to it."""
    given = stack.properties(NESTED[name])["Parameters"]
    return Rendered(nested_template(name, given), given)


def nested_template(name, given):
    """A nested template as CloudFormation sees it, after SAM's transform if it asks for it."""
    template = load(name)
    if "Transform" not in template:
        return template
    for function, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://bucket/{function}"
    return transformed(template, given)


NESTED = {
    "http-api.yaml": "HttpApi",
    "routes-http.yaml": "Routes",
    "rest-api.yaml": "RestApi",
    "permissions.yaml": "Permissions",
    "monitoring.yaml": "Monitoring",
    "custom-domain.yaml": "CustomDomain",
    "shared-table.yaml": "SharedTable",
    "finisher.yaml": "Finisher",
}


class Rendered:
    """A template with one set of parameters, without the resources whose condition is false."""

    def __init__(self, template, given):
        self.template = template
        self.parameters = {
            name: self._typed(spec, given.get(name, spec.get("Default")))
            for name, spec in template.get("Parameters", {}).items()
        }
        self.resources = {
            name: resource | {"Properties": self.resolve(resource.get("Properties", {}))}
            for name, resource in template["Resources"].items()
            if "Condition" not in resource or self.condition(resource["Condition"])
        }

    @staticmethod
    def _typed(spec, value):
        if spec["Type"] == "CommaDelimitedList":
            return str(value).split(",")
        return value if value is None or isinstance(value, str) else str(value)

    def of_type(self, kind):
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]

    def condition(self, name):
        return self.resolve(self.template["Conditions"][name])

    def broken_rules(self):
        """The descriptions of the assertions that the parameters break."""
        for rule in self.template.get("Rules", {}).values():
            if self.resolve(rule["RuleCondition"]):
                for assertion in rule["Assertions"]:
                    if not self.resolve(assertion["Assert"]):
                        yield assertion["AssertDescription"]

    def resolve(self, node):
        if isinstance(node, list):
            return [value for value in map(self.resolve, node) if value is not ABSENT]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), = node.items()
            function = getattr(self, "_" + name.removeprefix("Fn::").lower(), None)
            if function and (name.startswith("Fn::") or name in ("Ref", "Condition")):
                if name != "Condition" or isinstance(argument, str):
                    return function(argument)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not ABSENT}

    def _ref(self, name):
        if name == "AWS::NoValue":
            return ABSENT
        if self.template["Resources"].get(name, {}).get("Type") == "AWS::Lambda::LayerVersion":
            return f"arn:aws:lambda:eu-west-1:111122223333:layer:Rules:{name}"
        return self.parameters.get(name, PSEUDO.get(name, f"<{name}>"))

    def _getatt(self, path):
        return f"<{path if isinstance(path, str) else '.'.join(path)}>"

    def _condition(self, name):
        return self.condition(name)

    def _if(self, argument):
        name, yes, no = argument
        return self.resolve(yes if self.condition(name) else no)

    def _equals(self, argument):
        left, right = map(self.resolve, argument)
        return str(left) == str(right)

    def _contains(self, argument):
        members, value = map(self.resolve, argument)
        return value in members

    def _eachmemberequals(self, argument):
        members, expected = map(self.resolve, argument)
        return all(member == expected for member in members)

    def _not(self, argument):
        return not self.resolve(argument[0])

    def _and(self, argument):
        return all(map(self.resolve, argument))

    def _or(self, argument):
        return any(map(self.resolve, argument))

    def _join(self, argument):
        return argument[0].join(self.resolve(argument[1]))

    def _split(self, argument):
        return self.resolve(argument[1]).split(argument[0])

    def _select(self, argument):
        return self.resolve(argument[1])[int(argument[0])]

    def _sub(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})
        def value(found):
            return str(self.resolve(own[found[1]]) if found[1] in own else self._ref(found[1]))
        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", value, text)


def statements(rendered):
    """Every statement of the role and of the policies attached to it."""
    documents = [policy["PolicyDocument"] for policy in rendered.of_type("AWS::IAM::RolePolicy").values()]
    documents += [policy["PolicyDocument"] for policy in rendered.properties("Role")["Policies"]]
    return [statement for document in documents for statement in document["Statement"]]


def brokerctl():
    """Path of this clone's brokerctl."""
    given = os.environ.get("BROKERCTL")
    if given is None:
        subprocess.run(["cargo", "build", "--quiet", "--locked", "--workspace", "--bins"], cwd=ROOT, check=True)
        given = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/brokerctl"
    return str(given)


def reference():
    """The entries of AWS's Service Authorization Reference for the actions that are used here."""
    return json.loads((INFRA / "tests/service-authorization.json").read_text())


def listed(value):
    return value if isinstance(value, list) else [value]


def text_of(rendered):
    return json.dumps(rendered.resources)
