"""Puts existing ARNs and handles into the requests that should succeed.

Generated ARNs and handles name nothing that exists. With them, every request would end in a 403 or 404 before it
reached the logic of its route. Requests that should fail stay as they are.
"""

import json
import os
import random

import schemathesis
from local_stack import http

API, TASK, TOKEN = os.environ["API"], os.environ["TASK"], os.environ["TOKEN"]
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}


def upload():
    """Handle of an upload whose bytes are in the store."""
    asked = {"fileName": "report.pdf", "fileSizeInBytes": 5, "associatedResourceArn": TASK}
    headers = {**AUTHORIZATION, "Content-Type": "application/json"}
    created = http("POST", f"{API}/uploads", json.dumps(asked).encode(), headers)
    ticket = json.loads(created.body)
    http("PUT", ticket["url"], b"bytes", ticket["headers"])
    return created.headers["Location"].rsplit("/", 1)[-1]


@schemathesis.hook
def before_call(_context, case, _kwargs):
    if not case.meta.generation.mode.is_positive:
        return
    if "upload" in case.path_parameters:
        case.path_parameters["upload"] = upload()
    elif isinstance(case.body, dict):
        case.body["associatedResourceArn"] = TASK
        # Half of the names keep the extension that they were given.
        case.body["fileName"] = case.body["fileName"][:200] + random.choice(("", ".pdf"))
