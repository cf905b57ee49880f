//! The ports of broker-core over the AWS SDKs for Amazon Connect.
