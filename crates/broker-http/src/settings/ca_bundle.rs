//! The roots of `AWS_CA_BUNDLE`.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Whether `pem` is PEM in which every block is a certificate, and there is one.
///
/// A TLS client that is built from anything else panics, or trusts nobody without a word.
pub(super) fn is_sound(pem: &[u8]) -> bool {
    let Ok(certificates) = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>() else {
        return false;
    };
    let blocks = pem.split(|&byte| matches!(byte, b'\n' | b'\r'));
    let block_count = blocks.filter(|line| line.starts_with(b"-----BEGIN ")).count();
    let is_certificate = |der: &CertificateDer<'_>| webpki::anchor_from_trusted_cert(der).is_ok();
    block_count > 0 && certificates.len() == block_count && certificates.iter().all(is_certificate)
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
            assert_eq!(is_sound(pem.as_bytes()), expected, "{pem}");
        }
    }
}
