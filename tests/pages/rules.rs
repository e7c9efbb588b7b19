//! The list of rules for `edit` and of their tests is complete.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{read, top};

/// Where the tests are that a row names by file alone.
const USUAL: &str = "tests/cli/edit/";

/// How many rules there are.
const RULES: usize = 25;

/// For each rule, the files in which tests of it are.
type Places = BTreeMap<String, BTreeSet<String>>;

#[test]
fn every_rule_of_edit_has_tests_where_its_page_says() {
    let named = named(&read("docs/editing.md"));
    let rules: Vec<String> = (1..=RULES).map(|number| format!("e{number:02}_")).collect();
    assert_eq!(named.keys().cloned().collect::<Vec<_>>(), rules);
    let mut found = Places::new();
    for folder in [USUAL, "tests/crash/"] {
        collect(&rules, &top().join(folder), folder, &mut found);
    }
    assert_eq!(named, found);
}

/// What the page says.
fn named(page: &str) -> Places {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| E-"));
    let rows = rows.map(|row| {
        let number = row.split(' ').next().expect("a number");
        let places = row.trim_end_matches(" |").rsplit(" | ").next();
        let words = places.expect("three columns").split('`');
        let files = words
            .skip(1)
            .step_by(2)
            .filter(|word| word.ends_with(".rs"));
        let places = files.map(|file| match file {
            _ if file.starts_with("tests/") || file.starts_with("src/") => file.to_owned(),
            _ => format!("{USUAL}{file}"),
        });
        // Laws of lower floors have numbers of their own.
        let places = places.filter(|file| !file.starts_with("src/")).collect();
        (format!("e{number}_"), places)
    });
    rows.collect()
}

/// What is so.
fn collect(rules: &[String], folder: &Path, name: &str, found: &mut Places) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let own = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            collect(rules, &entry.path(), &format!("{name}{own}/"), found);
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("text");
        let is_tested = |rule: &&String| {
            let test = format!("#[test]\nfn {rule}");
            text.contains(&test)
        };
        for rule in rules.iter().filter(is_tested) {
            let places = found.entry(rule.clone()).or_default();
            places.insert(format!("{name}{own}"));
        }
    }
}
