//! Everything that stops somebody for integrity or trust (exit 3) stands on the page of threats, with what to do.

use std::{fs, path::Path};

use super::{read, top};

/// Where the program makes such a stop.
const STOPS: [&str; 3] = [
    "Trouble::untrusted(",
    ".exit(Exit::Untrusted)",
    "exit: Exit::Untrusted",
];

/// Errors of the library that always are one, each with its text.
const ERRORS: [&str; 2] = ["src/sealed/error.rs", "src/members/error.rs"];

/// Those of them that are none.
const NO_STOPS: [&str; 4] = [
    // Whoever has no key has no reason for distrust.
    "no identity fits",
    // What is found when a file is to be written.
    "… may not write …",
    "the membership would not be valid: …",
    "internal error: the file to be written would not be accepted: …",
];

/// Stops whose text does not stand beside them: how many a file has, and what they say.
const ELSEWHERE: [(&str, usize, &[&str]); 18] = [
    // A file that is not even YAML, where it should be signed.
    ("commands/check/faults.rs", 1, &[]),
    // What the library says of a version.
    ("commands/check/history.rs", 1, &[]),
    (
        "commands/check/lost.rs",
        1,
        &["gone since commit {} by {author}"],
    ),
    ("commands/check/uncovered.rs", 1, &[]),
    ("commands/env/add.rs", 1, &[]),
    (
        "commands/git/pre_commit/vaults.rs",
        1,
        &["git could not merge it", "it has to be a file"],
    ),
    (
        "commands/git/resolve/case.rs",
        1,
        &["the file is signed {signed}, and not {}"],
    ),
    // As `faults`.
    ("workspace/accept.rs", 1, &[]),
    (
        "workspace/admission.rs",
        1,
        &[
            "what comes of both sides would have a new data key, also for {}, which .vault.yaml does not list for {}",
            "what comes of both sides would have a new data key, also for {}, whom one side alone has let in",
        ],
    ),
    (
        "workspace/altered.rs",
        2,
        &[
            "git's attributes alter it in commits; history and other people's checks cannot look through that",
        ],
    ),
    (
        "workspace/linked.rs",
        1,
        &["it is a symbolic link in git; history and other people's checks cannot look through it"],
    ),
    (
        "workspace/nested.rs",
        1,
        &["it lies in another repository; history and other people's checks cannot look into that"],
    ),
    (
        "workspace/drift.rs",
        2,
        &[
            "{}: .vault.yaml wants other members or layers than the file has",
            "it is encrypted for others than .vault.yaml lists",
        ],
    ),
    ("workspace/layers.rs", 1, &[]),
    (
        "workspace/local.rs",
        2,
        &[
            "git tracks it, so it may hold what others have put there",
            "git does not ignore it, so it could be committed one day",
            "the last commit holds it, so it may hold what others have put there",
            "it is not for one person alone",
            "signed by {name} ({}), which is no identity of yours",
        ],
    ),
    (
        "workspace/succession.rs",
        1,
        &[
            "{}: there is history that cannot be looked at: in commit {}, git's attributes have altered {} ({})",
        ],
    ),
    (
        "workspace/superseded.rs",
        1,
        &["{name} is an older version here than in commit {}: {} since"],
    ),
    (
        "workspace/trouble.rs",
        6,
        &[
            "it is not merged yet: somebody has to decide between two sides",
            "it is not merged yet, and `{BLOCK_KEY}.unmerged` does not name the other side",
            "the values do not match the file's MAC: the file was changed without its key",
        ],
    ),
];

#[test]
fn everything_that_stops_somebody_stands_on_the_page_of_threats() {
    let listed = listed();
    assert!(listed.len() > 40, "{listed:?}");
    let mut unlisted = Vec::new();
    let mut check = |place: &str, text: &str| {
        let text = said(text);
        let within = format!("…: {text}");
        let is_listed = |pattern: &String| is_like(pattern, &text) || is_like(pattern, &within);
        if !listed.iter().any(is_listed) {
            unlisted.push(format!("{place}: {text}"));
        }
    };
    for (path, source) in sources() {
        let stops = stops(&source);
        let (texts, without): (Vec<_>, Vec<_>) =
            stops.into_iter().partition(|texts| !texts.is_empty());
        for text in texts.iter().flatten() {
            check(&path, text);
        }
        let elsewhere = ELSEWHERE.iter().find(|(name, ..)| *name == path);
        let (expected, texts) =
            elsewhere.map_or((0, &[][..]), |(_, count, texts)| (*count, *texts));
        let count = without.len();
        assert_eq!(
            count, expected,
            "{path} stops somebody, and its text does not stand beside that: name it in ELSEWHERE"
        );
        for text in texts {
            check(&path, text);
        }
    }
    for path in ERRORS {
        for text in read(path).split("#[error(\"").skip(1) {
            let (text, _) = text.split_once("\")]").expect("the end of a text");
            if !NO_STOPS.contains(&said(text).as_str()) {
                check(path, text);
            }
        }
    }
    assert!(
        unlisted.is_empty(),
        "not in docs/threats.md, \"When vault stops\":\n{}",
        unlisted.join("\n")
    );
}

