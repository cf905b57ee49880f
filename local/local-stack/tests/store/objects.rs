//! Objects of the store: their bytes, attributes, ranges, copies and listings.

use std::sync::Arc;

use http::Method;
use local_stack::store;

use crate::client::{BUCKET, Call, Store, options};

fn get(key: &str) -> Call {
    Call::new(Method::GET, key)
}

/// Keys that have been trouble somewhere: spaces, signs of the query, other scripts, both forms of
/// one letter, paths that are none, and the longest that S3 takes.
fn keys() -> Vec<String> {
    let plain = [
        "report.pdf",
        "a b/c+d & e=f?g#h%41%.pdf",
        "Übergröße – naïve café.pdf",
        "e\u{301}te\u{301}.pdf",
        "\u{e9}t\u{e9}.pdf",
        "報告書 (最終版).docx",
        "🧾.pdf",
        "a/../b",
        "a//b",
        "a/./b",
        "a",
        "folder/",
        "~!*'();:@$,[]",
    ];
    let mut keys: Vec<String> = plain.map(str::to_owned).into();
    keys.push(format!("connect/{}/{}", "i".repeat(256), "写".repeat(253)));
    keys
}

#[tokio::test]
async fn every_key_comes_back_with_its_own_bytes() {
    let store = Store::start().await;
    for key in keys() {
        let call = Call {
            body: key.clone().into(),
            ..Call::new(Method::PUT, &key)
        };
        assert_eq!(store.presigned(&call).await.outcome(), (200, ""), "{key}");
    }
    for key in keys() {
        assert_eq!(store.presigned(&get(&key)).await.text(), key, "presigned");
        assert_eq!(store.signed(&get(&key)).await.text(), key, "signed");
    }
    let listed = store
        .signed(&Call {
            query: "?list-type=2",
            ..get("")
        })
        .await;
    assert_eq!(listed.element("KeyCount"), keys().len().to_string());
    assert_eq!(store.files(), [keys().len(), keys().len(), 0]);
}

#[tokio::test]
async fn an_object_keeps_what_its_upload_said_of_it() {
    let store = Store::start().await;
    let call = Call::put("report.pdf", "hello")
        .header("content-disposition", "attachment; filename=\"report.pdf\"")
        .header("cache-control", "no-store");
    assert_eq!(store.presigned(&call).await.status, 200);
    for method in [Method::GET, Method::HEAD] {
        let answer = store.signed(&Call::new(method.clone(), "report.pdf")).await;
        for (name, expected) in [
            ("content-type", "application/pdf"),
            ("content-length", "5"),
            ("content-disposition", "attachment; filename=\"report.pdf\""),
            ("cache-control", "no-store"),
            ("x-amz-meta-case", "42"),
            ("etag", "\"5d41402abc4b2a76b9719d911017c592\""),
            ("accept-ranges", "bytes"),
        ] {
            assert_eq!(answer.header(name), expected, "{method} {name}");
        }
    }
    let bare = Call {
        body: "x".into(),
        ..Call::new(Method::PUT, "bare")
    };
    assert_eq!(store.presigned(&bare).await.status, 200);
    assert_eq!(
        store.signed(&get("bare")).await.header("content-type"),
        "binary/octet-stream"
    );
}

#[tokio::test]
async fn a_range_is_a_part() {
    let store = Store::start().await;
    store.presigned(&Call::put("report.pdf", "hello")).await;
    for (range, status, text) in [
        ("bytes=1-3", 206, "ell"),
        ("bytes=3-", 206, "lo"),
        ("bytes=-2", 206, "lo"),
        ("bytes=0-99", 206, "hello"),
    ] {
        let answer = store.signed(&get("report.pdf").header("range", range)).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (status, text), "{range}");
    }
    let beyond = store.signed(&get("report.pdf").header("range", "bytes=5-")).await;
    assert_eq!(beyond.outcome(), (416, "InvalidRange"));
}

#[tokio::test]
async fn a_presigned_url_overwrites_until_it_expires() {
    let store = Store::start().await;
    let call = Call::put("report.pdf", "hello");
    let again = Call {
        body: "HELLO".into(),
        ..call.clone()
    };
    assert_eq!(store.presigned(&call).await.status, 200);
    assert_eq!(store.presigned(&again).await.status, 200);
    assert_eq!(store.signed(&get("report.pdf")).await.text(), "HELLO");
    assert_eq!(store.files(), [1, 1, 0]);
}

