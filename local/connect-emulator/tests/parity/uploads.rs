//! The life of a file from Start to Delete.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_connect::types::{
    AllowedExtension, AttachmentScope, ContentDisposition, CreatedByInfo, ExtensionConfiguration,
};
use serde_json::json;

use crate::support::{Stack, code};

#[tokio::test]
async fn a_file_travels_from_start_to_download() {
    let stack = Stack::start().await;
    let started = stack
        .start_upload()
        .tags("team", "blue")
        .send()
        .await
        .expect("started");
    let file_id = started.file_id().expect("a file id").to_owned();
    assert_eq!(stack.status(&file_id).await.as_deref(), Ok("DRAFTING"));
    assert_eq!(stack.put(&started, b"hello").await, 200);
    assert_eq!(stack.complete(&file_id).await, Ok(()));
    assert_eq!(stack.status(&file_id).await.as_deref(), Ok("PROCESSING"));
    stack.clock.advance(Duration::from_secs(1));
    let file = stack.get(&file_id).await.expect("found");
    assert_eq!(
        file.file_status
            .map(|status| status.as_str().to_owned())
            .as_deref(),
        Some("APPROVED")
    );
    let url = file
        .download_url_metadata
        .and_then(|metadata| metadata.url)
        .expect("a download URL");
    assert_eq!(stack.download(&url).await, "hello");
    let (_, listed) = stack.local("GET", "/_local/files", "").await;
    assert_eq!(
        listed,
        json!({ "files": [{
            "AssociatedResourceArn": stack.case_arn(),
            "CreatedBy": { "ConnectUserArn": stack.user_arn() },
            "CreationTime": started.creation_time.expect("a time"),
            "FileArn": format!("{}/file/{file_id}", stack.instance_arn()),
            "FileId": file_id,
            "FileName": "scan 001.pdf",
            "FileSizeInBytes": 5,
            "FileStatus": "APPROVED",
            "FileUseCaseType": "ATTACHMENT",
            "Tags": { "team": "blue" },
        }] })
    );
}

