//! Makes docs/api.md from docs/openapi.yaml.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::openapi::{OpenApi, members};

/// The page.
#[must_use]
pub fn api_page(api: &OpenApi) -> String {
    let mut page = format!(
        "# HTTP API\n\n<!-- Made from openapi.yaml: cargo run --package contract-tests --bin api-page > docs/api.md -->\n\n{}\n",
        text(&api.at("/info")["description"])
    );
    let operations = api.operations().into_iter();
    for (method, path, operation) in operations.filter(|(method, ..)| *method != "options") {
        push(&mut page, &operation_section(api, method, path, operation));
    }
    push(&mut page, &schemas(api));
    push(&mut page, &codes(api));
    push(&mut page, &recipes());
    push(&mut page, GENERATED_CLIENTS);
    page
}

const GENERATED_CLIENTS: &str = "\
## Generated clients

Every test run makes a client from [`openapi.yaml`](openapi.yaml) with each of these generators, checks its types, and
uploads a file with it. The programs are examples to start from.

| generator | program | to know |
| --- | --- | --- |
| openapi-python-client | [`openapi_python_client.py`](../tests/clients/generated/openapi_python_client.py) | |
| openapi-generator, Python | [`openapi_generator.py`](../tests/clients/generated/openapi_generator.py) | a `Refusal` holds its `Problem` or `GatewayMessage` in `actual_instance`; header names keep the case in which they were sent |
| openapi-typescript, openapi-fetch | [`openapi-typescript.ts`](../tests/clients/generated/openapi-typescript.ts) | |
| hey-api | [`hey-api.ts`](../tests/clients/generated/hey-api.ts) | |

In these clients a `code` is a string, so a code that is added later breaks none of them. `Code` lists the codes of this
version. API Gateway's own answers are a `GatewayMessage`, which has no `code`.
";

/// Links to every file in `web/recipes`, by the title in its first line.
fn recipes() -> String {
    let mut section = "## Recipes\n\n\
        For browsers there is [`@upload-broker/client`](../web/client/README.md). If you have another upload library,\n\
        keep it. Each recipe is one file, beside what they share:\n\n\
        - [`shared/broker.ts`](../web/recipes/shared/broker.ts) calls the broker: copy it as it is.\n\
        - [`shared/uppy.ts`](../web/recipes/shared/uppy.ts) is the part that both Uppy recipes share: copy it for Uppy.\n\
        - [`shared/page.ts`](../web/recipes/shared/page.ts) stands for your own page and sign-in: write your own.\n\n\
        Every test run uploads a file with each recipe in Chromium, with page, API and bucket on three origins.\n\n"
        .to_owned();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/recipes");
    let entries = fs::read_dir(folder)
        .expect("web/recipes")
        .map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension() == Some("ts".as_ref()))
        .collect();
    files.sort();
    for file in files {
        let source = fs::read_to_string(&file).expect("a recipe");
        let line = source.lines().next().and_then(|line| line.strip_prefix("// "));
        let (title, about) = line
            .and_then(|line| line.split_once(": "))
            .expect("`// TITLE: one sentence.`");
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(section, "- [{title}](../web/recipes/{name}): {about}").expect("a String takes it");
    }
    section
}

fn operation_section(api: &OpenApi, method: &str, path: &str, operation: &Value) -> String {
    let mut section = format!(
        "## {} {path}\n\n{}.",
        method.to_uppercase(),
        text(&operation["summary"])
    );
    push(&mut section, &text(&operation["description"]));
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = api.follow(parameter);
        let (name, about) = (text(&parameter["name"]), text(&parameter["description"]));
        push(&mut section, &format!("`{name}`: {about}"));
    }
    let body = &operation["requestBody"];
    if !body.is_null() {
        push(&mut section, &format!("Body: {}", text(&body["description"])));
        push(&mut section, &examples(&body["content"]["application/json"]));
    }
    section.push_str("\n\n| status | headers | meaning |\n| --- | --- | --- |\n");
    let (good, bad): (Vec<_>, Vec<_>) =
        members(&operation["responses"]).partition(|(status, _)| status.starts_with('2'));
    for (status, response) in &good {
        let response = api.follow(response);
        let row = [status, &*own_headers(response), &text(&response["description"])].join(" | ");
        writeln!(section, "| {row} |").expect("a String takes it");
    }
    for (_, response) in &good {
        push(
            &mut section,
            &examples(&api.follow(response)["content"]["application/json"]),
        );
    }
    let statuses: Vec<_> = bad.iter().map(|(status, _)| *status).collect();
    push(
        &mut section,
        &format!("[Problems](#problems): {}.", statuses.join(", ")),
    );
    section.trim_end().to_owned() + "\n"
}

