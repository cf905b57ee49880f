//! Reads the body of a request, and reports every fault of it at once.

use broker_core::arn::ResourceArn;
use broker_core::file::{FileName, FileNameError, FileSize};
use broker_core::request::{Tags, UploadRequest, UrlExpiry, Username};
use broker_token::strict_json::{self, JsonError};
use serde_json::{Map, Value};

use super::event::GatewayRequest;
use super::media_type::is_json_in_utf8;
use crate::fault::{MemberFault, pointer};
use crate::settings::Ceilings;

/// The largest body, in bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// The deepest nesting of a body.
const MAX_DEPTH: usize = 8;

/// Why a body is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The content type is not `application/json` in UTF-8, or the content is encoded.
    #[error("the content type is not application/json in UTF-8, or the content is encoded")]
    UnsupportedMediaType,
    /// The body is over 16 KiB.
    #[error("the body is over {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// `isBase64Encoded` is set, but the body does not decode.
    #[error("the body is not base64, although its event says so")]
    NotBase64,
    /// The body is not strict JSON.
    #[error("the body {0}")]
    Json(JsonError),
    /// Members are missing, unknown, out of range or have the wrong type.
    #[error("faults in members of the body: {}", .0.len())]
    Members(Vec<MemberFault>),
}

/// The users that a caller may act for, by its identity and its grants. This decides how `onBehalfOf` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsFor {
    /// Itself only: none of its grants has `on_behalf_of`.
    Itself,
    /// Itself, or a user that it names: one of its grants has `on_behalf_of`.
    ItselfOrOthers,
    /// Users that it names, and never itself.
    Others,
}

/// The upload that `request` asks for. The caller may act for the users in `acts_for`.
///
/// # Errors
/// [`BodyError`]
pub fn upload_request(
    request: &GatewayRequest,
    ceilings: Ceilings,
    acts_for: ActsFor,
) -> Result<UploadRequest, BodyError> {
    check_content(request)?;
    Members::of(object(request)?).into_upload_request(ceilings, acts_for)
}

/// Accepts a body that is empty or `{}`.
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

fn object(request: &GatewayRequest) -> Result<Map<String, Value>, BodyError> {
    // Base64 encodes three bytes as four.
    if request.encoded_body_len() > MAX_BODY_BYTES.div_ceil(3) * 4 {
        return Err(BodyError::TooLarge);
    }
    let body = request.body().map_err(|_| BodyError::NotBase64)?;
    if body.len() > MAX_BODY_BYTES {
        return Err(BodyError::TooLarge);
    }
    strict_json::parse_object(&body, MAX_DEPTH).map_err(BodyError::Json)
}

/// The members of a body that are not read yet, and the faults of those that are.
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
        acts_for: ActsFor,
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
        let on_behalf_of = self.on_behalf_of(acts_for);
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

    /// Takes a member out. One that is `null` counts as absent, because many serialisers write unset members so.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.rest.remove(name).filter(|value| !value.is_null())
    }

    fn required(&mut self, name: &str) -> Option<Value> {
        let value = self.take(name);
        if value.is_none() {
            self.fault::<()>(&pointer(&[name]), "required", "is required");
        }
        value
    }

    fn file_name(&mut self, ceilings: Ceilings) -> Option<FileName> {
        let value = self.required("fileName")?;
        let Some(text) = value.as_str() else {
            return self.fault("/fileName", "type", "must be a string");
        };
        let must_be_ascii = ceilings.ascii_file_names;
        let parsed = FileName::parse(text);
        let parsed = parsed.and_then(|name| {
            if must_be_ascii {
                name.into_ascii()
            } else {
                Ok(name)
            }
        });
        parsed
            .map_err(|error| {
                let fault = MemberFault::new("/fileName", code_of(error), error.to_string());
                self.faults
                    .push(fault.suggesting(FileName::suggestion(text, must_be_ascii)));
            })
            .ok()
    }

    fn file_size(&mut self, value: &Value) -> Option<FileSize> {
        let bytes = value.as_u64().and_then(FileSize::from_bytes);
        bytes.or_else(|| {
            let code = if value.is_number() { "range" } else { "type" };
            self.fault("/fileSizeInBytes", code, "must be an integer of at least 1")
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
            .take("fileUseCaseType")
            .is_some_and(|value| value != "ATTACHMENT")
        {
            self.fault::<()>("/fileUseCaseType", "invalid", "must be ATTACHMENT");
        }
    }

    fn url_expiry(&mut self, ceilings: Ceilings) -> UrlExpiry {
        let Some(value) = self.take("urlExpiryInSeconds") else {
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
        let Some(value) = self.take("tags") else {
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

    /// INVARIANT: `null` is a fault if the caller may act for others, because a name that was lost on its way here must
    /// not attribute the upload to another user.
    fn on_behalf_of(&mut self, acts_for: ActsFor) -> Option<Username> {
        let name = "onBehalfOf";
        let value = match acts_for {
            ActsFor::Itself => self.take(name),
            ActsFor::ItselfOrOthers => self.rest.remove(name),
            ActsFor::Others => self.required(name),
        }?;
        let name = value.as_str().and_then(Username::parse);
        name.or_else(|| self.fault("/onBehalfOf", "invalid", "must be a Connect username"))
    }
}

const fn code_of(error: FileNameError) -> &'static str {
    match error {
        FileNameError::Length => "length",
        FileNameError::Unseen(_)
        | FileNameError::ControlCharacter(_)
        | FileNameError::RefusedCharacter(_)
        | FileNameError::TooManyMarks(_) => "character",
        FileNameError::OuterSpaceOrDot(_) => "outer-space-or-dot",
        FileNameError::NoExtension | FileNameError::ExtensionCharacter(_) => "no-extension",
        FileNameError::Device(_) => "device",
        FileNameError::LookAlike(_) => "look-alike",
        FileNameError::NotAscii(_) => "not-ascii",
    }
}

#[cfg(test)]
mod tests;
