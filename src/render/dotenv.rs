//! `.env` files in the forms that every common reader gives back byte for byte.
//!
//! A value is bare, in single quotes, or in double quotes that hold nothing an escape or an expansion could be seen in.
//! No form has an escape: readers disagree about every one of them. What fits none of the three is refused.

use super::{
    Defect, Flat, Misreading, Names, Offence, Output, Reader, Refusal, buffer, flatten, misreading,
    portable,
};
use crate::{
    secret::{ExposeSecret, SecretString},
    value::{Node, Scalar},
};

/// A rendered `.env` file.
#[derive(Debug)]
pub struct Dotenv {
    /// The whole file; no line, or lines that all end in a line feed.
    pub text: SecretString,
    /// Readers known to get some values wrong even in this form, of those that were asked about; for warnings.
    pub misreadings: Vec<Misreading>,
}

/// How a value stands after the `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Bare,
    Single,
    Double,
}

impl Form {
    fn quote(self) -> &'static str {
        match self {
            Form::Bare => "",
            Form::Single => "'",
            Form::Double => "\"",
        }
    }
}

/// Renders `NAME=value` lines, in the order of the tree.
///
/// # Errors
/// Names every value whose name is no variable name, that has no portable form, or whose name another has too.
pub fn dotenv<'n>(root: &Node, names: impl Into<Names<'n>>) -> Result<Dotenv, Refusal> {
    dotenv_for(&Reader::ALL, root, names)
}

/// As [`dotenv`], where only some readers are of interest.
///
/// # Errors
/// As [`dotenv`].
pub fn dotenv_for<'n>(
    readers: &[Reader],
    root: &Node,
    names: impl Into<Names<'n>>,
) -> Result<Dotenv, Refusal> {
    let mut forms = Vec::new();
    let flats = flatten::admit_by(Output::Dotenv, root, &names.into(), |flat| {
        let fit = fit(&flat.name, flat.value.expose());
        fit.map(|form| forms.push(form)).err()
    })?;
    let lines = || flats.iter().zip(forms.iter().copied());
    let text = buffer::written(|sink| lines().for_each(|(flat, form)| put_line(sink, flat, form)));
    Refusal::unless_empty(Output::Dotenv, unread(&text, &flats, root))?;
    let misreadings = misreading::all(readers, lines());
    Ok(Dotenv { text, misreadings })
}

fn put_line(sink: &mut dyn buffer::Sink, flat: &Flat<'_>, form: Form) {
    sink.put(&flat.name);
    sink.put("=");
    sink.put(form.quote());
    sink.put(flat.value.expose());
    sink.put(form.quote());
    sink.put("\n");
}

