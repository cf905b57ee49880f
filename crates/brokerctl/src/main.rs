//! Checks the broker's settings and explains its decisions.
fn main() {}
