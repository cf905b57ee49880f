//! The time at which a presigned URL expires, from its own query.

use std::time::{Duration, SystemTime};

use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Source: AWS Signature Version 4, `X-Amz-Date`.
const AMZ_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// The time at which a SigV4-presigned URL expires, from its `X-Amz-Date` and `X-Amz-Expires`.
pub(super) fn expiry_of(url: &str) -> Option<SystemTime> {
    let (_, query) = url.split_once('?')?;
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    };
    let signed_at = seconds_since_epoch(parameter("X-Amz-Date")?)?;
    let lives: u32 = parameter("X-Amz-Expires")?.parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(signed_at + u64::from(lives)))
}

/// Seconds since 1970 of a time such as `20261122T101500Z`.
fn seconds_since_epoch(text: &str) -> Option<u64> {
    let time = PrimitiveDateTime::parse(text, AMZ_DATE).ok()?;
    time.assume_utc().unix_timestamp().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_day_of_the_calendar_and_a_second_of_it() {
        for (text, expected) in [
            ("19700101T000000Z", Some(0)),
            ("19991231T235959Z", Some(946_684_799)),
            ("20000229T000000Z", Some(951_782_400)),
            ("20000301T000000Z", Some(951_868_800)),
            ("20240229T123456Z", Some(1_709_210_096)),
            ("20240301T000000Z", Some(1_709_251_200)),
            ("20261122T101500Z", Some(1_795_342_500)),
            ("21000228T235959Z", Some(4_107_542_399)),
            ("21000301T000000Z", Some(4_107_542_400)),
            ("99991231T235959Z", Some(253_402_300_799)),
            ("20261231T235960Z", None),
            ("19691231T235959Z", None),
            ("20260022T101500Z", None),
            ("20261322T101500Z", None),
            ("20261100T101500Z", None),
            ("20261132T101500Z", None),
            ("20260229T101500Z", None),
            ("20261122T241500Z", None),
            ("20261122T106000Z", None),
            ("20261122T101561Z", None),
            ("20261122T101500", None),
            ("20261122 101500Z", None),
            ("20261122T1015000Z", None),
            ("2026112T2101500Z", None),
            ("20261122T+11500Z", None),
            ("2026\u{661}22T101500Z", None),
            ("", None),
        ] {
            assert_eq!(seconds_since_epoch(text), expected, "{text:?}");
        }
    }
}
