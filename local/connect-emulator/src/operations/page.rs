//! Pages of a list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::state::error::OperationError;

/// One page of a list, and the token of the next page.
///
/// # Errors
/// If no page gave out the token.
pub(super) fn page<T>(
    items: Vec<T>,
    max_results: usize,
    next_token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), OperationError> {
    let start = next_token.map_or(Ok(0), read_token)?;
    let end = start + max_results;
    let more = (end < items.len()).then(|| URL_SAFE_NO_PAD.encode(end.to_string()));
    Ok((items.into_iter().skip(start).take(max_results).collect(), more))
}

fn read_token(token: &str) -> Result<usize, OperationError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let start = bytes.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<u32>().ok());
    let start = start.and_then(|start| usize::try_from(start).ok());
    start.ok_or_else(|| OperationError::Invalid("Invalid NextToken".into()))
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn walks_through_a_list_page_by_page() {
        let mut token = None;
        let mut pages = Vec::new();
        loop {
            let (items, next) = page((0..7).collect(), 3, token.as_deref()).expect("a token of ours");
            pages.push(items);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(pages, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
    }

    #[test]
    fn refuses_a_token_that_no_page_gave_out() {
        for token in ["", "?", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"] {
            assert!(page(vec![1], 1, Some(token)).is_err(), "{token:?}");
        }
    }
}
