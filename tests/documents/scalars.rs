//! Scalars in every spelling that a document on one's own desk has.

use rand::Rng;
use vault::{
    secret::secret,
    value::{Kind, Scalar},
};

use super::Writer;

const PLAIN: &[&str] = &[
    "word",
    "two words",
    "postgres://u:p@host:5432/db?x=1",
    "a#b",
    "key=value",
    "yes",
    "off",
    "tRue",
    "1.2.3",
    "12:30:45",
    "2001-02-30",
    "0x",
    "1e999",
    "-x",
    "?x",
    ":x",
    "a,b",
    "x[0]",
    "ünïcode",
    "日本語",
    "😀",
    "C:\\dir\\n",
    "it's",
    "say \"x\"",
    "<tag>",
    "100%",
    "ENC",
    "=",
    "x {{ y }}",
];

/// Those that may stand in flow collections too.
const FLOW_PLAIN: &[&str] = &[
    "word",
    "two words",
    "a#b",
    "yes",
    "ünï",
    "1.2.3",
    "a=b",
    "http://x/y",
    "-x",
];

const TEXTS: &[&str] = &[
    "",
    " lead",
    "trail ",
    "# not a comment",
    "a: b",
    "- x",
    "[x]",
    "{x}",
    "&a *b !c |d >e",
    "@at `tick",
    "%x",
    "123",
    "true",
    "null",
    "2024-01-01",
    "1e3",
    "~",
    "it's",
    "a\"b",
    "back\\slash",
    "tab\tin",
    "two\nlines",
    "three\n\nlines\n",
    "\n",
    "  \n x",
    "trail \nx",
    "\ttab\nx",
    "cr\r\nlf",
    "bell\u{7}",
    "nel\u{85}x",
    "bom\u{feff}x",
    "😀 emoji",
    "nbsp\u{a0}x",
    "---",
    "...",
    "--- a",
    "key: |",
    "ENCx",
    "a # b",
    "a #",
    ":",
    "?",
    "-",
];

const INTS: &[&str] = &[
    "0",
    "5",
    "-5",
    "5432",
    "9223372036854775807",
    "-9223372036854775808",
];

const FLOATS: &[&str] = &[
    "1.5",
    "-0.25",
    "3.14159",
    "1000000.5",
    "0.000001",
    "2.0",
    "-7.0",
    "123456789012345680000.0",
];

const TIMES: &[&str] = &[
    "2024-01-01T00:00:00Z",
    "2001-12-14T21:59:43.1-05:00",
    "1999-12-31T23:59:59.123456789Z",
];

impl Writer {
    /// A scalar that fits on the line of its key or dash, and what it means.
    pub(super) fn line_scalar(&mut self) -> (String, Scalar) {
        match self.rng.gen_range(0..20) {
            0..=5 => self.plain(PLAIN),
            6..=8 => self.quoted(),
            9 => self.long(),
            10 => self.tagged(),
            _ => self.typed(),
        }
    }

    /// A scalar for a flow collection.
    pub(super) fn flow_scalar(&mut self) -> (String, Scalar) {
        match self.rng.gen_range(0..10) {
            0..=3 => self.plain(FLOW_PLAIN),
            4..=6 => self.quoted(),
            _ => self.typed(),
        }
    }

    fn plain(&mut self, pool: &[&'static str]) -> (String, Scalar) {
        let text = self.pick(pool);
        (text.to_owned(), Scalar::str(text))
    }

    pub(super) fn text(&mut self) -> String {
        match self.rng.gen_range(0..3) {
            0 => self.pick(PLAIN).to_owned(),
            _ => self.pick(TEXTS).to_owned(),
        }
    }

    fn quoted(&mut self) -> (String, Scalar) {
        let text = self.text();
        let is_simple = text.chars().all(|c| !c.is_control() && c != '\u{feff}');
        let written = if is_simple && self.chance(0.5) {
            format!("'{}'", text.replace('\'', "''"))
        } else {
            self.double_quoted(&text)
        };
        (written, Scalar::str(&text))
    }

    fn double_quoted(&mut self, text: &str) -> String {
        let mut out = "\"".to_owned();
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str(if self.chance(0.5) { "\\t" } else { "\\x09" }),
                '\u{85}' => out.push_str("\\N"),
                c if c.is_control() || c == '\u{feff}' => {
                    out.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => out.push(c),
            }
        }
        out.push('"');
        out
    }

    fn long(&mut self) -> (String, Scalar) {
        let text = "abc def ".repeat(self.rng.gen_range(10..100));
        (text.trim_end().to_owned(), Scalar::str(text.trim_end()))
    }

    fn tagged(&mut self) -> (String, Scalar) {
        let text = self.pick(&["5", "true", "word", "2024-01-01"]);
        (format!("!!str {text}"), Scalar::str(text))
    }

    fn typed(&mut self) -> (String, Scalar) {
        let of = |kind, text: &str| (text.to_owned(), Scalar::new(kind, secret(text)));
        match self.rng.gen_range(0..8) {
            0 | 1 => of(Kind::Int, self.pick(INTS)),
            2 => of(Kind::Float, self.pick(FLOATS)),
            3 if self.taste.odd_floats && self.chance(0.3) => {
                of(Kind::Float, self.pick(&[".nan", ".inf", "-.inf"]))
            }
            3 | 4 if self.taste.times => of(Kind::Time, self.pick(TIMES)),
            5 => (self.pick(&["null", "~", "Null"]).to_owned(), Scalar::null()),
            _ => of(Kind::Bool, self.pick(&["true", "false"])),
        }
    }
}
