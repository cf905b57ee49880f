"""examples/upload-link: what the page does with the link, and what the link gives."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from local_stack import PROJECT, LocalStack, http
from pages import commands
from site_of import Site, free_port, opened

MIB = 1024 * 1024


class UploadLink(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_key, dev, serve = commands("upload-link")
        port = free_port()
        cls.origin = f"http://127.0.0.1:{port}"
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        environment = {**os.environ, "ROOT": folder}
        subprocess.run(["bash", "-c", make_key], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        rules = PROJECT / dev.split("DEV_RULES=")[1]
        flags = ("--rules", rules, "--dev-origins", cls.origin, "--no-quota", "--scan-delay-ms", "0")
        cls.stack = cls.enterClassContext(LocalStack(*flags, files=files))
        cls.site = cls.enterClassContext(Site(cls.stack, serve, port, ROOT=cls.stack.root))
        cls.link = cls.site.line("http")
        cls.site.line("Serving HTTP")
        cls.token = parse_qs(urlsplit(cls.link).fragment)["token"][0]

    def start(self, name="a.pdf", size=5, case=None, token=None):
        """Status and code of the answer to a start."""
        body = {"fileName": name, "fileSizeInBytes": size, "associatedResourceArn": case or self.stack.case()}
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        answer = http("POST", f"{self.stack.origins['api']}/uploads", json.dumps(body).encode(), headers)
        return answer.status, json.loads(answer.body).get("code")

    def test_the_page_uploads_and_its_address_loses_the_token_at_once(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "window.png"
            file.write_bytes(b"png")
            seen = opened(self.link, file)
        self.assertEqual(seen["items"], [["window.png", "approved"]])
        self.assertEqual(seen["address"], f"{self.origin}/")
        self.assertEqual(seen["faults"], [])
        self.assertNotIn(self.token, json.dumps(seen["requests"]))
        (attached,) = [file for file in self.stack.files() if file["FileName"] == "window.png"]
        self.assertEqual(attached["AssociatedResourceArn"], self.stack.case())

    def test_a_second_link_in_the_same_tab_opens_and_its_token_leaves_the_address_too(self):
        seen = opened(self.link, then=self.link)
        self.assertTrue(seen["isOpen"])
        self.assertEqual(seen["address"], f"{self.origin}/")
        seen = opened(f"{self.origin}/", then=self.link)
        self.assertTrue(seen["isOpen"])
        self.assertEqual(seen["address"], f"{self.origin}/")

    def test_without_a_link_the_page_takes_no_file(self):
        seen = opened(f"{self.origin}/")
        self.assertFalse(seen["isOpen"])
        self.assertIn("opens with the link", seen["text"])

    def test_the_link_gives_its_case_its_types_and_its_size_and_no_more(self):
        self.assertEqual(self.start(), (201, None))
        self.assertEqual(self.start(size=10 * MIB), (201, None))
        self.assertEqual(self.start(case=self.stack.case(1)), (403, "forbidden"))
        self.assertEqual(self.start(name="a.txt"), (422, "file-type-not-allowed"))
        self.assertEqual(self.start(size=10 * MIB + 1), (413, "file-too-large"))
        header, claims, signature = self.token.split(".")
        self.assertEqual(self.start(token=f"{header}.{claims}.{signature[::-1]}"), (401, "invalid-token"))


if __name__ == "__main__":
    unittest.main()
