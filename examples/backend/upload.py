"""Attaches a file that this process holds to a case or contact, on behalf of an Amazon Connect user.

    upload.py FILE CASE_OR_CONTACT_ARN USERNAME [KEY]

API is the broker's URL. With TOKEN the requests carry a bearer token; without it they are signed (IAM) with the AWS
credentials and the AWS_REGION of this process, as in a Lambda function.
"""

import itertools
import os
import random
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urljoin

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

# How long one step is tried, and how long the scan is watched.
PATIENCE_SECS = 300


class UploadError(Exception):
    """A code, then what happened. The code is the problem's (docs/api.md), `http-STATUS` without one, or `unreachable`."""


def bearer(token):
    def add_token(request):
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return add_token


def signature(session, region):
    def sign(request):
        # Temporary credentials change, so each request asks for the present ones.
        credentials = session.get_credentials().get_frozen_credentials()
        signed = AWSRequest(request.method, request.url, data=request.body)
        SigV4Auth(credentials, "execute-api", region).add_auth(signed)
        request.headers.update(signed.headers)
        return request

    return sign


def anonymous(request):
    """For the store, whose URL is signed already: it refuses an `Authorization`, which requests may take from ~/.netrc."""
    return request


def send(method, url, auth, **request):
    """The answer to a request, which is repeated while it may succeed later. Errors never name the URL, a secret."""
    deadline = time.monotonic() + PATIENCE_SECS
    for attempt in itertools.count():
        wait = random.uniform(0, min(2**attempt, 20))
        try:
            answer = requests.request(method, url, auth=auth, timeout=(5, 60), allow_redirects=False, **request)
        except (requests.ConnectionError, requests.Timeout) as error:
            failure, is_final = UploadError("unreachable", type(error).__name__), False
        else:
            if answer.status_code < 300:
                return answer
            problem = problem_of(answer)
            faults = [f"{fault['pointer']}: {fault['detail']}" for fault in problem.get("errors", [])]
            failure = UploadError(problem["code"], problem.get("detail"), *faults, problem.get("requestId"))
            is_final = not problem["retryable"]
            # The broker gives the exact time; the header is rounded up.
            wait = float(problem.get("retryAfterSeconds") or answer.headers.get("Retry-After") or wait)
        if is_final or time.monotonic() + wait > deadline:
            raise failure
        time.sleep(wait)


def problem_of(answer):
    """The broker's problem. API Gateway and the store answer without one, so there the status decides."""
    if answer.headers.get("Content-Type") == "application/problem+json":
        return answer.json()
    status = answer.status_code
    return {"code": f"http-{status}", "retryable": status in (429, 500, 502, 503, 504)}


def upload(api, auth, name, content, resource, user, key):
    """The file's last status: `APPROVED`, `REJECTED` and so on, or `PROCESSING` if the scan takes too long."""
    asked = {"fileName": name, "fileSizeInBytes": len(content), "associatedResourceArn": resource}
    if user is not None:
        asked["onBehalfOf"] = user
    started = send("POST", f"{api}/uploads", auth, json=asked, headers={"Idempotency-Key": key})
    handle = urljoin(started.url, started.headers["Location"])
    if not handle.startswith(f"{api}/uploads/"):
        raise UploadError("unusable-answer", "Location leads away from the API")
    ticket = started.json()
    # Exactly these headers. `content` has a length; a generator would be sent in chunks, which the store refuses (501).
    send("PUT", ticket["url"], anonymous, data=content, headers=ticket["headers"])
    send("POST", f"{handle}/complete", auth)
    deadline = time.monotonic() + PATIENCE_SECS
    while True:
        answer = send("GET", handle, auth)
        wait = answer.headers.get("Retry-After")  # Absent where the status is final.
        if wait is None or time.monotonic() + float(wait) > deadline:
            return answer.json()["status"]
        time.sleep(float(wait))


if __name__ == "__main__":
    path, resource, user, key = Path(sys.argv[1]), *sys.argv[2:4], (sys.argv[4:] or [str(uuid.uuid4())])[0]
    token = os.environ.get("TOKEN")
    auth = bearer(token) if token else signature(Session(), os.environ["AWS_REGION"])
    try:
        status = upload(os.environ["API"].rstrip("/"), auth, path.name, path.read_bytes(), resource, user, key)
    except UploadError as error:
        sys.exit(" ".join(filter(None, error.args)))
    print(status)
    sys.exit(status != "APPROVED")
