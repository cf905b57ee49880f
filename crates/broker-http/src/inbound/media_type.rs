//! The media type that a body must have.

/// Whether `content_type` is `application/json` with no parameter but one `charset` of UTF-8. Empty parameters count as
/// absent.
///
/// Source: RFC 9110, sections 5.6.6 (parameters) and 8.3.1 (`charset`, compared without case, bare or quoted).
pub(super) fn is_json_in_utf8(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(|part| part.trim_matches([' ', '\t']));
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let is_utf8 = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        name.eq_ignore_ascii_case("charset") && quoted.unwrap_or(value).eq_ignore_ascii_case("utf-8")
    };
    let mut parameters = parts.filter(|parameter| !parameter.is_empty());
    is_json && parameters.next().is_none_or(is_utf8) && parameters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_json_with_at_most_one_charset_of_utf_8() {
        for (content_type, is_read) in [
            ("application/json", true),
            ("APPLICATION/json", true),
            ("application/json;", true),
            ("application/json ; ;;\t", true),
            ("application/json;charset=utf-8", true),
            ("application/json; CHARSET=\"UTF-8\"", true),
            ("application/json; charset=utf-8;", true),
            (";application/json", false),
            ("", false),
            ("application/json; charset=\"utf-8", false),
            ("application/json; charset=utf-8\"", false),
            ("application/json; charset=\"\"utf-8\"\"", false),
            ("application/json; charset=\"", false),
            ("application/json; charset=", false),
            ("application/json; charset = utf-8", false),
            ("application/json; charset=utf-16", false),
            ("application/json; charset=utf-8; charset=utf-8", false),
            ("application/json; charset=utf-8; q=1", false),
            ("application/json, application/json", false),
            ("application/json\u{a0}", false),
        ] {
            assert_eq!(is_json_in_utf8(content_type), is_read, "{content_type:?}");
        }
    }
}
