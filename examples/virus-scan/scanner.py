"""Tells Amazon Connect whether an attached file is harmful.

Event, answer and retries are those of AWS's page "Set up attachment scanning in Amazon Connect"
(https://docs.aws.amazon.com/connect/latest/adminguide/setup-attachment-scanning.html).
"""

import json
import os

import boto3

s3 = boto3.client("s3")
# The EICAR test file, in two parts, so that scanners do not find it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def is_harmful(content):
    """Put your engine here: this one knows the test file only."""
    return EICAR in content


def handler(event, _context):
    """An exception gives no verdict: Connect tries again, and rejects the file after three tries or 60 seconds."""
    file = event["File"]
    place = file["FileLocation"]["S3Location"]
    stored = s3.get_object(Bucket=place["Bucket"], Key=place["Key"], ExpectedBucketOwner=os.environ["BUCKET_OWNER"])
    status = "REJECTED" if is_harmful(stored["Body"].read()) else "APPROVED"
    # Names and contents stay out of the log.
    print(json.dumps({"fileId": file["FileId"], "sizeInBytes": file["FileSizeInBytes"], "status": status}))
    return {"Status": status}
