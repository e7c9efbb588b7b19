//! The inside of a JSON string, as those write it who escape more than they must.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

/// Whether something is done to a character.
type Choice = fn(char) -> bool;

/// A program that writes JSON, or a setting of one.
struct Writer {
    /// The ASCII characters that it escapes although it need not; a slash as `\/`.
    marks: String,
    /// What else it escapes.
    others: Choice,
    /// What it escapes with upper-case hex digits.
    capitals: Choice,
}

/// What is escaped beside what must be, in each case with lower-case and upper-case hex digits, and with upper-case ones for ASCII alone (Django).
const WRITERS: [(&str, Choice); 14] = [
    ("", none),
    // jq.
    ("", is_delete),
    // Gson without HTML.
    ("", is_separator),
    // Jackson, Newtonsoft: for ASCII.
    ("", is_beyond),
    // Python.
    ("", is_beyond_print),
    // Go, Rails, Next.js.
    ("<>&", is_separator),
    // Django, simplejson.
    ("<>&", is_beyond_print),
    // Flask.
    ("<>&'", none),
    ("<>&'", is_beyond_print),
    // Gson.
    ("<>&='", is_separator),
    // Newtonsoft for HTML.
    ("<>&'\"", is_separator),
    // .NET: all of Unicode, and what it does by itself.
    ("\"&'+<>`", is_delete),
    ("\"&'+<>`", is_beyond_print),
    // serialize-javascript.
    ("<>", is_separator_or_slash),
];

/// The flags of PHP's `json_encode`, each with what it escapes: `JSON_HEX_*`, and the slash that `JSON_UNESCAPED_SLASHES` leaves alone.
const PHP: [&str; 5] = ["<>", "&", "'", "\"", "/"];

/// Bytes that the forms of one text take, about: what looks for them takes a hundred times as much memory.
const ROOM: usize = 1 << 20;
/// Forms that every text has, however long it is.
const FEW: usize = 8;

/// A text as the inside of a JSON string, in no order; no two are equal. Of a very long one these are what the first writers make of it.
pub(super) fn escaped(text: &str) -> Vec<Zeroizing<String>> {
    // Writers differ in few characters, so most of them need not be tried on the whole text.
    let special: BTreeSet<char> = text.chars().filter(|letter| is_special(*letter)).collect();
    let special = Zeroizing::new(special.into_iter().collect::<String>());
    let mut known = Vec::new();
    let is_new = |writer: &Writer| {
        let form = writer.write(&special);
        let is_new = !known.contains(&form);
        known.push(form);
        is_new
    };
    let most = (ROOM / text.len().max(1)).max(FEW);
    let writers = writers().filter(is_new).take(most);
    writers.map(|writer| writer.write(text)).collect()
}

/// Whether any two writers may disagree on it.
fn is_special(letter: char) -> bool {
    !(letter.is_ascii_alphanumeric() || letter == ' ')
}

fn writers() -> impl Iterator<Item = Writer> {
    let digits: [Choice; 3] = [none, all, is_ascii_print];
    let of = move |(marks, others): (&str, Choice)| {
        digits.map(|capitals| Writer {
            marks: marks.to_owned(),
            others,
            capitals,
        })
    };
    WRITERS.into_iter().flat_map(of).chain(php())
}

/// PHP with each choice of flags; `JSON_UNESCAPED_UNICODE` leaves all but two separators alone.
fn php() -> impl Iterator<Item = Writer> {
    let others: [Choice; 2] = [is_beyond, is_separator];
    (0..1_usize << PHP.len()).flat_map(move |flags| {
        let is_on = |at: &usize| flags >> at & 1 == 1;
        let marks: String = (0..PHP.len()).filter(is_on).map(|at| PHP[at]).collect();
        others.map(|others| Writer {
            marks: marks.clone(),
            others,
            capitals: is_ascii_print,
        })
    })
}

fn none(_: char) -> bool {
    false
}

fn all(_: char) -> bool {
    true
}

fn is_delete(letter: char) -> bool {
    letter == '\u{7f}'
}

fn is_beyond(letter: char) -> bool {
    !letter.is_ascii()
}

fn is_beyond_print(letter: char) -> bool {
    is_beyond(letter) || is_delete(letter)
}

fn is_ascii_print(letter: char) -> bool {
    letter.is_ascii_graphic()
}

/// Line ends in JavaScript before 2019.
fn is_separator(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}')
}

