//! Which certificate authorities a TLS connection trusts.

use aws_smithy_http_client::tls::TrustStore;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Why a bundle of certificate authorities cannot be used. Carries nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// A block that is no PEM.
    #[error("not PEM")]
    NotPem,
    /// There is no certificate in it.
    #[error("holds no certificate")]
    Empty,
    /// A certificate that cannot be a trust anchor.
    #[error("certificate {position} cannot be a trust anchor")]
    NotAnAnchor {
        /// Its position in the bundle, from 1.
        position: usize,
    },
}

/// Certificate authorities that a TLS connection trusts, as PEM; nothing of the system's is added.
#[derive(Clone)]
pub struct Roots(TrustStore);

impl Roots {
    /// The five of Amazon Trust Services: all that a connection to an AWS service needs.
    #[must_use]
    pub fn amazon() -> Self {
        Self::trusting(include_bytes!(concat!(env!("OUT_DIR"), "/amazon-roots.pem")))
    }

    /// Those that Mozilla's browsers trust, for hosts that are not AWS's. Decoding them costs milliseconds.
    #[must_use]
    pub fn web() -> Self {
        Self::trusting(include_bytes!(concat!(env!("OUT_DIR"), "/web-roots.pem")))
    }

    /// An operator's own, from a PEM bundle (`AWS_CA_BUNDLE`).
    ///
    /// # Errors
    /// [`RootsError`]. Connectors take a bundle unchecked: a bad block would be a panic in them, a file
    /// without any certificate a connection that trusts nobody.
    pub fn from_pem(bundle: &[u8]) -> Result<Self, RootsError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(bundle)
            .collect::<Result<_, _>>()
            .map_err(|_| RootsError::NotPem)?;
        if certificates.is_empty() {
            return Err(RootsError::Empty);
        }
        let mut anchors = RootCertStore::empty();
        for (certificate, position) in certificates.into_iter().zip(1..) {
            anchors
                .add(certificate)
                .map_err(|_| RootsError::NotAnAnchor { position })?;
        }
        Ok(Self::trusting(bundle))
    }

    fn trusting(pem: &[u8]) -> Self {
        Self(TrustStore::empty().with_pem_certificate(pem))
    }

    pub(crate) fn trust_store(&self) -> TrustStore {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprints(pem: &[u8]) -> Vec<String> {
        let certificates = CertificateDer::pem_slice_iter(pem).map(|der| der.expect("a certificate"));
        let digest = |der: CertificateDer<'_>| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
        certificates.map(|der| hex::encode(digest(der))).collect()
    }

    /// Source: <https://www.amazontrust.com/repository/>, SHA-256 of each self-signed certificate.
    #[test]
    fn connect_is_trusted_by_amazons_five_roots() {
        let pem = include_bytes!(concat!(env!("OUT_DIR"), "/amazon-roots.pem"));
        let expected = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        assert_eq!(fingerprints(pem), expected);
    }

    #[test]
    fn every_built_in_root_can_be_an_anchor() {
        for (name, pem, at_least) in [
            (
                "amazon",
                &include_bytes!(concat!(env!("OUT_DIR"), "/amazon-roots.pem"))[..],
                5,
            ),
            (
                "web",
                include_bytes!(concat!(env!("OUT_DIR"), "/web-roots.pem")),
                100,
            ),
        ] {
            assert!(Roots::from_pem(pem).is_ok(), "{name}");
            assert!(fingerprints(pem).len() >= at_least, "{name}");
        }
    }

    #[test]
    fn a_bundle_that_would_panic_or_trust_nobody_is_a_fault() {
        let amazon = include_str!(concat!(env!("OUT_DIR"), "/amazon-roots.pem"));
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let no_anchor = format!("{begin}aGVsbG8=\n-----END CERTIFICATE-----\n");
        for (what, bundle, expected) in [
            ("empty", String::new(), RootsError::Empty),
            ("prose", "our roots".into(), RootsError::Empty),
            (
                "a private key",
                "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n".into(),
                RootsError::Empty,
            ),
            ("cut off", amazon[..amazon.len() - 30].into(), RootsError::NotPem),
            (
                "no base64",
                format!("{begin}\u{e9}\n-----END CERTIFICATE-----\n"),
                RootsError::NotPem,
            ),
            (
                "no certificate",
                format!("{amazon}{no_anchor}"),
                RootsError::NotAnAnchor { position: 6 },
            ),
        ] {
            assert_eq!(Roots::from_pem(bundle.as_bytes()).err(), Some(expected), "{what}");
        }
    }
}
