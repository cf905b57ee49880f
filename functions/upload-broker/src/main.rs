//! The Lambda function: wiring of the rooms, nothing else.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the wiring that fetches signing keys comes with the runtime"
    )
)]
mod fetch;

fn main() {}
