//! What is asked: the body of a request, every fault of it at once.

use broker_core::arn::ResourceArn;
use broker_core::file::{FileName, FileNameError, FileSize};
use broker_core::request::{Tags, UploadRequest, UrlExpiry, Username};
use broker_token::strict_json::{self, JsonFault};
use serde_json::{Map, Value};

use super::event::GatewayRequest;
use crate::fault::{MemberFault, pointer};
use crate::settings::Ceilings;

/// Largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// Deepest nesting of a body.
const MAX_DEPTH: usize = 8;

/// Why a body is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not `application/json` in UTF-8, or encoded.
    #[error("the content type is not application/json, or the content is encoded")]
    UnsupportedMediaType,
    /// Over 16 KiB.
    #[error("the body is over {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// Base64 that is none.
    #[error("the body is not base64, as its event says")]
    NotBase64,
    /// Not JSON, or not strictly so.
    #[error("the body is {0}")]
    Json(JsonFault),
    /// Members that are missing, unknown, of another type or out of range.
    #[error("{} members are at fault", .0.len())]
    Members(Vec<MemberFault>),
}

/// The upload that `request` asks for. `must_name_user` says whether the caller acts for others only.
///
/// # Errors
/// [`BodyError`]
pub fn upload_request(
    request: &GatewayRequest,
    ceilings: Ceilings,
    must_name_user: bool,
) -> Result<UploadRequest, BodyError> {
    check_content(request)?;
    Members::of(object(request)?).into_upload_request(ceilings, must_name_user)
}

/// Nothing, where `request` says nothing: an empty body or `{}`.
///
/// # Errors
/// [`BodyError`]
pub fn nothing(request: &GatewayRequest) -> Result<(), BodyError> {
    if request.encoded_body_len() == 0 {
        return Ok(());
    }
    check_content(request)?;
    let faults = Members::of(object(request)?).unknown();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(BodyError::Members(faults))
    }
}

fn check_content(request: &GatewayRequest) -> Result<(), BodyError> {
    let is_json = request.header("content-type").is_some_and(is_json_in_utf8);
    let is_encoded = request.header_values("content-encoding").next().is_some();
    if is_json && !is_encoded {
        Ok(())
    } else {
        Err(BodyError::UnsupportedMediaType)
    }
}

/// `application/json`, with no parameter but `charset=utf-8`.
fn is_json_in_utf8(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let is_utf8 = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    is_json && parts.next().is_none_or(is_utf8) && parts.next().is_none()
}

fn object(request: &GatewayRequest) -> Result<Map<String, Value>, BodyError> {
    // Base64 takes four bytes for three, and a line's end at most.
    if request.encoded_body_len() > MAX_BODY_BYTES.div_ceil(3) * 4 {
        return Err(BodyError::TooLarge);
    }
    let body = request.body().map_err(|_| BodyError::NotBase64)?;
    if body.len() > MAX_BODY_BYTES {
        return Err(BodyError::TooLarge);
    }
    strict_json::parse_object(&body, MAX_DEPTH).map_err(BodyError::Json)
}

/// The members of a body that are not taken yet, and the faults of those that are.
struct Members {
    rest: Map<String, Value>,
    faults: Vec<MemberFault>,
}

impl Members {
    const fn of(rest: Map<String, Value>) -> Self {
        Self {
            rest,
            faults: Vec::new(),
        }
    }

    fn into_upload_request(
        mut self,
        ceilings: Ceilings,
        must_name_user: bool,
    ) -> Result<UploadRequest, BodyError> {
        let file_name = self.file_name(ceilings);
        let file_size = self
            .required("fileSizeInBytes")
            .and_then(|value| self.file_size(&value));
        let resource = self
            .required("associatedResourceArn")
            .and_then(|value| self.resource(&value));
        self.use_case();
        let url_expiry = self.url_expiry(ceilings);
        let tags = self.tags();
        let on_behalf_of = self.on_behalf_of(must_name_user);
        self.faults
            .extend(Self::of(std::mem::take(&mut self.rest)).unknown());
        match (file_name, file_size, resource) {
            (Some(file_name), Some(file_size), Some(resource)) if self.faults.is_empty() => {
                Ok(UploadRequest {
                    file_name,
                    file_size,
                    resource,
                    url_expiry,
                    tags,
                    on_behalf_of,
                })
            }
            _ => Err(BodyError::Members(self.faults)),
        }
    }

