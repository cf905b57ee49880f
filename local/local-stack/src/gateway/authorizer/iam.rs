//! IAM authorization: a request is signed for `execute-api` with the credentials of an IAM principal.
//!
//! Sources: API Gateway developer guide, the members of `identity` and `authorizer.iam` in its example events. The texts
//! of a REST API's refusals are those that people report: AWS re:Post, "How do I troubleshoot HTTP 403 errors from API
//! Gateway?"; Kong/insomnia#713 (scope); mhart/aws4#118 (clock). A REST API also prints the canonical request, which is
//! left out here. An HTTP API's texts are not documented: here every refusal is its 403 `Forbidden`.

use std::time::{Duration, SystemTime};

use connect_emulator::{Credentials, SignatureError, Signer, credential_scope, verify_signature};
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::super::api::Api;
use super::super::error::GatewayError;
use super::super::kind::Kind;
use super::super::request::ClientRequest;
use super::Authorized;

/// Service of the signature's scope.
const SERVICE: &str = "execute-api";
/// Largest difference between the clocks, as `verify_signature` has it.
const SKEW: Duration = Duration::from_mins(5);

/// IAM authorization for one principal.
#[derive(Clone, Debug)]
pub struct Iam {
    /// Credentials that requests are signed with.
    pub credentials: Credentials,
    /// Whose credentials they are.
    pub principal: Principal,
}

/// A role that somebody has assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Access key id of the session.
    pub access_key_id: String,
    /// Account of the role.
    pub account: String,
    /// Name of the role.
    pub role: String,
    /// Name of the session.
    pub session: String,
}

impl Principal {
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
    fn user_arn(&self) -> String {
        let Self {
            account,
            role,
            session,
            ..
        } = self;
        format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
    }

    /// `ROLE_ID:SESSION`
    fn user_id(&self) -> String {
        format!("AROALOCALSTACK:{}", self.session)
    }

    /// `requestContext.authorizer.iam` of payload format 2.0.
    fn iam(&self) -> Value {
        json!({
            "accessKey": self.access_key_id,
            "accountId": self.account,
            "callerId": self.user_id(),
            "cognitoIdentity": null,
            "principalOrgId": null,
            "userArn": self.user_arn(),
            "userId": self.user_id(),
        })
    }

    /// Writes itself into `requestContext.identity` of payload format 1.0.
    pub(in crate::gateway) fn identify(&self, identity: &mut Value) {
        for (member, value) in [
            ("accessKey", self.access_key_id.clone()),
            ("accountId", self.account.clone()),
            ("caller", self.user_id()),
            ("user", self.user_id()),
            ("userArn", self.user_arn()),
        ] {
            identity[member] = value.into();
        }
    }
}

impl Iam {
    /// Lets the request pass if it is signed with the credentials.
    ///
    /// # Errors
    /// The rule of the signature that it breaks.
    pub(in crate::gateway) fn authorize(
        &self,
        api: &Api,
        request: &ClientRequest,
    ) -> Result<Authorized, GatewayError> {
        let now = SystemTime::now();
        let signer = Signer {
            credentials: &self.credentials,
            region: &api.region,
            service: SERVICE,
            time: now,
        };
        if let Err(error) = verify_signature(&on_the_wire(request)?, &signer) {
            let message = words(error, &request.headers, &api.region, now);
            return Err(GatewayError::Signature { error, message });
        }
        Ok(match api.kind {
            Kind::Http => Authorized {
                context: Some(json!({"iam": self.principal.iam()})),
                signer: None,
            },
            Kind::Rest => Authorized {
                context: None,
                signer: Some(self.principal.clone()),
            },
        })
    }
}

/// The request as its sender signed it.
fn on_the_wire(request: &ClientRequest) -> Result<Request<bytes::Bytes>, GatewayError> {
    let query = if request.query.is_empty() {
        String::new()
    } else {
        format!("?{}", request.query)
    };
    let signed = Request::builder()
        .method(request.method.as_str())
        .uri(format!("{}{query}", request.path))
        .body(request.body.clone());
    let mut signed = signed.map_err(|_| GatewayError::BodyBroken)?;
    signed.headers_mut().clone_from(&request.headers);
    Ok(signed)
}

/// A REST API's answer to a signature that it refuses.
fn words(error: SignatureError, headers: &HeaderMap, region: &str, now: SystemTime) -> String {
    match error {
        SignatureError::WrongScope => scope_words(headers, region),
        SignatureError::Skewed => clock_words(headers, now),
        SignatureError::UnsignedHeader => {
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned()
        }
        SignatureError::Incomplete => "Authorization header requires 'Credential' parameter. Authorization header requires \
             'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
             existence of either a 'X-Amz-Date' or a 'Date' header."
            .to_owned(),
        SignatureError::Mismatch => format!("{error} Consult the service documentation for details."),
        SignatureError::Missing | SignatureError::UnknownKey => error.to_string(),
    }
}

fn scope_words(headers: &HeaderMap, expected: &str) -> String {
    let [day, region, service, _] = credential_scope(headers).unwrap_or_default();
    let other_region = format!("Credential should be scoped to a valid region, not '{region}'. ");
    let other_service = format!("Credential should be scoped to correct service: '{SERVICE}'. ");
    match (region == expected, service == SERVICE) {
        (false, false) => other_region + &other_service,
        (false, true) => other_region,
        (true, false) => other_service,
        (true, true) => format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}'."
        ),
    }
}

fn clock_words(headers: &HeaderMap, now: SystemTime) -> String {
    let text = |time: SystemTime| {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        OffsetDateTime::from(time).format(format).unwrap_or_default()
    };
    let signed_at = headers.get("x-amz-date").and_then(|value| value.to_str().ok());
    let (signed_at, now_text) = (signed_at.unwrap_or_default(), text(now));
    // Both texts have the same form, so that they compare as times do.
    if *signed_at < *now_text {
        let earliest = text(now - SKEW);
        format!("Signature expired: {signed_at} is now earlier than {earliest} ({now_text} - 5 min.)")
    } else {
        let latest = text(now + SKEW);
        format!("Signature not yet current: {signed_at} is still later than {latest} ({now_text} + 5 min.)")
    }
}
