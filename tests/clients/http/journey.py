"""The whole journey by requests, once for each case; test_http_clients.py says what a case is.

    journey.py API CASES
"""

import sys
from pathlib import Path
from urllib.parse import urljoin

import requests

api, cases = sys.argv[1], Path(sys.argv[2])
for case in sorted(cases.iterdir()):
    def text(name):
        return (case / name).read_text()

    session = requests.Session()
    session.headers["Authorization"] = text("authorization")
    started = session.post(
        f"{api}/uploads",
        data=(case / "body").read_bytes(),
        headers={"Content-Type": text("content-type")},
    )
    outcome = "none"
    if started.status_code == 201:
        ticket = started.json()
        upload = urljoin(started.url, started.headers["Location"])
        sent = requests.put(ticket["url"], data=(case / "file").read_bytes(), headers=ticket["headers"])
        assert sent.status_code == 200, sent.text
        completed = session.post(f"{upload}/complete")
        assert completed.status_code == 204, completed.text
        outcome = "PROCESSING"
        while outcome == "PROCESSING":
            answer = session.get(upload)
            assert answer.status_code == 200, answer.text
            outcome = answer.json()["status"]
    print(case.name, started.status_code, outcome)
