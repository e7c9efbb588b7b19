//! What differs, for a person at a terminal.

use vault::value::Scalar;
use zeroize::Zeroizing;

use super::{
    Answer,
    report::{Key, Report, Signature, State},
};
use crate::{commands::differences, terminal::Terminal};

/// A block for each environment.
pub(super) fn text(terminal: Terminal, answer: &Answer) -> Zeroizing<String> {
    let mut page = Page {
        terminal,
        text: Zeroizing::new(String::with_capacity(answer.size_of_values())),
    };
    if !answer.config.is_empty() {
        page.line(0, ".vault.yaml");
        page.lines(1, &answer.config);
    }
    for report in &answer.reports {
        page.report(report);
    }
    page.text
}

struct Page {
    terminal: Terminal,
    text: Zeroizing<String>,
}

impl Page {
    /// One line, whatever stands in it.
    fn line(&mut self, depth: usize, text: &str) {
        self.text.extend(std::iter::repeat_n("    ", depth));
        self.text.push_str(&self.terminal.one_line(text));
        self.text.push('\n');
    }

    fn lines(&mut self, depth: usize, lines: impl IntoIterator<Item = impl AsRef<str>>) {
        lines
            .into_iter()
            .for_each(|line| self.line(depth, line.as_ref()));
    }

    fn report(&mut self, report: &Report) {
        self.line(0, &head(report));
        self.lines(1, report.faults.iter().map(|fault| format!("! {fault}")));
        let old = report.old_faults.iter();
        self.lines(1, old.map(|fault| format!("! before: {fault}")));
        for person in &report.people {
            let by = person.by.as_ref().map(|by| format!(", {}", by.words()));
            let (sign, by) = (person.change.sign(), by.unwrap_or_default());
            self.line(1, &format!("{sign} {}{by}", person.words()));
        }
        self.lines(1, &report.structure);
        if !report.wanted.is_empty() {
            self.line(
                1,
                &format!(
                    "wanted by .vault.yaml, not in force until vault sync {}:",
                    report.name
                ),
            );
            self.lines(2, &report.wanted);
        }
        self.keys(report);
        let comments = report.comments.iter();
        self.lines(1, comments.map(differences::comment_line));
        if report.says_nothing_of_the_file() {
            self.line(1, "written anew; no key differs");
        }
    }

    fn keys(&mut self, report: &Report) {
        for key in report.keys.iter().filter(|key| key.is_told()) {
            self.line(1, &key.line());
            self.value('-', key.before.as_ref());
            self.value('+', key.after.as_ref());
        }
        let all: Vec<_> = report
            .keys
            .iter()
            .map(|key| key.difference.clone())
            .collect();
        self.lines(1, differences::anew(&all));
    }

    fn value(&mut self, sign: char, value: Option<&Scalar>) {
        if let Some(value) = value {
            self.text.push_str("        ");
            self.text.push(sign);
            self.text.push(' ');
            self.text.push_str(&self.terminal.one_line(value.expose()));
            self.text.push('\n');
        }
    }
}

impl Key {
    /// Whether it is told by itself.
    pub(super) fn is_told(&self) -> bool {
        differences::is_told(&&self.difference)
    }

    fn line(&self) -> String {
        let line = differences::line(&self.difference);
        match self.is_new_in_clear() {
            true => format!("{line} (in clear)"),
            false => line,
        }
    }
}

/// Name, file, and who vouches for it.
fn head(report: &Report) -> String {
    let file = match &report.was_file {
        Some(was) => format!("{}, was {was}", report.file),
        None => report.file.clone(),
    };
    let was = report.was.as_ref();
    let was = was.map(|was| format!(", was {was}")).unwrap_or_default();
    let state = match report.state {
        State::New => ", new",
        State::Gone => ", gone",
        State::Changed => "",
    };
    let signature = match &report.signature {
        Signature::By(name) => format!(", signed by {name}"),
        Signature::Unsigned => ", not signed".to_owned(),
        Signature::Bad => ", not accepted".to_owned(),
        Signature::NoFile if report.state == State::Gone => String::new(),
        Signature::NoFile => ", no file".to_owned(),
    };
    format!("{} ({file}){was}{state}{signature}", report.name)
}
