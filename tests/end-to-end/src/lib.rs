//! The local stack driven by real clients.