/// The values that the portable reader does not find in `text` as they were meant.
fn unread(text: &SecretString, flats: &[Flat<'_>], root: &Node) -> Vec<Offence> {
    let text = text.expose_secret();
    let meant = flats.iter().map(|flat| (&*flat.name, flat.value.expose()));
    // `admit` refuses what shares a name with another value.
    if portable::entries(text).eq(meant.map(Some)) {
        return Vec::new();
    }
    let read = portable::read(text).unwrap_or_default();
    let is_read = |(at, flat): (usize, &Flat<'_>)| {
        read.len() == flats.len() && read[at] == (&*flat.name, flat.value.expose())
    };
    let paths = flatten::Paths::of(root);
    let all = flats.iter().enumerate();
    all.filter(|entry| !is_read(*entry))
        .map(|(_, flat)| paths.offence(Output::Dotenv, flat, Defect::Unverified))
        .collect()
}

pub(super) fn defect(name: &str, value: Option<&Scalar>) -> Option<Defect> {
    match value {
        Some(value) => fit(name, value.expose()).err(),
        None => (!is_variable_name(name)).then_some(Defect::VariableName),
    }
}

/// How a value stands behind its name.
fn fit(name: &str, value: &str) -> Result<Form, Defect> {
    match is_variable_name(name) {
        true => form(value),
        false => Err(Defect::VariableName),
    }
}

/// Whether every reader takes it for a name: `[A-Za-z_][A-Za-z0-9_]*`.
pub(super) fn is_variable_name(name: &str) -> bool {
    name.bytes().next().is_some_and(|b| !b.is_ascii_digit()) && lacks(name) & NAME == 0
}

/// Whether `value` needs no quotes anywhere. A `=` in front or behind a colon is live in zsh, which puts the path of a program there.
pub(super) fn is_bare(value: &str) -> bool {
    let is_live = |at: usize| value.as_bytes().get(at + 1) == Some(&b'=');
    lacks(value) & BARE == 0
        && !value.starts_with('=')
        && !memchr::memchr_iter(b':', value.as_bytes()).any(is_live)
}

/// What some byte of the text is not fit for. Every byte of every value is looked at: none of them decides anything by itself.
fn lacks(text: &str) -> u8 {
    let lack = |all: u8, b: u8| all | LACKS[usize::from(b)];
    text.bytes().fold(0, lack)
}

/// Not fit for a bare value.
const BARE: u8 = 1;

/// Not fit for a name.
const NAME: u8 = 2;

/// What each byte is not fit for.
const LACKS: [u8; 256] = {
    let mut table = [BARE | NAME; 256];
    let mut b = 0;
    while b < 128 {
        if (b as u8).is_ascii_alphanumeric() {
            table[b] = 0;
        }
        b += 1;
    }
    let others = b"_./:@%+,=^-";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = NAME;
        at += 1;
    }
    table[b'_' as usize] = 0;
    table
};

/// Whether every reader takes it verbatim between single quotes.
pub(super) fn fits_single(value: &str) -> bool {
    let bytes = value.as_bytes();
    memchr::memchr3(b'\'', b'\r', 0, bytes).is_none()
        && (memchr::memchr(b'\\', bytes).is_none()
            || !value.contains(r"\\") && !value.ends_with('\\'))
}

/// Whether every reader takes it verbatim between double quotes.
pub(super) fn fits_double(value: &str) -> bool {
    !value.contains(['"', '\\', '$', '`', '!', '\r', '\0'])
}

fn form(value: &str) -> Result<Form, Defect> {
    if is_bare(value) {
        Ok(Form::Bare)
    } else if fits_single(value) {
        Ok(Form::Single)
    } else if fits_double(value) {
        Ok(Form::Double)
    } else {
        Err(unquotable(value))
    }
}

