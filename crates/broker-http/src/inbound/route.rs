//! Matches a request to one of the broker's routes, by whole path segments.

use serde::Serialize;

use super::event::{GatewayRequest, PayloadFormat};

/// A route, with the handle in its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// `POST /uploads`
    Start,
    /// `GET /uploads`
    List,
    /// `POST /uploads/{upload}/complete`
    Complete(&'a str),
    /// `GET /uploads/{upload}`
    Status(&'a str),
    /// `DELETE /uploads/{upload}`
    Delete(&'a str),
    /// `GET /limits`
    Limits,
    /// `OPTIONS` on any of them.
    Preflight,
}

/// A route's name, as the request record has it. Never the path, which holds the handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "`Route` says what each one is")]
pub enum RouteName {
    Start,
    List,
    Complete,
    Status,
    Delete,
    Limits,
    Preflight,
}

/// Why a request matches no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// No route has this path.
    #[error("no route has this path")]
    UnknownPath,
    /// A route has this path, but not this method. Holds the methods that it has.
    #[error("the route does not support this method; it supports {0}")]
    OtherMethod(&'static str),
}

impl Route<'_> {
    /// The route's name.
    #[must_use]
    pub const fn name(&self) -> RouteName {
        match self {
            Self::Start => RouteName::Start,
            Self::List => RouteName::List,
            Self::Complete(_) => RouteName::Complete,
            Self::Status(_) => RouteName::Status,
            Self::Delete(_) => RouteName::Delete,
            Self::Limits => RouteName::Limits,
            Self::Preflight => RouteName::Preflight,
        }
    }
}

/// The methods of `/uploads`.
const UPLOADS: &str = "GET, POST, OPTIONS";
/// The methods of `/uploads` without the list.
const UPLOADS_WITHOUT_LIST: &str = "POST, OPTIONS";

/// The route that `request` is for, under `base_path`. Without the rows of uploads there is no list of them.
///
/// # Errors
/// [`RouteError`]
pub fn route<'a>(
    request: &'a GatewayRequest,
    base_path: &str,
    has_list: bool,
) -> Result<Route<'a>, RouteError> {
    let mut path = request.raw_path.as_str();
    if request.format == PayloadFormat::V2 && request.stage != "$default" {
        path = without_stage(path, &request.stage);
    }
    path = without_base_path(path, base_path);
    let method = request.method.as_str();
    let segments: Vec<&str> = path.split('/').collect();
    let (found, allowed) = match segments.as_slice() {
        ["", "uploads"] => match method {
            "GET" if has_list => (Some(Route::List), UPLOADS),
            "POST" => (Some(Route::Start), UPLOADS),
            _ => (None, if has_list { UPLOADS } else { UPLOADS_WITHOUT_LIST }),
        },
        ["", "uploads", upload] if !upload.is_empty() => {
            let found = match method {
                "GET" => Some(Route::Status(upload)),
                "DELETE" => Some(Route::Delete(upload)),
                _ => None,
            };
            (found, "GET, DELETE, OPTIONS")
        }
        ["", "uploads", upload, "complete"] if !upload.is_empty() => (
            (method == "POST").then_some(Route::Complete(upload)),
            "POST, OPTIONS",
        ),
        ["", "limits"] => ((method == "GET").then_some(Route::Limits), "GET, OPTIONS"),
        _ => return Err(RouteError::UnknownPath),
    };
    let preflight = (method == "OPTIONS").then_some(Route::Preflight);
    found.or(preflight).ok_or(RouteError::OtherMethod(allowed))
}

/// `path` without one leading `/{stage}`, if it begins with that.
fn without_stage<'a>(path: &'a str, stage: &str) -> &'a str {
    let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage));
    rest.filter(|rest| !stage.is_empty() && rest.starts_with('/'))
        .unwrap_or(path)
}

