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

use broker_token::strict_json::JsonFault;
use broker_token::{KeyDocumentFault, UrlFault};

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

fn url_faults() -> Vec<UrlFault> {
    use UrlFault as F;
    every![
        F::TooLong => F::TooLong,
        F::Character => F::Character,
        F::Scheme => F::Scheme,
        F::UserInfo => F::UserInfo,
        F::Fragment => F::Fragment,
        F::Host => F::Host,
        F::Port => F::Port,
        F::IpAddress => F::IpAddress,
        F::PlainHttp => F::PlainHttp,
    ]
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
