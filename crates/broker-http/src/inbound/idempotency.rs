//! The header `Idempotency-Key`, and the token that makes two requests the same upload for Connect.
//!
//! Source: the IETF draft "The Idempotency-Key HTTP Header Field"; the bare form is common practice.

use aws_lc_rs::digest;
use broker_core::arn::ConnectUserArn;
use broker_core::caller::Caller;
use broker_core::ports::ClientToken;
use broker_core::request::{UploadRequest, push};

use super::event::GatewayRequest;
use crate::clock_and_random::{ClockAndRandom, EntropyError};

/// The header `Idempotency-Key` is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Idempotency-Key must be one string of 1 to 255 visible ASCII characters, and must be quoted \
     if it contains a comma or a quotation mark"
)]
pub struct IdempotencyKeyError;

/// A caller's own name for an upload. Two callers with the same name get different keys.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// The key of `request`, if it has one.
    ///
    /// # Errors
    /// [`IdempotencyKeyError`]
    pub fn of(request: &GatewayRequest) -> Result<Option<Self>, IdempotencyKeyError> {
        match request
            .header_values("idempotency-key")
            .collect::<Vec<_>>()
            .as_slice()
        {
            [] => Ok(None),
            [value] => Self::parse(value.trim_matches([' ', '\t']))
                .map(Some)
                .ok_or(IdempotencyKeyError),
            _ => Err(IdempotencyKeyError),
        }
    }

    /// INVARIANT: a bare key has no comma, because events of payload 2.0 join two headers with one.
    fn parse(value: &str) -> Option<Self> {
        let key = match value.strip_prefix('"') {
            Some(quoted) => unescape(quoted.strip_suffix('"')?)?,
            None if value.contains(['"', ',']) => return None,
            None => value.to_owned(),
        };
        let fits = (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(key.into()))
    }
}

/// The content of a structured field's string, in which `\"` and `\\` are the only escapes (RFC 8941).
fn unescape(quoted: &str) -> Option<String> {
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(c) = characters.next() {
        text.push(match c {
            '\\' => characters.next().filter(|c| ['"', '\\'].contains(c))?,
            '"' => return None,
            other => other,
        });
    }
    Some(text)
}

/// The upstream token of an upload: derived if the caller gave a key, otherwise random.
///
/// INVARIANT: every part is length-prefixed, so the keys of two callers or two stages never meet.
///
/// # Errors
/// [`EntropyError`]
pub fn client_token(
    stage: &str,
    caller: &Caller,
    user: &ConnectUserArn,
    key: Option<&IdempotencyKey>,
    request: &UploadRequest,
    system: &impl ClockAndRandom,
) -> Result<ClientToken, EntropyError> {
    let mut bytes = [0; 32];
    match key {
        None => system.fill(&mut bytes)?,
        Some(IdempotencyKey(key)) => {
            let mut form = Vec::with_capacity(512);
            push(&mut form, b"upload-broker client token v2");
            for part in [
                stage,
                caller.issuer.as_str(),
                &*caller.subject,
                user.as_str(),
                key,
            ] {
                push(&mut form, part.as_bytes());
            }
            push(&mut form, &request.canonical_form());
            bytes.copy_from_slice(digest::digest(&digest::SHA256, &form).as_ref());
        }
    }
    Ok(ClientToken::from_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use broker_core::caller::{CallerClaims, CallerIssuer};
    use broker_core::file::{FileName, FileSize};
    use broker_core::request::{Tags, UrlExpiry};

    use super::*;
    use crate::clock_and_random::System;

    const INSTANCE: &str = "arn:aws:connect:eu-west-1:111122223333:instance/i-1";

    fn token_of([stage, issuer, subject, user, key]: [&str; 5]) -> String {
        let caller = Caller {
            issuer: CallerIssuer::named(issuer),
            subject: subject.into(),
            claims: CallerClaims::default(),
        };
        let user = format!("{INSTANCE}/agent/{user}").parse().expect("valid");
        let request = UploadRequest {
            file_name: FileName::parse("scan.pdf").expect("valid"),
            file_size: FileSize::from_bytes(5).expect("valid"),
            resource: format!("{INSTANCE}/contact/k-1").parse().expect("valid"),
            url_expiry: UrlExpiry::default(),
            tags: Tags::default(),
            on_behalf_of: None,
        };
        let key = IdempotencyKey(key.into());
        let token = client_token(stage, &caller, &user, Some(&key), &request, &System);
        token.expect("nothing random").as_str().to_owned()
    }

    #[test]
    fn the_keys_of_two_callers_or_stages_never_meet() {
        let distinct = [
            ["prod", "https://a.example", "ada", "u-1", "k"],
            ["test", "https://a.example", "ada", "u-1", "k"],
            ["prod", "https://b.example", "ada", "u-1", "k"],
            ["prod", "https://a.example", "bob", "u-1", "k"],
            ["prod", "https://a.example", "ada", "u-2", "k"],
            ["prod", "https://a.example", "ada", "u-1", "K"],
            ["prodh", "ttps://a.example", "ada", "u-1", "k"],
            ["prod", "https://a.exampl", "eada", "u-1", "k"],
            ["prod", "https://a.examplea", "da", "u-1", "k"],
            ["prod", "ada", "https://a.example", "u-1", "k"],
            ["prod", "https://a.example", "ada", "u-", "1k"],
        ];
        let tokens: BTreeSet<String> = distinct.map(token_of).into();
        assert_eq!(tokens.len(), distinct.len());
        assert_eq!(
            tokens,
            distinct.map(token_of).into(),
            "a derived token is not random"
        );
    }

    #[test]
    fn a_key_is_a_quoted_or_bare_string() {
        let key = |text: &str| Some(IdempotencyKey(text.into()));
        for (value, expected) in [
            ("k", key("k")),
            ("\"k\"", key("k")),
            ("\"a\\\"b\\\\c\"", key("a\"b\\c")),
            (
                "8e03978e-40d5-43e8-bc93-6894a57f9324",
                key("8e03978e-40d5-43e8-bc93-6894a57f9324"),
            ),
            ("", None),
            ("\"\"", None),
            ("\"k", None),
            ("k\"", None),
            ("\"a\"b\"", None),
            ("\"a\\b\"", None),
            ("a b", None),
            ("a,b", None),
            (",", None),
            ("k,", None),
            ("\"a\",\"b\"", None),
            ("\"a,b\"", key("a,b")),
            ("\u{e9}", None),
            ("\"k\";p=1", None),
            (&"k".repeat(255), key(&"k".repeat(255))),
            (&"k".repeat(256), None),
        ] {
            assert!(IdempotencyKey::parse(value) == expected, "{value:?}");
        }
    }
}
