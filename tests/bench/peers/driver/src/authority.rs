//! A certificate authority of this run: handlers are told to trust it, each in its own way.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, SanType};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// As many as the broker has built in for AWS's hosts, so that a bundle costs it no less to decode.
const ROOTS: usize = 5;

/// One authority that signs, and others that lie beside it in the bundle.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    bundle: String,
}

impl Authority {
    /// A new authority, with RSA keys as Amazon's servers have.
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let mut roots = (0..ROOTS).map(root);
        let (issuer, mut bundle) = roots.next().expect("there is at least one root")?;
        for root in roots {
            bundle.push_str(&root?.1);
        }
        Ok(Self { issuer, bundle })
    }

    /// Every root, as PEM.
    pub(crate) fn bundle(&self) -> &str {
        &self.bundle
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

fn root(number: usize) -> Result<(Issuer<'static, KeyPair>, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Root {number}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}
