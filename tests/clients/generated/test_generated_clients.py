"""The clients that four generators make from docs/openapi.yaml: each is type-checked with a journey, which then runs.

A journey gets the stack's API, a token, the ARN of a case, and the address of `OtherAnswers`. It prints a JSON object:
`uploaded` is the last status of a file that it uploads, and the other members are refusals, each with its HTTP status.
"""

import json
import subprocess
import sys
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from local_stack import PROJECT, LocalStack

HERE = Path(__file__).resolve().parent
DESCRIPTION = PROJECT / "docs/openapi.yaml"
BIN = Path(sys.executable).parent
NPM = HERE / "node_modules/.bin"
EXPECTED = {
    "uploaded": "APPROVED",
    "wrongType": [422, "file-type-not-allowed", "/fileName"],
    "wrongToken": [401, "invalid-token"],
    "gateway": [429, "Too Many Requests"],
    "unknownCode": [409, "code-of-tomorrow"],
}
# By generator: the command that makes the client in the folder, the type check of the journey, and the journey.
GENERATORS = {
    "openapi-python-client": (
        lambda out: [
            BIN / "openapi-python-client", "generate", "--path", DESCRIPTION, "--output-path", out / "upload_broker",
            "--meta", "none", "--config", HERE / "openapi-python-client.json", "--fail-on-warning",
        ],
        lambda out: [BIN / "mypy", "--config-file", HERE / "mypy.ini", "openapi_python_client.py"],
        lambda out: [sys.executable, "openapi_python_client.py"],
    ),
    "openapi-generator": (
        lambda out: [
            BIN / "openapi-generator-cli", "generate", "-i", DESCRIPTION, "-g", "python", "-o", out,
            "--additional-properties", "packageName=upload_broker", "--global-property", "models,apis,supportingFiles",
        ],
        lambda out: [BIN / "mypy", "--config-file", HERE / "mypy.ini", "openapi_generator.py"],
        lambda out: [sys.executable, "openapi_generator.py"],
    ),
    "openapi-typescript": (
        lambda out: [NPM / "openapi-typescript", DESCRIPTION, "--output", out / "upload-broker.ts"],
        lambda out: [NPM / "tsc", "--project", "."],
        lambda out: ["node", "openapi-typescript.ts"],
    ),
    "hey-api": (
        lambda _: [NPM / "openapi-ts", "--file", HERE / "hey-api.config.ts"],
        lambda out: [NPM / "tsc", "--project", "."],
        lambda out: ["node", "hey-api.ts"],
    ),
}


class OtherAnswers(BaseHTTPRequestHandler):
    """What the stack does not answer: API Gateway's own throttling, and a code that this version does not have."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/gateway"):
            status, media_type, body = 429, "application/json", {"message": "Too Many Requests"}
        else:
            status, media_type = 409, "application/problem+json"
            body = {
                "type": "urn:upload-broker:code-of-tomorrow",
                "title": "Unheard of",
                "status": 409,
                "detail": "A later version has this code.",
                "code": "code-of-tomorrow",
                "retryable": False,
                "requestId": "r-1",
            }
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


def run(command, folder):
    """The output of a command, which must succeed."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if ran.returncode != 0:
        # Without the arguments, because one may be the token.
        raise AssertionError(f"{Path(command[0]).name} in {folder}: {ran.stdout}{ran.stderr}")
    return ran.stdout


def make(generator, folder):
    """Makes the client beside a copy of its journey, and checks the types of both."""
    generate, check, _ = GENERATORS[generator]
    journey = generator.replace("-", "_") + ".py"
    for name in (journey, generator + ".ts", "tsconfig.json"):
        if (HERE / name).exists():
            (folder / name).write_text((HERE / name).read_text())
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    run(generate(folder), folder)
    run(check(folder), folder)


class GeneratedClients(unittest.TestCase):
    """Every generator's client against the local stack."""

    def test_every_client_uploads_and_reads_refusals_by_their_types(self):
        with tempfile.TemporaryDirectory() as root, ThreadPoolExecutor(2) as pool:
            folders = {name: Path(root, name) for name in GENERATORS}
            for folder in folders.values():
                folder.mkdir()
            made = {name: pool.submit(make, name, folder) for name, folder in folders.items()}
            others = ThreadingHTTPServer(("127.0.0.1", 0), OtherAnswers)
            threading.Thread(target=others.serve_forever, daemon=True).start()
            with LocalStack("--no-quota", "--scan-delay-ms", "0") as stack:
                token = stack.token(stack.seeds["users"][0]["username"])
                facts = [stack.origins["api"], token, stack.case(), f"http://127.0.0.1:{others.server_port}"]
                for name, (_, _, journey) in GENERATORS.items():
                    with self.subTest(generator=name):
                        made[name].result()
                        printed = run([*journey(folders[name]), *facts], folders[name])
                        self.assertEqual(json.loads(printed), EXPECTED)
                names = sorted(file["FileName"] for file in stack.files() if file["FileStatus"] == "APPROVED")
                self.assertEqual(names, sorted(f"{name}.pdf" for name in GENERATORS))
            others.shutdown()
            others.server_close()


if __name__ == "__main__":
    unittest.main()
