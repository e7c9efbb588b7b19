//! The wildcards of git's patterns, as git's own `wildmatch.c` reads them: `*`, `**`, `?`, `[…]` and `\`.

use std::collections::HashSet;

/// How a pattern is compared with a path.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// A `*` ends at a slash, and only `**` goes over it.
    pub(super) stops_at_slash: bool,
    /// `A` is `a`.
    pub(super) folds_case: bool,
}

/// Whether a pattern means the whole of a text.
pub(super) fn matches(pattern: &[u8], text: &[u8], way: Way) -> bool {
    let mut matching = Matching {
        pattern,
        text,
        way,
        failed: HashSet::new(),
    };
    matching.rest(0, 0)
}

struct Matching<'m> {
    pattern: &'m [u8],
    text: &'m [u8],
    way: Way,
    /// Places behind a star, in both, that are known to lead nowhere: so no pattern takes longer than its length times that of the path.
    failed: HashSet<(usize, usize)>,
}

impl Matching<'_> {
    fn rest(&mut self, mut at: usize, mut place: usize) -> bool {
        while let Some(letter) = self.pattern.get(at) {
            if *letter == b'*' {
                return self.star(at, place);
            }
            let Some(found) = self.text.get(place) else {
                return false;
            };
            let Some(next) = self.one(at, *found) else {
                return false;
            };
            at = next;
            place += 1;
        }
        place == self.text.len()
    }

    fn star(&mut self, first: usize, place: usize) -> bool {
        let stars = self.pattern[first..].iter();
        let next = first + stars.take_while(|letter| **letter == b'*').count();
        let crosses = self.crosses(first, next);
        // `**/` may be nothing at all.
        if self.way.stops_at_slash
            && crosses
            && self.pattern.get(next) == Some(&b'/')
            && !self.failed.contains(&(next + 1, place))
            && self.behind_star(next + 1, place)
        {
            return true;
        }
        if next == self.pattern.len() {
            return crosses || !self.text[place..].contains(&b'/');
        }
        for place in place..self.text.len() {
            // The same star was here before, and then it looked at all that follows.
            if self.failed.contains(&(next, place)) {
                return false;
            }
            if self.behind_star(next, place) {
                return true;
            }
            if !crosses && self.text[place] == b'/' {
                return false;
            }
        }
        false
    }

    /// Whether these stars go over slashes.
    fn crosses(&self, first: usize, next: usize) -> bool {
        let starts = first == 0 || self.pattern[first - 1] == b'/';
        let rest = &self.pattern[next..];
        let ends = rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b"\\/");
        !self.way.stops_at_slash || (next - first > 1 && starts && ends)
    }

    fn behind_star(&mut self, at: usize, place: usize) -> bool {
        let found = self.rest(at, place);
        if !found {
            self.failed.insert((at, place));
        }
        found
    }

    /// Where the pattern goes on if what it says here means this byte.
    fn one(&self, at: usize, found: u8) -> Option<usize> {
        let found = self.folded(found);
        match self.pattern[at] {
            b'?' => (!self.way.stops_at_slash || found != b'/').then_some(at + 1),
            b'[' => self.set(at, found),
            // What is escaped is not folded.
            b'\\' => (*self.pattern.get(at + 1)? == found).then_some(at + 2),
            letter => (self.folded(letter) == found).then_some(at + 1),
        }
    }

    fn folded(&self, byte: u8) -> u8 {
        match self.way.folds_case {
            true => byte.to_ascii_lowercase(),
            false => byte,
        }
    }

    /// A set of bytes between `[` and `]`; one that is not ended means nothing.
    fn set(&self, at: usize, found: u8) -> Option<usize> {
        let byte = |at: usize| self.pattern.get(at).copied();
        let is_negated = matches!(byte(at + 1), Some(b'!' | b'^'));
        let mut at = at + 1 + usize::from(is_negated);
        let mut is_in = false;
        let mut before = None;
        let mut is_first = true;
        while is_first || byte(at)? != b']' {
            is_first = false;
            let letter = byte(at)?;
            let range_end = byte(at + 1).filter(|end| letter == b'-' && *end != b']');
            (before, at) = match (letter, before, range_end) {
                (b'\\', ..) => {
                    let letter = byte(at + 1)?;
                    is_in |= letter == found;
                    (Some(letter), at + 2)
                }
                (_, Some(start), Some(end)) => {
                    let escape = usize::from(end == b'\\');
                    is_in |= self.is_between(start, found, byte(at + 1 + escape)?);
                    (None, at + 2 + escape)
                }
                (b'[', ..) if byte(at + 1) == Some(b':') => {
                    let end = at + 2 + self.pattern[at + 2..].iter().position(|b| *b == b']')?;
                    match self.pattern[at + 2..end].strip_suffix(b":") {
                        Some(class) => {
                            is_in |= self.is_of(class, found)?;
                            (None, end + 1)
                        }
                        None => {
                            is_in |= found == b'[';
                            (Some(b'['), at + 1)
                        }
                    }
                }
                (letter, ..) => {
                    is_in |= letter == found;
                    (Some(letter), at + 1)
                }
            };
        }
        (is_in != is_negated && (!self.way.stops_at_slash || found != b'/')).then_some(at + 1)
    }

    fn is_between(&self, start: u8, found: u8, end: u8) -> bool {
        let upper = found.to_ascii_uppercase();
        (start..=end).contains(&found) || (self.way.folds_case && (start..=end).contains(&upper))
    }

    /// Whether a byte is of a class; `None` for a name that is none.
    fn is_of(&self, class: &[u8], found: u8) -> Option<bool> {
        Some(match class {
            b"alnum" => found.is_ascii_alphanumeric(),
            b"alpha" => found.is_ascii_alphabetic(),
            b"blank" => matches!(found, b' ' | b'\t'),
            b"cntrl" => found.is_ascii_control(),
            b"digit" => found.is_ascii_digit(),
            b"graph" => found.is_ascii_graphic(),
            b"lower" => found.is_ascii_lowercase(),
            b"print" => found == b' ' || found.is_ascii_graphic(),
            b"punct" => found.is_ascii_punctuation(),
            b"space" => matches!(found, b' ' | b'\t'..=b'\r'),
            b"upper" => {
                found.is_ascii_uppercase() || (self.way.folds_case && found.is_ascii_lowercase())
            }
            b"xdigit" => found.is_ascii_hexdigit(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(pattern: &str, text: &str) -> bool {
        let way = Way {
            stops_at_slash: true,
            folds_case: false,
        };
        matches(pattern.as_bytes(), text.as_bytes(), way)
    }

    #[test]
    fn wildcards_mean_what_they_mean_to_git() {
        for (pattern, text) in [
            ("**/foo", "foo"),
            ("**/foo", "a/b/foo"),
            ("foo/**", "foo/a/b"),
            ("foo/**/bar", "foo/bar"),
            ("foo/**/bar", "foo/a/b/bar"),
            ("f*o", "foo"),
            ("*/*/c", "a/b/c"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]]x", "]x"),
            ("[a-]x", "-x"),
            ("[[:digit:]]", "7"),
            ("[\\]]", "]"),
            ("\\*", "*"),
            ("[[:x]", "["),
            (".env.*", ".env.local"),
        ] {
            assert!(path(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("*", "a/b"),
            ("f**o", "f/o"),
            ("foo/**", "foo"),
            ("?", "/"),
            ("[/]", "/"),
            ("[a", "a"),
            ("[[:digits:]]", "7"),
            ("a\\", "a\\"),
            ("[a-c]x", "-x"),
            ("A", "a"),
        ] {
            assert!(!path(pattern, text), "{pattern} {text}");
        }
        let folded = Way {
            stops_at_slash: false,
            folds_case: true,
        };
        assert!(matches(b"A*[B-C]", b"a/b", folded));
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time() {
        let text = "a".repeat(1000);
        for end in ["b", "/b", "**/b"] {
            assert!(!path(&format!("{}{end}", "a*".repeat(60)), &text));
            assert!(!path(
                &format!("{}{end}", "**/a*".repeat(60)),
                &text.replace("aa", "a/")
            ));
        }
    }
}