/// What stands elsewhere stands somewhere.
#[test]
fn the_texts_of_stops_are_those_of_the_program() {
    let all: String = sources().into_iter().map(|(_, source)| source).collect();
    let library = [
        "src/sealed/mod.rs",
        "src/sops/error.rs",
        "src/reconcile/standing.rs",
    ]
    .map(read);
    for text in ELSEWHERE.iter().flat_map(|(.., texts)| *texts) {
        let is_said = all.contains(text) || library.iter().any(|source| source.contains(text));
        assert!(is_said, "nothing says {text:?}");
    }
}

/// The first cells of the lists, in which `…` stands for anything.
fn listed() -> Vec<String> {
    let page = read("docs/threats.md");
    let (_, list) = page.split_once("## When vault stops").expect("the list");
    let cells = list.lines().filter_map(|line| {
        let cells = line.strip_prefix("| `")?;
        Some(format!("`{}", cells.split(" | ").next()?))
    });
    let spans = |cell: String| {
        let words: Vec<String> = cell
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        words
    };
    cells.flat_map(spans).collect()
}

/// A text as somebody reads it: with `…` for what differs.
fn said(text: &str) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, after) = after.split_once('}').expect("the end of a placeholder");
        said.push_str(before);
        said.push('…');
        rest = after;
    }
    // The page shows what is code in it without marks.
    (said + rest).replace('`', "")
}

/// Whether a text is one of a line of the list: the parts between the `…` come in their order.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    for (at, part) in pattern.split('…').enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(found) if at > 0 => rest = &rest[found + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || pattern.ends_with('…')
}

/// The sources of the program without their tests, by path.
fn sources() -> Vec<(String, String)> {
    let folder = top().join("src/bin/vault");
    let mut sources = Vec::new();
    collect(&folder, &mut |path| {
        let name = path.strip_prefix(&folder).expect("below it");
        let text = fs::read_to_string(path).expect("a source");
        let text = text.split("#[cfg(test)]\nmod tests").next();
        sources.push((
            name.display().to_string(),
            text.expect("a beginning").to_owned(),
        ));
    });
    sources
}

fn collect(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, visit);
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            visit(&path);
        }
    }
}

/// The texts of each stop of a source: what is handed over there, else what `text` was made of last.
fn stops(source: &str) -> Vec<Vec<String>> {
    let mut stops = Vec::new();
    for marker in STOPS {
        for (at, _) in source.match_indices(marker) {
            let line = source[..at].rsplit('\n').next().unwrap_or_default();
            let is_comparison =
                line.contains("==") || source[at..].starts_with("exit: Exit::Untrusted =>");
            if !is_comparison {
                stops.push(texts(source, at, marker));
            }
        }
    }
    stops
}

fn texts(source: &str, at: usize, marker: &str) -> Vec<String> {
    let start = ["\n    fn ", "\nfn ", " fn "]
        .iter()
        .filter_map(|start| source[..at].rfind(start))
        .max()
        .unwrap_or(0);
    let before = &source[start..at];
    let argument = match marker {
        "Trouble::untrusted(" => &source[at + marker.len()..],
        // `Failure::new(…).exit(…)`, or `Trouble { exit, ..Trouble::failed(…) }`.
        ".exit(Exit::Untrusted)" => before.rsplit("Failure::new(").next().unwrap_or_default(),
        _ => {
            let made = source[at..].find("Trouble::failed(");
            let is_own = |made: &usize| *made < source[at..].find('}').unwrap_or_default();
            made.filter(is_own)
                .map_or("", |made| &source[at + made + "Trouble::failed(".len()..])
        }
    };
    let found = match argument.trim_start().starts_with("text") {
        true => literals(
            before
                .rsplit("let text")
                .next()
                .filter(|_| before.contains("let text"))
                .unwrap_or_default(),
            ';',
        ),
        false => literals(argument, ')'),
    };
    let says = |text: &String| said(text).chars().filter(|it| it.is_alphabetic()).count() > 5;
    found.into_iter().filter(says).collect()
}

/// The texts of a piece of a program up to this sign outside of brackets.
fn literals(program: &str, end: char) -> Vec<String> {
    let (mut found, mut depth) = (Vec::new(), 0_i32);
    let mut signs = program.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => {
                let mut text = String::new();
                while let Some(sign) = signs.next() {
                    match sign {
                        '"' => break,
                        '\\' => text.extend(signs.next()),
                        sign => text.push(sign),
                    }
                }
                found.push(text);
            }
            sign if sign == end && depth == 0 => break,
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            _ => {}
        }
    }
    found
}
