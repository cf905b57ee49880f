//! The Lambda function: wiring of the rooms, nothing else.
fn main() {}
