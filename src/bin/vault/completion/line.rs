//! A command line up to the cursor, as words; and what has to be typed behind it so that its last word becomes a longer one.
//!
//! Bash hands over the line as it was typed: its own words are cut at `=`, `:` and `@`, and keep their quotes.

/// The quotes that are open at the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Quote {
    #[default]
    None,
    Single,
    Double,
    /// A backslash that is the last character; the next character is taken as it is.
    Escape,
    /// The same between double quotes.
    DoubleEscape,
    /// The same between single quotes of fish.
    SingleEscape,
}

/// A line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The words without their quotes; the last one, perhaps empty, is the one to be completed.
    pub(super) words: Vec<String>,
    /// Whether the last one is a file of a redirection, as in `> .env`.
    pub(super) is_redirected: bool,
    /// The last word as it was typed.
    raw: String,
    quote: Quote,
    /// Bytes of `raw` that stay where they are: the shell replaces what is behind them.
    kept: usize,
}

/// How a shell treats a backslash between single quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Single {
    /// As any character (POSIX).
    Literal,
    /// It may stand before `'` and before another one (fish).
    Escapes,
}

impl Line {
    /// Words that a shell has taken apart itself.
    pub(super) fn of_words(words: Vec<String>) -> Self {
        Line {
            words,
            ..Line::default()
        }
    }

    /// As `of_words`, where fish left the quotes of the last word as they were typed.
    pub(super) fn of_fish(mut words: Vec<String>) -> Self {
        if let Some(last) = words.last_mut() {
            let mut reader = Reader::new(Single::Escapes);
            last.chars().for_each(|letter| reader.take(letter));
            *last = reader.word;
        }
        Line::of_words(words)
    }

    /// A line that bash has read up to the cursor, of which it will replace an end.
    ///
    /// `None` where that is no end of the last word: then the two disagree on what a word is.
    pub(super) fn of_bash(line: &str, replaced: &str) -> Option<Self> {
        let mut reader = Reader::new(Single::Literal);
        line.chars().for_each(|letter| reader.read(letter));
        let mut words = reader.words;
        words.push(reader.word);
        let kept = reader.raw.len().checked_sub(replaced.len())?;
        reader.raw.ends_with(replaced).then_some(Line {
            words,
            is_redirected: reader.is_target,
            raw: reader.raw,
            quote: reader.quote,
            kept,
        })
    }

    /// What bash has to put in the place of what it replaces, so that the last word becomes this one; `None` if that is no longer word of it.
    pub(super) fn replacement(&self, word: &str) -> Option<String> {
        let rest = word.strip_prefix(self.words.last()?.as_str())?;
        let text = format!("{}{}", self.raw, continued(self.quote, rest));
        text.get(self.kept..).map(str::to_owned)
    }
}

/// Takes a line apart, character by character.
struct Reader {
    single: Single,
    words: Vec<String>,
    word: String,
    raw: String,
    quote: Quote,
    /// Whether the word under way is the target of a redirection.
    is_target: bool,
}

impl Reader {
    fn new(single: Single) -> Self {
        Reader {
            single,
            words: Vec::new(),
            word: String::new(),
            raw: String::new(),
            quote: Quote::None,
            is_target: false,
        }
    }

    fn read(&mut self, letter: char) {
        match (self.quote, letter) {
            (Quote::None, ' ' | '\t' | '\n') => self.end(),
            (Quote::None, '<' | '>') => self.redirect(),
            _ => {
                self.raw.push(letter);
                self.take(letter);
            }
        }
    }

    fn end(&mut self) {
        if self.raw.is_empty() {
            return;
        }
        self.raw.clear();
        let word = std::mem::take(&mut self.word);
        match self.is_target {
            true => self.is_target = false,
            false => self.words.push(word),
        }
    }

    /// `>`, `>>`, `2>`, `&>`: what stands right before it is its number, and no word.
    fn redirect(&mut self) {
        let is_number = |letter: char| letter.is_ascii_digit() || letter == '&';
        if self.raw.chars().all(is_number) {
            self.raw.clear();
            self.word.clear();
        }
        self.end();
        self.is_target = true;
    }

    fn take(&mut self, letter: char) {
        self.quote = match (self.quote, letter) {
            (Quote::None, '\'') => Quote::Single,
            (Quote::None, '"') => Quote::Double,
            (Quote::None, '\\') => Quote::Escape,
            (Quote::Single, '\'') | (Quote::Double, '"') => Quote::None,
            (Quote::Single, '\\') if self.single == Single::Escapes => Quote::SingleEscape,
            (Quote::Double, '\\') => Quote::DoubleEscape,
            (Quote::Escape, letter) => self.push(letter, Quote::None),
            (Quote::DoubleEscape, letter) => {
                if !matches!(letter, '"' | '\\' | '$' | '`') {
                    self.word.push('\\');
                }
                self.push(letter, Quote::Double)
            }
            (Quote::SingleEscape, letter) => {
                if !matches!(letter, '\'' | '\\') {
                    self.word.push('\\');
                }
                self.push(letter, Quote::Single)
            }
            (quote, letter) => self.push(letter, quote),
        };
    }

    fn push(&mut self, letter: char, quote: Quote) -> Quote {
        self.word.push(letter);
        quote
    }
}

