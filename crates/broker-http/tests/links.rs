//! Links between the pages: every relative link names a file that exists, and every anchor a heading of that file.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no page of ours.
const SKIPPED: [&str; 5] = [".git", ".aws-sam", "node_modules", "target", "dist"];

/// Every Markdown file below `folder`.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED.contains(&&*name) {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The page's lines without its blocks of code.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Targets of `[text](target)` and `src="target"` in the page.
fn targets(page: &str) -> Vec<&str> {
    prose(page).flat_map(targets_in).collect()
}

fn targets_in(line: &str) -> Vec<&str> {
    let links = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let pictures = line
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'));
    links.chain(pictures).map(|(target, _)| target).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_heading(page: &str, wanted: &str) -> bool {
    let headings = prose(page).filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#')))
        .any(|found| found == wanted)
}

/// What is wrong with a link from `page`, whose text is `text`.
fn fault(page: &Path, text: &str, target: &str) -> Option<String> {
    if target.contains("://") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = page.parent().expect("a folder").join(path);
    let linked = match path {
        "" => text.to_owned(),
        _ if !file.exists() => return Some(format!("{}: no file {target}", page.display())),
        _ => fs::read_to_string(file).unwrap_or_default(),
    };
    let is_there = heading.is_empty() || has_heading(&linked, heading);
    (!is_there).then(|| format!("{}: no heading {target}", page.display()))
}

#[test]
fn every_relative_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let mut found = Vec::new();
    pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), &mut found);
    let faults = found.iter().flat_map(|page| {
        let text = fs::read_to_string(page).expect("a page");
        let faults = targets(&text)
            .into_iter()
            .filter_map(|target| fault(page, &text, target));
        faults.collect::<Vec<_>>()
    });
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_link_to_nothing_is_found() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = "# One `two` (three)\n[a](#one-two-three) [b](#four) [c](none.md)\n```\n[d](#five)\n```\n";
    let faults: Vec<_> = targets(text)
        .into_iter()
        .filter_map(|target| fault(&page, text, target))
        .collect();
    assert_eq!(faults.len(), 2, "{faults:?}");
}