fn unquotable(value: &str) -> Defect {
    if value.contains('\0') {
        Defect::Nul
    } else if value.contains('\r') {
        Defect::CarriageReturn
    } else if value.contains('\'') {
        Defect::Quotes
    } else if value.ends_with('\\') {
        Defect::TrailingBackslash
    } else {
        Defect::DoubleBackslash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Kind, Map};
    use base64::Engine as _;

    fn one(text: &str) -> Node {
        Node::Map(
            [("KEY".to_owned(), Node::Scalar(Scalar::str(text)))]
                .into_iter()
                .collect(),
        )
    }

    fn line(text: &str) -> String {
        dotenv(&one(text), "_")
            .unwrap()
            .text
            .expose_secret()
            .to_owned()
    }

    fn refused(text: &str) -> Defect {
        dotenv(&one(text), "_").unwrap_err().offences()[0]
            .defect()
            .clone()
    }

    #[test]
    fn the_first_form_that_fits_is_taken() {
        assert_eq!(line(""), "KEY=\n");
        assert_eq!(line("a=b=="), "KEY=a=b==\n");
        assert_eq!(line("=b"), "KEY='=b'\n");
        assert_eq!(line("a:=b"), "KEY='a:=b'\n");
        assert_eq!(line("a b"), "KEY='a b'\n");
        assert_eq!(line("a\nKEY2=b"), "KEY='a\nKEY2=b'\n");
        assert_eq!(line("it's"), "KEY=\"it's\"\n");
    }

    #[test]
    fn what_fits_no_form_is_refused_with_the_property_that_hinders_it() {
        assert_eq!(refused("a\0b"), Defect::Nul);
        assert_eq!(refused("a\r\nb"), Defect::CarriageReturn);
        for other in ['"', '\\', '$', '`', '!'] {
            assert_eq!(refused(&format!("'{other}")), Defect::Quotes);
        }
        assert_eq!(refused("a b\\"), Defect::TrailingBackslash);
        assert_eq!(refused("a\\\\b"), Defect::DoubleBackslash);
    }

    #[test]
    fn only_names_that_every_reader_knows_are_written() {
        for name in ["A", "_", "a1", "_9"] {
            assert!(is_variable_name(name), "{name}");
        }
        for name in [
            "",
            "1A",
            "A-B",
            "A.B",
            "Ä",
            "A B",
            "export A",
            "A\n",
            "A=",
            "\u{feff}A",
        ] {
            assert!(!is_variable_name(name), "{name:?}");
        }
    }

    #[test]
    fn nothing_to_render_is_an_empty_file() {
        let empty = dotenv(&Node::Map(Map::new()), "_").unwrap();
        assert_eq!(empty.text.expose_secret(), "");
    }

    #[test]
    fn every_kind_is_written_in_its_canonical_spelling() {
        let scalar =
            |kind, text: &str| Node::Scalar(Scalar::new(kind, crate::secret::secret(text)));
        let root = Node::Map(
            [
                ("B", scalar(Kind::Bool, "true")),
                ("F", scalar(Kind::Float, "-1.0")),
                ("I", scalar(Kind::Int, "-7")),
                ("N", Node::Scalar(Scalar::null())),
                ("T", scalar(Kind::Time, "2024-01-01T00:00:00+02:00")),
            ]
            .into_iter()
            .map(|(key, node)| (key.to_owned(), node))
            .collect(),
        );
        assert_eq!(
            dotenv(&root, "_").unwrap().text.expose_secret(),
            "B=true\nF=-1.0\nI=-7\nT=2024-01-01T00:00:00+02:00\n"
        );
    }

    #[test]
    fn of_105_nasty_values_94_have_a_form_and_11_are_refused() {
        let values: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../fixtures/nasty-values.json")).unwrap();
        assert_eq!(values.len(), 105);
        let refused: Vec<&str> = values
            .iter()
            .filter(|entry| text_of(entry).is_none_or(|text| dotenv(&one(&text), "_").is_err()))
            .map(|entry| entry["name"].as_str().unwrap())
            .collect();
        let expected = [
            "both-quotes",
            "all-quotes",
            "bs-bs",
            "bs-trail",
            "bs-bs-trail",
            "bs-squote",
            "crlf-mid",
            "cr-mid",
            "cr-trail",
            "bad-utf8",
            "comma-quote",
        ];
        assert_eq!(refused, expected);
    }

    // What is not UTF-8 cannot even be a value.
    fn text_of(entry: &serde_json::Value) -> Option<String> {
        let Some(base64) = entry["base64"].as_str() else {
            return Some(entry["utf8"].as_str().unwrap().to_owned());
        };
        String::from_utf8(
            base64::engine::general_purpose::STANDARD
                .decode(base64)
                .unwrap(),
        )
        .ok()
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back_between_its_neighbours(text in "[ab '\"\\\\$`!\r\n#=~;→]{0,12}") {
            let entries = [("A", "1"), ("KEY", &text), ("Z", "2")];
            let root = Node::Map(entries.iter().map(|(key, text)| ((*key).to_owned(), Node::Scalar(Scalar::str(text)))).collect());
            if let Ok(written) = dotenv(&root, "_") {
                proptest::prop_assert_eq!(portable::read(written.text.expose_secret()).unwrap(), entries);
            } else {
                proptest::prop_assert!(text.contains('\r') || text.contains('\\') || text.contains('\''));
            }
        }
    }
}