/// Writes a text behind what stands open, and closes it.
fn continued(quote: Quote, rest: &str) -> String {
    let mut text = String::with_capacity(rest.len() * 2);
    let mut letters = rest.chars();
    let quote = match quote {
        Quote::Escape => {
            text.extend(letters.next());
            Quote::None
        }
        // The backslash was none of an escape; now it is one, for itself.
        Quote::DoubleEscape => {
            text.push('\\');
            Quote::Double
        }
        quote => quote,
    };
    for letter in letters {
        write(&mut text, quote, letter);
    }
    match quote {
        Quote::Single => text.push('\''),
        Quote::Double => text.push('"'),
        _ => {}
    }
    text
}

fn write(text: &mut String, quote: Quote, letter: char) {
    match (quote, letter) {
        (Quote::Single, '\'') => text.push_str(r"'\''"),
        (Quote::Single, letter) => text.push(letter),
        // History is expanded between double quotes, too.
        (Quote::Double, '!') => text.push_str("\"'!'\""),
        (Quote::Double, '"' | '\\' | '$' | '`') => text.extend(['\\', letter]),
        (Quote::Double, letter) => text.push(letter),
        (_, letter) if is_harmless(letter) => text.push(letter),
        (_, letter) => text.extend(['\\', letter]),
    }
}

fn is_harmless(letter: char) -> bool {
    letter.is_alphanumeric() || "_-./:@%+,=".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, replaced: &str) -> Line {
        Line::of_bash(text, replaced).unwrap()
    }

    fn words(text: &str) -> Vec<String> {
        line(text, "").words
    }

    #[test]
    fn words_are_those_of_the_shell() {
        assert_eq!(words("vault get  dev DA"), ["vault", "get", "dev", "DA"]);
        assert_eq!(words("vault get "), ["vault", "get", ""]);
        assert_eq!(
            words(r#"vault '"a b".c' "x\"y\z" a\ b"#),
            ["vault", "\"a b\".c", "x\"y\\z", "a b"]
        );
        assert_eq!(words("vault --format=js"), ["vault", "--format=js"]);
        assert_eq!(words("vault get 'a b"), ["vault", "get", "a b"]);
        assert_eq!(
            words("vault get $(touch x) `y`"),
            ["vault", "get", "$(touch", "x)", "`y`"]
        );
    }

    #[test]
    fn redirections_are_no_words() {
        assert!(line("vault render dev > .e", ".e").is_redirected);
        assert!(line("vault render dev 2>", "").is_redirected);
        assert_eq!(
            words("vault render >.env 2>/dev/null de"),
            ["vault", "render", "de"]
        );
        assert!(!line("vault render >.env de", "de").is_redirected);
    }

    #[test]
    fn a_word_goes_on_in_the_quotes_in_which_it_began() {
        for (typed, word, becomes) in [
            ("DA", "DATA", "DATA"),
            ("", "hosts[0]", r"hosts\[0\]"),
            ("", "\"$(touch x)\"", r#"\"\$\(touch\ x\)\""#),
            ("'\"a", "\"a b\".c", "'\"a b\".c'"),
            ("'", "it's", r"'it'\''s'"),
            ("\"\\\"a", "\"a $x!\"", r#""\"a \$x"'!'"\"""#),
            ("a\\", "a\"b", "a\\\"b"),
            ("a'b'c", "abc d", r"a'b'c\ d"),
        ] {
            let whole = line(&format!("vault get {typed}"), typed);
            assert_eq!(whole.replacement(word).as_deref(), Some(becomes), "{typed}");
        }
    }

    #[test]
    fn only_what_the_shell_replaces_is_returned() {
        let whole = line("vault render --format=js", "js");
        assert_eq!(whole.replacement("--format=json").as_deref(), Some("json"));
        let whole = line("vault get \"a", "a");
        assert_eq!(whole.replacement("abc").as_deref(), Some("abc\""));
        assert_eq!(whole.replacement("xyz"), None);
        assert_eq!(Line::of_bash("vault get a", "b"), None);
    }

    #[test]
    fn fish_leaves_the_quotes_of_the_last_word() {
        for (raw, word) in [
            ("'\"a", "\"a"),
            ("a\\ b", "a b"),
            ("\"x", "x"),
            ("'a\\\\b\\'c", "a\\b'c"),
        ] {
            let line = Line::of_fish(vec!["vault".to_owned(), raw.to_owned()]);
            assert_eq!(line.words, ["vault", word]);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_inserted_reads_back_as_the_word(word in "\\PC{1,20}", typed in 0_usize..20, style in 0..4) {
            let start: String = word.chars().take(typed).collect();
            let raw = match style {
                0 => continued(Quote::None, &start),
                1 => format!("'{}", start.replace('\'', r"'\''")),
                2 => format!("\"{}", continued(Quote::Double, &start).strip_suffix('"').unwrap()),
                _ => start.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect(),
            };
            let whole = line(&format!("vault get {raw}"), &raw);
            if let Some(text) = whole.replacement(&word) {
                let again = line(&format!("vault get {text} "), "");
                proptest::prop_assert_eq!(again.words[2..].to_vec(), vec![word, String::new()]);
            } else {
                proptest::prop_assert!(style == 3);
            }
        }
    }
}
