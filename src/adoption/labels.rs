//! What a `.sops.yaml` calls the keys in it: YAML anchors, keys of a map, comments beside and above.
//!
//! It is read line by line, since what names a key is not part of the document.

use crate::{keys::Recipient, value::Name};

/// A key with the name that a text has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The key.
    pub recipient: Recipient,
    /// Its name.
    pub name: Name,
}

/// Words in a comment that can be a name; more are a sentence.
const WORDS: usize = 3;

/// Keys of `.sops.yaml` that stand before a recipient and name a kind of key, not a person.
const KINDS: [&str; 3] = ["age", "recipient", "ssh"];

/// The names that a text has for the keys in it, each key once: an anchor or key of a map before a comment beside it, and that before
/// one above.
pub fn labels(text: &str) -> Vec<Label> {
    let lines: Vec<Line<'_>> = text.lines().map(Line::of).collect();
    let mut found: Vec<(usize, Label)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((rank, label)) = label(&lines, at, line) else {
            continue;
        };
        match found
            .iter_mut()
            .find(|(_, known)| known.recipient == label.recipient)
        {
            Some(known) if known.0 > rank => *known = (rank, label),
            Some(_) => {}
            None => found.push((rank, label)),
        }
    }
    found.into_iter().map(|(_, label)| label).collect()
}

/// A line, taken apart.
struct Line<'t> {
    code: &'t str,
    comment: Option<&'t str>,
    /// The one key in it; none where there are several, which share what is said of them.
    only: Option<Found>,
    keys: usize,
}

struct Found {
    recipient: Recipient,
    start: usize,
    end: usize,
}

impl<'t> Line<'t> {
    fn of(text: &'t str) -> Self {
        let is_comment = |at: usize| at == 0 || text[..at].ends_with([' ', '\t']);
        let hash = text
            .match_indices('#')
            .map(|(at, _)| at)
            .find(|at| is_comment(*at));
        let (code, comment) = match hash {
            Some(at) => (&text[..at], Some(text[at..].trim_start_matches('#').trim())),
            None => (text, None),
        };
        let mut found = keys_in(code);
        Line {
            code,
            comment,
            keys: found.len(),
            only: if found.len() == 1 { found.pop() } else { None },
        }
    }

    fn is_remark(&self) -> bool {
        self.code.trim().is_empty() && self.comment.is_some()
    }
}

/// The public keys in a text, with their places.
fn keys_in(code: &str) -> Vec<Found> {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let starts = code
        .match_indices("age1")
        .chain(code.match_indices("ssh-ed25519 "));
    let found = starts.filter_map(|(start, kind)| {
        if code[..start].ends_with(is_word) {
            return None;
        }
        let body = start + kind.len();
        let is_inner = |c: char| is_word(c) || (kind != "age1" && "+/=".contains(c));
        let length = code[body..]
            .find(|c| !is_inner(c))
            .unwrap_or(code.len() - body);
        let end = body + length;
        let recipient = code[start..end].parse().ok()?;
        Some(Found {
            recipient,
            start,
            end,
        })
    });
    found.collect()
}

fn label(lines: &[Line<'_>], at: usize, line: &Line<'_>) -> Option<(usize, Label)> {
    let found = line.only.as_ref()?;
    let (rank, name) = line
        .own_name()
        .or_else(|| Some((OWN_WAYS, above(lines, at)?)))?;
    let recipient = found.recipient.clone();
    Some((rank, Label { recipient, name }))
}

/// In how many ways a line names its own key.
const OWN_WAYS: usize = 4;

impl Line<'_> {
    /// The name that stands on the line of the key itself, and in which of the ways, the best first.
    fn own_name(&self) -> Option<(usize, Name)> {
        let found = self.only.as_ref()?;
        let before = self.code[..found.start].trim_end_matches(['"', '\'', ' ', '\t']);
        let behind = self.code[found.end..].trim_matches(['"', '\'', ' ', '\t', ',', ']', '}']);
        let ways: [Option<Name>; OWN_WAYS] = [
            anchor(before),
            key(before),
            self.comment.and_then(name_from),
            // The comment of an SSH key.
            found.recipient.ssh().and_then(|_| name_from(behind)),
        ];
        let mut named = ways.into_iter().enumerate();
        named.find_map(|(rank, name)| Some((rank, name?)))
    }
}

/// `&alice` right before the key.
fn anchor(before: &str) -> Option<Name> {
    let word = before.split_whitespace().next_back()?;
    word.strip_prefix('&')?.parse().ok()
}

/// `alice:` right before the key, with or without an anchor in between.
fn key(before: &str) -> Option<Name> {
    let mut words = before
        .split_whitespace()
        .rev()
        .filter(|word| !word.starts_with('&'));
    let word = words.next()?.strip_suffix(':')?;
    let word = word.trim_matches(['"', '\'', '{']);
    match KINDS.contains(&word) {
        true => None,
        false => word.parse().ok(),
    }
}

