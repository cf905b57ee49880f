"""Prints nested stacks with the parameters that the root template passes: a JSON array of `what`, `body`, `parameters`."""

import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from support import INFRA, JWT, NESTED, load, main, nested_template

STACKS = [
    ("permissions", "permissions.yaml", {"ContactLookup": "true", "CaseCustomerLookup": "true"}),
    ("permissions in a company", "permissions.yaml", {
        "AttachedFileScope": "instance-and-cases",
        "PinUsers": "off",
        "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary",
        "RolePath": "/apps/",
    }),
    ("http without authorizer", "http-api.yaml", {}),
    ("http with jwt", "http-api.yaml", JWT),
    ("http with preflights for the broker", "http-api.yaml", {"CorsBy": "broker", "AllowedOrigins": "capacitor://localhost"}),
    ("http with iam", "http-api.yaml", {"Authorizer": "iam"}),
    ("rest", "rest-api.yaml", {"ApiType": "rest"}),
    ("rest with keys and iam", "rest-api.yaml", {"ApiType": "rest", "Authorizer": "iam", "ApiKeyRequired": "true"}),
    ("shared table", "shared-table.yaml", {}),
    ("shared table under a customer key", "shared-table.yaml", {
        "KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-4111-8111-111111111111",
    }),
    ("finisher", "finisher.yaml", {}),
    ("finisher that deletes nothing", "finisher.yaml", {"DeleteAllowed": "false", "CasesDomainArn": ""}),
    ("monitoring without finisher", "monitoring.yaml", {"SharedState": "pace"}),
    ("monitoring", "monitoring.yaml", {"AlarmEmail": "ops@example.com"}),
]


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
    stacks = [stack(*row) for row in STACKS]
    json.dump(stacks, sys.stdout, indent=2)
