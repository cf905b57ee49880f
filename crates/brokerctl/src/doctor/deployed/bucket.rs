//! Judges the bucket for attachments: its policy, its lock, and the keys that it encrypts with.

use serde_json::Value;

use super::policy::{Statement, statements};
use super::{Deployed, elements, existing, refused, text};
use crate::doctor::account::Bucket;
use crate::doctor::aws_cli::ask;
use crate::doctor::question::{BUCKET_ENCRYPTION, BUCKET_LOCK, BUCKET_POLICY, KEY};
use crate::doctor::report::{Finding, Outcome};

/// Conditions of a Deny that does not affect browsers, because they send files over TLS 1.2 or newer.
const WITHOUT_TLS: [(&str, &str, &[&str]); 2] = [
    ("Bool", "aws:SecureTransport", &["false"]),
    ("NumericLessThan", "s3:TlsVersion", &["1.1", "1.2"]),
];

pub(super) async fn policy(deployed: &Deployed<'_>) -> Outcome {
    let Bucket { name, prefix, .. } = match deployed.bucket {
        Ok(bucket) => bucket,
        Err(reason) => return Outcome::NotChecked(reason.into()),
    };
    match existing(ask(&BUCKET_POLICY, &["--bucket", name]).await) {
        Err(error) => refused(&BUCKET_POLICY, &error, name),
        Ok(None) => Outcome::Ok("the bucket has no policy".into()),
        Ok(Some(answer)) => {
            let partition = deployed.place().partition;
            let prefix = prefix.trim_matches('/');
            let key = format!("arn:{partition}:s3:::{name}/{prefix}/upload-broker-doctor");
            let statements = statements(&answer["Policy"]).unwrap_or_default();
            let findings = statements
                .iter()
                .filter_map(|statement| barrier(&Statement::new(statement), &key));
            Outcome::of(findings.collect(), || {
                "the bucket's policy lets uploads pass".into()
            })
        }
    }
}

/// The finding for a statement that can deny a browser's PUT, which Connect's credentials sign.
fn barrier(statement: &Statement<'_>, key: &str) -> Option<Finding> {
    let spares_tls = statement.conditions().iter().any(|(operator, name, values)| {
        let mut sparing = WITHOUT_TLS.iter();
        sparing.any(|(o, n, v)| {
            o == operator && n.eq_ignore_ascii_case(name) && values.iter().all(|value| v.contains(value))
        })
    });
    let denies =
        statement.is("Deny") && statement.is_about_everyone() && statement.covers("s3:PutObject", key);
    (denies && !spares_tls).then(|| {
        let conditions = statement.conditions();
        let keys: Vec<_> = conditions.iter().map(|(operator, name, _)| format!("{operator} {name}")).collect();
        let under = if keys.is_empty() { "always".into() } else { format!("under {}", keys.join(" and ")) };
        Finding::fault(
            format!("statement {} of the bucket's policy denies s3:PutObject, {under}", statement.name()),
            "except Connect's uploads: browsers send them from anywhere, by a URL that Connect signed, with the headers that \
             Connect chose (docs/setup-connect.md)",
        )
    })
}

pub(super) async fn lock(deployed: &Deployed<'_>) -> Outcome {
    let name = match deployed.bucket {
        Ok(bucket) => &bucket.name,
        Err(reason) => return Outcome::NotChecked(reason.into()),
    };
    match existing(ask(&BUCKET_LOCK, &["--bucket", name]).await) {
        Err(error) => refused(&BUCKET_LOCK, &error, name),
        Ok(answer) => {
            let enabled = answer.is_some_and(|answer| {
                text(&answer["ObjectLockConfiguration"], "ObjectLockEnabled") == "Enabled"
            });
            if enabled {
                Outcome::fault(
                    "the bucket has Object Lock, so Connect cannot move files out of its staging folder",
                    "make a bucket without Object Lock, and choose it in the Connect console, Data storage, Attachments",
                )
            } else {
                Outcome::Ok("the bucket has no Object Lock".into())
            }
        }
    }
}