#[tokio::test]
async fn many_uploads_to_one_key_leave_one_of_them_whole() {
    let store = Arc::new(Store::start().await);
    let uploads = ["aaaaa", "bbbbb", "ccccc", "ddddd"].map(|body| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..8 {
                assert_eq!(store.presigned(&Call::put("report.pdf", body)).await.status, 200);
                let read = store.presigned(&get("report.pdf")).await;
                assert!(
                    read.text().chars().all(|it| read.text().starts_with(it)),
                    "{}",
                    read.text()
                );
                assert_eq!(read.body.len(), 5);
            }
        })
    });
    for upload in uploads {
        upload.await.expect("every upload and every read succeeds");
    }
    assert_eq!(store.files(), [1, 1, 0]);
}

#[tokio::test]
async fn objects_are_copied_and_deleted() {
    let store = Store::start().await;
    store.presigned(&Call::put("quarantine/写 1.pdf", "hello")).await;
    let copy = |to: &str, from: &str| Call::new(Method::PUT, to).header("x-amz-copy-source", from);

    let source = "attachments/quarantine/%E5%86%99%201.pdf";
    let copied = store.signed(&copy("approved/写 1.pdf", source)).await;
    assert_eq!(copied.status, 200, "{}", copied.text());
    assert!(
        copied
            .element("ETag")
            .contains("5d41402abc4b2a76b9719d911017c592"),
        "{}",
        copied.text()
    );
    let deleted = store
        .signed(&Call::new(Method::DELETE, "quarantine/写 1.pdf"))
        .await;
    assert_eq!(deleted.status, 204);
    assert_eq!(
        store.signed(&get("quarantine/写 1.pdf")).await.outcome(),
        (404, "NoSuchKey")
    );

    let kept = store.signed(&get("approved/写 1.pdf")).await;
    assert_eq!((kept.text(), kept.header("x-amz-meta-case")), ("hello", "42"));
    let replace = copy("approved/写 1.pdf", "/attachments/approved/%E5%86%99%201.pdf")
        .header("x-amz-metadata-directive", "REPLACE")
        .header("content-type", "text/plain");
    assert_eq!(store.signed(&replace).await.status, 200);
    let replaced = store.signed(&get("approved/写 1.pdf")).await;
    assert_eq!(
        (
            replaced.header("content-type"),
            replaced.header("x-amz-meta-case")
        ),
        ("text/plain", "")
    );
    assert_eq!(store.files(), [1, 1, 0]);

    for (to, from, expected) in [
        ("b", "attachments/gone", (404, "NoSuchKey")),
        ("b", "other-bucket/a", (404, "NoSuchBucket")),
        (
            "approved/写 1.pdf",
            "attachments/approved/%E5%86%99%201.pdf",
            (400, "InvalidRequest"),
        ),
        (
            "../b",
            "attachments/approved/%E5%86%99%201.pdf",
            (400, "InvalidURI"),
        ),
    ] {
        assert_eq!(
            store.signed(&copy(to, from)).await.outcome(),
            expected,
            "{from} to {to}"
        );
    }
    assert_eq!(store.signed(&Call::new(Method::DELETE, "gone")).await.status, 204);
}

