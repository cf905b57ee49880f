"""A developer's own page on a development server, against `make dev`."""

import json
import os
import tempfile
import unittest
from unittest import mock

from local_stack import BINARIES, LocalStack, http
from test_dev_stack import run

ELSEWHERE = "http://localhost:5174"


class Page:
    """What a browser sends for a page of that origin: the preflight of each call, and then the call."""

    def __init__(self, stack, origin):
        self.stack, self.origin = stack, origin

    def may(self, method, url, *headers):
        """Whether the server admits the call."""
        asked = http(
            "OPTIONS",
            url,
            headers={
                "Origin": self.origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": ",".join(sorted(name.lower() for name in headers)),
            },
        )
        return self.admits(asked)

    def admits(self, answer):
        return answer.headers["Access-Control-Allow-Origin"] == self.origin

    def call(self, method, url, headers, body=None):
        """The answer, which succeeded and which the page may read."""
        if not self.may(method, url, *headers):
            raise PermissionError(f"{method} {url.split('?')[0]}")
        answer = http(method, url, body, {"Origin": self.origin, **headers})
        if not self.admits(answer) or answer.status >= 400:
            raise PermissionError(f"{method} {url.split('?')[0]}: {answer}")
        return answer

    def upload(self, name, content):
        """The final status of a file that the page uploads."""
        form = b"grant_type=password&username=ada.agent"
        form_type = {"Content-Type": "application/x-www-form-urlencoded"}
        token = self.call("POST", self.stack.origins["oidc"] + "/token", form_type, form)
        bearer = {"Authorization": "Bearer " + json.loads(token.body)["access_token"]}
        case = self.stack.case()
        body = {"fileName": name, "fileSizeInBytes": len(content), "associatedResourceArn": case}
        headers = {**bearer, "Content-Type": "application/json"}
        api = self.stack.origins["api"]
        created = self.call("POST", f"{api}/uploads", headers, json.dumps(body).encode())
        upload, ticket = api + created.headers["Location"], json.loads(created.body)
        self.call("PUT", ticket["url"], ticket["headers"], content)
        self.call("POST", f"{upload}/complete", bearer)
        return json.loads(self.call("GET", upload, bearer).body)["status"]


class DevOrigins(unittest.TestCase):
    def test_a_page_on_a_usual_port_uploads_and_another_may_not(self):
        with LocalStack("--scan-delay-ms", "0", "--no-quota") as stack:
            self.assertEqual(Page(stack, "http://localhost:5173").upload("a.pdf", b"bytes"), "APPROVED")
            self.assertEqual(Page(stack, stack.origins["page"]).upload("b.pdf", b"bytes"), "APPROVED")
            other = Page(stack, ELSEWHERE)
            for url in (stack.origins["api"] + "/uploads", stack.origins["oidc"] + "/token"):
                self.assertFalse(other.may("POST", url, "Content-Type"), url)
            bucket = stack.origins["store"] + "/connect-attachments/a"
            self.assertFalse(other.may("PUT", bucket, "Content-Type"))

    def test_the_variable_names_other_origins_in_place_of_the_usual_ones(self):
        with mock.patch.dict(os.environ, DEV_ORIGINS=f"{ELSEWHERE},http://127.0.0.1:3100"):
            with LocalStack("--scan-delay-ms", "0", "--no-quota") as stack:
                self.assertEqual(Page(stack, ELSEWHERE).upload("a.pdf", b"bytes"), "APPROVED")
                uploads = stack.origins["api"] + "/uploads"
                for origin, expected in (("http://127.0.0.1:3100", True), ("http://localhost:5173", False)):
                    self.assertEqual(Page(stack, origin).may("POST", uploads), expected, origin)

    def test_make_passes_the_variable_on(self):
        shown = run("make --no-print-directory --eval 'shown:; @echo $$DEV_ORIGINS' shown DEV_ORIGINS=http://localhost:3100")
        self.assertEqual(shown.stdout, "http://localhost:3100\n")

    def test_every_text_that_is_no_origin_is_named(self):
        with tempfile.TemporaryDirectory() as root:
            ended = run(
                f"exec {BINARIES}/local-stack --root {root}",
                DEV_ORIGINS="http://localhost:5173/ http://localhost:3001 localhost:8000 http://192.168.1.5:3000",
            )
            self.assertEqual((ended.returncode, os.listdir(root)), (2, []))
        self.assertIn("`http://localhost:5173/`, `localhost:8000`, `http://192.168.1.5:3000`", ended.stderr)


if __name__ == "__main__":
    unittest.main()