/// The comment on the line above, where it speaks of this key alone: not at the head of a list of keys without names.
fn above(lines: &[Line<'_>], at: usize) -> Option<Name> {
    let remark = lines
        .get(at.checked_sub(1)?)
        .filter(|line| line.is_remark())?;
    let heads_a_list = lines
        .get(at + 1)
        .is_some_and(|next| next.keys > 0 && next.own_name().is_none());
    let is_one_of_several = at
        .checked_sub(2)
        .is_some_and(|before| lines[before].is_remark());
    match heads_a_list || is_one_of_several {
        true => None,
        false => name_from(remark.comment?),
    }
}

/// A name from what people write beside a key: `alice`, `Alice Example <alice@example.org>`, `bob (CI)`.
pub fn name_from(text: &str) -> Option<Name> {
    if let Ok(name) = text.parse() {
        return Some(name);
    }
    let end = text.find(['(', '<', ',', ';', ':']).unwrap_or(text.len());
    let text = text[..end].split(" - ").next().unwrap_or_default();
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            let is_part = |c: &char| c.is_ascii_alphanumeric() || "._@-".contains(*c);
            word.to_lowercase().chars().filter(is_part).collect()
        })
        .filter(|word: &String| !word.is_empty())
        .collect();
    match words.len() {
        1..=WORDS => words
            .join("-")
            .trim_matches(['-', '.', '_', '@'])
            .parse()
            .ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::samples::{ALICE_AGE, BOB_AGE, DAVE_LINE};

    fn read(text: &str) -> Vec<(String, String)> {
        let text = text
            .replace("ALICE", ALICE_AGE)
            .replace("BOB", BOB_AGE)
            .replace("DAVE", DAVE_LINE);
        labels(&text)
            .into_iter()
            .map(|label| {
                let key = match label.recipient.to_string() {
                    key if key == ALICE_AGE => "ALICE".to_owned(),
                    key if key == BOB_AGE => "BOB".to_owned(),
                    key if key == DAVE_LINE => "DAVE".to_owned(),
                    key => key,
                };
                (key, label.name.to_string())
            })
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(key, name)| ((*key).to_owned(), (*name).to_owned()))
            .collect()
    }

    #[test]
    fn keys_are_named_in_all_the_ways_in_which_people_do() {
        for (text, expected) in [
            (
                "keys:\n  - &alice ALICE\n  - &web_1 \"BOB\"\n",
                &[("ALICE", "alice"), ("BOB", "web_1")][..],
            ),
            (
                "users:\n  alice: ALICE\n  bob: &b BOB\n",
                &[("ALICE", "alice"), ("BOB", "b")],
            ),
            (
                "- age:\n  - ALICE # Alice Example <a@example.org>\n  - 'BOB' # bob (CI)\n",
                &[("ALICE", "alice-example"), ("BOB", "bob")],
            ),
            (
                "age:\n  # alice\n  - ALICE\n  # bob@laptop\n  - BOB\n",
                &[("ALICE", "alice"), ("BOB", "bob@laptop")],
            ),
            (
                "age:\n  # bob\n  - BOB\n  - ALICE # alice\n",
                &[("BOB", "bob"), ("ALICE", "alice")],
            ),
            ("age: >-\n  ALICE,\n  BOB\n", &[]),
            ("age: ALICE,BOB # both\n", &[]),
            ("age: ALICE\n", &[]),
            ("age: DAVE dave@home, ALICE\n", &[]),
            ("- DAVE dave@home\n", &[("DAVE", "dave@home")]),
            // The better one counts, wherever it stands.
            (
                "- ALICE # somebody\n- &alice ALICE\n",
                &[("ALICE", "alice")],
            ),
        ] {
            assert_eq!(read(text), pairs(expected), "{text}");
        }
    }

    #[test]
    fn a_comment_above_several_keys_names_none_of_them() {
        for text in [
            "age:\n  # developers\n  - ALICE\n  - BOB\n",
            "# Who can read this:\n# everybody in the team\n- ALICE\n",
            "# these are the keys of the whole team\n- ALICE\n",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_none() {
        for (text, name) in [
            ("alice", Some("alice")),
            ("Alice", Some("Alice")),
            ("Alice B. Carroll", Some("alice-b.-carroll")),
            ("bob: laptop", Some("bob")),
            ("web server - eu", Some("web-server")),
            ("", None),
            ("---", None),
            ("one two three four", None),
            ("日本", None),
            ("\u{1b}[2J", Some("2j")),
        ] {
            let found = name_from(text).map(|name| name.to_string());
            assert_eq!(found.as_deref(), name, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([ \\t\\n#&:,é\"-]|age1|ssh-ed25519 |[a-z]{1,3}|ALICE){0,30}") {
            labels(&text.replace("ALICE", ALICE_AGE));
        }
    }
}
