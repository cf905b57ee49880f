"""The journey by the client of openapi-python-client; test_generated_clients.py says what it prints.

openapi_python_client.py API TOKEN CASE OTHERS
"""

import json
import sys
from typing import assert_type

import httpx
from upload_broker import AuthenticatedClient
from upload_broker.api.uploads import complete_upload, read_upload, start_upload
from upload_broker.models import Code, GatewayMessage, Problem, UploadRequest, UploadStatus, UploadTicket

FILE = b"%PDF openapi-python-client"
api, token, case, others = sys.argv[1:]
client = AuthenticatedClient(api, token)


def asked(name: str) -> UploadRequest:
    return UploadRequest(file_name=name, file_size_in_bytes=len(FILE), associated_resource_arn=case)


def upload() -> str:
    """Uploads the file and returns its last status."""
    started = start_upload.sync_detailed(client=client, body=asked("openapi-python-client.pdf"), idempotency_key="opc-1")
    ticket = started.parsed
    assert_type(ticket, GatewayMessage | Problem | UploadTicket | None)
    assert isinstance(ticket, UploadTicket), ticket
    httpx.put(ticket.url, content=FILE, headers=ticket.headers.to_dict()).raise_for_status()
    handle = started.headers["Location"].rsplit("/", 1)[-1]
    completed = complete_upload.sync_detailed(handle, client=client)
    assert completed.status_code == 204, completed
    while True:
        read = read_upload.sync(handle, client=client)
        assert isinstance(read, UploadStatus), read
        if read.status != "PROCESSING":
            return read.status


def problem(by: AuthenticatedClient, name: str = "any.pdf") -> Problem:
    refused = start_upload.sync(client=by, body=asked(name))
    assert isinstance(refused, Problem), refused
    assert_type(refused.code, str)
    return refused


wrong_type = problem(client, "setup.exe")
assert wrong_type.code == Code.FILE_TYPE_NOT_ALLOWED
assert wrong_type.errors and wrong_type.allowed_extensions
wrong_token = problem(AuthenticatedClient(api, "x"))
unknown = problem(AuthenticatedClient(f"{others}/tomorrow", token))
throttled = start_upload.sync_detailed(client=AuthenticatedClient(f"{others}/gateway", token), body=asked("any.pdf"))
assert isinstance(throttled.parsed, GatewayMessage)
result = {
    "uploaded": upload(),
    "wrongType": [wrong_type.status, wrong_type.code, wrong_type.errors[0].pointer],
    "wrongToken": [wrong_token.status, wrong_token.code],
    "gateway": [throttled.status_code, throttled.parsed.message],
    "unknownCode": [unknown.status, unknown.code],
}
print(json.dumps(result))
