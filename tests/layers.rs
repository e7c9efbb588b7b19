//! Holds the drawing of the house: a module imports only from floors below its own.
//!
//! The two tables are the drawing. A new module gets a line in one of them; the test says so when it is missing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The library, from the ground up: text in, text out. Only `vault`, on top, touches files.
const LIBRARY: &[&[&str]] = &[
    &["secret"],
    &["value"],
    &["yaml"],
    &["cipher", "keys"],
    &["sops"],
    &["signature"],
    &["members"],
    &["known", "sealed"],
    &["import", "mask", "merge", "render", "rescue"],
    &["braid", "comparison", "leak", "typed"],
    &["config", "reconcile"],
    &["accord", "adoption"],
    &["difference"],
    &["vault"],
];

/// The program, from the ground up: what talks to a person, a process or git.
const PROGRAM: &[&[&str]] = &[
    &["shell"],
    &["failure", "protection", "terminal"],
    &["context"],
    &["completion", "editor", "repo"],
    &["workspace"],
    &["commands"],
    &["cli"],
    &["main"],
];

/// What the library may not name: the world is the program's.
const NOT_IN_THE_LIBRARY: &[(&str, &str)] = &[
    ("std::env", "the environment is read by `Context`"),
    ("SystemTime", "time is an argument"),
    ("Instant", "time is an argument"),
    ("println!", "the library says nothing"),
    ("eprintln!", "the library says nothing"),
    ("print!", "the library says nothing"),
    ("std::process", "the library starts and ends no process"),
    ("std::net", "nothing opens a connection"),
    ("clap", "arguments are the program's"),
    ("git2", "git is the program's"),
    ("jiff", "time is an argument"),
    ("rpassword", "the terminal is the program's"),
    ("anstream", "the terminal is the program's"),
];

/// What only the module `vault` may name.
const FILES: &[&str] = &["std::fs", "tempfile"];

#[test]
fn the_library_imports_only_from_below() {
    let house = House::new(LIBRARY);
    let mut faults = Faults::default();
    for source in sources("src") {
        if source.path.starts_with("src/bin") || source.path == Path::new("src/lib.rs") {
            continue;
        }
        house.check(&source, &mut faults);
    }
    faults.none("LIBRARY");
}

#[test]
fn the_program_imports_only_from_below() {
    let house = House::new(PROGRAM);
    let mut faults = Faults::default();
    for source in sources("src/bin/vault") {
        house.check(&source, &mut faults);
    }
    faults.none("PROGRAM");
}

#[test]
fn the_library_does_not_know_the_world() {
    let mut faults = Faults::default();
    for source in sources("src") {
        if source.path.starts_with("src/bin") {
            continue;
        }
        for (word, why) in NOT_IN_THE_LIBRARY {
            if names(&source.code, word) {
                faults.add(&source, &format!("names `{word}`: {why}"));
            }
        }
        for word in FILES {
            if source.module != "vault" && names(&source.code, word) {
                faults.add(
                    &source,
                    &format!("names `{word}`: only `vault` touches files"),
                );
            }
        }
    }
    faults.none("NOT_IN_THE_LIBRARY");
}

#[test]
fn the_program_includes_no_file_of_the_library() {
    let mut faults = Faults::default();
    for source in sources("src/bin/vault") {
        for word in ["#[path", "include!"] {
            if source.code.contains(word) {
                faults.add(&source, &format!("has `{word}`: only `vault::` passes"));
            }
        }
    }
    faults.none("the program");
}

/// One file: its top-level module, and its code without comments, strings and tests.
struct Source {
    path: PathBuf,
    module: String,
    /// How many modules lie between the crate's root and this file's own items.
    depth: usize,
    is_test: bool,
    code: String,
}

/// Which floor each module lives on.
struct House {
    floors: BTreeMap<&'static str, usize>,
}

