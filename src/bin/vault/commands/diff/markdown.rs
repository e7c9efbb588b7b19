//! What differs, for a comment on a pull request. Names come from whoever can commit: nothing of them is taken for markup, a mention or a link.

use std::fmt::Write as _;

use super::{
    Answer,
    people::Person,
    report::{Key, Report, Signature, State},
};
use crate::{commands::differences, terminal::Terminal};

/// A section for each environment.
pub(super) fn markdown(terminal: Terminal, answer: &Answer) -> String {
    let mut page = Page {
        terminal,
        text: String::new(),
    };
    let (before, after) = (page.code(&answer.before), page.code(&answer.after));
    page.line(format_args!("### Secrets: {before} → {after}"));
    if answer.is_empty() {
        page.paragraph("No key, no member and no rule differs.");
    }
    if !answer.config.is_empty() {
        page.line(format_args!(""));
        page.line(format_args!("**.vault.yaml**"));
        page.list(&answer.config);
    }
    for report in &answer.reports {
        page.report(report);
    }
    page.text
}

struct Page {
    terminal: Terminal,
    text: String,
}

impl Page {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{text}").expect("a string takes everything");
    }

    /// Text of others, in a paragraph of its own.
    fn paragraph(&mut self, text: &str) {
        let text = self.inert(text);
        self.line(format_args!("\n{text}"));
    }

    fn list(&mut self, lines: impl IntoIterator<Item = impl AsRef<str>>) {
        self.line(format_args!(""));
        for line in lines {
            let line = self.inert(line.as_ref());
            self.line(format_args!("- {line}"));
        }
    }

    fn report(&mut self, report: &Report) {
        let head = self.head(report);
        self.line(format_args!("\n#### {head}"));
        let faults = report.faults.iter().map(|fault| format!("! {fault}"));
        let old = report
            .old_faults
            .iter()
            .map(|fault| format!("! before: {fault}"));
        self.section("**Not as it should be**", faults.chain(old).collect());
        let people = report.people.iter().map(person_line);
        self.section("Who can read and write", people.collect());
        self.section("Structure", report.structure.clone());
        let name = self.code(&report.name);
        let wanted = format!("Wanted by .vault.yaml, not in force until `vault sync` {name}");
        self.section(&wanted, report.wanted.clone());
        self.keys(report);
        let comments = report.comments.iter();
        self.section(
            "Comments",
            comments.map(differences::comment_line).collect(),
        );
        if report.says_nothing_of_the_file() {
            self.paragraph("Written anew; no key differs.");
        }
    }

    /// A list under a title of our own.
    fn section(&mut self, title: &str, lines: Vec<String>) {
        if !lines.is_empty() {
            self.line(format_args!("\n{title}:"));
            self.list(lines);
        }
    }

    fn keys(&mut self, report: &Report) {
        let told: Vec<&Key> = report.keys.iter().filter(|key| key.is_told()).collect();
        if !told.is_empty() {
            self.line(format_args!("\n| key | |\n|---|---|"));
        }
        for key in told {
            let path = self.code(&key.difference.path.to_string());
            let word = differences::word(&key.difference.what);
            let said = differences::said(&key.difference.what);
            let said = said.map(|said| format!(": {said}")).unwrap_or_default();
            let clear = if key.is_new_in_clear() {
                ", in clear"
            } else {
                ""
            };
            let said = self.inert(&format!("{word}{said}{clear}"));
            self.line(format_args!("| {path} | {said} |"));
        }
        let all: Vec<_> = report
            .keys
            .iter()
            .map(|key| key.difference.clone())
            .collect();
        let anew = differences::anew(&all);
        if !anew.is_empty() {
            self.list(anew);
        }
    }

    fn head(&self, report: &Report) -> String {
        let mut head = self.code(&report.name);
        if let Some(was) = &report.was {
            let _ = write!(head, ", was {}", self.code(was));
        }
        head.push_str(match report.state {
            State::New => ", new",
            State::Gone => ", gone",
            State::Changed => "",
        });
        match &report.signature {
            Signature::By(name) => {
                let _ = write!(head, ", signed by {}", self.code(name));
            }
            Signature::Unsigned => head.push_str(", not signed"),
            Signature::Bad => head.push_str(", **not accepted**"),
            Signature::NoFile => {}
        }
        let _ = write!(head, " ({}", self.code(&report.file));
        if let Some(was) = &report.was_file {
            let _ = write!(head, ", was {}", self.code(was));
        }
        head.push(')');
        head
    }

    /// A name as code.
    fn code(&self, text: &str) -> String {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:[] ".contains(letter);
        match !text.is_empty() && text.chars().all(is_plain) && text.trim() == text {
            true => format!("`{text}`"),
            false => numbered(&self.terminal.one_line(text)),
        }
    }

    /// Text in which nothing is markup: every word that has more than letters and digits stands as code, in which nobody is mentioned and
    /// nothing is a link.
    fn inert(&self, text: &str) -> String {
        let text = self.terminal.one_line(text);
        let words: Vec<String> = text.split(' ').map(word).collect();
        words.join(" ")
    }
}

/// A word; the signs that may follow or enclose one are left out of the code.
fn word(text: &str) -> String {
    let front = text.strip_prefix('(').map_or("", |_| "(");
    let rest = &text[front.len()..];
    let core = rest.trim_end_matches([',', ';', ':', '.', ')']);
    let is_plain = |letter: char| letter.is_alphanumeric() || letter == '-';
    match core.chars().all(is_plain) && !core.starts_with('-') {
        true => text.to_owned(),
        false => format!("{front}{}{}", numbered(core), &rest[core.len()..]),
    }
}

/// Code whose letters are written by number wherever a reader could take one for the end of it, or for markup.
fn numbered(text: &str) -> String {
    let mut code = "<code>".to_owned();
    for letter in text.chars() {
        match letter {
            letter if letter.is_alphanumeric() || letter == ' ' => code.push(letter),
            letter => {
                let _ = write!(code, "&#{};", u32::from(letter));
            }
        }
    }
    code.push_str("</code>");
    code
}

fn person_line(person: &Person) -> String {
    let by = person.by.as_ref().map(|by| format!(", {}", by.words()));
    format!(
        "{}: {}{}",
        person.change.word(),
        person.words(),
        by.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page {
            terminal: Terminal,
            text: String::new(),
        }
    }

    #[test]
    fn ordinary_names_and_sentences_stay_readable() {
        assert_eq!(page().code("db.hosts[0]"), "`db.hosts[0]`");
        let line = "signed by alice, whom the config does not list (any more)";
        assert_eq!(page().inert(line), line);
        assert_eq!(page().inert("was: @team"), "was: <code>&#64;team</code>");
    }

    #[test]
    fn nothing_that_is_markup_somewhere_gets_through() {
        let bad = "a`b |c|<d> @e #1 [f](http://g) **h** ~~i~~ $j$ ![k] - l\n# m \u{1b} \u{202e}";
        for text in [page().code(bad), page().inert(bad)] {
            let left = text.replace("<code>", "").replace("</code>", "");
            let letters = left
                .chars()
                .all(|letter| letter.is_alphanumeric() || " &#;():,.-".contains(letter));
            assert!(letters, "{left}");
            for part in left.split('#').skip(1) {
                assert!(
                    part.starts_with(|letter: char| letter.is_ascii_digit()),
                    "{left}"
                );
            }
            for (at, _) in left.match_indices('#') {
                assert!(left[..at].ends_with('&'), "{left}");
            }
        }
    }
}