fn is_separator_or_slash(letter: char) -> bool {
    is_separator(letter) || letter == '/'
}

impl Writer {
    fn write(&self, text: &str) -> Zeroizing<String> {
        let room = text.chars().map(|letter| self.room(letter)).sum();
        let mut form = Zeroizing::new(String::with_capacity(room));
        for letter in text.chars() {
            match letter {
                '"' if !self.escapes('"') => form.push_str("\\\""),
                '\\' => form.push_str("\\\\"),
                '\n' => form.push_str("\\n"),
                '\r' => form.push_str("\\r"),
                '\t' => form.push_str("\\t"),
                '\u{8}' => form.push_str("\\b"),
                '\u{c}' => form.push_str("\\f"),
                '/' if self.marks.contains('/') => form.push_str("\\/"),
                letter if self.escapes(letter) => self.push_escape(&mut form, letter),
                letter => form.push(letter),
            }
        }
        form
    }

    /// Bytes that a character takes, at most.
    fn room(&self, letter: char) -> usize {
        match self.escapes(letter) || matches!(letter, '"' | '\\') {
            true => 6 * letter.len_utf16(),
            false => letter.len_utf8(),
        }
    }

    fn escapes(&self, letter: char) -> bool {
        letter < ' ' || self.marks.contains(letter) || (self.others)(letter)
    }

    fn push_escape(&self, form: &mut String, letter: char) {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            form.push_str(&match (self.capitals)(letter) {
                true => format!("\\u{unit:04X}"),
                false => format!("\\u{unit:04x}"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn has(text: &str, form: &str) {
        let forms = escaped(text);
        let is_it = |it: &Zeroizing<String>| it.as_str() == form;
        assert!(forms.iter().any(is_it), "{form}: {forms:?}");
    }

    /// As the documentation of each says, and as it printed.
    #[test]
    fn what_is_escaped_together_is_hidden() {
        // PHP: json_encode with JSON_HEX_AMP; Laravel: @json; wp_json_encode in scripts; JSON_UNESCAPED_UNICODE
        has("https://x/?a=1&b=2", r"https:\/\/x\/?a=1\u0026b=2");
        let text = "p\u{e4}/<'&\">\u{2028}\u{7f}";
        has(
            text,
            "p\\u00e4\\/\\u003C\\u0027\\u0026\\u0022\\u003E\\u2028\u{7f}",
        );
        has(text, "p\\u00e4/\\u003C'&\\\"\\u003E\\u2028\u{7f}");
        has(text, "p\u{e4}\\/<'&\\\">\\u2028\u{7f}");
        // Django: json_script; Flask: tojson; simplejson
        has("p\u{e4}ss<1", r"p\u00e4ss\u003C1");
        has(text, r#"p\u00e4/\u003C'\u0026\"\u003E\u2028\u007f"#);
        has(text, r#"p\u00e4/\u003c\u0027\u0026\"\u003e\u2028\u007f"#);
        // Rails: to_json; JSON.generate(script_safe: true)
        has(text, "p\u{e4}/\\u003c'\\u0026\\\"\\u003e\\u2028\u{7f}");
        has("p\u{e4}/\u{2028}", "p\u{e4}\\/\\u2028");
        // .NET with UnicodeRanges.All; Newtonsoft with EscapeHtml; Jackson with ESCAPE_NON_ASCII
        has("p\u{e4}'<\"", r"pä\u0027\u003C\u0022");
        has("p\u{e4}'<\"", r"pä\u0027\u003c\u0022");
        has("p\u{e4}<", r"p\u00E4<");
        // serialize-javascript
        has("a/<b>&", r"a\u002F\u003Cb\u003E&");
    }

    #[test]
    fn a_text_that_all_write_alike_has_one_form() {
        assert_eq!(escaped("hunter2 and\nmore").len(), 1);
        assert_eq!(escaped("postgres://db/app").len(), 4);
        assert_eq!(escaped("a\"\\\n\u{1}b").len(), 2);
    }

    #[test]
    fn there_are_not_many_forms_of_any_text() {
        let all: String = (' '..='\u{ff}').chain(['\u{2028}', '\u{1f511}']).collect();
        let forms = escaped(&all);
        let distinct: BTreeSet<&str> = forms.iter().map(|form| form.as_str()).collect();
        assert_eq!(distinct.len(), forms.len());
        assert_eq!(forms.len(), 90);
        assert_eq!(escaped(&all.repeat(1_000)).len(), FEW);
    }
}
