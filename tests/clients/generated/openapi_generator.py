"""The journey by openapi-generator's Python client; test_generated_clients.py says what it prints.

openapi_generator.py API TOKEN CASE OTHERS
"""

import json
import sys

import urllib3
from upload_broker import ApiClient, ApiException, Code, Configuration, GatewayMessage, Problem, Refusal, UploadRequest, UploadsApi

FILE = b"%PDF openapi-generator"
api, token, case, others = sys.argv[1:]


def uploads(at: str, by: str = token) -> UploadsApi:
    return UploadsApi(ApiClient(Configuration(host=at, access_token=by)))


def asked(name: str) -> UploadRequest:
    return UploadRequest(file_name=name, file_size_in_bytes=len(FILE), associated_resource_arn=case)


def upload() -> str:
    """Uploads the file and returns its last status."""
    by = uploads(api)
    started = by.start_upload_with_http_info(asked("openapi-generator.pdf"), idempotency_key="og-1")
    ticket = started.data
    sent = urllib3.request("PUT", ticket.url, body=FILE, headers=ticket.headers)
    assert sent.status == 200, sent.data
    # The client gives the headers as a plain dict, in the case in which they came.
    location = urllib3.HTTPHeaderDict(started.headers)["Location"]
    handle = location.rsplit("/", 1)[-1]
    by.complete_upload(handle)
    while (status := by.read_upload(handle).status) == "PROCESSING":
        pass
    return status


def refusal(by: UploadsApi, name: str = "any.pdf") -> tuple[int | None, Problem | GatewayMessage]:
    """The status and the typed body of a refusal. `Refusal` holds one of the two types."""
    try:
        by.start_upload(asked(name))
    except ApiException as error:
        data = error.data
        if isinstance(data, Refusal):
            data = data.actual_instance
        assert isinstance(data, (Problem, GatewayMessage)), error
        return error.status, data
    raise AssertionError("it was not refused")


def problem(by: UploadsApi, name: str = "any.pdf") -> Problem:
    _, data = refusal(by, name)
    assert isinstance(data, Problem), data
    return data


wrong_type = problem(uploads(api), "setup.exe")
assert wrong_type.code == Code.FILE_MINUS_TYPE_MINUS_NOT_MINUS_ALLOWED
assert wrong_type.errors and wrong_type.allowed_extensions
wrong_token = problem(uploads(api, "x"))
unknown = problem(uploads(f"{others}/tomorrow"))
status, throttled = refusal(uploads(f"{others}/gateway"))
assert isinstance(throttled, GatewayMessage)
result = {
    "uploaded": upload(),
    "wrongType": [wrong_type.status, wrong_type.code, wrong_type.errors[0].pointer],
    "wrongToken": [wrong_token.status, wrong_token.code],
    "gateway": [status, throttled.message],
    "unknownCode": [unknown.status, unknown.code],
}
print(json.dumps(result))
