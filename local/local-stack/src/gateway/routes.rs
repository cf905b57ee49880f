//! Route keys of HTTP APIs and resources of REST APIs: `POST /uploads/{upload}/complete`.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::kind::Kind;

/// Method and path template of one route.
///
/// Shape: `METHOD /path`, METHOD may be `ANY`; a segment `{name}` matches one segment, `{name+}` at the end matches
/// the rest. Source: API Gateway developer guide, "Create routes for HTTP APIs".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    key: String,
    method: String,
    template: String,
}

/// The text is not a route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("route `{0}` does not have the form `METHOD /path`")]
pub struct RouteError(String);

impl FromStr for Route {
    type Err = RouteError;

    fn from_str(key: &str) -> Result<Self, RouteError> {
        match key.split_once(' ') {
            Some((method, template)) if template.starts_with('/') && !method.is_empty() => Ok(Self {
                key: key.to_owned(),
                method: method.to_owned(),
                template: template.to_owned(),
            }),
            _ => Err(RouteError(key.to_owned())),
        }
    }
}

/// The route that a request matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Match {
    /// `routeKey` in 2.0.
    pub(super) key: String,
    /// `resource` in 1.0.
    pub(super) resource: String,
    /// `pathParameters`, decoded.
    pub(super) parameters: BTreeMap<String, String>,
}

/// First route for `method` and `path` (below the stage); without routes, a catch-all.
pub(super) fn find(routes: &[Route], kind: Kind, method: &str, path: &str) -> Option<Match> {
    if routes.is_empty() {
        return catch_all(kind, path);
    }
    routes
        .iter()
        .filter(|route| route.method == method || route.method == "ANY")
        .find_map(|route| {
            let parameters = parameters(&route.template, path)?;
            Some(Match {
                key: route.key.clone(),
                resource: route.template.clone(),
                parameters,
            })
        })
}

/// `$default` of an HTTP API; `/` and `/{proxy+}` of a REST API.
fn catch_all(kind: Kind, path: &str) -> Option<Match> {
    let key = "$default".to_owned();
    match kind {
        Kind::Http => Some(Match {
            key,
            ..Match::default()
        }),
        Kind::Rest if path == "/" => Some(Match {
            resource: "/".to_owned(),
            ..Match::default()
        }),
        Kind::Rest => {
            let resource = "/{proxy+}".to_owned();
            Some(Match {
                parameters: parameters(&resource, path)?,
                resource,
                ..Match::default()
            })
        }
    }
}

fn parameters(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let mut rest = path.strip_prefix('/')?;
    let mut parameters = BTreeMap::new();
    let mut segments = template.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        if let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix("+}")) {
            parameters.insert(name.to_owned(), percent_decoded(rest));
            return (!rest.is_empty()).then_some(parameters);
        }
        let (here, after) = rest
            .split_once('/')
            .map_or((rest, None), |(here, after)| (here, Some(after)));
        match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            Some(name) if !here.is_empty() => {
                parameters.insert(name.to_owned(), percent_decoded(here));
            }
            None if segment == here => {}
            _ => return None,
        }
        match (after, segments.peek()) {
            (Some(after), Some(_)) => rest = after,
            (None, None) => return Some(parameters),
            _ => return None,
        }
    }
    None
}

/// Text with each `%XX` decoded; `+` stays.
pub(super) fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, method: &str, path: &str) -> Option<(String, Vec<String>)> {
        let routes = [
            "POST /uploads",
            "ANY /uploads/{upload}",
            "POST /uploads/{upload}/complete",
            "GET /files/{path+}",
        ];
        let routes: Vec<Route> = routes.iter().map(|key| key.parse().expect("a route")).collect();
        let found = super::find(&routes, kind, method, path)?;
        Some((found.key, found.parameters.into_values().collect()))
    }

    #[test]
    fn finds_the_route_of_a_request() {
        for (method, path, expected) in [
            ("POST", "/uploads", Some(("POST /uploads", vec![]))),
            ("GET", "/uploads", None),
            (
                "GET",
                "/uploads/h%2F1",
                Some(("ANY /uploads/{upload}", vec!["h/1"])),
            ),
            (
                "POST",
                "/uploads/h/complete",
                Some(("POST /uploads/{upload}/complete", vec!["h"])),
            ),
            ("POST", "/uploads/", None),
            ("POST", "/uploads/h/complete/more", None),
            ("GET", "/files/a/b", Some(("GET /files/{path+}", vec!["a/b"]))),
            ("GET", "/files", None),
        ] {
            let expected = expected.map(|(key, values): (&str, Vec<&str>)| {
                (key.to_owned(), values.into_iter().map(str::to_owned).collect())
            });
            assert_eq!(found(Kind::Http, method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn without_routes_everything_matches() {
        for (kind, path, key, resource) in [
            (Kind::Http, "/any/thing", "$default", ""),
            (Kind::Rest, "/any/thing", "", "/{proxy+}"),
            (Kind::Rest, "/", "", "/"),
        ] {
            let found = find(&[], kind, "PATCH", path).expect("a match");
            assert_eq!(
                (found.key.as_str(), found.resource.as_str()),
                (key, resource),
                "{path}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_a_route() {
        for text in ["", "/uploads", "POST uploads", " /uploads"] {
            assert_eq!(text.parse::<Route>(), Err(RouteError(text.to_owned())));
        }
    }
}
