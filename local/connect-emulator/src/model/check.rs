//! Check of a JSON value against the constraints of its shape.

use std::fmt;

use serde_json::Value;

use super::{Kind, Service, Shape};

/// A modelled constraint that a value breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Path of the value: members joined by dots, `[2]` for an element.
    pub(crate) path: String,
    pub(crate) constraint: Constraint,
}

/// Kind of constraint, with the model's own figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    Required,
    AtLeast(String),
    AtMost(String),
    LengthAtLeast(String),
    LengthAtMost(String),
    Pattern(String),
    OneOf(Vec<String>),
    OneMember,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Value at '{}' failed to satisfy constraint: Member must ",
            self.path
        )?;
        match &self.constraint {
            Constraint::Required => f.write_str("not be null"),
            Constraint::AtLeast(bound) => write!(f, "have value greater than or equal to {bound}"),
            Constraint::AtMost(bound) => write!(f, "have value less than or equal to {bound}"),
            Constraint::LengthAtLeast(bound) => write!(f, "have length greater than or equal to {bound}"),
            Constraint::LengthAtMost(bound) => write!(f, "have length less than or equal to {bound}"),
            Constraint::Pattern(pattern) => write!(f, "satisfy regular expression pattern: {pattern}"),
            Constraint::OneOf(values) => write!(f, "satisfy enum value set: [{}]", values.join(", ")),
            Constraint::OneMember => f.write_str("have exactly one member set"),
        }
    }
}

/// Every constraint of `shape` and of the shapes below it that `value` breaks.
///
/// # Errors
/// The path of the first value that does not have the type of its shape.
pub(crate) fn check(service: &Service, shape: &Shape, value: &Value) -> Result<Vec<Violation>, String> {
    let mut walk = Walk {
        service,
        violations: Vec::new(),
    };
    walk.value(shape, value, "")?;
    Ok(walk.violations)
}

struct Walk<'a> {
    service: &'a Service,
    violations: Vec<Violation>,
}

impl Walk<'_> {
    fn value(&mut self, shape: &Shape, value: &Value, path: &str) -> Result<(), String> {
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => self.structure(shape, members, path),
            (Kind::List, Value::Array(elements)) => self.list(shape, elements, path),
            (Kind::Map, Value::Object(entries)) => self.map(shape, entries, path),
            (Kind::String, Value::String(text)) => {
                self.string(shape, text, path);
                Ok(())
            }
            (
                Kind::Integer | Kind::Long | Kind::Float | Kind::Double | Kind::Timestamp,
                Value::Number(number),
            ) => self.number(shape, number, path),
            (Kind::Boolean, Value::Bool(_)) => Ok(()),
            _ => Err(path.to_owned()),
        }
    }

    /// Unknown members are ignored, and `null` counts as absent.
    fn structure(
        &mut self,
        shape: &Shape,
        members: &serde_json::Map<String, Value>,
        path: &str,
    ) -> Result<(), String> {
        let mut set = 0;
        for (name, member) in &shape.members {
            match members.get(name) {
                None | Some(Value::Null) if shape.required.contains(name) => {
                    self.report(join(path, name), Constraint::Required);
                }
                None | Some(Value::Null) => {}
                Some(value) => {
                    set += 1;
                    self.value(self.service.shape(&member.shape), value, &join(path, name))?;
                }
            }
        }
        if shape.union && set != 1 {
            self.report(path.to_owned(), Constraint::OneMember);
        }
        Ok(())
    }

    fn list(&mut self, shape: &Shape, elements: &[Value], path: &str) -> Result<(), String> {
        self.length(shape, elements.len(), path);
        let Some(member) = &shape.member else {
            return Ok(());
        };
        for (index, element) in elements.iter().enumerate() {
            self.value(
                self.service.shape(&member.shape),
                element,
                &format!("{path}[{index}]"),
            )?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        shape: &Shape,
        entries: &serde_json::Map<String, Value>,
        path: &str,
    ) -> Result<(), String> {
        self.length(shape, entries.len(), path);
        let (Some(key), Some(value)) = (&shape.key, &shape.value) else {
            return Ok(());
        };
        for (name, entry) in entries {
            let entry_path = join(path, name);
            self.string(self.service.shape(&key.shape), name, &entry_path);
            self.value(self.service.shape(&value.shape), entry, &entry_path)?;
        }
        Ok(())
    }

    /// A string's length is counted in Unicode scalar values, as Smithy defines it.
    fn string(&mut self, shape: &Shape, text: &str, path: &str) {
        self.length(shape, text.chars().count(), path);
        if let Some(pattern) = shape.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            self.report(path.to_owned(), Constraint::Pattern(pattern.as_str().to_owned()));
        }
        if !shape.values.is_empty() && !shape.values.iter().any(|value| value == text) {
            self.report(path.to_owned(), Constraint::OneOf(shape.values.clone()));
        }
    }

    fn number(&mut self, shape: &Shape, number: &serde_json::Number, path: &str) -> Result<(), String> {
        let fits = match shape.kind {
            Kind::Integer => number.as_i64().is_some_and(|value| i32::try_from(value).is_ok()),
            Kind::Long => number.as_i64().is_some(),
            _ => true,
        };
        let value = number.as_f64().filter(|_| fits).ok_or_else(|| path.to_owned())?;
        if let Some(min) = shape.min.filter(|min| value < *min) {
            self.report(path.to_owned(), Constraint::AtLeast(min.to_string()));
        }
        if let Some(max) = shape.max.filter(|max| value > *max) {
            self.report(path.to_owned(), Constraint::AtMost(max.to_string()));
        }
        Ok(())
    }

    fn length(&mut self, shape: &Shape, length: usize, path: &str) {
        let length = u32::try_from(length).map_or(f64::INFINITY, f64::from);
        if let Some(min) = shape.min.filter(|min| length < *min) {
            self.report(path.to_owned(), Constraint::LengthAtLeast(min.to_string()));
        }
        if let Some(max) = shape.max.filter(|max| length > *max) {
            self.report(path.to_owned(), Constraint::LengthAtMost(max.to_string()));
        }
    }

    fn report(&mut self, path: String, constraint: Constraint) {
        self.violations.push(Violation { path, constraint });
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
