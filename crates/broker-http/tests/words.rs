//! Checks that words which rules match on are written in one place.

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below `folder`, without the tests' files.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "target" {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// How often the code of `source`, without comments and tests, has `word` as a string.
fn count(source: &str, word: &str) -> usize {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.matches(word).count()).sum()
}

#[test]
fn the_issuers_of_gateway_evidence_are_named_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["crates", "functions"] {
        sources(&root.join(folder), &mut files);
    }
    for word in ["\"aws-iam", "\"lambda-authorizer"] {
        let texts = files
            .iter()
            .map(|path| (path, fs::read_to_string(path).expect("a source")));
        let named: Vec<_> = texts
            .flat_map(|(path, text)| vec![path.clone(); count(&text, word)])
            .map(|path| path.strip_prefix(&root).expect("below the root").to_path_buf())
            .collect();
        assert_eq!(
            named,
            [Path::new("crates/broker-core/src/caller/issuer.rs")],
            "{word}"
        );
    }
}
