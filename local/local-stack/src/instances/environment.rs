//! Environment variables that Lambda sets for a function's process.

use std::net::SocketAddr;

use time::OffsetDateTime;
use uuid::Uuid;

use super::options::Options;

/// All variables of one process, which inherits none.
///
/// Source: Lambda developer guide, "Defined runtime environment variables".
pub(super) fn variables(options: &Options, runtime_api: SocketAddr) -> Vec<(String, String)> {
    let today = OffsetDateTime::now_utc().date().to_string().replace('-', "/");
    let log_stream = format!("{today}/[$LATEST]{}", Uuid::new_v4().simple());
    let lambda = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", options.function_name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", options.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", options.function_name),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream),
        ("AWS_REGION", options.region.clone()),
        ("AWS_DEFAULT_REGION", options.region.clone()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ];
    let concurrency = (options.concurrency > 1).then(|| {
        (
            "AWS_LAMBDA_MAX_CONCURRENCY".to_owned(),
            options.concurrency.to_string(),
        )
    });
    let mut variables: Vec<_> = lambda
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    variables.extend(concurrency);
    variables.extend(options.environment.iter().cloned());
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_concurrency_only_where_there_is_one() {
        for (concurrency, expected) in [(1, None), (4, Some("4"))] {
            let options = Options {
                concurrency,
                ..Options::new("bootstrap")
            };
            let variables = variables(&options, SocketAddr::from(([127, 0, 0, 1], 9001)));
            let found = variables
                .iter()
                .find(|(name, _)| name == "AWS_LAMBDA_MAX_CONCURRENCY");
            assert_eq!(found.map(|(_, value)| value.as_str()), expected);
        }
    }
}
