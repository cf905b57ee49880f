//! When a token holds: `exp`, `iat` and `nbf` against an injected clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::IssuerPolicy;
use crate::error::TokenError;

/// First number of seconds that is refused: from 2^53 on, a double no longer tells one second from the next.
const FIRST_INEXACT_SECS: u64 = 1 << 53;

/// When the token ends, if it holds at `now`.
///
/// `exp` and `iat` are required, `nbf` may be absent. Each is a `NumericDate` of RFC 7519, a JSON number that
/// may have a fraction or an exponent. Rounding shortens the token's life: `exp` goes down, the others go up.
pub(super) fn expires_at(
    policy: &IssuerPolicy,
    members: &Map<String, Value>,
    now: SystemTime,
) -> Result<SystemTime, TokenError> {
    let expires = required_secs(members, "exp", f64::floor)?;
    let issued = required_secs(members, "iat", f64::ceil)?;
    let not_before = if members.contains_key("nbf") {
        required_secs(members, "nbf", f64::ceil)?
    } else {
        0
    };
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let latest_start = now.saturating_add(policy.leeway_secs);

    if now >= expires.saturating_add(policy.leeway_secs) {
        return Err(TokenError::Expired);
    }
    if issued > latest_start {
        return Err(TokenError::IssuedInTheFuture);
    }
    if not_before > latest_start {
        return Err(TokenError::NotYetValid);
    }
    match expires.checked_sub(issued) {
        Some(1..) if expires - issued <= policy.max_lifetime_secs => UNIX_EPOCH
            .checked_add(Duration::from_secs(expires))
            .ok_or(TokenError::Claim("exp")),
        _ => Err(TokenError::Lifetime),
    }
}

/// A `NumericDate` in whole seconds.
fn required_secs(
    members: &Map<String, Value>,
    name: &'static str,
    round: fn(f64) -> f64,
) -> Result<u64, TokenError> {
    let date = members.get(name).and_then(Value::as_number);
    let secs = date.and_then(|date| match date.as_u64() {
        Some(secs) => Some(secs),
        None => whole_secs(date.as_f64()?, round),
    });
    secs.filter(|secs| *secs < FIRST_INEXACT_SECS)
        .ok_or(TokenError::Claim(name))
}

