//! `brokerctl new-link-key`: makes the key that signs upload links.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::key::{ALGORITHM, CryptoError, LinkKey};
use crate::Verdict;

/// Only the owner may read a private key.
const PRIVATE: u32 = 0o600;
/// Anyone may read a public key.
const PUBLIC: u32 = 0o644;

/// Makes a key for upload links: the private key for `mint-link`, and the key document that the issuer's `jwks_file`
/// names. A file that exists is never overwritten, because a new key ends every link that the old one signed.
#[derive(Args)]
pub(crate) struct NewLinkKey {
    /// Where to write the private key, which only the owner may read. Keep it out of the function and its repository.
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// Where to write the key document, beside the rules.
    #[arg(long, value_name = "FILE")]
    jwks_file: PathBuf,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewKeyError {
    /// Files exist already.
    #[error("{}: already there. Move it away first: it is not overwritten, because a new key ends every link of the old one", names(.0))]
    Exists(Vec<PathBuf>),
    /// A file cannot be written.
    #[error("{}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no key to write.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

fn names(paths: &[PathBuf]) -> String {
    let names = paths.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}

impl NewLinkKey {
    pub(crate) fn run(&self) -> Result<Verdict, NewKeyError> {
        let files = [&self.key_file, &self.jwks_file];
        let existing: Vec<_> = files.into_iter().filter(|path| path.exists()).cloned().collect();
        if !existing.is_empty() {
            return Err(NewKeyError::Exists(existing));
        }
        let key = LinkKey::generate()?;
        write(&self.key_file, PRIVATE, &key.to_pem()?)?;
        if let Err(error) = write(&self.jwks_file, PUBLIC, &format!("{:#}\n", key.jwks())) {
            // The next run would refuse to overwrite half a pair.
            let _removed = fs::remove_file(&self.key_file);
            return Err(error);
        }
        println!("ok: key {}", key.id());
        println!("Its [[issuer]] needs jwks_file, and algorithms = [\"{ALGORITHM}\"].");
        Ok(Verdict::Yes)
    }
}

/// Writes a file that does not exist yet.
fn write(path: &Path, mode: u32, text: &str) -> Result<(), NewKeyError> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| NewKeyError::Unwritable {
            path: path.into(),
            source,
        })
}
