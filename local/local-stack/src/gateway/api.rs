//! Configuration of one API.

use std::time::Duration;

use super::cors::Cors;
use super::kind::Kind;
use super::routes::Route;
use super::throttle::Throttle;

/// One deployed API.
#[derive(Clone, Debug)]
pub struct Api {
    /// HTTP API or REST API.
    pub kind: Kind,
    /// Deployed stage. `$default` (HTTP APIs only) is served at the root, any other below `/{stage}`.
    pub stage: String,
    /// Routes; the first that matches counts. If there are none, everything matches (`$default`; `ANY /{proxy+}`).
    pub routes: Vec<Route>,
    /// CORS configuration of an HTTP API; REST APIs have none.
    pub cors: Option<Cors>,
    /// Stage throttling.
    pub throttle: Option<Throttle>,
    /// Longest wait for the function.
    pub integration_timeout: Duration,
    /// Account in the event's context.
    pub account_id: String,
    /// Id in the event's context and domain name.
    pub api_id: String,
    /// Region in the event's domain name.
    pub region: String,
    /// Path of a custom domain's mapping to the stage, which clients use in place of the stage's own.
    pub mapping: Option<String>,
}

impl Api {
    /// HTTP API with the stage `$default`.
    #[must_use]
    pub fn http() -> Self {
        Self {
            kind: Kind::Http,
            stage: "$default".to_owned(),
            routes: Vec::new(),
            cors: None,
            throttle: None,
            // Maximum integration timeout of HTTP APIs, not adjustable. Source: API Gateway quotas.
            integration_timeout: Duration::from_secs(30),
            account_id: "111122223333".to_owned(),
            api_id: "a1b2c3d4e5".to_owned(),
            region: "eu-west-1".to_owned(),
            mapping: None,
        }
    }

    /// REST API with this stage.
    #[must_use]
    pub fn rest(stage: &str) -> Self {
        Self {
            kind: Kind::Rest,
            stage: stage.to_owned(),
            // Default maximum of REST APIs. Source: API Gateway quotas.
            integration_timeout: Duration::from_secs(29),
            ..Self::http()
        }
    }

    /// Path under which the stage is served: empty or `/{stage}`.
    #[must_use]
    pub fn base_path(&self) -> String {
        if self.stage == "$default" {
            String::new()
        } else {
            format!("/{}", self.stage)
        }
    }

    /// `requestContext.domainName`.
    pub(super) fn domain_name(&self) -> String {
        format!("{}.execute-api.{}.amazonaws.com", self.api_id, self.region)
    }

    /// Path under which clients see the stage: its own, or the mapping's.
    #[must_use]
    pub fn public_path(&self) -> String {
        self.mapping.clone().unwrap_or_else(|| self.base_path())
    }

    /// Path below the stage, or `None` if the path is not below it.
    pub(super) fn below_stage<'path>(&self, path: &'path str) -> Option<&'path str> {
        match path.strip_prefix(&self.public_path())? {
            "" => Some("/"),
            below if below.starts_with('/') => Some(below),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_a_named_stage_below_its_own_segment_only() {
        for (stage, path, expected) in [
            ("$default", "/uploads", Some("/uploads")),
            ("prod", "/prod/uploads", Some("/uploads")),
            ("prod", "/prod", Some("/")),
            ("prod", "/production/uploads", None),
            ("prod", "/uploads", None),
        ] {
            let api = Api {
                stage: stage.to_owned(),
                ..Api::http()
            };
            assert_eq!(api.below_stage(path), expected, "{stage} {path}");
        }
    }
}