    fn unknown(self) -> Vec<MemberFault> {
        let names = self.rest.keys();
        let fault =
            |name: &String| MemberFault::new(&pointer(&[name]), "unknown", "is not a member of this request");
        names.map(fault).collect()
    }

    fn fault<T>(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>) -> Option<T> {
        self.faults.push(MemberFault::new(pointer, code, detail));
        None
    }

    fn required(&mut self, name: &str) -> Option<Value> {
        let value = self.rest.remove(name);
        if value.is_none() {
            self.fault::<()>(&pointer(&[name]), "required", "is required");
        }
        value
    }

    fn file_name(&mut self, ceilings: Ceilings) -> Option<FileName> {
        let value = self.required("fileName")?;
        let parsed = value.as_str().map(FileName::parse);
        match parsed {
            None => self.fault("/fileName", "type", "must be a string"),
            Some(Err(error)) => self.fault("/fileName", code_of(error), error.to_string()),
            Some(Ok(name)) if ceilings.ascii_file_names && !name.is_ascii() => self.fault(
                "/fileName",
                code_of(FileNameError::NotAscii),
                FileNameError::NotAscii.to_string(),
            ),
            Some(Ok(name)) => Some(name),
        }
    }

    fn file_size(&mut self, value: &Value) -> Option<FileSize> {
        let bytes = value.as_u64().and_then(FileSize::from_bytes);
        bytes.or_else(|| {
            let code = if value.is_number() { "range" } else { "type" };
            self.fault("/fileSizeInBytes", code, "must be an integer, at least 1")
        })
    }

    fn resource(&mut self, value: &Value) -> Option<ResourceArn> {
        const POINTER: &str = "/associatedResourceArn";
        match value.as_str().map(str::parse) {
            None => self.fault(POINTER, "type", "must be a string"),
            Some(Err(_)) => self.fault(POINTER, "invalid", "must be the ARN of a case or of a contact"),
            Some(Ok(resource)) => Some(resource),
        }
    }

    fn use_case(&mut self) {
        if self
            .rest
            .remove("fileUseCaseType")
            .is_some_and(|value| value != "ATTACHMENT")
        {
            self.fault::<()>("/fileUseCaseType", "invalid", "must be ATTACHMENT");
        }
    }

    fn url_expiry(&mut self, ceilings: Ceilings) -> UrlExpiry {
        let Some(value) = self.rest.remove("urlExpiryInSeconds") else {
            return ceilings.url_expiry;
        };
        let expiry = value.as_u64().and_then(UrlExpiry::from_secs);
        expiry
            .filter(|expiry| *expiry <= ceilings.url_expiry)
            .unwrap_or_else(|| {
                let (min, max) = (UrlExpiry::MIN_SECS, ceilings.url_expiry.secs());
                let code = if value.is_number() { "range" } else { "type" };
                self.fault::<()>(
                    "/urlExpiryInSeconds",
                    code,
                    format!("must be an integer from {min} to {max}"),
                );
                ceilings.url_expiry
            })
    }

    fn tags(&mut self) -> Tags {
        let mut tags = Tags::default();
        let Some(value) = self.rest.remove("tags") else {
            return tags;
        };
        let Some(members) = value
            .as_object()
            .filter(|tags| (1..=Tags::MAX).contains(&tags.len()))
        else {
            let code = if value.is_object() { "range" } else { "type" };
            self.fault::<()>(
                "/tags",
                code,
                format!("must be an object of 1 to {} strings", Tags::MAX),
            );
            return tags;
        };
        for (key, value) in members {
            let pointer = pointer(&["tags", key]);
            match value.as_str().map(|value| tags.insert(key, value)) {
                None => self.fault::<()>(&pointer, "type", "must be a string"),
                Some(Err(error)) => self.fault::<()>(&pointer, "invalid", error.to_string()),
                Some(Ok(())) => None,
            };
        }
        tags
    }

    fn on_behalf_of(&mut self, is_required: bool) -> Option<Username> {
        let name = "onBehalfOf";
        let value = if is_required {
            self.required(name)
        } else {
            self.rest.remove(name)
        }?;
        let name = value.as_str().and_then(Username::parse);
        name.or_else(|| self.fault("/onBehalfOf", "invalid", "must be a Connect username"))
    }
}

