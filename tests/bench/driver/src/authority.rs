//! A certificate authority for this run, which each handler trusts by a setting of its own.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, SanType};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// The authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate as PEM, the bundle to trust.
    pub(crate) bundle: String,
}

impl Authority {
    /// A new authority, with an RSA key as Amazon's have.
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Bench root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let bundle = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        Ok(Self { issuer, bundle })
    }

    /// TLS for a server on 127.0.0.1 that speaks HTTP/1.1, as Connect's endpoints do.
    pub(crate) fn server(&self) -> io::Result<Arc<ServerConfig>> {
        let (certificate, key) = self.leaf().map_err(io::Error::other)?;
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn leaf(&self) -> Result<(rcgen::Certificate, PrivateKeyDer<'static>), rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))];
        params
            .distinguished_name
            .push(DnType::CommonName, "Connect and the issuer");
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate, key.into()))
    }
}