#[tokio::test]
async fn start_answers_with_a_url_that_signs_every_header_it_lists() {
    let stack = Stack::start().await;
    let started = stack
        .start_upload()
        .url_expiry_in_seconds(60)
        .send()
        .await
        .expect("started");
    let metadata = started.upload_url_metadata.expect("where to upload");
    let url = metadata.url.expect("a URL");
    assert!((1..=2000).contains(&url.chars().count()), "{url}");
    let (path, query) = url.split_once('?').expect("a signed URL");
    assert!(path.starts_with(&stack.options.store.endpoint), "{path}");
    assert!(path.contains("/staging/"), "{path}");
    let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let of = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(of("X-Amz-Expires"), Some("60"));
    let headers = metadata.headers_to_include.expect("headers");
    let mut named: BTreeSet<String> = headers.keys().map(|name| name.to_lowercase()).collect();
    named.insert("host".to_owned());
    let signed: BTreeSet<String> = of("X-Amz-SignedHeaders")
        .expect("signed headers")
        .split(';')
        .map(str::to_owned)
        .collect();
    assert_eq!(signed, named);
    for (name, value) in [
        ("Content-Disposition", "attachment; filename=\"scan 001.pdf\""),
        ("Content-Length", "5"),
        ("Content-Type", "application/pdf"),
        ("x-amz-acl", "bucket-owner-full-control"),
    ] {
        assert_eq!(headers.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn start_without_a_user_records_the_calling_role() {
    let stack = Stack::start().await;
    let started = stack
        .start_upload()
        .set_created_by(None)
        .send()
        .await
        .expect("started");
    let role = "arn:aws:iam::111122223333:role/connect-emulator-caller".to_owned();
    assert_eq!(started.created_by, Some(CreatedByInfo::AwsIdentityArn(role)));
}

#[tokio::test]
async fn an_infected_file_is_rejected_and_its_bytes_are_gone() {
    let stack = Stack::start().await;
    // In two parts, so that no scanner takes this file for a virus.
    let eicar = concat!(
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR",
        "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    );
    let file_id = stack.upload(eicar.as_bytes()).await;
    assert_eq!(stack.complete(&file_id).await, Ok(()));
    assert_eq!(stack.status(&file_id).await.as_deref(), Ok("PROCESSING"));
    stack.clock.advance(Duration::from_secs(1));
    assert_eq!(stack.status(&file_id).await.as_deref(), Ok("REJECTED"));
    assert_eq!(stack.objects.paths_with(&file_id), Vec::<String>::new());
}

#[tokio::test]
async fn complete_requires_the_declared_number_of_bytes() {
    let stack = Stack::start().await;
    let started = stack
        .start_upload()
        .file_size_in_bytes(6)
        .send()
        .await
        .expect("started");
    let file_id = started.file_id().expect("a file id");
    assert_eq!(
        stack.complete(file_id).await,
        Err("InvalidRequestException".to_owned()),
        "no bytes"
    );
    assert_eq!(stack.put(&started, b"six by").await, 200);
    stack.objects.overwrite(file_id, b"bytes");
    assert_eq!(
        stack.complete(file_id).await,
        Err("InvalidRequestException".to_owned()),
        "five bytes"
    );
    assert_eq!(stack.put(&started, b"six by").await, 200);
    assert_eq!(stack.complete(file_id).await, Ok(()));
    assert_eq!(
        stack.complete(file_id).await,
        Err("InvalidRequestException".to_owned()),
        "a second time"
    );
    assert_eq!(stack.put(&started, b"other!").await, 200, "the URL is still good");
    assert_eq!(
        stack.complete(file_id).await,
        Err("InvalidRequestException".to_owned()),
        "with other bytes"
    );
}

#[tokio::test]
async fn complete_requires_an_extension_that_is_still_allowed() {
    let stack = Stack::start().await;
    let file_id = stack.upload(b"hello").await;
    let extension = AllowedExtension::builder()
        .extension("png")
        .build()
        .expect("complete");
    let extensions = ExtensionConfiguration::builder()
        .allowed_extensions(extension)
        .build()
        .expect("complete");
    stack
        .connect
        .update_attached_files_configuration()
        .instance_id(&stack.options.instance_id)
        .attachment_scope(AttachmentScope::Case)
        .extension_configuration(extensions)
        .send()
        .await
        .expect("updated");
    assert_eq!(
        stack.complete(&file_id).await,
        Err("InvalidRequestException".to_owned())
    );
}

#[tokio::test]
async fn a_file_can_be_downloaded_only_while_it_is_approved() {
    let stack = Stack::start().await;
    let file_id = stack.upload(b"hello").await;
    let has_url = async || {
        stack
            .get(&file_id)
            .await
            .expect("found")
            .download_url_metadata
            .is_some()
    };
    assert!(!has_url().await, "before Complete");
    assert_eq!(stack.complete(&file_id).await, Ok(()));
    assert!(!has_url().await, "while it is scanned");
    stack.clock.advance(Duration::from_secs(1));
    assert!(has_url().await, "once it is approved");
    assert_eq!(
        stack.objects.paths_with(&file_id).len(),
        1,
        "staging holds nothing any more"
    );
}

#[tokio::test]
async fn a_download_url_carries_the_requested_disposition() {
    let stack = Stack::start().await;
    let file_id = stack.upload(b"hello").await;
    assert_eq!(stack.complete(&file_id).await, Ok(()));
    stack.clock.advance(Duration::from_secs(1));
    for (disposition, expected) in [
        (ContentDisposition::Inline, "inline"),
        (
            ContentDisposition::Attachment,
            "attachment; filename=\"scan 001.pdf\"",
        ),
    ] {
        let call = stack
            .connect
            .get_attached_file()
            .instance_id(&stack.options.instance_id)
            .file_id(&file_id);
        let call = call
            .associated_resource_arn(stack.case_arn())
            .url_content_disposition(disposition);
        let file = call.url_expiry_in_seconds(7).send().await.expect("found");
        let url = file
            .download_url_metadata
            .and_then(|metadata| metadata.url)
            .expect("a URL");
        let query: HashMap<String, String> =
            form_urlencoded::parse(url.split_once('?').expect("signed").1.as_bytes())
                .into_owned()
                .collect();
        assert_eq!(query["response-content-disposition"], expected);
        assert_eq!(query["X-Amz-Expires"], "7");
    }
}

#[tokio::test]
async fn a_client_token_is_forgotten_with_its_file() {
    let stack = Stack::start().await;
    let send = async || {
        stack
            .start_upload()
            .client_token("t-1")
            .send()
            .await
            .expect("started")
            .file_id
    };
    let first = send().await.expect("a file id");
    let delete = stack
        .connect
        .delete_attached_file()
        .instance_id(&stack.options.instance_id);
    delete
        .file_id(&first)
        .associated_resource_arn(stack.case_arn())
        .send()
        .await
        .expect("deleted");
    assert_ne!(send().await.as_deref(), Some(first.as_str()));
}

#[tokio::test]
async fn completing_at_once_from_two_sides_succeeds_once() {
    let stack = Stack::start().await;
    let file_id = stack.upload(b"hello").await;
    let (one, other) = tokio::join!(stack.complete(&file_id), stack.complete(&file_id));
    let refused = || Err("InvalidRequestException".to_owned());
    assert!([(Ok(()), refused()), (refused(), Ok(())), (Ok(()), Ok(()))].contains(&(one, other)));
    stack.clock.advance(Duration::from_secs(1));
    assert_eq!(stack.status(&file_id).await.as_deref(), Ok("APPROVED"));
}

#[tokio::test]
async fn a_deleted_file_is_gone_with_its_bytes() {
    let stack = Stack::start().await;
    let file_id = stack.upload(b"hello").await;
    assert_eq!(stack.complete(&file_id).await, Ok(()));
    let delete = || {
        stack
            .connect
            .delete_attached_file()
            .instance_id(&stack.options.instance_id)
            .file_id(&file_id)
            .associated_resource_arn(stack.case_arn())
            .send()
    };
    delete().await.expect("deleted");
    assert_eq!(stack.objects.paths_with(&file_id), Vec::<String>::new());
    assert_eq!(
        code(&delete().await.expect_err("gone")),
        "ResourceNotFoundException"
    );
    assert_eq!(
        stack.status(&file_id).await,
        Err("ResourceNotFoundException".to_owned())
    );
    assert_eq!(
        stack.local("GET", "/_local/files", "").await.1,
        json!({ "files": [] })
    );
}

#[tokio::test]
async fn a_file_is_found_on_its_own_resource_only() {
    let stack = Stack::start().await;
    let file_id = stack.upload(b"hello").await;
    for (resource, found) in [(stack.case_arn(), true), (stack.email_arn(), false)] {
        let batch = stack
            .connect
            .batch_get_attached_file_metadata()
            .instance_id(&stack.options.instance_id)
            .associated_resource_arn(&resource)
            .file_ids(&file_id)
            .file_ids("nobody's")
            .send()
            .await
            .expect("a batch never fails for what is not there");
        let files: Vec<&str> = batch
            .files()
            .iter()
            .map(aws_sdk_connect::types::AttachedFile::file_id)
            .collect();
        let missing: Vec<&str> = batch
            .errors()
            .iter()
            .filter_map(|error| error.file_id())
            .collect();
        if found {
            assert_eq!((files, missing), (vec![file_id.as_str()], vec!["nobody's"]));
        } else {
            assert_eq!((files, missing), (vec![], vec![file_id.as_str(), "nobody's"]));
        }
    }
}
