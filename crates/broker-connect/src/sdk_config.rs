//! The SDK's configuration, from the function's environment only.
//!
//! `aws_config::load_defaults` is not used, because it also searches profiles, instance metadata and roles to assume. A
//! function has none of these, and the search costs a tenth of its size and a part of its cold start.
//! Variables and their meaning: AWS SDKs and Tools Reference Guide, "Environment variables".

use aws_config::environment::credentials::EnvironmentVariableCredentialsProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// An environment: returns the value of a variable.
pub type Lookup = fn(&str) -> Option<String>;

/// The configuration in `environment`. Credentials are read from the process's own environment at every use.
#[must_use]
pub fn sdk_config(environment: Lookup, http_client: SharedHttpClient) -> SdkConfig {
    let region = environment("AWS_REGION").or_else(|| environment("AWS_DEFAULT_REGION"));
    let app_name = environment("AWS_SDK_UA_APP_ID").and_then(|name| AppName::new(name).ok());
    let credentials = EnvironmentVariableCredentialsProvider::new();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region.map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client)
        .use_fips(is_true(environment, "AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(is_true(environment, "AWS_USE_DUALSTACK_ENDPOINT"))
        .service_config(Endpoints(environment));
    config.set_app_name(app_name);
    config.build()
}

/// `AWS_ENDPOINT_URL_<SERVICE>`, else `AWS_ENDPOINT_URL`, unless the environment says to ignore both.
#[derive(Debug)]
struct Endpoints(Lookup);

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let Self(environment) = self;
        if is_true(*environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            return None;
        }
        let service = key.service_id().to_uppercase().replace(' ', "_");
        environment(&format!("{}_{service}", key.env())).or_else(|| environment(key.env()))
    }
}

fn is_true(environment: Lookup, name: &str) -> bool {
    environment(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::http::http_client_fn;

    use super::*;

    fn config(environment: Lookup) -> SdkConfig {
        sdk_config(
            environment,
            http_client_fn(|_, _| unreachable!("nothing is sent")),
        )
    }

    fn endpoint_of(service: &str, environment: Lookup) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(service);
        let key = key.env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
        Endpoints(environment).load_config(key.expect("complete"))
    }

    #[test]
    fn the_region_is_the_functions() {
        let both: Lookup = |name| match name {
            "AWS_REGION" => Some("eu-west-1".into()),
            "AWS_DEFAULT_REGION" => Some("us-east-1".into()),
            _ => None,
        };
        let default: Lookup = |name| (name == "AWS_DEFAULT_REGION").then(|| "us-east-1".into());
        for (environment, region) in [
            (both, Some("eu-west-1")),
            (default, Some("us-east-1")),
            (|_| None, None),
        ] {
            assert_eq!(config(environment).region().map(AsRef::as_ref), region);
        }
    }

    #[test]
    fn endpoints_of_other_kinds_are_on_request() {
        for (value, is_on) in [("true", true), ("True", true), ("1", false), ("", false)] {
            let environment: Lookup = match value {
                "true" => |_| Some("true".into()),
                "True" => |_| Some("True".into()),
                "1" => |_| Some("1".into()),
                _ => |_| Some(String::new()),
            };
            let config = config(environment);
            let kinds = (config.use_fips(), config.use_dual_stack());
            assert_eq!(kinds, (Some(is_on), Some(is_on)), "{value:?}");
        }
    }

    #[test]
    fn a_services_own_endpoint_comes_first() {
        let both: Lookup = |name| match name {
            "AWS_ENDPOINT_URL" => Some("https://all".into()),
            "AWS_ENDPOINT_URL_CONNECT" => Some("https://connect".into()),
            "AWS_ENDPOINT_URL_TWO_WORDS" => Some("https://two".into()),
            _ => None,
        };
        let ignored: Lookup = |name| match name {
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" => Some("true".into()),
            name => name.starts_with("AWS_ENDPOINT").then(|| "https://any".into()),
        };
        for (service, environment, endpoint) in [
            ("Connect", both, Some("https://connect")),
            ("ConnectCases", both, Some("https://all")),
            ("Two Words", both, Some("https://two")),
            ("Connect", ignored, None),
            ("Connect", |_| None, None),
        ] {
            assert_eq!(
                endpoint_of(service, environment).as_deref(),
                endpoint,
                "{service}"
            );
        }
    }

    #[test]
    fn a_name_of_the_application_is_part_of_the_user_agent() {
        let named: Lookup = |name| (name == "AWS_SDK_UA_APP_ID").then(|| "portal".into());
        let unusable: Lookup = |name| (name == "AWS_SDK_UA_APP_ID").then(|| "no spaces".into());
        for (environment, name) in [(named, Some("portal")), (unusable, None)] {
            assert_eq!(config(environment).app_name().map(AsRef::as_ref), name);
        }
    }
}
