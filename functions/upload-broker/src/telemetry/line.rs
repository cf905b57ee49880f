//! The one log line of a request: the request record, and the metrics in `CloudWatch`'s embedded metric format.

use std::time::SystemTime;

use broker_http::record::RequestRecord;
use broker_http::settings::RulesDigest;
use broker_telemetry::{Directive, Embedded, Figures, Level, Times, write_line};
use serde::Serialize;

use super::metric::{Metric, Values};

/// The values that every line of the process shares.
pub(crate) struct Source<'a> {
    /// Name of the function, which keeps the metrics of two stacks apart.
    pub(crate) function_name: &'a str,
    pub(crate) rules_digest: &'a RulesDigest,
    pub(crate) least_level: Level,
}

/// The values of one invocation.
pub(crate) struct Invocation<'a> {
    pub(crate) at: SystemTime,
    pub(crate) is_cold_start: bool,
    /// The invocation's X-Ray header.
    pub(crate) xray: Option<&'a str>,
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    #[serde(flatten)]
    record: &'a RequestRecord,
    rules_sha256: &'a RulesDigest,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws: Option<AwsCall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xray_trace_id: Option<&'a str>,
    #[serde(rename = "FunctionName")]
    function_name: &'a str,
    #[serde(rename = "Code", skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(flatten)]
    values: &'a Values,
    #[serde(rename = "_aws")]
    embedded: Embedded<Metric>,
}

#[derive(Serialize)]
struct AwsCall {
    request_id: String,
}

/// The metrics by their dimensions. Refusals are counted by code too, in a directive of their own, because a metric may
/// be defined once only.
fn directives(values: &Values) -> Vec<Directive<Metric>> {
    let (refusals, others): (Vec<_>, Vec<_>) = values
        .definitions()
        .partition(|metric| metric.name == Metric::Refusals);
    let mut directives = vec![Directive::new(&[&["FunctionName"]], others)];
    if !refusals.is_empty() {
        directives.push(Directive::new(
            &[&["FunctionName"], &["FunctionName", "Code"]],
            refusals,
        ));
    }
    directives
}

/// Writes the line.
///
/// INVARIANT: Lambda never filters the line out, because it is the audit log: `level` is raised to the least level that
/// Lambda lets through. Lambda reads `level` only beside a `timestamp`, and takes other lines for INFO.
pub(crate) fn write(
    source: &Source<'_>,
    invocation: &Invocation<'_>,
    record: &RequestRecord,
    mut figures: Figures,
) {
    let own_level = if record.is_failure() {
        Level::ERROR
    } else {
        Level::INFO
    };
    let times = Times::of(invocation.at);
    let aws_request_id = figures.aws_request_id.take();
    let values = Metric::values(record, figures, invocation.is_cold_start);
    let line = Line {
        timestamp: times.rfc3339,
        level: own_level.max(source.least_level).name(),
        message: "request",
        record,
        rules_sha256: source.rules_digest,
        aws: aws_request_id.map(|request_id| AwsCall { request_id }),
        xray_trace_id: invocation.xray.and_then(root),
        function_name: source.function_name,
        code: record.refusal.map(|code| code.info().name),
        embedded: Embedded {
            timestamp: times.millis,
            cloud_watch_metrics: directives(&values),
        },
        values: &values,
    };
    write_line(&line);
}

/// The trace's id in an X-Ray header. The id is checked, because the caller may have written it.
fn root(header: &str) -> Option<&str> {
    let root = header.split(';').find_map(|part| part.strip_prefix("Root="))?;
    let is_hex = |len, part: &str| part.len() == len && part.bytes().all(|b| b.is_ascii_hexdigit());
    let parts: Vec<_> = root.split('-').collect();
    matches!(parts[..], ["1", time, random] if is_hex(8, time) && is_hex(24, random)).then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_known_by_the_root_of_an_x_ray_header() {
        const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
        for (header, expected) in [
            (
                format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"),
                Some(ROOT),
            ),
            (
                format!("Self=1-67891234-12456789abcdef012345678;Root={ROOT}"),
                Some(ROOT),
            ),
            (ROOT.to_owned(), None),
            (format!("Root={ROOT}0"), None),
            (format!("Root=2{}", &ROOT[1..]), None),
            (format!("Root={}", ROOT.replace('b', "\u{2028}")), None),
            (format!("Root={}", ROOT.replace('-', "")), None),
            ("Root=".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(root(&header), expected, "{header}");
        }
    }
}