/// `secs` without its fraction, unless it is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is rounded and not negative, and a number over `u64::MAX` becomes `u64::MAX`, which is refused"
)]
fn whole_secs(secs: f64, round: fn(f64) -> f64) -> Option<u64> {
    (secs >= 0.0).then_some(round(secs) as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{self, NOW_SECS};

    fn checked(claims: &Value, now_secs: u64) -> Result<u64, TokenError> {
        let members = claims.as_object().expect("an object");
        let now = UNIX_EPOCH + Duration::from_secs(now_secs);
        let policy = IssuerPolicy {
            leeway_secs: 60,
            max_lifetime_secs: 3600,
            ..testing::policy()
        };
        let ends = expires_at(&policy, members, now)?;
        Ok(ends.duration_since(UNIX_EPOCH).expect("after 1970").as_secs())
    }

    #[test]
    fn a_token_holds_from_its_start_to_its_end_give_or_take_the_leeway() {
        let claims = json!({"iat": NOW_SECS, "nbf": NOW_SECS, "exp": NOW_SECS + 600});
        for (now, expected) in [
            (NOW_SECS - 61, Err(TokenError::IssuedInTheFuture)),
            (NOW_SECS - 60, Ok(NOW_SECS + 600)),
            (NOW_SECS + 659, Ok(NOW_SECS + 600)),
            (NOW_SECS + 660, Err(TokenError::Expired)),
            (0, Err(TokenError::IssuedInTheFuture)),
            (u64::MAX / 4, Err(TokenError::Expired)),
        ] {
            assert_eq!(checked(&claims, now), expected, "at {now}");
        }
    }

    #[test]
    fn a_token_starts_no_sooner_than_it_says() {
        for (not_before, expected) in [(60, Ok(NOW_SECS + 600)), (61, Err(TokenError::NotYetValid))] {
            let claims = json!({"iat": NOW_SECS, "nbf": NOW_SECS + not_before, "exp": NOW_SECS + 600});
            assert_eq!(checked(&claims, NOW_SECS), expected, "nbf in {not_before} s");
        }
    }

    #[test]
    fn a_token_lives_no_longer_than_allowed() {
        for (lifetime, expected) in [
            (3600, Ok(NOW_SECS + 3600)),
            (3601, Err(TokenError::Lifetime)),
            (FIRST_INEXACT_SECS - 1 - NOW_SECS, Err(TokenError::Lifetime)),
            (FIRST_INEXACT_SECS - NOW_SECS, Err(TokenError::Claim("exp"))),
            (u64::MAX - NOW_SECS, Err(TokenError::Claim("exp"))),
        ] {
            let claims = json!({"iat": NOW_SECS, "exp": NOW_SECS + lifetime});
            assert_eq!(checked(&claims, NOW_SECS), expected, "{lifetime} s");
        }
        for issued in [NOW_SECS + 10, NOW_SECS + 11] {
            let claims = json!({"iat": issued, "exp": NOW_SECS + 10});
            assert_eq!(
                checked(&claims, NOW_SECS),
                Err(TokenError::Lifetime),
                "iat {issued}"
            );
        }
    }

    #[test]
    fn milliseconds_are_no_seconds() {
        let claims = json!({"iat": NOW_SECS, "exp": (NOW_SECS + 600) * 1000});
        assert_eq!(checked(&claims, NOW_SECS), Err(TokenError::Lifetime));
        let claims = json!({"iat": NOW_SECS * 1000, "exp": (NOW_SECS + 600) * 1000});
        assert_eq!(checked(&claims, NOW_SECS), Err(TokenError::IssuedInTheFuture));
    }

    #[test]
    fn times_are_numbers_from_zero_and_nothing_else() {
        let sound = json!({"iat": NOW_SECS, "nbf": NOW_SECS, "exp": NOW_SECS + 600});
        let hostile = [
            json!(null),
            json!("1893456000"),
            json!(true),
            json!(1e300),
            json!(9_007_199_254_740_992_u64),
            json!(9_007_199_254_740_992.0),
            json!(-1),
            json!(-0.5),
            json!(-1_893_456_000.0),
            json!([1_893_456_000]),
            json!({}),
        ];
        for name in ["exp", "iat", "nbf"] {
            for value in &hostile {
                let mut claims = sound.clone();
                claims[name] = value.clone();
                assert_eq!(
                    checked(&claims, NOW_SECS),
                    Err(TokenError::Claim(name)),
                    "{name}: {value}"
                );
            }
        }
    }

    #[test]
    fn a_fraction_or_an_exponent_shortens_the_life_of_a_token() {
        let sound = json!({"iat": NOW_SECS, "exp": NOW_SECS + 600});
        let ends_at = |secs: u64| Ok(NOW_SECS + secs);
        for (name, value, now, expected) in [
            ("exp", json!(1_800_000_600.999), NOW_SECS, ends_at(600)),
            ("exp", json!(1_800_000_600.0), NOW_SECS, ends_at(600)),
            ("exp", json!(180_000_060e1), NOW_SECS, ends_at(600)),
            (
                "exp",
                json!(1_800_000_600.999),
                NOW_SECS + 660,
                Err(TokenError::Expired),
            ),
            ("exp", json!(0.9), 60, Err(TokenError::Expired)),
            ("iat", json!(1.8e9), NOW_SECS, ends_at(600)),
            ("iat", json!(1_800_000_060.0), NOW_SECS, ends_at(600)),
            (
                "iat",
                json!(1_800_000_060.001),
                NOW_SECS,
                Err(TokenError::IssuedInTheFuture),
            ),
            ("iat", json!(1_799_996_999.5), NOW_SECS, ends_at(600)),
            ("iat", json!(1_799_996_998.5), NOW_SECS, Err(TokenError::Lifetime)),
            ("nbf", json!(1_800_000_060.0), NOW_SECS, ends_at(600)),
            (
                "nbf",
                json!(1_800_000_060.001),
                NOW_SECS,
                Err(TokenError::NotYetValid),
            ),
        ] {
            let mut claims = sound.clone();
            claims[name] = value.clone();
            assert_eq!(checked(&claims, now), expected, "{name}: {value} at {now}");
        }
        let negative_zero = json!({"iat": -0.0, "exp": NOW_SECS + 600});
        assert_eq!(checked(&negative_zero, NOW_SECS), Err(TokenError::Lifetime));
    }

    #[test]
    fn end_and_start_are_required() {
        assert_eq!(
            checked(&json!({"iat": NOW_SECS}), NOW_SECS),
            Err(TokenError::Claim("exp"))
        );
        assert_eq!(
            checked(&json!({"exp": NOW_SECS + 60}), NOW_SECS),
            Err(TokenError::Claim("iat"))
        );
    }

    #[test]
    fn a_clock_before_1970_admits_nothing() {
        let members = json!({"iat": NOW_SECS, "exp": NOW_SECS + 600});
        let now = UNIX_EPOCH - Duration::from_secs(1);
        let members = members.as_object().expect("an object");
        assert_eq!(
            expires_at(&testing::policy(), members, now),
            Err(TokenError::IssuedInTheFuture)
        );
    }
}
