"""Requests that botocore signs for `execute-api`, through the gateway stand-in with IAM authorization."""

import datetime
import json
import re
import unittest
from unittest import mock

import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clients import CREDENTIALS, REGION
from local_stack import LocalStack, http

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


def signed(method, url, body=b"", key=None, secret=None, service="execute-api", region=REGION, late=0, token=None):
    """Headers of a request that is signed `late` seconds ago."""
    credentials = Credentials(
        key or CREDENTIALS["AWS_ACCESS_KEY_ID"], secret or CREDENTIALS["AWS_SECRET_ACCESS_KEY"], token
    )
    request = AWSRequest(method, url, {"Content-Type": "application/json"}, body)
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=late)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now):
        SigV4Auth(credentials, service, region).add_auth(request)
    return dict(request.headers)


def call(method, url, body=b""):
    return http(method, url, body or None, signed(method, url, body))


class Journey(unittest.TestCase):
    def test_a_backend_uploads_for_a_user_lists_and_deletes(self):
        for payload in ("2.0", "1.0"):
            flags = ("--payload", payload, "--stage", "prod", "--prefix", "/attachments", "--authorizer", "iam")
            with self.subTest(payload=payload), LocalStack("--no-quota", "--scan-delay-ms", "0", *flags) as stack:
                self.upload(stack)

    def upload(self, stack):
        api, name = stack.origins["api"], stack.seeds["users"][1]["username"]
        asked = {"fileName": "a b.pdf", "fileSizeInBytes": 5, "associatedResourceArn": stack.case(), "onBehalfOf": name}
        created = call("POST", f"{api}/uploads", json.dumps(asked).encode())
        self.assertEqual(created.status, 201, created)
        (host,) = re.findall("^http://[^/]*", api)
        upload, ticket = host + created.headers["Location"], json.loads(created.body)
        self.assertEqual(http("PUT", ticket["url"], b"bytes", ticket["headers"]).status, 200)
        self.assertEqual(call("POST", f"{upload}/complete").status, 204)
        self.assertEqual(json.loads(call("GET", upload).body)["status"], "APPROVED")
        (file,) = stack.files()
        self.assertEqual(file["CreatedBy"], {"ConnectUserArn": stack.user(1)})
        listed = json.loads(call("GET", f"{api}/uploads?onBehalfOf={name}").body)
        self.assertEqual(len(listed["uploads"]), 1, listed)
        self.assertEqual(call("DELETE", upload).status, 204)
        self.assertEqual(stack.files(), [])


class Refusals(unittest.TestCase):
    """Each request of `bad`, and what a REST API says to it: error type and message."""

    def bad(self, url, token):
        body = b"{}"
        headers = signed("POST", url, body)
        yield "unsigned", {}, body, "MissingAuthenticationTokenException", "Missing Authentication Token"
        yield "a bearer token", {"Authorization": f"Bearer {token}"}, body, "IncompleteSignatureException", "Authorization header requires 'Credential' parameter"
        yield "another secret", signed("POST", url, body, secret="no"), body, "InvalidSignatureException", MISMATCH
        yield "another body", headers, b"{ }", "InvalidSignatureException", MISMATCH
        invalid = "The security token included in the request is invalid."
        yield "another key", signed("POST", url, body, key="no"), body, "UnrecognizedClientException", invalid
        yield "a session token", signed("POST", url, body, token="no"), body, "UnrecognizedClientException", invalid
        service = signed("POST", url, body, service="lambda")
        yield "another service", service, body, "InvalidSignatureException", "Credential should be scoped to correct service: 'execute-api'. "
        region = signed("POST", url, body, region="us-east-1")
        yield "another region", region, body, "InvalidSignatureException", "Credential should be scoped to a valid region, not 'us-east-1'. "
        late = signed("POST", url, body, late=301)
        yield "too late", late, body, "InvalidSignatureException", f"Signature expired: {late['X-Amz-Date']} is now earlier than "
        early = signed("POST", url, body, late=-330)
        yield "too early", early, body, "InvalidSignatureException", f"Signature not yet current: {early['X-Amz-Date']} is still later than "

    def test_a_rest_api_says_why_and_an_http_api_does_not(self):
        for payload in ("1.0", "2.0"):
            with LocalStack("--payload", payload, "--authorizer", "iam") as stack:
                url = stack.origins["api"] + "/uploads"
                self.assertEqual(call("POST", url, b"{}").status, 422, "the broker's own answer")
                for name, headers, body, error_type, message in self.bad(url, stack.token("ada.agent")):
                    with self.subTest(name, payload=payload):
                        refused = http("POST", url, body, headers)
                        self.assertEqual(refused.status, 403)
                        said = json.loads(refused.body)["message"]
                        if payload == "2.0":
                            self.assertEqual((said, refused.headers["x-amzn-ErrorType"]), ("Forbidden", None))
                        else:
                            self.assertTrue(said.startswith(message), said)
                            self.assertEqual(refused.headers["x-amzn-ErrorType"], error_type)


if __name__ == "__main__":
    unittest.main()
