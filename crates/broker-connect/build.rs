//! Writes root certificates out of Mozilla's list as PEM to `OUT_DIR`: Amazon's own, and all of them.
//!
//! Searching the list costs more than a cold start may; here it costs nothing.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// Common names of the roots of Amazon Trust Services. Source: <https://www.amazontrust.com/repository/>.
const AMAZON: [&str; 5] = [
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
];

/// Object identifier of the attribute `commonName`, as DER holds it.
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out_dir = env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?;
    let write = |name, pem: String| fs::write(Path::new(&out_dir).join(name), pem);
    let amazon: Result<Vec<_>, _> = AMAZON.into_iter().map(root_named).collect();
    write("amazon-roots.pem", amazon?.into_iter().map(pem_of).collect())?;
    write(
        "web-roots.pem",
        TLS_SERVER_ROOT_CERTS.iter().map(|der| pem_of(der)).collect(),
    )?;
    Ok(())
}

/// The one root with this common name.
fn root_named(name: &str) -> Result<&'static [u8], Box<dyn Error>> {
    let named = |der: &&[u8]| common_names(der).any(|found| found == name.as_bytes());
    let mut roots = TLS_SERVER_ROOT_CERTS.iter().map(|der| &**der).filter(named);
    match (roots.next(), roots.next()) {
        (Some(root), None) => Ok(root),
        (None, _) => Err(format!("no root is called {name}").into()),
        (Some(_), Some(_)) => Err(format!("several roots are called {name}").into()),
    }
}

/// Every common name in a certificate: behind the identifier, a string's tag and its length.
fn common_names(der: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = der.windows(COMMON_NAME.len()).enumerate();
    let starts = starts.filter_map(|(at, found)| (found == COMMON_NAME).then_some(at + COMMON_NAME.len()));
    starts.filter_map(|at| {
        let length = usize::from(*der.get(at + 1)?);
        der.get(at + 2..at + 2 + length)
    })
}

/// Source: RFC 7468.
fn pem_of(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}