#[tokio::test]
async fn an_upload_whose_checksum_is_wrong_leaves_the_object_that_was_there() {
    let store = Store::start().await;
    store.presigned(&Call::put("report.pdf", "old")).await;
    for (name, right) in [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-amz-checksum-crc32", "NhCmhg=="),
        ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        (
            "x-amz-checksum-sha256",
            "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        ),
    ] {
        let wrong = format!("A{}", &right[1..]);
        let call = Call::put("report.pdf", "hello");
        let refused = store.presigned(&call.clone().header(name, &wrong)).await;
        assert_eq!(
            refused.outcome(),
            (400, "BadDigest"),
            "{name}: {}",
            refused.text()
        );
        assert_eq!(store.signed(&get("report.pdf")).await.text(), "old", "{name}");
        let other = Call {
            key: "other.pdf".to_owned(),
            ..call
        };
        assert_eq!(
            store.presigned(&other.header(name, right)).await.outcome(),
            (200, ""),
            "{name}"
        );
    }
    assert_eq!(store.files(), [2, 2, 0]);
}

#[tokio::test]
async fn a_checksum_in_the_trailer_counts_like_one_in_the_header() {
    let store = Store::start().await;
    for (checksum, expected) in [("AAAAAA==", (400, "BadDigest")), ("NhCmhg==", (200, ""))] {
        let body = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{checksum}\r\n\r\n");
        let call = Call {
            body: body.into(),
            ..Call::new(Method::PUT, "report.pdf")
        }
        .header("content-encoding", "gzip,aws-chunked")
        .header("x-amz-decoded-content-length", "5")
        .header("x-amz-trailer", "x-amz-checksum-crc32");
        let answer = store.send(call.chunked(store.running.addr)).await;
        assert_eq!(answer.outcome(), expected, "{}", answer.text());
    }
    let kept = store.signed(&get("report.pdf")).await;
    assert_eq!((kept.text(), kept.header("content-encoding")), ("hello", "gzip"));
}

#[tokio::test]
async fn a_condition_on_a_write_or_a_copy_is_not_ignored() {
    let store = Store::start().await;
    let call = Call::put("report.pdf", "hello").header("if-none-match", "*");
    assert_eq!(store.presigned(&call).await.outcome(), (501, "NotImplemented"));
    store.presigned(&Call::put("report.pdf", "hello")).await;
    let (etag, date) = (
        "\"5d41402abc4b2a76b9719d911017c592\"",
        "Fri, 15 Jan 2027 08:00:00 GMT",
    );
    for (condition, value) in [
        ("x-amz-copy-source-if-match", etag),
        ("x-amz-copy-source-if-none-match", etag),
        ("x-amz-copy-source-if-modified-since", date),
        ("x-amz-copy-source-if-unmodified-since", date),
    ] {
        let copy = Call::new(Method::PUT, "copy.pdf")
            .header("x-amz-copy-source", "attachments/report.pdf")
            .header(condition, value);
        let outcome = store.signed(&copy).await;
        assert_eq!(outcome.outcome(), (501, "NotImplemented"), "{condition}");
    }
}

#[tokio::test]
async fn a_listing_has_prefixes_and_pages() {
    let store = Store::start().await;
    for key in ["a/1", "a/2", "b", "c/1", "d/"] {
        store.presigned(&Call::put(key, "x")).await;
    }
    let list = |query| Call { query, ..get("") };
    let names = |text: &str| -> Vec<String> {
        let parts = text.split(['<', '>']).collect::<Vec<_>>();
        let pairs = parts
            .windows(2)
            .filter(|pair| matches!(pair[0], "Key" | "Prefix"));
        pairs
            .map(|pair| pair[1].to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    };
    for (query, expected, truncated) in [
        ("?list-type=2", vec!["a/1", "a/2", "b", "c/1", "d/"], "false"),
        ("?list-type=2&delimiter=%2F", vec!["b", "a/", "c/", "d/"], "false"),
        ("?list-type=2&prefix=a%2F", vec!["a/", "a/1", "a/2"], "false"),
        ("?list-type=2&max-keys=2", vec!["a/1", "a/2"], "true"),
        (
            "?list-type=2&max-keys=2&continuation-token=a%2F2",
            vec!["b", "c/1"],
            "true",
        ),
        ("?list-type=2&start-after=c%2F1", vec!["d/"], "false"),
        ("?delimiter=%2F&marker=b", vec!["c/", "d/"], "false"),
    ] {
        let answer = store.signed(&list(query)).await;
        let mut listed = names(answer.text());
        listed.sort();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(listed, expected, "{query}: {}", answer.text());
        assert_eq!(answer.element("IsTruncated"), truncated, "{query}");
    }
    let root = Call {
        bucket: "",
        ..get("")
    };
    let buckets = store.signed(&root).await;
    assert_eq!(buckets.element("Name"), BUCKET);
    assert_ne!(buckets.element("CreationDate"), "", "the AWS CLI reads it");
    assert_eq!(store.signed(&Call::new(Method::HEAD, "")).await.status, 200);
}

#[tokio::test]
async fn objects_outlast_the_store_and_half_uploads_do_not() {
    let store = Store::start().await;
    store.presigned(&Call::put("report.pdf", "hello")).await;
    let Store { running, root } = store;
    running.shutdown().await;
    std::fs::write(root.path().join(BUCKET).join("uploading/left"), "half").expect("it can be written");
    let running = store::serve(options(root.path().into()))
        .await
        .expect("it starts again");
    let store = Store { running, root };
    assert_eq!(store.signed(&get("report.pdf")).await.text(), "hello");
    assert_eq!(store.files(), [1, 1, 0]);
}
