//! The object store over HTTP, with requests signed by `aws-sigv4` as AWS's own clients sign them.

mod bodies;
mod client;
mod cors;
mod objects;
mod refusals;
