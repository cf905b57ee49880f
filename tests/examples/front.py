"""A server in front of the API that loses an answer, makes a client wait, and fails for a moment; it notes each request."""

import http.client
import json
import threading
import time
from contextlib import closing
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

WAIT_SECS = 0.6
PROBLEM = {"code": "too-many-requests", "detail": "in line", "retryable": True, "retryAfterSeconds": WAIT_SECS}


class Seen(NamedTuple):
    method: str
    path: str
    headers: Message
    at: float


class Front:
    """`origin` leads to the API. The first start's answer is lost, the first complete waits, the first status fails."""

    def __init__(self, api):
        target, seen = urlsplit(api).netloc, []
        self.seen = seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                is_first = not any((it.method, it.path) == (self.command, self.path) for it in seen)
                seen.append(Seen(self.command, self.path, self.headers, time.monotonic()))
                if is_first and self.path.endswith("/complete"):
                    return self.reply(429, json.dumps(PROBLEM).encode(), {"Retry-After": "9", "Content-Type": "application/problem+json"})
                if is_first and self.command == "GET":
                    return self.reply(503, b'{"message": "Service Unavailable"}', {})
                with closing(http.client.HTTPConnection(target)) as onward:
                    onward.request(self.command, self.path, body, dict(self.headers))
                    answered = onward.getresponse()
                    content = answered.read()
                if is_first and self.path.endswith("/uploads"):
                    self.close_connection = True
                    return None
                return self.reply(answered.status, content, dict(answered.getheaders()))

            do_GET = do_POST = do_DELETE = answer

            def reply(self, status, content, headers):
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def of(self, method, end):
        return [it for it in self.seen if it.method == method and it.path.endswith(end)]
