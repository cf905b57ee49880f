"""Prints nested stacks with the parameters that the root template passes, and definitions of REST APIs.

`stacks` has `what`, `body` and `parameters` of each, `apis` the OpenAPI document of each, `routes` what is merged into an API
that exists, and `parameters` those of the root template.
"""

import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from test_existing_api import ALIAS, fragment
from support import ENDPOINTS, INFRA, JWT, LAMBDA, NESTED, PRIVATE, VPC, load, main, nested, nested_template

STACKS = [
    ("permissions", "permissions.yaml", {"ContactLookup": "true", "CaseCustomerLookup": "true"}),
    ("permissions in a company", "permissions.yaml", {
        "AttachedFileScope": "instance-and-cases",
        "PinUsers": "off",
        "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary",
        "RolePath": "/apps/",
    }),
    ("permissions in a VPC", "permissions.yaml", VPC),
    ("http without authorizer", "http-api.yaml", {}),
    ("http with jwt", "http-api.yaml", JWT),
    ("http with preflights for the broker", "http-api.yaml", {"CorsBy": "broker", "AllowedOrigins": "capacitor://localhost"}),
    ("http with iam", "http-api.yaml", {"Authorizer": "iam"}),
    ("http with a Lambda authorizer", "http-api.yaml", LAMBDA),
    ("routes", "routes-http.yaml", {}),
    ("routes with an authorizer and preflights", "routes-http.yaml", JWT | {"CorsBy": "broker"}),
    ("shared table", "shared-table.yaml", {}),
    ("shared table under a customer key", "shared-table.yaml", {
        "KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-4111-8111-111111111111",
    }),
    ("finisher", "finisher.yaml", {}),
    ("finisher that deletes nothing", "finisher.yaml", {"DeleteAllowed": "false", "CasesDomainArn": ""}),
    ("finisher in a VPC", "finisher.yaml", VPC | ENDPOINTS | {"CaBundle": "ca.pem"}),
    ("monitoring without finisher", "monitoring.yaml", {"SharedState": "pace"}),
    ("monitoring with a topic of its own", "monitoring.yaml", {"AlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:operations"}),
    ("monitoring", "monitoring.yaml", {"AlarmEmail": "ops@example.com"}),
]

REST = {"ApiType": "rest"}
# moto's CloudFormation reads no definition of a REST API, so its API Gateway imports these.
APIS = {
    "rest": REST,
    "rest with keys and iam": REST | {"Authorizer": "iam", "ApiKeyRequired": "true"},
    "rest with a Lambda authorizer": REST | LAMBDA | {"AuthorizerType": "TOKEN"},
    "private rest": PRIVATE,
}


def parameters(template, given):
    handed_over = main(**given).properties(NESTED[template])["Parameters"]
    return {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in handed_over.items()}


def body(template, given):
    """The template's text, after SAM's transform if it asks for it, because moto has none."""
    if "Transform" not in load(template):
        return (INFRA / template).read_text()
    return json.dumps(nested_template(template, given))


def stack(what, template, given):
    handed_over = parameters(template, given)
    return {"what": what, "body": body(template, handed_over), "parameters": handed_over}


if __name__ == "__main__":
    apis = {what: nested("rest-api.yaml", main(**given)).properties("Api")["Body"] for what, given in APIS.items()}
    routes = fragment(PREFIX="/customer/attachments", SECURITY="[]", ALIAS_ARN=ALIAS, REGION="eu-west-1")
    found = {"stacks": [stack(*row) for row in STACKS], "apis": apis, "routes": routes}
    json.dump(found | {"parameters": load("template.yaml")["Parameters"]}, sys.stdout, indent=2)
