//! The event files.

use std::ffi::OsStr;
use std::path::Path;

use test_support::{Event, Rules};

/// Name and content of every file in `events/`, by name.
pub(crate) fn events() -> Vec<(String, Event)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let files = std::fs::read_dir(directory).expect("events");
    let mut events: Vec<_> = files
        .map(|file| file.expect("an entry").path())
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .map(|path| {
            let name = path.file_stem().and_then(OsStr::to_str).expect("a name");
            let text = std::fs::read_to_string(&path).expect(name);
            (name.to_owned(), Event::read(&text))
        })
        .collect();
    events.sort_by(|(one, _), (other, _)| one.cmp(other));
    events
}

/// The rules for an event: those for the evidence that its name begins with. Lists need the rows of uploads.
pub(crate) fn rules_for(name: &str) -> Rules {
    let rules = Rules::accepting(name.split('-').next().unwrap_or_default());
    if name.contains("-lists-uploads") {
        rules.keeping_rows()
    } else {
        rules
    }
}
