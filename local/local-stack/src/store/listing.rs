//! One page of a bucket's listing.

use s3s::dto::{CommonPrefix, ETag, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object};

use super::folder::Record;

/// Limit for the entries of one page.
const MOST_ENTRIES: usize = 1_000;

/// The page that `input` asks for; `records` are in the order of their keys.
pub(super) fn page(records: Vec<Record>, input: ListObjectsV2Input) -> ListObjectsV2Output {
    let asked = input.max_keys.and_then(|most| usize::try_from(most).ok());
    let most = asked.unwrap_or(MOST_ENTRIES).min(MOST_ENTRIES);
    let mut entries = entries(records, &input);
    let is_truncated = most > 0 && entries.len() > most;
    entries.truncate(most);
    let next = entries.last().filter(|_| is_truncated).map(|it| it.name.clone());
    let key_count = i32::try_from(entries.len()).ok();
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    for Entry { name, object } in entries {
        match object {
            Some(object) => contents.push(object),
            None => prefixes.push(CommonPrefix { prefix: Some(name) }),
        }
    }
    ListObjectsV2Output {
        key_count,
        is_truncated: Some(is_truncated),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        name: Some(input.bucket),
        prefix: Some(input.prefix.unwrap_or_default()),
        delimiter: input.delimiter,
        max_keys: Some(input.max_keys.unwrap_or(1_000)),
        continuation_token: input.continuation_token,
        start_after: input.start_after,
        ..ListObjectsV2Output::default()
    }
}

/// The page in the form of version 1 of the operation.
pub(super) fn first_version(page: ListObjectsV2Output) -> ListObjectsOutput {
    ListObjectsOutput {
        name: page.name,
        prefix: page.prefix,
        delimiter: page.delimiter,
        max_keys: page.max_keys,
        marker: page.start_after,
        is_truncated: page.is_truncated,
        next_marker: page.next_continuation_token,
        contents: page.contents,
        common_prefixes: page.common_prefixes,
        ..ListObjectsOutput::default()
    }
}

/// One line of a listing: an object, or a prefix that several keys share.
struct Entry {
    name: String,
    object: Option<Object>,
}

/// Every line after the point at which the caller resumes.
fn entries(records: Vec<Record>, input: &ListObjectsV2Input) -> Vec<Entry> {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input
        .continuation_token
        .as_deref()
        .max(input.start_after.as_deref());
    let matching = records
        .into_iter()
        .filter(|record| record.key.starts_with(prefix));
    let mut entries: Vec<Entry> = matching
        .map(
            |record| match common_prefix(&record.key, prefix, input.delimiter.as_deref()) {
                Some(prefix) => Entry {
                    name: prefix.to_owned(),
                    object: None,
                },
                None => Entry {
                    name: record.key.clone(),
                    object: Some(object(record)),
                },
            },
        )
        .filter(|entry| after.is_none_or(|after| entry.name.as_str() > after))
        .collect();
    entries.dedup_by(|one, other| one.name == other.name);
    entries
}

/// The key up to and including the first delimiter after the prefix.
fn common_prefix<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let found = key[prefix.len()..].find(delimiter)?;
    Some(&key[..prefix.len() + found + delimiter.len()])
}

fn object(record: Record) -> Object {
    Object {
        key: Some(record.key),
        size: Some(record.size_bytes.cast_signed()),
        e_tag: Some(ETag::Strong(record.e_tag)),
        last_modified: Some(record.last_modified),
        ..Object::default()
    }
}
