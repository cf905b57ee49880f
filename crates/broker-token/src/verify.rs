//! From text to claims: each step is a type, so none can be left out. Pure.

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::claims::Claims;
use crate::error::{Part, TokenError};
use crate::jwk::{VerifyingKey, is_key_id};
use crate::policy::IssuerPolicy;
use crate::strict_json;

/// Longest token, in bytes: as much as API Gateway lets all headers of a request have together.
pub const MAX_TOKEN_BYTES: usize = 10 * 1024;

/// Longest signature: that of an RSA key of 8192 bits.
const MAX_SIGNATURE_BYTES: usize = 1024;

/// Header members that make a token something else than a plain signed one.
///
/// `zip` is tolerated with the value `"NONE"`, which `PingAM` writes to say that nothing is compressed.
/// `jwk`, `jku`, `x5c` and `x5u` are not among them: they are ignored, as is any other member.
const HEADER_NOT_ALLOWED: [&str; 5] = ["crit", "b64", "zip", "enc", "cty"];

/// A well-formed token, of which nothing is proven yet.
pub(crate) struct DecodedToken<'t> {
    header: Header,
    members: Map<String, Value>,
    signing_input: &'t str,
    signature: Vec<u8>,
}

/// Token that its issuer's rules would accept, if the signature is the issuer's.
pub(crate) struct CheckedToken<'t> {
    algorithm: Algorithm,
    key_id: String,
    claims: Claims,
    signing_input: &'t str,
    signature: Vec<u8>,
}

/// Token that a key did not sign, and how that is known.
pub(crate) struct Unproven<'t> {
    pub(crate) token: CheckedToken<'t>,
    pub(crate) fault: TokenError,
}

struct Header {
    algorithm: Algorithm,
    key_id: String,
    typ: Option<String>,
}

impl<'t> DecodedToken<'t> {
    /// The token that `text` holds: a compact JWS of strict base64url and strict JSON.
    pub(crate) fn parse(text: &'t str) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong {
                size_bytes: text.len(),
            });
        }
        let (header, payload, signature) = three_parts(text)?;
        let signature = base64url::decode(signature).filter(|bytes| bytes.len() <= MAX_SIGNATURE_BYTES);
        let signature = signature.ok_or(TokenError::NotBase64Url(Part::Signature))?;
        let signing_input = &text[..header.len() + 1 + payload.len()];
        let header = Header::from_members(object(Part::Header, header)?)?;
        let members = object(Part::Payload, payload)?;
        Ok(Self {
            header,
            members,
            signing_input,
            signature,
        })
    }

    /// `iss`, if it is a string.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.members.get("iss").and_then(Value::as_str)
    }

    /// The same token, if `policy` would accept it at `now`.
    pub(crate) fn check(
        self,
        policy: &IssuerPolicy,
        now: SystemTime,
    ) -> Result<CheckedToken<'t>, TokenError> {
        let Header {
            algorithm,
            key_id,
            typ,
        } = self.header;
        if !policy.algorithms.contains(&algorithm) {
            return Err(TokenError::AlgorithmNotPinned);
        }
        if !policy.profile.admits_type(typ.as_deref()) {
            return Err(TokenError::Type);
        }
        let claims = policy.accept(self.members, now)?;
        let (signing_input, signature) = (self.signing_input, self.signature);
        Ok(CheckedToken {
            algorithm,
            key_id,
            claims,
            signing_input,
            signature,
        })
    }
}

impl<'t> CheckedToken<'t> {
    /// Name of the key that should have made the signature.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The claims, if `key` made the signature; otherwise the token, for which another key may be found.
    pub(crate) fn prove(self, key: &VerifyingKey) -> Result<Claims, Box<Unproven<'t>>> {
        let fault = if key.algorithm() != self.algorithm {
            TokenError::AlgorithmOfKey
        } else if !key.made(&self.signature, self.signing_input) {
            TokenError::Signature
        } else {
            return Ok(self.claims);
        };
        Err(Box::new(Unproven { token: self, fault }))
    }
}

impl Header {
    fn from_members(mut members: Map<String, Value>) -> Result<Self, TokenError> {
        let is_refused = |name: &&str| {
            members
                .get(*name)
                .is_some_and(|value| !is_no_compression(name, value))
        };
        if let Some(name) = HEADER_NOT_ALLOWED.into_iter().find(is_refused) {
            return Err(TokenError::HeaderNotAllowed(name));
        }
        let algorithm = members.get("alg").and_then(Value::as_str);
        let algorithm = algorithm
            .and_then(|name| name.parse().ok())
            .ok_or(TokenError::UnknownAlgorithm)?;
        let key_id = match members.remove("kid") {
            Some(Value::String(key_id)) if is_key_id(&key_id) => key_id,
            _ => return Err(TokenError::KeyId),
        };
        let typ = match members.remove("typ") {
            None => None,
            Some(Value::String(typ)) => Some(typ),
            Some(_) => return Err(TokenError::Type),
        };
        Ok(Self {
            algorithm,
            key_id,
            typ,
        })
    }
}

fn is_no_compression(name: &str, value: &Value) -> bool {
    name == "zip" && value == "NONE"
}

fn three_parts(text: &str) -> Result<(&str, &str, &str), TokenError> {
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None)
            if !header.is_empty() && !payload.is_empty() && !signature.is_empty() =>
        {
            Ok((header, payload, signature))
        }
        _ => Err(TokenError::NotThreeParts),
    }
}

fn object(part: Part, encoded: &str) -> Result<Map<String, Value>, TokenError> {
    let text = base64url::decode(encoded).ok_or(TokenError::NotBase64Url(part))?;
    strict_json::parse_object(&text, strict_json::TOKEN_DEPTH)
        .map_err(|fault| TokenError::Json { part, fault })
}