/// `path` without the longest tail of `base_path` with which it begins. The tail is whole segments, and is removed once.
///
/// A tail is enough, because `base_path` is what clients see, and API Gateway removes the stage, which comes first, from
/// some paths and not from others.
fn without_base_path<'a>(path: &'a str, base_path: &str) -> &'a str {
    let mut tails = base_path
        .match_indices('/')
        .map(|(at, _)| base_path.split_at(at).1);
    let rest = tails.find_map(|tail| path.strip_prefix(tail).filter(|rest| rest.starts_with('/')));
    rest.unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(format: &str, stage: &str, method: &str, path: &str) -> GatewayRequest {
        let event = json!({
            "version": format, "rawPath": path, "path": path, "httpMethod": method,
            "requestContext": {"apiId": "a", "requestId": "r", "stage": stage, "http": {"method": method}},
        });
        GatewayRequest::parse(&event.to_string()).expect("an event")
    }

    #[test]
    fn matches_whole_segments_exactly() {
        use RouteError::{OtherMethod, UnknownPath};
        for (method, path, expected) in [
            ("POST", "/uploads", Ok(Route::Start)),
            ("GET", "/uploads/h", Ok(Route::Status("h"))),
            ("DELETE", "/uploads/h", Ok(Route::Delete("h"))),
            ("POST", "/uploads/h/complete", Ok(Route::Complete("h"))),
            ("GET", "/limits", Ok(Route::Limits)),
            ("OPTIONS", "/uploads/h/complete", Ok(Route::Preflight)),
            ("GET", "/uploads", Err(OtherMethod("POST, OPTIONS"))),
            ("HEAD", "/limits", Err(OtherMethod("GET, OPTIONS"))),
            ("post", "/uploads", Err(OtherMethod("POST, OPTIONS"))),
            ("PUT", "/uploads/h", Err(OtherMethod("GET, DELETE, OPTIONS"))),
            ("POST", "/uploads/", Err(UnknownPath)),
            ("POST", "//uploads", Err(UnknownPath)),
            ("POST", "/Uploads", Err(UnknownPath)),
            ("POST", "/uploads/h/complete/", Err(UnknownPath)),
            ("POST", "/uploads//complete", Err(UnknownPath)),
            ("POST", "/uploads%2Fh", Err(UnknownPath)),
            ("POST", "/x/../uploads", Err(UnknownPath)),
            ("POST", "uploads", Err(UnknownPath)),
            ("OPTIONS", "/elsewhere", Err(UnknownPath)),
        ] {
            for (format, stage) in [("2.0", "$default"), ("1.0", "prod")] {
                let request = request(format, stage, method, path);
                assert_eq!(route(&request, "", false), expected, "{method} {path} {format}");
            }
        }
    }

    #[track_caller]
    fn assert_found(format: &str, stage: &str, base_path: &str, path: &str, found: bool) {
        let request = request(format, stage, "POST", path);
        let is_found = route(&request, base_path, true).is_ok();
        assert_eq!(is_found, found, "{format} {stage} {base_path} {path}");
    }

    #[test]
    fn takes_one_stage_and_the_longest_tail_of_the_base_path_off() {
        for (format, stage, base_path, path, found) in [
            // Without a base path.
            ("2.0", "$default", "", "/uploads", true),
            ("2.0", "prod", "", "/prod/uploads", true),
            ("2.0", "prod", "", "/uploads", true),
            ("2.0", "prod", "", "/prod/prod/uploads", false),
            ("2.0", "prod", "", "/production/uploads", false),
            ("1.0", "prod", "", "/uploads", true),
            ("1.0", "prod", "", "/prod/uploads", false),
            // The stage alone, on its own address.
            ("2.0", "prod", "/prod", "/prod/uploads", true),
            ("1.0", "prod", "/prod", "/uploads", true),
            // A custom domain's mapping alone.
            ("2.0", "$default", "/files/v1", "/files/v1/uploads", true),
            ("2.0", "live", "/files/v1", "/files/v1/uploads", true),
            ("1.0", "live", "/files/v1", "/files/v1/uploads", true),
            // The stage `prod` and the prefix `attachments`: one format has the stage in its path, the other has not.
            (
                "2.0",
                "prod",
                "/prod/attachments",
                "/prod/attachments/uploads",
                true,
            ),
            ("1.0", "prod", "/prod/attachments", "/attachments/uploads", true),
            (
                "2.0",
                "$default",
                "/prod/attachments",
                "/attachments/uploads",
                true,
            ),
            // A custom domain whose mapping is `prod/attachments`, whatever the stage.
            (
                "1.0",
                "prod",
                "/prod/attachments",
                "/prod/attachments/uploads",
                true,
            ),
            (
                "1.0",
                "live",
                "/prod/attachments",
                "/prod/attachments/uploads",
                true,
            ),
            (
                "2.0",
                "live",
                "/prod/attachments",
                "/prod/attachments/uploads",
                true,
            ),
            (
                "2.0",
                "live",
                "/prod/attachments",
                "/live/prod/attachments/uploads",
                true,
            ),
            (
                "2.0",
                "$default",
                "/prod/attachments",
                "/prod/attachments/uploads",
                true,
            ),
        ] {
            assert_found(format, stage, base_path, path, found);
        }
    }

    #[test]
    fn a_tail_is_of_whole_segments_and_is_taken_off_once() {
        for (format, stage, base_path, path, found) in [
            ("1.0", "prod", "/prod/attachments", "/prod/uploads", false),
            (
                "1.0",
                "prod",
                "/prod/attachments",
                "/attachments/attachments/uploads",
                false,
            ),
            (
                "1.0",
                "prod",
                "/prod/attachments",
                "/prod/attachments/attachments/uploads",
                false,
            ),
            (
                "1.0",
                "prod",
                "/prod/attachments",
                "/attachments/prod/attachments/uploads",
                false,
            ),
            ("1.0", "prod", "/prod/attachments", "/ments/uploads", false),
            ("1.0", "prod", "/prod/attachments", "/attachments2/uploads", false),
            ("1.0", "prod", "/prod/attachments", "attachments/uploads", false),
            ("1.0", "live", "/a/a", "/a/a/uploads", true),
            ("1.0", "live", "/a/a", "/a/uploads", true),
            ("1.0", "live", "/a/a", "/a/a/a/uploads", false),
            ("2.0", "$default", "/files/v1", "/v1/uploads", true),
            ("2.0", "$default", "/files/v1", "/files/uploads", false),
            ("2.0", "$default", "/files/v1", "/files/v1", false),
        ] {
            assert_found(format, stage, base_path, path, found);
        }
    }
}
