//! Strict verification of bearer tokens: claims, keys and signatures.
