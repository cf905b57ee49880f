//! The certificate authorities of `AWS_CA_BUNDLE`.

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor};

/// The trust anchors in `pem`, provided that every block is a certificate, and there is one.
///
/// A TLS client that is built from anything else panics, or silently trusts no server.
pub(super) fn parse(pem: &[u8]) -> Option<Vec<TrustAnchor<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem);
    let certificates: Vec<_> = certificates.collect::<Result<_, _>>().ok()?;
    let lines = pem.split(|&byte| matches!(byte, b'\n' | b'\r'));
    let block_count = lines.filter(|line| line.starts_with(b"-----BEGIN ")).count();
    if block_count == 0 || certificates.len() != block_count {
        return None;
    }
    let anchor = |der| Some(webpki::anchor_from_trusted_cert(der).ok()?.to_owned());
    certificates.iter().map(anchor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A self-signed certificate on P-256, made for this test.
    const ROOT: &str = include_str!("ca_bundle/root.pem");

    #[test]
    fn every_block_must_be_a_certificate_and_one_must_be_there() {
        let body = ROOT.lines().nth(1).expect("a body");
        for (pem, expected) in [
            (ROOT.to_owned(), true),
            (format!("# our proxy\n{ROOT}\n{ROOT}"), true),
            (ROOT.replace('\n', "\r\n"), true),
            (String::new(), false),
            ("# no roots yet\n".to_owned(), false),
            (ROOT.replace("CERTIFICATE", "PRIVATE KEY"), false),
            (
                format!("{ROOT}{}", ROOT.replace("CERTIFICATE", "EC PARAMETERS")),
                false,
            ),
            (
                format!("{ROOT}{}", ROOT.replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
                false,
            ),
            (ROOT.replace(body, ""), false),
            (ROOT.replace(body, "AAAA"), false),
            (ROOT.replace(body, "!!!!"), false),
            (ROOT.replace("-----END CERTIFICATE-----", ""), false),
            (
                "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
                false,
            ),
        ] {
            assert_eq!(parse(pem.as_bytes()).is_some(), expected, "{pem}");
        }
    }
}
