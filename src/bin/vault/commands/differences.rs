//! Keys that differ, in words: for a person and for a program.

use vault::difference::{Difference, What};

use super::words::keys;

/// Keys that are named one by one where they were only encrypted anew, at most.
const NAMED: usize = 3;

/// The word for it in JSON.
pub(super) fn word(what: &What) -> &'static str {
    match what {
        What::Added => "added",
        What::Changed => "changed",
        What::Removed => "removed",
        What::Renamed { .. } => "renamed",
        What::Retyped { .. } => "retyped",
        What::Bared => "in clear",
        What::Covered => "encrypted",
        What::Rekeyed => "rekeyed",
        What::Unclear => "unclear",
    }
}

/// The sign in front of the key.
fn sign(what: &What) -> char {
    match what {
        What::Added => '+',
        What::Removed => '-',
        What::Bared => '!',
        What::Rekeyed => '*',
        What::Unclear => '?',
        What::Changed | What::Renamed { .. } | What::Retyped { .. } | What::Covered => '~',
    }
}

/// What there is to say beyond the sign.
pub(super) fn said(what: &What) -> Option<String> {
    Some(match what {
        What::Added | What::Changed | What::Removed => return None,
        What::Renamed { from } => format!("was {from}, with the same value"),
        What::Retyped { from, to } => format!("{to} instead of {from}"),
        What::Bared => "in clear now, was encrypted".to_owned(),
        What::Covered => "encrypted now, was in clear".to_owned(),
        What::Rekeyed => "encrypted anew, with the same value".to_owned(),
        What::Unclear => "encrypted anew; no identity here tells whether changed, too".to_owned(),
    })
}

/// One key in a line.
pub(super) fn line(difference: &Difference) -> String {
    let (sign, path) = (sign(&difference.what), &difference.path);
    match said(&difference.what) {
        Some(said) => format!("{sign} {path}: {said}"),
        None => format!("{sign} {path}"),
    }
}

/// Whether a key is told by itself: something happened to it, as far as anybody here knows.
pub(super) fn is_told(difference: &&Difference) -> bool {
    !matches!(difference.what, What::Rekeyed | What::Unclear)
}

/// The keys that were only encrypted anew, or of which nobody here knows more: their number where there are many.
pub(super) fn anew(differences: &[Difference]) -> Vec<String> {
    let of = |what: What| {
        let all: Vec<&Difference> = differences
            .iter()
            .filter(|difference| difference.what == what)
            .collect();
        match all.len() {
            count if count > NAMED => {
                let said = said(&what).unwrap_or_default();
                vec![format!("{} {}: {said}", sign(&what), keys(count))]
            }
            _ => all.into_iter().map(line).collect(),
        }
    };
    [What::Rekeyed, What::Unclear]
        .into_iter()
        .flat_map(of)
        .collect()
}

/// The comments of one key in a line.
pub(super) fn comment_line(comment: &Difference) -> String {
    let what = match comment.what {
        What::Added => "comment added",
        What::Removed => "comment removed",
        What::Unclear => "comment encrypted anew; no identity here tells whether changed, too",
        _ => "comment changed",
    };
    match comment.path.steps().is_empty() {
        true => format!("# at the end of the file: {what}"),
        false => format!("# {}: {what}", comment.path),
    }
}
