//! The metrics of the real binary: well-formed, documented and correct.

mod embedded;
mod levels;
mod numbers;
mod page;
