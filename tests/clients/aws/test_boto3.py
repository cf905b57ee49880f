"""A file's whole life with boto3, and every other call that the broker makes to Connect."""

import unittest

from botocore.exceptions import ClientError

from clients import client
from local_stack import LocalStack, http

FILE = bytes(range(256)) * 4096


def setUpModule():
    global stack, connect
    stack = unittest.enterModuleContext(LocalStack("--no-quota", "--scan-delay-ms", "0"))
    connect = client("connect", stack.origins["connect"])


def start(file_name="report.pdf", size_bytes=len(FILE), resource_arn=None):
    return connect.start_attached_file_upload(
        InstanceId=stack.instance_id,
        FileName=file_name,
        FileSizeInBytes=size_bytes,
        FileUseCaseType="ATTACHMENT",
        AssociatedResourceArn=resource_arn or stack.case(),
        CreatedBy={"ConnectUserArn": stack.user()},
    )


def put(started, data, **further_headers):
    upload = started["UploadUrlMetadata"]
    return http("PUT", upload["Url"], data, {**upload["HeadersToInclude"], **further_headers})


def address(started, resource_arn=None):
    return {
        "InstanceId": stack.instance_id,
        "FileId": started["FileId"],
        "AssociatedResourceArn": resource_arn or stack.case(),
    }


def metadata(*file_ids):
    return connect.batch_get_attached_file_metadata(
        InstanceId=stack.instance_id, FileIds=list(file_ids), AssociatedResourceArn=stack.case()
    )


class Lifecycle(unittest.TestCase):
    def test_a_file_is_started_put_completed_read_and_deleted(self):
        started = start()
        self.assertEqual(put(started, FILE).status, 200)
        connect.complete_attached_file_upload(**address(started))

        (file,) = metadata(started["FileId"])["Files"]
        self.assertEqual(file["FileStatus"], "APPROVED")
        self.assertEqual(file["FileSizeInBytes"], len(FILE))
        self.assertEqual(file["CreatedBy"], {"ConnectUserArn": stack.user()})

        got = connect.get_attached_file(**address(started), UrlExpiryInSeconds=5)
        self.assertEqual(http("GET", got["DownloadUrlMetadata"]["Url"]).body, FILE)

        connect.delete_attached_file(**address(started))
        gone = metadata(started["FileId"])
        self.assertEqual(gone.get("Files", []), [])
        self.assertEqual([error["FileId"] for error in gone["Errors"]], [started["FileId"]])
        self.assertEqual(http("GET", got["DownloadUrlMetadata"]["Url"]).status, 404)

    def test_a_file_that_was_not_put_cannot_be_completed(self):
        started = start()
        with self.assertRaises(connect.exceptions.InvalidRequestException):
            connect.complete_attached_file_upload(**address(started))

    def test_the_store_refuses_a_file_of_another_length(self):
        started = start(size_bytes=6)
        self.assertEqual(put(started, b"seven b", **{"Content-Length": "7"}).status, 403)

    def test_a_file_of_another_case_is_not_found(self):
        started = start()
        with self.assertRaises(connect.exceptions.ResourceNotFoundException):
            connect.delete_attached_file(**address(started, stack.case(1)))

    def test_a_case_holds_fifty_files(self):
        full = stack.case(3)
        for _ in range(50):
            start(size_bytes=1, resource_arn=full)
        with self.assertRaises(connect.exceptions.ServiceQuotaExceededException) as refused:
            start(size_bytes=1, resource_arn=full)
        reason = refused.exception.response["Reason"]
        self.assertEqual(reason["AttachedFileServiceQuotaExceededExceptionReason"], "TOTAL_FILE_COUNT_EXCEEDED")


class Configuration(unittest.TestCase):
    TASK = {"AttachmentScope": "TASK"}

    def describe(self):
        answer = connect.describe_attached_files_configuration(InstanceId=stack.instance_id, **self.TASK)
        return answer["AttachedFilesConfiguration"]

    def refusal(self, **asked):
        task = stack.seeds["contacts"][1]["arn"]
        with self.assertRaises(connect.exceptions.InvalidRequestException) as refused:
            start(resource_arn=task, **asked)
        return refused.exception.response["Reason"]["AttachedFileInvalidRequestExceptionReason"]

    def test_the_configured_limits_apply(self):
        self.assertEqual(self.refusal(file_name="notes.log"), "INVALID_FILE_TYPE")
        connect.update_attached_files_configuration(
            InstanceId=stack.instance_id,
            MaximumSizeLimitInBytes=2 * 1024 * 1024,
            ExtensionConfiguration={"AllowedExtensions": [{"Extension": "log"}]},
            **self.TASK,
        )
        configuration = self.describe()
        self.assertEqual(configuration["MaximumSizeLimitInBytes"], 2 * 1024 * 1024)
        self.assertEqual(self.refusal(size_bytes=2 * 1024 * 1024 + 1, file_name="a.log"), "INVALID_FILE_SIZE")
        self.assertEqual(self.refusal(file_name="report.pdf"), "INVALID_FILE_TYPE")

    def test_every_scope_is_listed(self):
        listed = connect.list_attached_files_configurations(InstanceId=stack.instance_id)
        scopes = [summary["AttachmentScope"] for summary in listed["AttachedFilesConfigurations"]]
        self.assertEqual(sorted(scopes), ["CASE", "CHAT", "EMAIL", "TASK"])


class LookUps(unittest.TestCase):
    def test_a_user_is_found_by_name(self):
        username = stack.seeds["users"][0]["username"]
        condition = {"FieldName": "Username", "Value": username, "ComparisonType": "EXACT"}
        found = connect.search_users(
            InstanceId=stack.instance_id, SearchCriteria={"StringCondition": condition}
        )
        (user,) = found["Users"]
        self.assertEqual(user["Arn"], stack.user())
        described = connect.describe_user(InstanceId=stack.instance_id, UserId=user["Id"])
        self.assertEqual(described["User"]["Username"], username)

    def test_a_contact_names_its_agent(self):
        contact_id = stack.seeds["contacts"][0]["arn"].rsplit("/", 1)[-1]
        contact = connect.describe_contact(InstanceId=stack.instance_id, ContactId=contact_id)["Contact"]
        self.assertEqual(contact["AgentInfo"]["Id"], stack.user().rsplit("/", 1)[-1])

    def test_the_instance_names_its_bucket_and_its_cases_domain(self):
        storage = connect.list_instance_storage_configs(
            InstanceId=stack.instance_id, ResourceType="ATTACHMENTS"
        )
        (config,) = storage["StorageConfigs"]
        self.assertEqual(config["S3Config"]["BucketName"], "connect-attachments")
        associations = connect.list_integration_associations(
            InstanceId=stack.instance_id, IntegrationType="CASES_DOMAIN"
        )
        (association,) = associations["IntegrationAssociationSummaryList"]
        self.assertEqual(association["IntegrationArn"], stack.case().split("/case/")[0])

    def test_a_case_is_read(self):
        domain, case_id = stack.case().split("domain/")[1].split("/case/")
        cases = client("connectcases", stack.origins["connect"])
        case = cases.get_case(domainId=domain, caseId=case_id, fields=[{"id": "customer_id"}])
        self.assertEqual(case["fields"], [])
        with self.assertRaises(ClientError) as refused:
            cases.get_case(domainId=domain, caseId="none", fields=[{"id": "customer_id"}])
        self.assertEqual(refused.exception.response["Error"]["Code"], "ResourceNotFoundException")


if __name__ == "__main__":
    unittest.main()
