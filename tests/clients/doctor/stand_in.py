"""AWS for the doctor: moto, and in front of it the operations that moto lacks, and armed refusals.

The answers that moto lacks are given as Python values. botocore's models check their form, and say how they are written.
"""

import json
import threading
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import botocore.session
from botocore.validate import validate_parameters
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

LAMBDA_PATHS = {"/2016-08-19/account-settings": "GetAccountSettings"}
SERVICES = {"SimulatePrincipalPolicy": "iam", "ListSubscriptionsByTopic": "sns", "ListServiceQuotas": "service-quotas",
            "GetAccountSettings": "lambda"}
# Any page may send anything to the bucket: the doctor's tests on the local stack are about preflights.
PREFLIGHT = [(f"Access-Control-Allow-{name}", "*") for name in ("Origin", "Methods", "Headers")]
MODELS = botocore.session.get_session()


class Aws:
    """The server. Leaving the context ends it."""

    def __init__(self):
        self._moto = DomainDispatcherApplication(create_backend_app)
        # One request at a time: under threads moto returns rows as later requests left them.
        self._server = make_server("127.0.0.1", 0, self._answer, request_handler=Silent)
        self.url = f"http://127.0.0.1:{self._server.port}"
        # By operation: a function from the form of a query to the answer.
        self.answers = {}
        # Whether everything but the stack is refused.
        self.refuses = False

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return respond(start_response, "200 OK", "text/plain", "", PREFLIGHT)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        form = parse_qs(body.decode()) if b"Action=" in body else {}
        target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        operation = target or form.get("Action", [""])[0] or LAMBDA_PATHS.get(environ["PATH_INFO"].rstrip("/"), "")
        if self.refuses and operation != "DescribeStacks":
            return respond(start_response, "403 Forbidden", *denial(environ, form))
        if operation in self.answers:
            return respond(start_response, "200 OK", *written(operation, self.answers[operation](form)))
        environ["wsgi.input"] = Body(body)
        return self._moto(environ, start_response)


class Silent(WSGIRequestHandler):
    """Logs no requests."""

    def log(self, *_):
        pass


class Body:
    """A body that was read, to be read once more."""

    def __init__(self, content):
        self._content = content

    def read(self, size=-1):
        end = len(self._content) if size is None or size < 0 else size
        part, self._content = self._content[:end], self._content[end:]
        return part


def respond(start_response, status, kind, text, headers=()):
    body = text.encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body))), *headers])
    return [body]


def denial(environ, form):
    """A refusal in the form of the protocol."""
    if form:
        return "text/xml", "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>m</Message></Error></ErrorResponse>"
    if "HTTP_X_AMZ_TARGET" in environ or "/20" in environ["PATH_INFO"]:
        error = "AccessDeniedException"
        return "application/json", json.dumps({"__type": error, "message": "m"}), [("x-amzn-ErrorType", error)]
    return "application/xml", "<Error><Code>AccessDenied</Code><Message>m</Message></Error>"


def written(operation, answer):
    """The answer as its service writes it, after a check of its form."""
    model = MODELS.get_service_model(SERVICES[operation])
    shape = model.operation_model(operation).output_shape
    validate_parameters(answer, shape)
    if model.metadata["protocol"] != "query":
        return "application/json", json.dumps(answer)
    wrapper = shape.serialization.get("resultWrapper", f"{operation}Result")
    return "text/xml", f"<{operation}Response><{wrapper}>{xml(answer, shape)}</{wrapper}></{operation}Response>"


def xml(value, shape):
    if shape.type_name == "structure":
        members = ((name, shape.members[name]) for name in value)
        return "".join(f"<{name}>{xml(value[name], member)}</{name}>" for name, member in members)
    if shape.type_name == "list":
        return "".join(f"<member>{xml(element, shape.member)}</member>" for element in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))
