//! A model of the readers that `.env` files are written for: it reads what all of them read alike, and nothing else.

use std::{collections::HashSet, iter};

use super::dotenv::{fits_double, fits_single, is_bare, is_variable_name};

/// Reads a whole file; `None` where any two readers could differ.
///
/// Strict about the file as well: no byte order mark, comments, blank lines or carriage returns, each line
/// ends in a line feed, each name is there once. Values are pieces of `text`, for no form has an escape.
pub(super) fn read(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut names = HashSet::new();
    entries(text)
        .map(|entry| entry.filter(|(name, _)| names.insert(*name)))
        .collect()
}

/// Reads names and values one by one; the last is `None` where readers could differ about what comes then.
///
/// Does not tell whether a name is there twice: whoever compares with names of which none is need not ask again.
pub(super) fn entries(text: &str) -> impl Iterator<Item = Option<(&str, &str)>> {
    let mut rest = text;
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let read = entry(rest);
        rest = read.map_or("", |(.., after)| after);
        Some(read.map(|(name, value, _)| (name, value)))
    })
}

fn entry(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = cut(text, b'=')?;
    let (value, rest) = match rest.as_bytes().first()? {
        b'\'' => quoted(&rest[1..], b'\'', fits_single)?,
        b'"' => quoted(&rest[1..], b'"', fits_double)?,
        _ => cut(rest, b'\n').filter(|(value, _)| is_bare(value))?,
    };
    is_variable_name(name).then_some((name, value, rest))
}

/// What stands before the first such byte, and what behind it.
fn cut(text: &str, ascii: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(ascii, text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}

fn quoted(text: &str, quote: u8, fits: fn(&str) -> bool) -> Option<(&str, &str)> {
    let (value, rest) = cut(text, quote)?;
    let rest = rest.strip_prefix('\n')?;
    fits(value).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_read() {
        let text = "A=\nB=b=b\nC='x\n#\"y'\nD=\"it's\n\"\n";
        let entries = [("A", ""), ("B", "b=b"), ("C", "x\n#\"y"), ("D", "it's\n")];
        assert_eq!(read(text).unwrap(), entries);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn whatever_readers_disagree_about_is_not_read() {
        let texts = [
            "A=b",
            "A",
            "A\n",
            "\n",
            "A=b\n\n",
            "# c\n",
            "\u{feff}A=b\n",
            "A=b\r\n",
            "A='b\r'\n",
            "A=1\nA=2\n",
            "export A=b\n",
            "A =b\n",
            "A= b\n",
            "A==b\n",
            "A=b:=c\n",
            "A=b c\n",
            "A=b#c\n",
            "A=$b\n",
            "A=b'c'\n",
            "A='b'c\n",
            "A='b' # c\n",
            "A='b\\'\n",
            "A='b\\\\c'\n",
            "A='b\n",
            "A=\"b\\n\"\n",
            "A=\"$b\"\n",
            "A=\"b!\"\n",
            "A=`b`\n",
            "A-B=c\n",
            "1=c\n",
            "=c\n",
        ];
        for text in texts {
            assert!(read(text).is_none(), "{text:?}");
        }
    }
}
