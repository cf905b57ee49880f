//! The certificate authorities that a TLS connection trusts.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki_roots::TLS_SERVER_ROOTS;

/// Common names of the roots of Amazon Trust Services. Source: <https://www.amazontrust.com/repository/>.
const AMAZON: [&str; 5] = [
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
];

/// Why a bundle of certificate authorities cannot be used. Carries nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// A block is not PEM.
    #[error("not PEM")]
    NotPem,
    /// The bundle holds no certificate.
    #[error("holds no certificate")]
    Empty,
    /// A certificate cannot be a trust anchor.
    #[error("certificate {position} cannot be a trust anchor")]
    NotAnAnchor {
        /// Its position in the bundle, from 1.
        position: usize,
    },
}

/// Certificate authorities that a TLS connection trusts. The system's own store is never added.
#[derive(Clone)]
pub struct Roots(Arc<RootCertStore>);

impl Roots {
    /// The five of Amazon Trust Services: all that a connection to an AWS service needs.
    #[must_use]
    pub fn amazon() -> Self {
        Self::trusting(TLS_SERVER_ROOTS.iter().filter(|anchor| is_amazons(anchor)))
    }

    /// Those that Mozilla's browsers trust, for hosts that are not AWS's.
    #[must_use]
    pub fn web() -> Self {
        Self::trusting(TLS_SERVER_ROOTS)
    }

    /// An operator's own, from a PEM bundle (`AWS_CA_BUNDLE`).
    ///
    /// # Errors
    /// [`RootsError`]: a bundle is used whole or not at all.
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
        Ok(Self(Arc::new(anchors)))
    }

    fn trusting<'a>(anchors: impl IntoIterator<Item = &'a TrustAnchor<'static>>) -> Self {
        Self(Arc::new(anchors.into_iter().cloned().collect()))
    }

    pub(crate) fn store(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0)
    }
}

/// The common name is the last part of a subject.
fn is_amazons(anchor: &TrustAnchor<'_>) -> bool {
    AMAZON
        .iter()
        .any(|name| anchor.subject.ends_with(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

    use super::*;

    const BEGIN: &str = "-----BEGIN CERTIFICATE-----\n";
    const END: &str = "-----END CERTIFICATE-----\n";

    /// Subject and key of every anchor, in order.
    fn anchors(roots: &Roots) -> Vec<(Vec<u8>, Vec<u8>)> {
        let store = roots.store();
        let parts = store.roots.iter().map(|anchor| {
            let (subject, key) = (&anchor.subject, &anchor.subject_public_key_info);
            (subject.to_vec(), key.to_vec())
        });
        let mut parts: Vec<_> = parts.collect();
        parts.sort();
        parts
    }

    fn fingerprint(certificate: &CertificateDer<'_>) -> String {
        hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate))
    }

    fn pem(certificates: &[&CertificateDer<'_>]) -> String {
        let block = |certificate: &&CertificateDer<'_>| {
            let body = STANDARD.encode(certificate);
            format!("{BEGIN}{body}\n{END}")
        };
        certificates.iter().map(block).collect()
    }

    /// Source: <https://www.amazontrust.com/repository/>, SHA-256 of each self-signed certificate.
    #[test]
    fn connect_is_trusted_by_amazons_five_roots() {
        let published = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        let is_published = |der: &&CertificateDer<'_>| published.contains(&fingerprint(der).as_str());
        let certificates: Vec<_> = TLS_SERVER_ROOT_CERTS.iter().filter(is_published).collect();
        assert_eq!(certificates.len(), 5);
        let expected = Roots::from_pem(pem(&certificates).as_bytes()).expect("anchors");
        assert_eq!(anchors(&Roots::amazon()), anchors(&expected));
    }

    #[test]
    fn the_web_is_trusted_by_more() {
        assert!(anchors(&Roots::web()).len() >= 100);
    }

    #[test]
    fn a_bundle_that_trusts_nobody_or_is_broken_is_a_fault() {
        let five: Vec<_> = TLS_SERVER_ROOT_CERTS.iter().take(5).collect();
        let five = pem(&five);
        let no_anchor = format!("{BEGIN}aGVsbG8=\n{END}");
        for (what, bundle, expected) in [
            ("empty", String::new(), RootsError::Empty),
            ("prose", "our roots".into(), RootsError::Empty),
            (
                "a private key",
                "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n".into(),
                RootsError::Empty,
            ),
            ("cut off", five[..five.len() - 30].into(), RootsError::NotPem),
            ("no base64", format!("{BEGIN}\u{e9}\n{END}"), RootsError::NotPem),
            (
                "no certificate",
                format!("{five}{no_anchor}"),
                RootsError::NotAnAnchor { position: 6 },
            ),
        ] {
            assert_eq!(Roots::from_pem(bundle.as_bytes()).err(), Some(expected), "{what}");
        }
    }
}