const fn code_of(error: FileNameError) -> &'static str {
    match error {
        FileNameError::Length => "length",
        FileNameError::ControlCharacter | FileNameError::RefusedCharacter => "character",
        FileNameError::OuterSpaceOrDot => "outer-space-or-dot",
        FileNameError::NoExtension => "no-extension",
        FileNameError::LookAlike => "look-alike",
        FileNameError::NotAscii => "not-ascii",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ceilings() -> Ceilings {
        Ceilings {
            url_expiry: UrlExpiry::from_secs(120).expect("valid"),
            ascii_file_names: false,
        }
    }

    fn event(headers: &Value, body: &str) -> GatewayRequest {
        let event = json!({
            "version": "2.0", "rawPath": "/uploads", "headers": headers, "body": body,
            "requestContext": {"apiId": "a", "requestId": "r", "stage": "$default", "http": {"method": "POST"}},
        });
        GatewayRequest::parse(&event.to_string()).expect("an event")
    }

    fn asked(body: &str) -> Result<UploadRequest, BodyError> {
        upload_request(
            &event(&json!({"content-type": "application/json"}), body),
            ceilings(),
            false,
        )
    }

    fn valid() -> Value {
        json!({
            "fileName": "scan.pdf", "fileSizeInBytes": 5,
            "associatedResourceArn": "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c",
        })
    }

    fn with(member: &str, value: Value) -> String {
        let mut body = valid();
        body[member] = value;
        body.to_string()
    }

    #[test]
    fn reads_every_member() {
        let mut body = valid();
        body["fileUseCaseType"] = "ATTACHMENT".into();
        body["urlExpiryInSeconds"] = 60.into();
        body["tags"] = json!({"department": "claims"});
        body["onBehalfOf"] = "ada".into();
        let request = asked(&body.to_string()).expect("valid");
        assert_eq!(request.url_expiry.secs(), 60);
        assert_eq!(
            request.tags.iter().collect::<Vec<_>>(),
            [("department", "claims")]
        );
        assert_eq!(request.on_behalf_of.as_ref().map(Username::as_str), Some("ada"));
        assert_eq!(asked(&valid().to_string()).expect("valid").url_expiry.secs(), 120);
    }

    #[test]
    fn names_every_fault_at_once() {
        let body = json!({
            "fileName": "a/b.pdf", "fileSizeInBytes": 0, "associatedResourceArn": "x", "createdBy": {},
            "instanceId": "i", "clientToken": "t", "fileUseCaseType": "VOICE_RECORDING",
            "urlExpiryInSeconds": 121, "tags": {"a,b": "c", "d": 1}, "onBehalfOf": "",
        });
        let Err(BodyError::Members(faults)) = asked(&body.to_string()) else {
            panic!("refused")
        };
        let mut pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        let mut expected: Vec<String> = body
            .as_object()
            .expect("an object")
            .keys()
            .map(|key| pointer(&[key]))
            .collect();
        expected.retain(|pointer| pointer != "/tags");
        expected.extend(["/tags/a,b".to_owned(), "/tags/d".to_owned()]);
        expected.sort_unstable();
        assert_eq!(pointers, expected);
    }

    #[test]
    fn each_member_has_its_rule() {
        for (body, pointer, code) in [
            ("{}".into(), "/fileName", "required"),
            (with("fileName", 1.into()), "/fileName", "type"),
            (with("fileName", "a".into()), "/fileName", "no-extension"),
            (with("fileSizeInBytes", "5".into()), "/fileSizeInBytes", "type"),
            (with("fileSizeInBytes", json!(5.0)), "/fileSizeInBytes", "range"),
            (with("fileSizeInBytes", (-1).into()), "/fileSizeInBytes", "range"),
            (
                with("fileSizeInBytes", (1_u64 << 63).into()),
                "/fileSizeInBytes",
                "range",
            ),
            (
                with("associatedResourceArn", json!(["a"])),
                "/associatedResourceArn",
                "type",
            ),
            (
                with("fileUseCaseType", Value::Null),
                "/fileUseCaseType",
                "invalid",
            ),
            (
                with("urlExpiryInSeconds", 4.into()),
                "/urlExpiryInSeconds",
                "range",
            ),
            (
                with("urlExpiryInSeconds", json!(60.0)),
                "/urlExpiryInSeconds",
                "range",
            ),
            (
                with("urlExpiryInSeconds", Value::Null),
                "/urlExpiryInSeconds",
                "type",
            ),
            (with("tags", json!({})), "/tags", "range"),
            (with("tags", json!([])), "/tags", "type"),
            (with("tags", json!({"aws:x": "y"})), "/tags/aws:x", "invalid"),
            (with("tags", json!({"a/b~c": 1})), "/tags/a~1b~0c", "type"),
            (with("onBehalfOf", Value::Null), "/onBehalfOf", "invalid"),
            (with("filename", "a.pdf".into()), "/filename", "unknown"),
        ] {
            let Err(BodyError::Members(faults)) = asked(&body) else {
                panic!("refused: {body}")
            };
            assert_eq!(
                (faults[0].pointer.as_str(), faults[0].code),
                (pointer, code),
                "{body}"
            );
        }
        let mut many = Map::new();
        many.extend((0..51).map(|n| (format!("k{n}"), "v".into())));
        assert!(matches!(
            asked(&with("tags", many.into())),
            Err(BodyError::Members(_))
        ));
    }

    #[test]
    fn a_caller_who_acts_for_others_must_name_one() {
        let request = event(&json!({"content-type": "application/json"}), &valid().to_string());
        let Err(BodyError::Members(faults)) = upload_request(&request, ceilings(), true) else {
            panic!("refused")
        };
        assert_eq!(
            (faults[0].pointer.as_str(), faults[0].code),
            ("/onBehalfOf", "required")
        );
    }

    #[test]
    fn ascii_names_are_demanded_where_the_settings_say_so() {
        let ascii = Ceilings {
            ascii_file_names: true,
            ..ceilings()
        };
        let request = event(
            &json!({"content-type": "application/json"}),
            &with("fileName", "\u{e9}.pdf".into()),
        );
        assert!(upload_request(&request, ceilings(), false).is_ok());
        assert!(upload_request(&request, ascii, false).is_err());
    }

    #[test]
    fn content_type_comes_before_size_and_size_before_syntax() {
        let large = format!("{{{}", " ".repeat(MAX_BODY_BYTES));
        for (headers, body, expected) in [
            (json!({}), large.as_str(), BodyError::UnsupportedMediaType),
            (
                json!({"content-type": "text/plain"}),
                large.as_str(),
                BodyError::UnsupportedMediaType,
            ),
            (
                json!({"content-type": "application/json; charset=latin1"}),
                "{}",
                BodyError::UnsupportedMediaType,
            ),
            (
                json!({"content-type": "application/json; a=b"}),
                "{}",
                BodyError::UnsupportedMediaType,
            ),
            (
                json!({"content-type": "application/json", "content-encoding": "gzip"}),
                "{}",
                BodyError::UnsupportedMediaType,
            ),
            (
                json!({"content-type": "Application/JSON ; Charset=\"UTF-8\""}),
                large.as_str(),
                BodyError::TooLarge,
            ),
            (
                json!({"content-type": "application/json"}),
                "{",
                BodyError::Json(JsonFault::Syntax),
            ),
            (
                json!({"content-type": "application/json"}),
                "[]",
                BodyError::Json(JsonFault::NotAnObject),
            ),
            (
                json!({"content-type": "application/json"}),
                "",
                BodyError::Json(JsonFault::Syntax),
            ),
        ] {
            assert_eq!(
                upload_request(&event(&headers, body), ceilings(), false),
                Err(expected),
                "{headers}"
            );
        }
    }

    #[test]
    fn a_body_may_say_nothing_and_nothing_else() {
        let json = json!({"content-type": "application/json"});
        assert_eq!(nothing(&event(&json!({}), "")), Ok(()));
        assert_eq!(nothing(&event(&json, " {} ")), Ok(()));
        assert!(matches!(
            nothing(&event(&json, "{\"a\":1}")),
            Err(BodyError::Members(_))
        ));
        assert!(matches!(nothing(&event(&json, "[]")), Err(BodyError::Json(_))));
        assert_eq!(
            nothing(&event(&json!({}), "{}")),
            Err(BodyError::UnsupportedMediaType)
        );
    }
}
