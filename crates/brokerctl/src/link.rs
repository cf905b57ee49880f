//! Upload links for guests without a login: the key that signs them, and the links.

mod key;
mod mint;
mod new_key;

pub(crate) use mint::MintLink;
pub(crate) use new_key::NewLinkKey;
