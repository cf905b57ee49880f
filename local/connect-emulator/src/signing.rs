//! Signature Version 4, for requests to the store and for calls that are checked by signing them again.

use std::time::SystemTime;

use aws_sigv4::http_request::{
    SignableRequest, SigningError, SigningInstructions, SigningSettings, sign as sign_request,
};
use aws_sigv4::sign::v4::SigningParams;

use crate::options::Credentials;

/// Inputs of a signature.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// Credentials.
    pub credentials: &'a Credentials,
    /// Region of the scope.
    pub region: &'a str,
    /// Service of the scope.
    pub service: &'a str,
    /// Time of the signature.
    pub time: SystemTime,
}

impl Signer<'_> {
    /// The signature of the request, and how to put it on the request.
    pub(crate) fn sign(
        &self,
        request: SignableRequest<'_>,
        settings: SigningSettings,
    ) -> Result<(SigningInstructions, String), SigningError> {
        let Credentials {
            access_key_id,
            secret_access_key,
            session_token,
        } = self.credentials;
        let identity = aws_credential_types::Credentials::new(
            access_key_id,
            secret_access_key,
            session_token.clone(),
            None,
            "connect-emulator",
        )
        .into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(settings)
            .build()
            .expect("every parameter is given")
            .into();
        Ok(sign_request(request, &params)?.into_parts())
    }
}