pub(super) async fn keys(deployed: &Deployed<'_>) -> Outcome {
    let Bucket { name, key_id, .. } = match deployed.bucket {
        Ok(bucket) => bucket,
        Err(reason) => return Outcome::NotChecked(reason.into()),
    };
    let encryption = match existing(ask(&BUCKET_ENCRYPTION, &["--bucket", name]).await) {
        Ok(encryption) => encryption.unwrap_or_default(),
        Err(error) => return refused(&BUCKET_ENCRYPTION, &error, name),
    };
    let rules = elements(&encryption["ServerSideEncryptionConfiguration"]["Rules"]).iter();
    let defaults = rules.map(|rule| text(&rule["ApplyServerSideEncryptionByDefault"], "KMSMasterKeyID"));
    let mut ids: Vec<_> = key_id
        .as_deref()
        .into_iter()
        .chain(defaults)
        .filter(|id| !id.is_empty())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut findings = Vec::new();
    for id in &ids {
        match ask(&KEY, &["--key-id", id]).await {
            Err(error) => findings.push(KEY.refused(&error, id)),
            Ok(answer) => findings.extend(unusable(&answer["KeyMetadata"])),
        }
    }
    Outcome::of(findings, || match ids.len() {
        0 => "S3's own keys encrypt".into(),
        count => format!("{count} of KMS, enabled"),
    })
}

fn unusable(key: &Value) -> Option<Finding> {
    let (arn, state) = (text(key, "Arn"), text(key, "KeyState"));
    let fix = match state {
        "Enabled" => return None,
        "Disabled" => format!("`aws kms enable-key --key-id {arn}`"),
        "PendingDeletion" => format!("`aws kms cancel-key-deletion --key-id {arn}`, then enable-key"),
        _ => "make the key usable, or choose another for the bucket and in the Connect console, Data storage"
            .into(),
    };
    Some(Finding::fault(
        format!("the key {arn} is {state}: nothing can be stored or read under it"),
        fix,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deny_counts_unless_tls_spares_it() {
        let deny = |further: Value| {
            let mut statement =
                json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
            let members = further.as_object().expect("members").clone();
            statement.as_object_mut().expect("a statement").extend(members);
            statement
        };
        for (statement, expected) in [
            (
                deny(json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}})),
                None,
            ),
            (
                deny(json!({"Condition": {"Bool": {"aws:securetransport": false}}})),
                None,
            ),
            (
                deny(json!({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}})),
                None,
            ),
            (
                deny(json!({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.4"}}})),
                Some("s3:TlsVersion"),
            ),
            (
                deny(json!({"Condition": {"Bool": {"aws:SecureTransport": "true"}}})),
                Some("aws:SecureTransport"),
            ),
            (
                deny(
                    json!({"Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}),
                ),
                Some("under StringNotEquals s3:x-amz-server-side-encryption"),
            ),
            (
                deny(json!({"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}})),
                Some("aws:SourceVpce"),
            ),
            (deny(json!({"Principal": {"AWS": "*"}})), Some("always")),
            (
                deny(json!({"Principal": null, "NotPrincipal": {"AWS": "arn:x"}})),
                Some("always"),
            ),
            (
                deny(json!({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}})),
                None,
            ),
            (deny(json!({"Action": "s3:GetObject"})), None),
            (deny(json!({"Resource": "arn:aws:s3:::b/other/*"})), None),
            (deny(json!({"Effect": "Allow"})), None),
        ] {
            let found =
                barrier(&Statement::new(&statement), "arn:aws:s3:::b/p/file").map(|finding| finding.seen);
            match expected {
                None => assert_eq!(found, None, "{statement}"),
                Some(words) => assert!(found.is_some_and(|seen| seen.contains(words)), "{statement}"),
            }
        }
    }

    #[test]
    fn a_key_must_be_enabled() {
        for (state, words) in [
            ("Enabled", None),
            ("Disabled", Some("enable-key")),
            ("PendingDeletion", Some("cancel-key-deletion")),
            ("Unavailable", Some("choose another")),
        ] {
            let found = unusable(&json!({"Arn": "arn", "KeyState": state})).map(|finding| finding.fix);
            assert_eq!(found.is_some(), words.is_some(), "{state}");
            assert!(
                found.unwrap_or_default().contains(words.unwrap_or_default()),
                "{state}"
            );
        }
    }
}
