//! Every sentence that callers and operators read. The snapshots beside these tests are there to be read aloud.

/// Values of an error, one for each variant: a variant that is missing does not compile.
macro_rules! every {
    ($($pattern:pat => $value:expr),+ $(,)?) => {{
        let values = vec![$($value),+];
        for value in &values {
            match value { $($pattern => ()),+ }
        }
        values
    }};
}

mod log;
mod members;
mod problems;
mod settings;

use broker_core::strict_url::{StrictUrl, UrlError};
use broker_token::strict_json::JsonFault;
use broker_token::{KeyDocumentFault, KeyUrlError};

fn json_faults() -> Vec<JsonFault> {
    use JsonFault as F;
    every![
        F::NotUtf8 => F::NotUtf8,
        F::ByteOrderMark => F::ByteOrderMark,
        F::DuplicateMember => F::DuplicateMember,
        F::TooDeep { .. } => F::TooDeep { max_depth: 8 },
        F::Syntax => F::Syntax,
        F::NotAnObject => F::NotAnObject,
    ]
}

fn url_errors() -> Vec<UrlError> {
    use UrlError as E;
    every![
        E::Malformed(_) => StrictUrl::parse("https://").expect_err("no host"),
        E::Spelling => E::Spelling,
        E::Scheme => E::Scheme,
        E::UserInfo => E::UserInfo,
        E::Fragment => E::Fragment,
        E::Host => E::Host,
        E::PlainHttp => E::PlainHttp,
    ]
}

fn key_url_errors() -> Vec<KeyUrlError> {
    use KeyUrlError as E;
    let mut errors = every![
        E::TooLong => E::TooLong,
        E::IpAddress => E::IpAddress,
        E::Url(_) => E::Url(UrlError::Host),
    ];
    errors.pop();
    errors.extend(url_errors().into_iter().map(E::Url));
    errors
}

fn key_document_faults() -> Vec<KeyDocumentFault> {
    use KeyDocumentFault as F;
    every![
        F::TooLarge { .. } => F::TooLarge { size_bytes: 70_000 },
        F::Json(_) => F::Json(JsonFault::DuplicateMember),
        F::NoKeys => F::NoKeys,
        F::TooManyKeys { .. } => F::TooManyKeys { count: 101 },
        F::NoUsableKey => F::NoUsableKey,
    ]
}
