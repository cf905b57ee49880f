"""Creates a case from a web form, and returns a token with which the form's page adds files to that case alone."""

import base64
import json
import os
import time
import uuid

import boto3

cases, kms = boto3.client("connectcases"), boto3.client("kms")
LIMITS = {"subject": 100, "message": 2000}
LIFETIME_SECS = 900


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token_for(case_arn):
    """An access token (RFC 9068) whose private key never leaves KMS."""
    now, key = int(time.time()), os.environ["KEY_ID"]
    header = {"alg": "RS256", "typ": "at+jwt", "kid": key}
    claims = {
        "iss": "web-form",
        "aud": "upload-broker",
        "client_id": "web-form",
        "sub": f"form-{case_arn.rsplit('/', 1)[1]}",
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + LIFETIME_SECS,
        "cases": [case_arn],
    }
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    signature = kms.sign(
        KeyId=key, Message=signed.encode(), MessageType="RAW", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256"
    )["Signature"]
    return f"{signed}.{base64url(signature)}"


def faults_of(form):
    """What is wrong with each field."""
    if not isinstance(form, dict):
        return {name: "is missing" for name in LIMITS}
    return {
        name: f"must be text of 1 to {limit} characters"
        for name, limit in LIMITS.items()
        if not isinstance(form.get(name), str) or not 1 <= len(form[name].strip()) <= limit
    }


def answer(status, body):
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def handler(event, _context):
    body = event.get("body") or ""
    try:
        form = json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    except ValueError:
        form = None
    faults = faults_of(form)
    if faults:
        return answer(422, {"faults": faults})
    created = cases.create_case(
        domainId=os.environ["CASES_DOMAIN_ID"],
        templateId=os.environ["CASE_TEMPLATE_ID"],
        fields=[
            {"id": "title", "value": {"stringValue": form["subject"].strip()}},
            {"id": "summary", "value": {"stringValue": form["message"].strip()}},
        ],
    )
    case_arn = created["caseArn"]
    return answer(201, {"resource": case_arn, "token": token_for(case_arn), "expiresInSeconds": LIFETIME_SECS})
