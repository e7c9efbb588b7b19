//! The files of the project, and where their links lead.

use std::{fs, path::Path};

use super::{read, top};

/// Folders that are not written by us.
const NOT_OURS: [&str; 3] = [".git", "target", "node_modules"];

/// Every page, by its path from the top.
pub(crate) fn all() -> Vec<String> {
    let is_page = |path: &String| path.ends_with(".md");
    files().into_iter().filter(is_page).collect()
}

/// Every page, source and script, by its path from the top; not what other programs wrote.
pub(crate) fn texts() -> Vec<String> {
    let is_text = |path: &String| {
        let made = path.starts_with("fixtures/") && !path.ends_with(".md");
        let endings = [".md", ".rs", ".toml", ".yaml", ".yml", "run"];
        !made && endings.iter().any(|ending| path.ends_with(ending))
    };
    files().into_iter().filter(is_text).collect()
}

fn files() -> Vec<String> {
    let mut files = Vec::new();
    walk(top(), &mut files);
    files.sort();
    files
}

fn walk(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        let is_ours = !NOT_OURS.iter().any(|name| path.ends_with(name));
        if path.is_dir() && is_ours {
            walk(&path, files);
        } else if path.is_file() {
            let relative = path.strip_prefix(top()).expect("below the top");
            files.push(relative.to_str().expect("a plain name").to_owned());
        }
    }
}

/// The links of a page that lead nowhere, with the page.
pub(crate) fn broken_links(page: &str) -> Vec<String> {
    let text = without_code(&read(page));
    let is_broken = |link: &&str| {
        let (path, heading) = link.split_once('#').unwrap_or((link, ""));
        let target = match path {
            "" => page.to_owned(),
            path => beside(page, path),
        };
        let is_there = top().join(&target).exists();
        let has_heading = || {
            heading.is_empty()
                || headings(&read(&target))
                    .iter()
                    .any(|known| known == heading)
        };
        !is_there || !has_heading()
    };
    links(&text)
        .into_iter()
        .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        .filter(is_broken)
        .map(|link| format!("{page}: {link}"))
        .collect()
}

/// A path as the page sees it, from the top.
fn beside(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What stands in `](…)`.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link)
        .collect()
}

fn without_code(text: &str) -> String {
    let mut is_code = false;
    let prose = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence && !line.starts_with("    ")
    });
    prose.map(|line| format!("{line}\n")).collect()
}

/// The names that the headings of a page have as places in it, as GitHub makes them.
fn headings(text: &str) -> Vec<String> {
    let slug = |heading: &str| -> String {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let lower = heading.trim().to_lowercase();
        lower
            .chars()
            .filter(kept)
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    without_code(text)
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| slug(line.trim_start_matches('#')))
        .collect()
}
