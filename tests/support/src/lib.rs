//! Builders that start from a request that succeeds, test keys, canned ports.
