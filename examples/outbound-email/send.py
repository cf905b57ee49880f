"""Sends an email, or makes a task, with a file. Connect records the agent as the file's author.

    send.py email|task FILE AGENT_USER_ARN

API is the broker's URL and TOKEN the agent's token. The AWS credentials are those of a backend that may create contacts
and send emails; FROM and TO are addresses, FROM one of the instance's.
"""

import os
import sys
import uuid
from pathlib import Path

import boto3

sys.path.append(str(Path(__file__).resolve().parents[1] / "backend"))
import upload

connect = boto3.client("connect")


def contact(instance, agent, channel):
    """A new contact that the agent has, so that a grant of `own-contacts` covers it."""
    made = connect.create_contact(
        InstanceId=instance,
        ClientToken=str(uuid.uuid4()),
        Channel=channel,
        InitiationMethod="OUTBOUND" if channel == "EMAIL" else "API",
        InitiateAs="CONNECTED_TO_USER",
        UserInfo={"UserId": agent},
        Name="Your contract",
        ExpiryDurationInMinutes=60,
    )
    return made["ContactId"], made["ContactArn"]


def send_email(instance, contact_id):
    connect.start_outbound_email_contact(
        InstanceId=instance,
        ContactId=contact_id,
        FromEmailAddress={"EmailAddress": os.environ["FROM"]},
        DestinationEmailAddress={"EmailAddress": os.environ["TO"]},
        EmailMessage={
            "MessageSourceType": "RAW",
            "RawMessage": {"Subject": "Your contract", "Body": "It is attached.", "ContentType": "text/plain"},
        },
        ClientToken=str(uuid.uuid4()),
    )


def main(kind, path, agent_arn):
    _, instance, _, agent = agent_arn.rsplit(":", 1)[1].split("/")
    contact_id, contact_arn = contact(instance, agent, kind.upper())
    auth, key = upload.bearer(os.environ["TOKEN"]), str(uuid.uuid4())
    status = upload.upload(os.environ["API"], auth, path.name, path.read_bytes(), contact_arn, None, key)
    # Connect refuses an email whose file is not approved yet; without a rejected file it would go out in silence.
    if status != "APPROVED":
        sys.exit(f"the file is {status}, so the {kind} goes no further and ends after an hour")
    if kind == "email":
        send_email(instance, contact_id)
    print(kind, "with its file:", contact_id)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
