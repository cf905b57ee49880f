//! The signature algorithms a deployment may pin.

/// Signature algorithm that an issuer's tokens may be signed with.
///
/// Asymmetric algorithms only: HMAC and `none` have no variant, so no setting, header or key can ask
/// for them. `EdDSA` means Ed25519, and `Ed25519` is its newer name.
/// Source: RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519, which is its second name (RFC 9864 section 2.2).
    #[strum(to_string = "EdDSA", serialize = "Ed25519")]
    EdDSA,
}

/// Kind of public key, as `kty` and `crv` of a JWK tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Algorithm {
    /// Every algorithm, in the order of docs/settings.md.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    pub(crate) const fn key_kind(self) -> KeyKind {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => KeyKind::Rsa,
            Self::Es256 => KeyKind::P256,
            Self::Es384 => KeyKind::P384,
            Self::EdDSA => KeyKind::Ed25519,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_read_from_its_own_name() {
        for &algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
    }

    #[test]
    fn eddsa_has_two_names_and_is_one_algorithm() {
        assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDSA));
        assert_eq!(Algorithm::EdDSA.to_string(), "EdDSA");
    }

    #[test]
    fn refuses_what_is_not_an_asymmetric_algorithm_by_its_exact_name() {
        for name in [
            "", "none", "None", "HS256", "HS384", "HS512", "rs256", "RS256 ", "ES512", "ES256K", "ed25519",
            "Ed25519 ", "Ed448", "RSA",
        ] {
            assert!(name.parse::<Algorithm>().is_err(), "{name:?}");
        }
    }
}
