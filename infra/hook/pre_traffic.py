"""CodeDeploy's hook before a new version gets traffic. It fails the deployment if the version does not start.

The hook sends `GET /limits` without a token, which the broker must answer with its own 401. A version that cannot read
its rules, or has another fault, does not start at all.
"""

import json
import os
import tomllib
from pathlib import Path

import boto3


def api_id(rules):
    """An API id that the rules accept; any id if they accept all."""
    return rules.get("authentication", {}).get("api_ids", ["pre-traffic"])[0]


def limits_event(payload_format_version, api_id):
    """`GET /limits` without a token, as the API would send it."""
    context = {"apiId": api_id, "requestId": "pre-traffic"}
    if payload_format_version == "1.0":
        request = {"resource": "/limits", "path": "/limits", "httpMethod": "GET", "multiValueHeaders": {}}
        context |= {"stage": "live", "identity": {}}
    else:
        request = {"version": "2.0", "routeKey": "GET /limits", "rawPath": "/limits"}
        context |= {"stage": "$default", "http": {"method": "GET", "path": "/limits"}}
    return request | {"headers": {}, "requestContext": context, "isBase64Encoded": False}


def fault_of(version, event):
    """The fault of the version's answer, or None."""
    reply = boto3.client("lambda").invoke(FunctionName=version, Payload=json.dumps(event))
    answer = json.load(reply["Payload"])
    if "FunctionError" in reply:
        return f"the version does not answer: {answer.get('errorType')}"
    problem = json.loads(answer.get("body") or "{}")
    if (answer.get("statusCode"), problem.get("code")) != (401, "unauthenticated"):
        return f"the answer is {answer.get('statusCode')} {problem.get('code')}, not 401 unauthenticated"
    return None


def handler(deployment, _context):
    try:
        rules = tomllib.loads(Path(os.environ["RULES"]).read_text())
        fault = fault_of(os.environ["NEW_VERSION"], limits_event(os.environ["PAYLOAD_FORMAT_VERSION"], api_id(rules)))
    except Exception as error:  # Any error, because CodeDeploy waits an hour for an outcome that is not reported.
        fault = f"{type(error).__name__}: {error}"
    print(json.dumps({"version": os.environ["NEW_VERSION"], "fault": fault}))
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=deployment["DeploymentId"],
        lifecycleEventHookExecutionId=deployment["LifecycleEventHookExecutionId"],
        status="Failed" if fault else "Succeeded",
    )
