#!/usr/bin/env python3
"""A Lambda authorizer of the local stack's tests: `Bearer key-of-NAME` is NAME, who may pass as an agent.

It asks the Runtime API for events itself, as a custom runtime does, and answers each form of authorizer. Other keys make
it answer what must not let a request pass.
"""

import json
import os
import urllib.request

INVOCATION = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"


def handler(event):
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    given = event.get("authorizationToken") or headers["authorization"]
    name = given.removeprefix("Bearer key-of-")
    if name == "nobody":
        raise PermissionError("Unauthorized")
    if name == "surprise":
        return {"surprise": True}
    arn = event.get("routeArn") or event["methodArn"]
    effect = {"denied": "Deny"}.get(name, "Allow" if name.endswith(".agent") else None)
    resource = arn if effect else "arn:aws:execute-api:*:*:another/*"
    statement = {"Action": "execute-api:Invoke", "Effect": effect or "Allow", "Resource": resource}
    return {
        # Each form ignores the members of the other.
        "isAuthorized": effect == "Allow",
        "principalId": name,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"sub": name, "username": name, "level": 7},
    }


def post(request_id, outcome, body):
    urllib.request.urlopen(f"{INVOCATION}/{request_id}/{outcome}", json.dumps(body).encode()).read()


while True:
    with urllib.request.urlopen(f"{INVOCATION}/next") as assignment:
        request_id = assignment.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(assignment)
    try:
        answer = handler(event)
    except Exception as error:
        post(request_id, "error", {"errorMessage": str(error), "errorType": type(error).__name__})
    else:
        post(request_id, "response", answer)
