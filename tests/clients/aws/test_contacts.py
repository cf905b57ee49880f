"""Cases, emails and tasks that are created with boto3 and the AWS CLI, and the Lambda function that scans their files."""

import json
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from clients import Cli, client
from local_stack import LocalStack, http


class Scanner(BaseHTTPRequestHandler):
    """Lambda's invoke endpoint, with a function that rejects files by their name."""

    events = []

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.events.append(event)
        status = "REJECTED" if "virus" in event["File"]["FileName"] else "APPROVED"
        body = json.dumps({"Status": status}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def setUpModule():
    global stack, connect, cases, cli
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scanner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    unittest.addModuleCleanup(server.server_close)
    unittest.addModuleCleanup(server.shutdown)
    url = f"http://127.0.0.1:{server.server_port}/2015-03-31/functions/function/invocations"
    stack = unittest.enterModuleContext(LocalStack("--no-quota", "--scanner", url))
    connect = client("connect", stack.origins["connect"])
    cases = client("connectcases", stack.origins["connect"])
    cli = Cli(stack.origins["connect"])


def printed(process):
    if process.returncode:
        raise AssertionError(process.stderr)
    return json.loads(process.stdout)


def user_id():
    return stack.user().rsplit("/", 1)[-1]


def draft():
    """An email that ada.agent writes."""
    return connect.create_contact(
        InstanceId=stack.instance_id,
        Channel="EMAIL",
        InitiationMethod="OUTBOUND",
        InitiateAs="CONNECTED_TO_USER",
        UserInfo={"UserId": user_id()},
    )


def send(contact_id):
    return connect.start_outbound_email_contact(
        InstanceId=stack.instance_id,
        ContactId=contact_id,
        DestinationEmailAddress={"EmailAddress": "customer@example.com"},
        EmailMessage={
            "MessageSourceType": "RAW",
            "RawMessage": {"Subject": "Your claim", "Body": "See attached.", "ContentType": "text/plain"},
        },
    )


def broker(method, url, body=None):
    """The broker's answer to ada.agent."""
    headers = {"Authorization": "Bearer " + stack.token("ada.agent"), "Content-Type": "application/json"}
    return http(method, url, body and json.dumps(body).encode(), headers)


def start(arn, name, content):
    """Starts an upload through the broker and sends its bytes; returns the upload's URL."""
    asked = {"fileName": name, "fileSizeInBytes": len(content), "associatedResourceArn": arn}
    created = broker("POST", stack.origins["api"] + "/uploads", asked)
    assert created.status == 201, created
    ticket = json.loads(created.body)
    stored = http("PUT", ticket["url"], content, ticket["headers"])
    assert stored.status == 200, stored
    return stack.origins["api"] + created.headers["Location"]


def attach(arn, name, content):
    """The final status of a file that the broker attaches."""
    upload = start(arn, name, content)
    assert broker("POST", upload + "/complete").status == 204
    while True:
        answer = broker("GET", upload)
        status = json.loads(answer.body)["status"]
        if status != "PROCESSING":
            return status
        time.sleep(int(answer.headers["Retry-After"]))


class Email(unittest.TestCase):
    def test_is_sent_with_the_files_that_the_broker_attached_once_they_are_approved(self):
        contact = draft()
        described = connect.describe_contact(InstanceId=stack.instance_id, ContactId=contact["ContactId"])
        self.assertEqual(described["Contact"]["AgentInfo"]["Id"], user_id())
        upload = start(contact["ContactArn"], "later.pdf", b"later")
        with self.assertRaises(connect.exceptions.InvalidRequestException):
            send(contact["ContactId"])
        self.assertEqual(broker("DELETE", upload).status, 204)
        self.assertEqual(attach(contact["ContactArn"], "claim.pdf", b"claim"), "APPROVED")
        self.assertEqual(attach(contact["ContactArn"], "virus.pdf", b"virus"), "REJECTED")
        self.assertEqual(send(contact["ContactId"])["ContactId"], contact["ContactId"])
        sent = json.loads(http("GET", stack.origins["connect"] + "/_local/emails").body)["emails"]
        (email,) = (email for email in sent if email["ContactId"] == contact["ContactId"])
        self.assertEqual([file["FileName"] for file in email["Attachments"]], ["claim.pdf"])
        described = connect.describe_contact(InstanceId=stack.instance_id, ContactId=contact["ContactId"])
        self.assertIn("DisconnectTimestamp", described["Contact"])

    def test_the_cli_creates_a_reply_and_sends_it(self):
        answered = stack.seeds["contacts"][0]["arn"].rsplit("/", 1)[-1]
        reply = printed(
            cli.connect(
                *("create-contact", "--instance-id", stack.instance_id, "--channel", "EMAIL"),
                *("--initiation-method", "AGENT_REPLY", "--related-contact-id", answered),
                *("--initiate-as", "CONNECTED_TO_USER", "--user-info", f"UserId={user_id()}"),
            )
        )
        message = {
            "MessageSourceType": "RAW",
            "RawMessage": {"Subject": "s", "Body": "b", "ContentType": "text/plain"},
        }
        sent = printed(
            cli.connect(
                *("start-outbound-email-contact", "--instance-id", stack.instance_id),
                *("--contact-id", reply["ContactId"], "--email-message", json.dumps(message)),
                *("--destination-email-address", "EmailAddress=customer@example.com"),
            )
        )
        self.assertEqual(sent, {"ContactId": reply["ContactId"]})


class Task(unittest.TestCase):
    def test_takes_files(self):
        task = printed(
            cli.connect(
                *("start-task-contact", "--instance-id", stack.instance_id, "--name", "call back"),
                *("--contact-flow-id", "846ec553-a005-41c0-8341-aaaaaaaaaaaa"),
            )
        )
        arn = f"{stack.seeds['instanceArn']}/contact/{task['ContactId']}"
        self.assertEqual(attach(arn, "note.txt", b"note"), "APPROVED")


class Case(unittest.TestCase):
    def domain_id(self):
        return stack.seeds["casesDomainArn"].rsplit("/", 1)[-1]

    def test_is_created_and_takes_files(self):
        created = cases.create_case(
            domainId=self.domain_id(),
            templateId=stack.seeds["caseTemplateId"],
            fields=[{"id": "title", "value": {"stringValue": "Water damage"}}],
            performedBy={"userArn": stack.user()},
        )
        self.assertEqual(attach(created["caseArn"], "photo.jpg", b"photo"), "APPROVED")
        read = cases.get_case(domainId=self.domain_id(), caseId=created["caseId"], fields=[{"id": "title"}])
        self.assertEqual(read["fields"], [{"id": "title", "value": {"stringValue": "Water damage"}}])

    def test_the_cli_creates_one(self):
        created = printed(
            cli.run(
                *("connectcases", "create-case", "--domain-id", self.domain_id()),
                *("--template-id", stack.seeds["caseTemplateId"]),
                *("--fields", "id=title,value={stringValue=Water damage}"),
            )
        )
        self.assertTrue(created["caseArn"].endswith(created["caseId"]))


class Association(unittest.TestCase):
    def test_the_cli_lists_ends_and_creates_it(self):
        instance = ("--instance-id", stack.instance_id)
        scanner = (*instance, "--integration-type", "FILE_SCANNER")
        (found,) = printed(cli.connect("list-integration-associations", *scanner))[
            "IntegrationAssociationSummaryList"
        ]
        arn = ("--integration-arn", found["IntegrationArn"])
        second = cli.connect("create-integration-association", *scanner, *arn)
        self.assertIn("(DuplicateResourceException)", second.stderr)
        ended = ("--integration-association-id", found["IntegrationAssociationId"])
        self.assertEqual(cli.connect("delete-integration-association", *instance, *ended).returncode, 0)
        again = printed(cli.connect("create-integration-association", *scanner, *arn))
        self.assertIn("IntegrationAssociationArn", again)

    def test_the_function_gets_the_event_that_aws_documents(self):
        self.assertEqual(attach(stack.case(), "event.pdf", b"event"), "APPROVED")
        (event,) = (event for event in Scanner.events if event["File"]["FileName"] == "event.pdf")
        self.assertEqual(set(event), {"Version", "InstanceId", "File"})
        (file,) = (file for file in stack.files() if file["FileName"] == "event.pdf")
        self.assertEqual(event["File"]["FileId"], file["FileId"])
        self.assertEqual(set(event["File"]["FileLocation"]["S3Location"]), {"Key", "Bucket", "Arn"})


if __name__ == "__main__":
    unittest.main()
