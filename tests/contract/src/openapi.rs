//! Reads docs/openapi.yaml.

use serde_json::{Map, Value};

/// The description of the HTTP surface.
pub struct OpenApi(Value);

impl OpenApi {
    /// The description in docs/openapi.yaml.
    ///
    /// # Panics
    /// If it is not YAML.
    #[must_use]
    pub fn read() -> Self {
        let text = include_str!("../../../docs/openapi.yaml");
        Self(serde_norway::from_str(text).expect("docs/openapi.yaml is YAML"))
    }

    /// All of it.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// The value at the JSON pointer, `null` if there is none. References are followed.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        self.0
            .pointer(pointer)
            .map_or(&Value::Null, |found| self.follow(found))
    }

    /// The value that `value` refers to, or `value` itself.
    #[must_use]
    pub fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"]
            .as_str()
            .and_then(|reference| reference.strip_prefix('#'));
        pointer.map_or(value, |pointer| self.at(pointer))
    }

    /// The members of the object at the JSON pointer; none if there is no object.
    pub fn members(&self, pointer: &str) -> impl Iterator<Item = (&str, &Value)> {
        members(self.at(pointer)).map(|(name, value)| (name, self.follow(value)))
    }

    /// Method, path and description of every operation. Uploads come first, in the order `post`, `get`, `delete`.
    #[must_use]
    pub fn operations(&self) -> Vec<(&str, &str, &Value)> {
        let paths = self.members("/paths");
        let mut operations: Vec<_> = paths
            .flat_map(|(path, item)| members(item).map(move |(method, operation)| (method, path, operation)))
            .filter(|(name, ..)| *name != "parameters")
            .collect();
        operations.sort_by_key(|(method, path, operation)| {
            let is_of_uploads = operation["tags"][0] == "uploads";
            let step = ["post", "get", "delete"].iter().position(|known| known == method);
            (!is_of_uploads, *path, step)
        });
        operations
    }

    /// The operation that answers `method path`.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let mut operations = self.operations().into_iter();
        let found = operations
            .find(|(known, template, _)| known.eq_ignore_ascii_case(method) && is_of(path, template));
        found.map(|(_, _, operation)| operation)
    }
}

/// Name and value of each member of `object`.
pub(crate) fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = object.as_object().into_iter().flat_map(Map::iter);
    members.map(|(name, value)| (name.as_str(), value))
}

fn is_of(path: &str, template: &str) -> bool {
    let (given, expected) = (path.split('/'), template.split('/'));
    given.clone().count() == expected.clone().count()
        && given
            .zip(expected)
            .all(|(given, expected)| given == expected || expected.starts_with('{'))
}
