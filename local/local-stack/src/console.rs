//! Output for the terminal: the addresses, one line per request, and the broker's log.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use local_stack::gateway::{Passage, PassageSink};
use local_stack::instances::{LogSink, Stream};
use local_stack::stack::Origins;

/// One line per request on standard output.
pub(crate) fn passages() -> PassageSink {
    PassageSink::new(|passage| println!("{}", passage_line(passage)))
}

/// Writes the lines of `function` to its log in `root`; standard error, and with `all` everything, is printed too.
///
/// # Errors
/// The file cannot be created.
pub(crate) fn function_log(root: &Path, function: &'static str, all: bool) -> io::Result<LogSink> {
    std::fs::create_dir_all(root)?;
    let file = Mutex::new(File::create(root.join(format!("{function}.log")))?);
    Ok(LogSink::new(move |line| {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "[{}] {}", line.instance, line.text) {
            tracing::warn!(%error, function, "a log could not be written");
        }
        if all || line.stream == Stream::Err {
            println!("  {function} {} | {}", line.instance, line.text);
        }
    }))
}

/// `POST /uploads/…/complete 204 12 ms`.
fn passage_line(passage: &Passage) -> String {
    let mut line = format!(
        "{:<7} {} {} {} ms",
        passage.method,
        without_handle(&passage.path),
        passage.status,
        passage.took.as_millis()
    );
    if let Some(reason) = &passage.refused {
        let first = reason.lines().next().unwrap_or_default();
        // Writing to a String does not fail.
        let _ = write!(line, " (answered by the gateway: {first})");
    }
    line
}

/// Path with the segment after `uploads` shortened to `…`.
fn without_handle(path: &str) -> String {
    let mut after_uploads = false;
    let segments = path.split('/').map(|segment| {
        let shown = if after_uploads && !segment.is_empty() {
            "…"
        } else {
            segment
        };
        after_uploads = segment == "uploads";
        shown
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The addresses, and one command to try.
pub(crate) fn welcome(origins: &Origins, root: &Path) -> String {
    let Origins {
        api,
        page,
        connect,
        store,
        oidc,
        events,
        dynamodb,
    } = origins;
    let documented = [
        ("API", api, "http://127.0.0.1:3000"),
        ("PAGE", page, "http://127.0.0.1:8080"),
    ];
    let more = [
        ("CONNECT", connect, "http://127.0.0.1:4510"),
        ("OIDC", oidc, "http://127.0.0.1:4520"),
    ];
    let moved = documented
        .iter()
        .chain(&more)
        .filter(|(_, origin, default)| origin != default);
    let variables: Vec<String> = moved
        .map(|(name, origin, _)| format!("{name}={origin} "))
        .collect();
    format!(
        "
  demo page             {page}
  API                   {api}
  Connect               {connect}
  object store          {store}
  OIDC issuer           {oidc}
  events                {events}/_local/events
  shared table          {table}
  broker's log          {log}

Try it from another terminal:

  {variables}examples/upload.sh README.md

Ctrl-C ends everything.
",
        table = dynamodb.as_deref().unwrap_or("none"),
        variables = variables.concat(),
        log = root.join("broker.log").display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_request_is_one_line_without_its_handle() {
        let passage = |path: &str, refused: Option<&str>| Passage {
            method: "POST".to_owned(),
            path: path.to_owned(),
            status: 204,
            took: Duration::from_millis(12),
            refused: refused.map(str::to_owned),
        };
        for (path, refused, expected) in [
            ("/uploads", None, "POST    /uploads 204 12 ms"),
            (
                "/uploads/secret/complete",
                None,
                "POST    /uploads/…/complete 204 12 ms",
            ),
            ("/prod/uploads/secret", None, "POST    /prod/uploads/… 204 12 ms"),
            (
                "/a",
                Some("b\nc"),
                "POST    /a 204 12 ms (answered by the gateway: b)",
            ),
        ] {
            assert_eq!(passage_line(&passage(path, refused)), expected);
        }
    }

    #[test]
    fn the_command_names_the_origins_that_moved() {
        let origins = Origins {
            api: "http://127.0.0.1:3000".to_owned(),
            page: "http://127.0.0.1:9999".to_owned(),
            connect: "http://127.0.0.1:4510".to_owned(),
            store: "http://127.0.0.1:9000".to_owned(),
            oidc: "http://127.0.0.1:4520".to_owned(),
            events: "http://127.0.0.1:4530".to_owned(),
            dynamodb: None,
        };
        let text = welcome(&origins, Path::new("target/local"));
        assert!(
            text.contains("\n  PAGE=http://127.0.0.1:9999 examples/upload.sh README.md\n"),
            "{text}"
        );
    }
}
