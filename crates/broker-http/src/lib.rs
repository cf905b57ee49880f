//! The broker as an HTTP handler, generic over the ports of broker-core.

pub mod settings;
