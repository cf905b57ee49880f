"""The broker as a user of Python would write it: PyJWT for the token, boto3 for the call."""

import json
import os

import boto3
import jwt

connect = boto3.client("connect")
keys = jwt.PyJWKClient(os.environ["JWKS_URL"])


def handler(event, context):
    scheme, _, token = event["headers"]["authorization"].partition(" ")
    if scheme != "Bearer":
        return answer(401, {"message": "Unauthorized"})
    key = keys.get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=os.environ["ISSUER"])
    if claims["token_use"] != "access" or claims["client_id"] != os.environ["AUDIENCE"]:
        return answer(401, {"message": "Unauthorized"})
    if "broker/attachments.write" not in claims["scope"].split():
        return answer(403, {"message": "Forbidden"})
    asked = json.loads(event["body"])
    upload = connect.start_attached_file_upload(
        InstanceId=os.environ["CONNECT_INSTANCE_ARN"],
        FileName=asked["fileName"],
        FileSizeInBytes=asked["fileSizeInBytes"],
        FileUseCaseType="ATTACHMENT",
        AssociatedResourceArn=asked["associatedResourceArn"],
        CreatedBy={"ConnectUserArn": claims["connect_user_arn"]},
    )
    print(json.dumps({"caller": claims["sub"], "size": asked["fileSizeInBytes"]}))
    target = upload["UploadUrlMetadata"]
    return answer(201, {"url": target["Url"], "headers": target["HeadersToInclude"]})


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
