"""The form with the local stack: its page, its function, and its key document, with moto's KMS."""

import json
import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import boto3
from moto.server import ThreadedMotoServer

SITE, PORT = sys.argv[1], int(sys.argv[2])
KMS = ThreadedMotoServer(port=0)
KMS.start()
os.environ["AWS_ENDPOINT_URL_KMS"] = "http://{}:{}".format(*KMS.get_host_and_port())
key = boto3.client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
os.environ["KEY_ID"] = key["KeyMetadata"]["KeyId"]

import form
import jwks


class Site(SimpleHTTPRequestHandler):
    """The page's files. `POST /form` is an event for the function, as an HTTP API sends it (payload format 2.0)."""

    def do_GET(self):
        if self.path != "/jwks.json":
            return super().do_GET()
        return self.reply(200, {"Content-Type": "application/json"}, json.dumps(jwks.jwks(os.environ["KEY_ID"])))

    def do_POST(self):
        if self.path != "/form":
            return self.send_error(404)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answered = form.handler({"version": "2.0", "body": body, "isBase64Encoded": False}, None)
        return self.reply(answered["statusCode"], answered["headers"], answered["body"])

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())


print(f"The form is at http://127.0.0.1:{PORT}/", flush=True)
ThreadingHTTPServer(("127.0.0.1", PORT), partial(Site, directory=SITE)).serve_forever()
