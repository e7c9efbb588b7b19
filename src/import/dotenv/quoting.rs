//! What single quotes would change.

use zeroize::Zeroizing;

use super::Survey;
use crate::value::Selection;

/// Whether all readers would agree on a line `NAME=value` if its value were put in single quotes, which it is not in yet.
///
/// A line without `=` is a piece of a longer value, about which it says nothing against.
pub fn agree_in_single_quotes(line: &str) -> bool {
    let Some((head, value)) = line.split_once('=') else {
        return true;
    };
    let value = value.trim();
    if value.starts_with('\'') {
        return false;
    }
    let value = value.strip_prefix('"').unwrap_or(value);
    let value = value.strip_suffix('"').unwrap_or(value);
    // What base64 has and no name is the end of a value that lacks its quotes.
    let head = match head.contains(['+', '/']) {
        true => "A",
        false => head,
    };
    let mut quoted = Zeroizing::new(String::with_capacity(head.len() + value.len() + 3));
    for piece in [head, "='", value, "'"] {
        quoted.push_str(piece);
    }
    Survey::of(&quoted).agreed(&Selection::default()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_quotes_help_where_all_readers_take_what_is_in_them_as_it_stands() {
        for line in [
            "A=abc#def",
            "A=\"a\\nb\"",
            "A=$HOME/x",
            "export A=a b",
            "piece-of-a-key",
        ] {
            assert!(agree_in_single_quotes(line), "{line}");
        }
        for line in [
            "A='x ${Y}'",
            "A=\"x ${Y}\"",
            "A=it's",
            "A='a",
            "A=a\\",
            "\u{feff}A=1",
            "export\tA=1",
            "SCHLÜSSEL=1",
        ] {
            assert!(!agree_in_single_quotes(line), "{line}");
        }
    }
}