impl House {
    fn new(drawing: &[&[&'static str]]) -> Self {
        let floors = drawing.iter().enumerate();
        let floors =
            floors.flat_map(|(floor, modules)| modules.iter().map(move |name| (*name, floor)));
        Self {
            floors: floors.collect(),
        }
    }

    fn check(&self, source: &Source, faults: &mut Faults) {
        let Some(own) = self.floors.get(source.module.as_str()) else {
            faults.add(
                source,
                &format!("module `{}` is not in the drawing", source.module),
            );
            return;
        };
        for import in imports(&source.code, source.depth) {
            // Anything else is an item of the crate's root, such as a re-export.
            let Some(floor) = self.floors.get(import.as_str()) else {
                continue;
            };
            if floor >= own && import != source.module {
                faults.add(
                    source,
                    &format!(
                        "`{}` imports `{import}`, which is not below it",
                        source.module
                    ),
                );
            }
        }
    }
}

#[derive(Default)]
struct Faults(String);

impl Faults {
    fn add(&mut self, source: &Source, what: &str) {
        let _ = writeln!(self.0, "{}: {what}", source.path.display());
    }

    fn none(self, table: &str) {
        assert!(
            self.0.is_empty(),
            "the house has cracks (the drawing is `{table}` in {}):\n{}",
            file!(),
            self.0
        );
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    assert!(!files.is_empty(), "there are no sources in {folder}");
    let read = |file: &PathBuf| {
        let path = file.strip_prefix(root).expect("below the root").to_owned();
        let inside = path
            .strip_prefix(crate_root(&path))
            .expect("below its crate");
        let modules = modules(inside);
        Source {
            is_test: modules.iter().any(|module| module == "tests"),
            module: modules
                .first()
                .cloned()
                .unwrap_or_else(|| "main".to_owned()),
            depth: modules.len(),
            code: code(&fs::read_to_string(file).expect("a source file")),
            path,
        }
    };
    // a module `tests` in a file of its own is seen by tests only
    let all = files.iter().map(read);
    all.filter(|source| !source.is_test).collect()
}

fn crate_root(path: &Path) -> &'static Path {
    let program = Path::new("src/bin/vault");
    if path.starts_with(program) {
        program
    } else {
        Path::new("src")
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `yaml/edit.rs` → `["yaml", "edit"]`, `yaml/mod.rs` → `["yaml"]`, `lib.rs` and `main.rs` → `[]`.
fn modules(inside: &Path) -> Vec<String> {
    let parts = inside.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    parts
        .filter(|part| !["mod", "lib", "main"].contains(&part.as_str()))
        .collect()
}

/// The top-level modules that a code names by `crate::…`, or by enough `super::` to leave its own.
fn imports(code: &str, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if starts_word(code, at) {
            heads(&code[at + "crate::".len()..], &mut found);
        }
    }
    for (at, _) in code.match_indices("super::") {
        let before = &code[..at];
        if !starts_word(code, at) || before.ends_with("super::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut climbed = 0;
        while let Some(next) = rest.strip_prefix("super::") {
            rest = next;
            climbed += 1;
        }
        // Deeper inline modules climb further than their file: then the words are not the root's, and harmless.
        if climbed >= depth {
            heads(rest, &mut found);
        }
    }
    found
}

/// The first names of a path or of a group: `a::b` → a; `{a, b::{c, d}}` → a, b.
fn heads(rest: &str, found: &mut Vec<String>) {
    let Some(group) = rest.trim_start().strip_prefix('{') else {
        found.push(first_name(rest));
        return;
    };
    let mut nesting = 0_usize;
    let mut start = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => nesting += 1,
            '}' | ',' if nesting == 0 => {
                found.push(first_name(&group[start..at]));
                start = at + 1;
                if letter == '}' {
                    return;
                }
            }
            '}' => nesting -= 1,
            _ => {}
        }
    }
}

fn first_name(path: &str) -> String {
    let path = path.trim_start().trim_start_matches("r#");
    path.chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}

fn starts_word(code: &str, at: usize) -> bool {
    let before = code[..at].chars().next_back();
    !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
}

/// Tells whether the code names a word, not merely a longer one; `std::x` also when it stands in a group of `use std::{…}`.
fn names(code: &str, word: &str) -> bool {
    let part = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    };
    let alone = |(at, _): (usize, &str)| {
        let after = code[at + word.len()..].chars().next();
        let before = code[..at].chars().next_back();
        !part(before) && (word.ends_with('!') || !part(after))
    };
    code.match_indices(word).any(alone)
        || word
            .strip_prefix("std::")
            .is_some_and(|name| standard_groups(code).iter().any(|head| head == name))
}

fn standard_groups(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("std::{") {
        heads(&code[at + "std::".len()..], &mut found);
    }
    found
}

/// Leaves out comments, strings and what only tests see: tests may look anywhere.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = comment(rest)
            .or_else(|| string(rest))
            .or_else(|| character(rest));
        match skipped {
            Some(length) => {
                code.push(' ');
                rest = &rest[length..];
            }
            None => {
                code.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    without_tests(&code)
}

/// Cuts every item behind a `#[cfg(test)]`: up to its closing brace, or its semicolon.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut nesting = 0_usize;
        let end = rest.char_indices().find(|(_, letter)| {
            match letter {
                '{' => nesting += 1,
                '}' => nesting = nesting.saturating_sub(1),
                _ => {}
            }
            nesting == 0 && matches!(letter, '}' | ';')
        });
        rest = end.map_or("", |(end, _)| &rest[end + 1..]);
    }
    kept + rest
}

fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    text.starts_with("/*")
        .then(|| text.find("*/").map_or(text.len(), |end| end + 2))
}

fn string(text: &str) -> Option<usize> {
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return body.find(&end).map(|at| 2 + hashes + at + end.len());
    }
    let body = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 2),
            _ => {}
        }
    }
    Some(text.len())
}

/// A character such as `'"'` would open a string; a lifetime is left alone.
fn character(text: &str) -> Option<usize> {
    ["'\"'", "'\\\"'", "'\\''", "'\\\\'"]
        .iter()
        .find(|form| text.starts_with(**form))
        .map(|form| form.len())
}

mod the_reader_of_sources {
    use super::{code, imports, names};

    #[test]
    fn finds_imports_in_every_form() {
        let text = "use crate::a::X; use crate::{b, c::{d, e}, f as g}; fn h() { crate::i::j() } pub(crate) fn k() {}";
        assert_eq!(imports(text, 1), ["a", "b", "c", "f", "i"]);
    }

    #[test]
    fn leaves_the_module_only_when_it_climbs_far_enough() {
        assert_eq!(
            imports("use super::x; use super::super::{y, z};", 2),
            ["y", "z"]
        );
        assert_eq!(imports("use super::x;", 1), ["x"]);
    }

    #[test]
    fn reads_no_comments_strings_and_tests() {
        let text = "a(\"crate::b // \"); // crate::c\n/* crate::d */ '\"' r#\"crate::e\"# crate::f;\n#[cfg(test)] mod tests { use crate::g; }";
        assert_eq!(imports(&code(text), 1), ["f"]);
        let text =
            "#[cfg(test)] mod tests; crate::a; #[cfg(test)] fn b() { { crate::c } } crate::d;";
        assert_eq!(imports(&code(text), 1), ["a", "d"]);
    }

    #[test]
    fn knows_a_word_from_a_part_of_one() {
        assert!(names("use std::env;", "std::env"));
        assert!(!names("std::environment", "std::env"));
        assert!(!names("eprintln!(1)", "println!"));
        assert!(names("print!(1)", "print!"));
        assert!(names("use std::{collections::BTreeMap, env};", "std::env"));
    }
}
