//! Until when a presigned URL works, as it says itself.

use std::time::{Duration, SystemTime};

/// When a SigV4-presigned URL ends by its own `X-Amz-Date` and `X-Amz-Expires`.
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
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, [2, 2, 2])?;
    let in_range = year >= 1970
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    in_range.then(|| days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// The numbers in `text`, which is digits and nothing else, so many of them each.
fn numbers<const N: usize>(text: &str, widths: [usize; N]) -> Option<[u64; N]> {
    let mut rest = text;
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let (digits, after) = rest.split_at_checked(width)?;
        *number = digits.bytes().try_fold(0, |number, digit| {
            Some(number * 10 + u64::from(char::from(digit).to_digit(10)?))
        })?;
        rest = after;
    }
    rest.is_empty().then_some(numbers)
}

/// Days since 1970-01-01 in the Gregorian calendar, for years that count from March.
fn days_since_epoch(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
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
            ("20261231T235960Z", Some(1_798_761_600)),
            ("19691231T235959Z", None),
            ("20260022T101500Z", None),
            ("20261322T101500Z", None),
            ("20261100T101500Z", None),
            ("20261132T101500Z", None),
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
