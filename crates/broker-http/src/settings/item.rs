//! A TOML reader that reports every error: members are removed as they are read, and what is left over is unknown.

use std::ops::RangeInclusive;
use std::str::FromStr;

use strum::VariantNames;
use toml::{Table, Value};

use super::error::{Faults, RuleError};

/// A value of the file, under the name by which its faults are reported.
///
/// Whatever reads one gives back `None` exactly if it has reported a fault.
pub(super) struct Item<'f> {
    name: String,
    value: Value,
    faults: &'f Faults,
}

/// A table of the file, from which members are taken.
pub(super) struct Section<'f> {
    name: String,
    members: Table,
    faults: &'f Faults,
}

impl<'f> Item<'f> {
    /// The whole file.
    pub(super) fn root(members: Table, faults: &'f Faults) -> Self {
        Self {
            name: String::new(),
            value: Value::Table(members),
            faults,
        }
    }

    /// Reports a fault.
    pub(super) fn fault<T>(&self, rule: RuleError) -> Option<T> {
        self.faults.add(self.name.as_str(), rule);
        None
    }

    /// The value, for a reader that depends on its type.
    pub(super) const fn value(&self) -> &Value {
        &self.value
    }

    /// A string that is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) if text.is_empty() => self.fault(RuleError::Empty),
            Value::String(text) => Some(text),
            _ => self.fault(RuleError::Type("a string")),
        }
    }

    /// Like [`text`](Self::text), owned.
    pub(super) fn string<S: for<'t> From<&'t str>>(&self) -> Option<S> {
        self.text().map(S::from)
    }

    /// A string that is not empty, as `read` converts it.
    pub(super) fn parse<T>(&self, read: impl FnOnce(&str) -> Result<T, RuleError>) -> Option<T> {
        read(self.text()?).map_or_else(|rule| self.fault(rule), Some)
    }

    /// One of the names of `T`.
    pub(super) fn one_of<T: FromStr + VariantNames>(&self) -> Option<T> {
        self.parse(|name| name.parse().map_err(|_| RuleError::OneOf(T::VARIANTS)))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Option<bool> {
        let flag = self.value.as_bool();
        flag.or_else(|| self.fault(RuleError::Type("true or false")))
    }

    /// An integer within `range`.
    pub(super) fn number(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let Value::Integer(number) = self.value else {
            return self.fault(RuleError::Type("an integer"));
        };
        let (min, max) = range.into_inner();
        match u64::try_from(number) {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            _ if max == u64::MAX => self.fault(RuleError::AtLeast(min)),
            _ => self.fault(RuleError::Range { min, max }),
        }
    }

    /// The elements of an array, as `read` converts them; all are read, also after a fault.
    pub(super) fn each<T>(&self, read: impl Fn(&Item<'f>) -> Option<T>) -> Option<Vec<T>> {
        let Value::Array(elements) = &self.value else {
            return self.fault(RuleError::Type("an array"));
        };
        let read = elements.iter().enumerate().map(|(position, value)| {
            read(&Item {
                name: format!("{}[{position}]", self.name),
                value: value.clone(),
                faults: self.faults,
            })
        });
        let read: Vec<Option<T>> = read.collect();
        read.into_iter().collect()
    }

    /// Like [`each`](Self::each), of an array that is not empty.
    pub(super) fn at_least_one<T>(&self, read: impl Fn(&Item<'f>) -> Option<T>) -> Option<Vec<T>> {
        if self.value.as_array().is_some_and(Vec::is_empty) {
            return self.fault(RuleError::Empty);
        }
        self.each(read)
    }

    /// A table, as `read` converts it; members that `read` does not take are faults.
    pub(super) fn table<T>(&self, read: impl FnOnce(&mut Section<'f>) -> Option<T>) -> Option<T> {
        let Value::Table(members) = &self.value else {
            return self.fault(RuleError::Type("a table"));
        };
        let mut section = Section {
            name: self.name.clone(),
            members: members.clone(),
            faults: self.faults,
        };
        let read = read(&mut section);
        for member in section.members.keys() {
            section.fault::<()>(member, RuleError::Unknown);
        }
        read
    }
}

impl<'f> Section<'f> {
    /// Reports a fault of a member.
    pub(super) fn fault<T>(&self, member: &str, rule: RuleError) -> Option<T> {
        self.faults.add(self.name_of(member), rule);
        None
    }

    /// A member, as `read` converts it; `None` if it is absent or at fault.
    pub(super) fn optional<T>(
        &mut self,
        member: &str,
        read: impl FnOnce(&Item<'f>) -> Option<T>,
    ) -> Option<T> {
        read(&self.take(member)?)
    }

    /// A required member, as `read` converts it.
    pub(super) fn required<T>(
        &mut self,
        member: &str,
        read: impl FnOnce(&Item<'f>) -> Option<T>,
    ) -> Option<T> {
        match self.take(member) {
            Some(item) => read(&item),
            None => self.fault(member, RuleError::Required),
        }
    }

    /// A member, as `read` converts it, or `default` if it is absent; `None` if it is at fault.
    pub(super) fn or<T>(
        &mut self,
        member: &str,
        default: T,
        read: impl FnOnce(&Item<'f>) -> Option<T>,
    ) -> Option<T> {
        self.take(member).map_or(Some(default), |item| read(&item))
    }

    /// Whether a member is there and was not taken yet.
    pub(super) fn has(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    fn take(&mut self, member: &str) -> Option<Item<'f>> {
        let value = self.members.remove(member)?;
        Some(Item {
            name: self.name_of(member),
            value,
            faults: self.faults,
        })
    }

    /// The full name of a member, quoted unless it is a bare key.
    fn name_of(&self, member: &str) -> String {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let member = if !member.is_empty() && member.chars().all(is_bare) {
            member.to_owned()
        } else {
            format!("{member:?}")
        };
        if self.name.is_empty() {
            member
        } else {
            format!("{}.{member}", self.name)
        }
    }
}
