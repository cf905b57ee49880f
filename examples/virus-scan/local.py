"""Runs the scanner with the local stack: answers invocations as Lambda does, and associates it as in an account."""

import json
import os
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import requests
import scanner

sys.path.append(str(Path(__file__).resolve().parents[1] / "backend"))
import upload

API = os.environ.get("API", "http://127.0.0.1:3000")
PAGE = os.environ.get("PAGE", "http://127.0.0.1:8080")
OIDC = os.environ.get("OIDC", "http://127.0.0.1:4520")
EVENTS = os.environ.get("EVENTS", "http://127.0.0.1:4530")
CONNECT = os.environ["AWS_ENDPOINT_URL_CONNECT"]
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:scanner"


class Invocations(BaseHTTPRequestHandler):
    """Lambda's Invoke: POST /2015-03-31/functions/NAME/invocations."""

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            answer, headers = scanner.handler(event, None), {}
        except Exception as error:
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
            headers = {"X-Amz-Function-Error": "Unhandled"}
        content = json.dumps(answer).encode()
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def associate(connect, instance, url):
    """What an administrator does once. The stand-in also has to know where the function runs."""
    requests.put(f"{CONNECT}/_local/scanner", json={"url": url}, timeout=10).raise_for_status()
    made = connect.create_integration_association(
        InstanceId=instance, IntegrationType="FILE_SCANNER", IntegrationArn=FUNCTION_ARN
    )
    return made["IntegrationAssociationId"]


def send(case, content):
    """The last status of a file."""
    form = {"grant_type": "password", "username": "crm.backend"}
    token = requests.post(f"{OIDC}/token", data=form, timeout=10).json()["access_token"]
    return upload.upload(API, upload.bearer(token), "note.txt", content, case, "ada.agent", str(uuid.uuid4()))


def events():
    return requests.get(f"{EVENTS}/_local/events", timeout=10).json()["events"]


def main():
    seeds = requests.get(f"{PAGE}/seeds.json", timeout=10).json()
    instance, case = seeds["instanceArn"].rsplit("/", 1)[1], seeds["cases"][0]["arn"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Invocations)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    invoke = f"http://127.0.0.1:{server.server_port}/2015-03-31/functions/scanner/invocations"
    connect, seen = boto3.client("connect"), len(events())
    association = associate(connect, instance, invoke)
    try:
        print("harmless:", send(case, b"a note"))
        print("harmful: ", send(case, b"a note with " + scanner.EICAR))
    finally:
        connect.delete_integration_association(InstanceId=instance, IntegrationAssociationId=association)
    # The finisher reports both ends within seconds; deployed, within about a minute.
    while len(events()) < seen + 2:
        time.sleep(0.5)
    for event in events()[seen:]:
        print("event:   ", event["detailType"])


if __name__ == "__main__":
    main()
