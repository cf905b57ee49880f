//! The report of the doctor: one outcome for each check, as lines and as JSON.

use std::fmt;

use serde::Serialize;

/// A check of the doctor, in the order of its report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr, strum::VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Check {
    Settings,
    Stack,
    Region,
    Credentials,
    Clock,
    Instance,
    Storage,
    UploadHosts,
    BucketCors,
    BucketPolicy,
    ObjectLock,
    BucketKeys,
    Scanner,
    CasesDomain,
    Limits,
    Users,
    Cases,
    Contacts,
    Issuers,
    Role,
    Table,
    Finisher,
    Concurrency,
    Quotas,
    Alarms,
    Api,
    ApiCors,
    LiveRules,
    Token,
    Upload,
}

impl Check {
    pub(super) const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    fn name(self) -> &'static str {
        self.into()
    }
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing is wrong; the text says what was seen.
    Ok(String),
    /// One finding or more.
    Found(Vec<Finding>),
    /// A check that it depends on failed; the text names it.
    NotChecked(String),
    /// Nothing in the settings needs it.
    Skipped(String),
}

/// One thing that is wrong or unknown, and what to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) seen: String,
    pub(super) fix: String,
    /// Whether it may pass later without a change by the operator.
    #[serde(rename = "passing")]
    pub(super) is_passing: bool,
}

impl Finding {
    /// A fault.
    pub(super) fn fault(seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            seen: seen.into(),
            fix: fix.into(),
            is_passing: false,
        }
    }
}

impl Outcome {
    /// The outcome of `findings`, or `otherwise` if there are none.
    pub(super) fn of(findings: Vec<Finding>, otherwise: impl FnOnce() -> String) -> Self {
        if findings.is_empty() {
            Self::Ok(otherwise())
        } else {
            Self::Found(findings)
        }
    }

    /// One fault.
    pub(super) fn fault(seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Found(vec![Finding::fault(seen, fix)])
    }

    pub(super) const fn is_ok(&self) -> bool {
        matches!(self, Self::Ok(_))
    }

    fn verdict(&self) -> Verdict {
        match self {
            Self::Ok(_) => Verdict::Ok,
            Self::Found(findings) if findings.iter().all(|finding| finding.is_passing) => Verdict::Unknown,
            Self::Found(_) => Verdict::Wrong,
            Self::NotChecked(_) => Verdict::NotChecked,
            Self::Skipped(_) => Verdict::Skipped,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Ok,
    Wrong,
    Unknown,
    NotChecked,
    Skipped,
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
            Self::NotChecked => "not checked",
            Self::Skipped => "skipped",
        }
    }
}

/// The verdict about the whole deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Health {
    /// Every check that the settings need is ok.
    Sound,
    /// Something is wrong.
    AtFault,
    /// Nothing is known to be wrong, and something is not known.
    Unanswered,
}

/// One outcome for each check.
pub(super) struct Report(pub(super) Vec<(Check, Outcome)>);

impl Report {
    /// The outcome that `outcome` gives for every check.
    pub(super) fn of(outcome: impl Fn(Check) -> Outcome) -> Self {
        Self(Check::ALL.iter().map(|check| (*check, outcome(*check))).collect())
    }

    /// Replaces the outcome of `check`.
    pub(super) fn set(&mut self, check: Check, outcome: Outcome) {
        let place = self.0.iter_mut().find(|(one, _)| *one == check);
        if let Some((_, old)) = place {
            *old = outcome;
        }
    }

    pub(super) fn health(&self) -> Health {
        let any = |verdict| self.0.iter().any(|(_, outcome)| outcome.verdict() == verdict);
        if any(Verdict::Wrong) {
            Health::AtFault
        } else if any(Verdict::Unknown) || any(Verdict::NotChecked) {
            Health::Unanswered
        } else {
            Health::Sound
        }
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let checks = self.0.iter().map(|(check, outcome)| {
            let (detail, findings) = match outcome {
                Outcome::Found(findings) => (None, &**findings),
                Outcome::Ok(text) | Outcome::NotChecked(text) | Outcome::Skipped(text) => {
                    (Some(text), &[][..])
                }
            };
            serde_json::json!({
                "check": check, "verdict": outcome.verdict(), "detail": detail, "findings": findings,
            })
        });
        serde_json::json!({ "health": self.health(), "checks": checks.collect::<Vec<_>>() })
    }

    fn count(&self, verdict: Verdict) -> usize {
        let has = |(_, outcome): &&(Check, Outcome)| outcome.verdict() == verdict;
        self.0.iter().filter(has).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (check, outcome) in &self.0 {
            let text = match outcome {
                Outcome::Ok(text) | Outcome::Skipped(text) => text.clone(),
                Outcome::NotChecked(reason) => format!("because {reason}"),
                Outcome::Found(_) => String::new(),
            };
            let line = format!("{:<12} {:<14} {text}", outcome.verdict().name(), check.name());
            writeln!(f, "{}", line.trim_end())?;
            if let Outcome::Found(findings) = outcome {
                for Finding { seen, fix, .. } in findings {
                    writeln!(f, "    seen: {seen}\n    fix:  {fix}")?;
                }
            }
        }
        let (wrong, total) = (self.count(Verdict::Wrong), self.0.len());
        match self.health() {
            Health::Sound => writeln!(f, "\nThe deployment is sound."),
            Health::AtFault => writeln!(f, "\n{wrong} of {total} checks found faults."),
            Health::Unanswered => writeln!(f, "\nNo fault was found, but not everything could be checked."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passing() -> Finding {
        Finding {
            is_passing: true,
            ..Finding::fault("throttled", "run this again")
        }
    }

    #[test]
    fn health_is_the_worst_that_is_known() {
        let ok = || Outcome::Ok("fine".into());
        let wrong = || Outcome::fault("a", "b");
        for (what, outcome, expected) in [
            ("all is well", ok(), Health::Sound),
            ("not asked for", Outcome::Skipped("why".into()), Health::Sound),
            ("a fault", wrong(), Health::AtFault),
            ("what passes", Outcome::Found(vec![passing()]), Health::Unanswered),
            (
                "a fault beside what passes",
                Outcome::Found(vec![passing(), Finding::fault("a", "b")]),
                Health::AtFault,
            ),
            (
                "something in the way",
                Outcome::NotChecked("why".into()),
                Health::Unanswered,
            ),
        ] {
            let report = Report(vec![(Check::Settings, ok()), (Check::Users, outcome)]);
            assert_eq!(report.health(), expected, "{what}");
        }
    }

    #[test]
    fn every_check_is_documented() {
        let page = include_str!("../../../../docs/doctor.md");
        for check in Check::ALL {
            let row = format!("\n| `{}` | ", check.name());
            assert!(page.contains(&row), "{row}");
            assert_eq!(serde_json::json!(check), check.name());
        }
    }

    #[test]
    fn a_report_has_a_line_for_each_check_and_two_for_each_finding() {
        let report = Report(vec![
            (Check::Settings, Outcome::Ok("1 issuer".into())),
            (Check::BucketCors, Outcome::fault("403", "add PUT")),
            (Check::Upload, Outcome::NotChecked("of that".into())),
        ]);
        let expected = "\
ok           settings       1 issuer
wrong        bucket-cors
    seen: 403
    fix:  add PUT
not checked  upload         because of that

1 of 3 checks found faults.
";
        assert_eq!(report.to_string(), expected);
    }
}
