//! What came of the values, counted and shown.

use std::fmt::Write as _;

use vault::render::Reader;

use crate::sample::Sample;

/// The outcomes of one sample in one program.
pub(crate) struct Tally {
    pub(crate) exact: usize,
    /// Read wrong, as vault says.
    pub(crate) warned: usize,
    /// Never written.
    pub(crate) refused: usize,
    /// Read wrong without a word, or called wrong and read right.
    pub(crate) wrong: Vec<String>,
}

impl Tally {
    pub(crate) fn of(sample: &Sample, read: &[Vec<u8>], reader: Option<Reader>) -> Self {
        let warned = reader
            .map(|reader| sample.warned(reader))
            .unwrap_or_default();
        let mut tally = Tally {
            exact: 0,
            warned: 0,
            refused: sample.refused,
            wrong: Vec::new(),
        };
        for (at, (value, read)) in sample.values.iter().zip(read).enumerate() {
            match (value.as_bytes() == read, warned.contains(&at)) {
                (true, false) => tally.exact += 1,
                (false, true) => tally.warned += 1,
                (_, warned) => {
                    let read = String::from_utf8_lossy(read);
                    tally
                        .wrong
                        .push(format!("{value:?} is read as {read:?} (warned: {warned})"));
                }
            }
        }
        tally
    }
}

/// One program.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) tallies: Vec<Tally>,
}

/// The table: a head, and a line for every program.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut text = "| reader | version | exact | warned | refused | wrong | exact | warned | refused | wrong |\n\
                    |---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows {
        let _ = write!(text, "| {} | {} |", row.name, row.version);
        for tally in &row.tallies {
            let (exact, warned, refused) = (tally.exact, tally.warned, tally.refused);
            let _ = write!(
                text,
                " {exact} | {warned} | {refused} | **{}** |",
                tally.wrong.len()
            );
        }
        text.push('\n');
    }
    text
}

/// The lines of the programs in a page.
pub(crate) fn lines(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
        .filter(|line| line.starts_with("| ") && line.ends_with("** |"))
}

pub(crate) fn without_version(line: &str) -> String {
    let cells = line.split(" | ").enumerate();
    let kept: Vec<&str> = cells
        .filter(|(at, _)| *at != 1)
        .map(|(_, cell)| cell)
        .collect();
    kept.join(" | ")
}
