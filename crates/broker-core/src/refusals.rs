//! The rules that refused a caller, as text for a log line.

use std::fmt;

/// Most rules in one text, because a log line must not grow with the settings.
const MAX_NAMED: usize = 8;

/// The rules that refused, by position, and why: `: grant[0] ...; grant[3] ...`. Empty if no rule did.
pub(crate) struct Refusals<'a, T> {
    kind: &'static str,
    refusals: &'a [(usize, T)],
}

impl<'a, T: fmt::Display> Refusals<'a, T> {
    /// The refusals of the rules called `kind`.
    pub(crate) const fn of(kind: &'static str, refusals: &'a [(usize, T)]) -> Self {
        Self { kind, refusals }
    }
}

impl<T: fmt::Display> fmt::Display for Refusals<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.refusals.iter().take(MAX_NAMED);
        for (order, (position, refusal)) in named.enumerate() {
            let mark = if order == 0 { ": " } else { "; " };
            write!(f, "{mark}{}[{position}] {refusal}", self.kind)?;
        }
        match self.refusals.len().saturating_sub(MAX_NAMED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_named_up_to_a_bound() {
        let refusals = |count: usize| (0..count).map(|at| (at, "is shut")).collect::<Vec<_>>();
        for (count, expected) in [
            (0, ""),
            (1, ": rule[0] is shut"),
            (2, ": rule[0] is shut; rule[1] is shut"),
        ] {
            assert_eq!(Refusals::of("rule", &refusals(count)).to_string(), expected);
        }
        let text = Refusals::of("rule", &refusals(8)).to_string();
        assert!(text.ends_with("; rule[7] is shut"), "{text}");
        let text = Refusals::of("rule", &refusals(10)).to_string();
        assert!(text.ends_with("; rule[7] is shut; and 2 more"), "{text}");
    }
}
