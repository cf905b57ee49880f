//! The metrics of the real binary: well-formed, named as documented, and true.

mod embedded;
mod levels;
mod numbers;
mod page;
