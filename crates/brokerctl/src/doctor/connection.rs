//! Judges whether the account can be called at all: region, credentials, clock, instance.

use broker_core::arn::InstanceArn;
use broker_token::IssuerSettings;
use url::Url;

use super::call_error::CallError;
use super::dates::Offset;
use super::look::{Look, Obstacle};
use super::question::STORAGE;
use super::report::{Finding, Outcome};

/// Maximum difference between a signature's time and AWS's. Source: Signature Version 4.
const SIGNATURE_SECS: u64 = 300;

/// Maximum leeway of tokens.
const LEEWAY_SECS: u64 = broker_token::MAX_LEEWAY_SECS;

/// What whole seconds and the network can add to a difference.
const MEASURING_SECS: u64 = 2;

pub(super) fn region(region: &str, instance: &InstanceArn) -> Outcome {
    if region == instance.region() {
        return Outcome::Ok(region.into());
    }
    let own = instance.region();
    Outcome::fault(
        format!("the region is {region}, that of CONNECT_INSTANCE_ARN is {own}"),
        format!("set AWS_REGION={own}, or correct CONNECT_INSTANCE_ARN"),
    )
}

pub(super) fn credentials(looked: &Result<Look, Obstacle>, is_clock_off: bool) -> Outcome {
    match looked {
        Ok(_) | Err(Obstacle::Refused(CallError::NotFound)) => Outcome::Ok("accepted".into()),
        Err(Obstacle::NoCredentials) => Outcome::fault(
            "there are no credentials in the environment or in ~/.aws",
            "export AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN: for a profile, \
             eval \"$(aws configure export-credentials --profile NAME --format env)\"",
        ),
        Err(Obstacle::Refused(refusal @ CallError::Credentials { .. })) if !is_clock_off => Outcome::fault(
            refusal.to_string(),
            "renew them: they are expired, of another account, or mistyped",
        ),
        Err(obstacle) => Outcome::NotChecked(obstacle.reason(is_clock_off).into()),
    }
}

/// Whether AWS refuses this machine's signatures because of their time.
pub(super) fn is_clock_off(aws: &[Offset]) -> bool {
    let ahead = aws.last().map(|offset| offset.ahead_secs.unsigned_abs());
    ahead.is_some_and(|apart| apart > SIGNATURE_SECS)
}

/// Compares the clocks of this machine and of the issuers with AWS's.
pub(super) fn clock(aws: &[Offset], issuers: &[Offset], settings: &[IssuerSettings]) -> Outcome {
    let Some(aws_ahead) = aws.last().map(|offset| offset.ahead_secs) else {
        return Outcome::NotChecked("AWS did not answer".into());
    };
    let mut findings: Vec<_> = this_machine(aws_ahead).into_iter().collect();
    for (position, issuer) in settings.iter().enumerate() {
        let origin = Url::parse(&issuer.policy.url).ok().map(|url| url.origin());
        let of_issuer = issuers
            .iter()
            .rev()
            .find(|offset| Some(&offset.origin) == origin.as_ref());
        if let Some(offset) = of_issuer {
            let ahead = offset.ahead_secs - aws_ahead;
            findings.extend(an_issuer(position, issuer, ahead));
        }
    }
    Outcome::of(findings, || {
        format!("within {} s of AWS's", aws_ahead.unsigned_abs().max(1))
    })
}

fn this_machine(aws_ahead: i64) -> Option<Finding> {
    let apart = aws_ahead.unsigned_abs();
    if apart <= LEEWAY_SECS {
        return None;
    }
    let consequence = if apart > SIGNATURE_SECS {
        format!("signatures may be {SIGNATURE_SECS} s off")
    } else {
        format!(
            "what `brokerctl explain` says of a token is off: tokens have {LEEWAY_SECS} s of leeway at most"
        )
    };
    let direction = if aws_ahead > 0 { "behind" } else { "ahead of" };
    Some(Finding::fault(
        format!("this machine's clock is {apart} s {direction} AWS's; {consequence}"),
        "set this machine's clock (NTP)",
    ))
}

/// A clock that is off matters, because the broker refuses tokens from the future.
fn an_issuer(position: usize, issuer: &IssuerSettings, ahead_secs: i64) -> Option<Finding> {
    let leeway_secs = issuer.policy.leeway_secs;
    let apart = ahead_secs.unsigned_abs();
    (apart > leeway_secs + MEASURING_SECS).then(|| {
        let direction = if ahead_secs > 0 { "ahead of" } else { "behind" };
        Finding::fault(
            format!(
                "issuer[{position}]: its clock is {apart} s {direction} AWS's, leeway_seconds is {leeway_secs}"
            ),
            format!("set the issuer's clock (NTP), or raise leeway_seconds, {LEEWAY_SECS} at most"),
        )
    })
}

pub(super) fn instance(
    looked: &Result<Look, Obstacle>,
    is_clock_off: bool,
    instance: &InstanceArn,
) -> Outcome {
    use CallError::{NoAnswer, NotFound, TimedOut};
    match looked {
        Err(Obstacle::Refused(refusal @ NotFound)) => Outcome::fault(
            format!("{}: {refusal}", STORAGE.operation),
            "correct CONNECT_INSTANCE_ARN: `aws connect list-instances --query 'InstanceSummaryList[].Arn'` \
             with the same credentials shows what there is",
        ),
        Err(Obstacle::Refused(refusal @ (NoAnswer(_) | TimedOut))) => {
            Outcome::Found(vec![STORAGE.refused(refusal, instance.as_str())])
        }
        Err(obstacle) => Outcome::NotChecked(obstacle.reason(is_clock_off).into()),
        Ok(look) if look.is_answered() => Outcome::Ok(instance.to_string()),
        Ok(_) => Outcome::NotChecked("every question about it was refused".into()),
    }
}

impl Look {
    /// Whether Connect answered any question about the instance itself.
    fn is_answered(&self) -> bool {
        self.storage.is_ok()
            || self.domains.as_ref().is_some_and(Result::is_ok)
            || self.limits.iter().any(|(_, limits)| limits.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_what_it_would_break() {
        for (aws_ahead, expected) in [
            (0, None),
            (60, None),
            (-60, None),
            (61, Some("61 s behind AWS's; what `brokerctl explain`")),
            (-300, Some("300 s ahead of AWS's; what `brokerctl explain`")),
            (301, Some("301 s behind AWS's; signatures")),
        ] {
            let found = this_machine(aws_ahead).map(|finding| finding.seen);
            match expected {
                None => assert_eq!(found, None, "{aws_ahead}"),
                Some(words) => assert!(found.is_some_and(|seen| seen.contains(words)), "{aws_ahead}"),
            }
        }
    }
}