/// Names of a response's headers, less those of every response.
fn own_headers(response: &Value) -> String {
    let names = members(&response["headers"]).map(|(name, _)| name);
    let is_common = |name: &str| {
        [
            "Cache-Control",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Vary",
            "X-Request-Id",
        ]
        .contains(&name)
            || name.starts_with("Access-Control-")
    };
    let own: Vec<_> = names
        .filter(|name| !is_common(name))
        .map(|name| format!("`{name}`"))
        .collect();
    own.join(", ")
}

fn examples(content: &Value) -> String {
    let values = members(&content["examples"]).map(|(_, example)| {
        let json = serde_json::to_string_pretty(&example["value"]).expect("JSON");
        format!("```json\n{json}\n```")
    });
    values.collect::<Vec<_>>().join("\n\n")
}

fn schemas(api: &OpenApi) -> String {
    let named = [
        "UploadRequest",
        "UploadTicket",
        "UploadStatus",
        "FileLimits",
        "Problem",
        "MemberFault",
    ];
    let sections = named.map(|name| {
        let schema = api.at(&format!("/components/schemas/{name}"));
        let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
        let mut section = format!("### {name}\n\n| member | required | meaning |\n| --- | --- | --- |\n");
        for (member, rule) in members(&schema["properties"]) {
            let is_required = required.iter().any(|name| name == member);
            let rule = api.follow(rule);
            let meaning = text(&rule["description"]).replace('\n', " ").replace('|', "\\|");
            let required = if is_required { "yes" } else { "no" };
            let cells = format!("| `{member}` | {required} | {meaning}{} |", range(rule));
            section.push_str(&(cells + "\n"));
        }
        section
    });
    format!("## Members\n\n{}", sections.join("\n"))
}

/// The bounds of a member: of its value, of its length or of its number of members.
fn range(rule: &Value) -> String {
    for (low, high, unit) in [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minProperties", "maxProperties", " members"),
    ] {
        if let (Some(low), Some(high)) = (rule[low].as_u64(), rule[high].as_u64()) {
            return format!(" {low} to {high}{unit}.");
        }
    }
    String::new()
}

/// Every code, by status, with what its example's summary says about it.
fn codes(api: &OpenApi) -> String {
    let responses = api.members("/components/responses");
    let problems = responses.flat_map(|(_, response)| {
        let examples = &response["content"]["application/problem+json"]["examples"];
        members(examples).map(move |(code, example)| (code, response, example))
    });
    let mut problems: Vec<_> = problems.collect();
    problems.sort_by_key(|(code, _, example)| (example["value"]["status"].as_u64(), *code));
    let rows = problems.iter().map(|(code, response, example)| {
        let problem = &example["value"];
        let is_retryable = if problem["retryable"] == true { "yes" } else { "no" };
        let (status, headers, when) = (
            &problem["status"],
            own_headers(response),
            text(&example["summary"]),
        );
        format!("| `{code}` | {status} | {headers} | {is_retryable} | {when} |\n")
    });
    let head =
        "## Problems\n\n| code | status | headers | retryable | when |\n| --- | --- | --- | --- | --- |\n";
    head.to_owned() + &rows.collect::<String>()
}

fn push(page: &mut String, paragraph: &str) {
    if !paragraph.is_empty() {
        page.push_str(if page.ends_with('\n') { "\n" } else { "\n\n" });
        page.push_str(paragraph);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim_end().to_owned()
}
