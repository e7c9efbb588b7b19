//! The text form of one encrypted value.

use base64::{
    Engine, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

use super::{CipherError, NONCE_BYTES, TAG_BYTES, sextets};
use crate::value::{Form, Kind};

const PREFIX: &str = "ENC[AES256_GCM,";

/// Characters of base64 for a nonce of 32 bytes, with padding.
const NONCE_CHARS: usize = 44;

/// Characters of base64 for an authentication tag of 16 bytes, with padding.
const TAG_CHARS: usize = 24;

// Go's decoder, which SOPS uses, does not look at the bits that the last character has too many.
const LOOSE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// What stands behind `type:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// Text.
    Str,
    /// A whole number.
    Int,
    /// A floating-point number.
    Float,
    /// `true` or `false`.
    Bool,
    /// A point in time; SOPS before 3.10 does not know it.
    Time,
    /// Text too; never written, and taken only from foreign files.
    Bytes,
    /// The text of a comment.
    Comment,
}

impl Tag {
    /// Those that are written, the most frequent first.
    const CANONICAL: [Tag; 6] = [
        Tag::Str,
        Tag::Int,
        Tag::Bool,
        Tag::Float,
        Tag::Comment,
        Tag::Time,
    ];

    /// The tag for values of a type; `None` for null, which is never encrypted.
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Null => None,
            Kind::Bool => Some(Tag::Bool),
            Kind::Int => Some(Tag::Int),
            Kind::Float => Some(Tag::Float),
            Kind::Time => Some(Tag::Time),
            Kind::Str => Some(Tag::Str),
        }
    }

    /// The type of the value; `None` for a comment.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Tag::Str | Tag::Bytes => Some(Kind::Str),
            Tag::Int => Some(Kind::Int),
            Tag::Float => Some(Kind::Float),
            Tag::Bool => Some(Kind::Bool),
            Tag::Time => Some(Kind::Time),
            Tag::Comment => None,
        }
    }

    /// The word behind `type:`.
    pub fn name(self) -> &'static str {
        match self {
            Tag::Str => "str",
            Tag::Int => "int",
            Tag::Float => "float",
            Tag::Bool => "bool",
            Tag::Time => "time",
            Tag::Bytes => "bytes",
            Tag::Comment => "comment",
        }
    }

    fn read(word: &str, form: Form) -> Result<Self, CipherError> {
        match word {
            "str" => Ok(Tag::Str),
            "int" => Ok(Tag::Int),
            "float" => Ok(Tag::Float),
            "bool" => Ok(Tag::Bool),
            "time" => Ok(Tag::Time),
            "comment" => Ok(Tag::Comment),
            "bytes" if form == Form::Lenient => Ok(Tag::Bytes),
            _ => Err(CipherError::Type),
        }
    }
}

/// A nonce of one of the lengths that programs in use write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Nonce {
    B12([u8; 12]),
    B16([u8; 16]),
    B32([u8; 32]),
}

/// A well-formed encrypted value, borrowed from the text that it stands in; nothing about it is verified yet.
#[derive(Clone, Copy, Debug)]
pub struct Ciphertext<'a> {
    text: &'a str,
    // In base64: a file is looked at as a whole before anything in it is decoded.
    data: &'a str,
    iv: &'a str,
    auth: &'a str,
    tag: Tag,
    form: Form,
}

impl<'a> Ciphertext<'a> {
    /// Whether a text claims to be an encrypted value; says nothing of its form.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Reads the text of a scalar, or of a comment after its `#`.
    ///
    /// `Form::Canonical` takes what vault writes: strict base64 with padding, 32 bytes of nonce, 16 of tag, some data,
    /// a type other than `bytes`, nothing after the bracket. `Form::Lenient` takes what SOPS takes: nonces of 12 and 16
    /// bytes too, line ends inside base64, and text after the bracket.
    ///
    /// # Errors
    /// Every `CipherError` that is about the form; none needs the key.
    pub fn parse(text: &'a str, form: Form) -> Result<Self, CipherError> {
        let sealed = Self::parse_again(text, form)?;
        match form {
            Form::Canonical => sealed.check()?,
            Form::Lenient => {
                nonce(sealed.iv)?;
                auth(sealed.auth)?;
            }
        }
        Ok(sealed)
    }

    /// As [`Ciphertext::parse`], for a text that it took before: the base64 is not looked at once more. What would not decode is still
    /// refused when it is decrypted.
    ///
    /// # Errors
    /// As `parse`, but for the base64.
    pub fn parse_again(text: &'a str, form: Form) -> Result<Self, CipherError> {
        let Fields {
            data,
            iv,
            auth,
            tag,
        } = Fields::split(text, form)?;
        let tag = Tag::read(tag, form)?;
        Ok(Ciphertext {
            text,
            data,
            iv,
            auth,
            tag,
            form,
        })
    }

    /// That everything is the one spelling of what it stands for; nothing is decoded where that is so.
    fn check(&self) -> Result<(), CipherError> {
        if !sextets::is_canonical(self.data) {
            return Err(CipherError::Base64 { field: "data" });
        }
        check_fixed::<NONCE_BYTES>(self.iv, NONCE_CHARS, "iv")?;
        check_fixed::<TAG_BYTES>(self.auth, TAG_CHARS, "tag")
    }

    /// The exact text.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// What it claims to be; authenticated only in that the plaintext must fit (and by the file's signature).
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// How strictly it was read, which is how strictly its plaintext will be.
    pub fn form(&self) -> Form {
        self.form
    }

    /// How many bytes it holds once it is decrypted; GCM keeps lengths, so this is no secret.
    pub fn plaintext_bytes(&self) -> usize {
        let is_digit = |b: &u8| !matches!(b, b'=' | b'\r' | b'\n');
        self.data.bytes().filter(is_digit).count() * 3 / 4
    }

    /// The nonce, which nobody takes twice, in the one spelling of its base64; `None` if it is none.
    pub fn nonce_text(&self) -> Option<String> {
        Some(match self.nonce().ok()? {
            Nonce::B12(bytes) => STANDARD.encode(bytes),
            Nonce::B16(bytes) => STANDARD.encode(bytes),
            Nonce::B32(bytes) => STANDARD.encode(bytes),
        })
    }

    pub(super) fn nonce(&self) -> Result<Nonce, CipherError> {
        match self.form {
            Form::Canonical => fixed(self.iv, NONCE_CHARS, "iv").map(Nonce::B32),
            Form::Lenient => nonce(self.iv),
        }
    }

    pub(super) fn auth(&self) -> Result<[u8; TAG_BYTES], CipherError> {
        match self.form {
            Form::Canonical => fixed(self.auth, TAG_CHARS, "tag"),
            Form::Lenient => auth(self.auth),
        }
    }

    /// The encrypted bytes, in a buffer of exactly their length: it becomes the plaintext, and must not be moved by growing.
    pub(super) fn data(&self) -> Result<Vec<u8>, CipherError> {
        let wrong = CipherError::Base64 { field: "data" };
        if self.form == Form::Lenient {
            let bytes = loose(self.data).ok_or(wrong)?;
            return if bytes.is_empty() {
                Err(CipherError::NoData)
            } else {
                Ok(bytes.into_boxed_slice().into_vec())
            };
        }
        let padding = self.data.bytes().rev().take_while(|b| *b == b'=').count();
        let mut bytes = vec![0; self.data.len() / 4 * 3 - padding];
        sextets::decode(self.data, &mut bytes).ok_or(wrong)?;
        Ok(bytes)
    }
}

impl Nonce {
    fn from_slice(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            12 => bytes.try_into().ok().map(Nonce::B12),
            16 => bytes.try_into().ok().map(Nonce::B16),
            NONCE_BYTES => bytes.try_into().ok().map(Nonce::B32),
            _ => None,
        }
    }
}

struct Fields<'a> {
    data: &'a str,
    iv: &'a str,
    auth: &'a str,
    tag: &'a str,
}

impl<'a> Fields<'a> {
    // From the end, as SOPS' expression with its greedy groups does. Commas are the cuts: base64 and types have none, so a
    // text with more of them is refused either way.
    fn split(text: &'a str, form: Form) -> Result<Self, CipherError> {
        if let Some(fields) = Fields::canonical(text) {
            return Ok(fields);
        }
        let rest = text.strip_prefix(PREFIX).ok_or(CipherError::Shape)?;
        let (rest, trailing) = rest.rsplit_once(']').ok_or(CipherError::Shape)?;
        if form == Form::Canonical && !trailing.is_empty() {
            return Err(CipherError::Trailing);
        }
        let (rest, tag) = last_field(rest, "type:")?;
        let (rest, auth) = last_field(rest, "tag:")?;
        let (rest, iv) = last_field(rest, "iv:")?;
        let data = rest.strip_prefix("data:").ok_or(CipherError::Shape)?;
        if data.is_empty() {
            return Err(CipherError::NoData);
        }
        Ok(Fields {
            data,
            iv,
            auth,
            tag,
        })
    }

    /// The same for a text with fields of the usual lengths, which stand where they must, counted from the end.
    fn canonical(text: &'a str) -> Option<Self> {
        let (rest, word) = Tag::CANONICAL.iter().find_map(|tag| {
            let rest = text.strip_suffix(']')?.strip_suffix(tag.name())?;
            Some((rest.strip_suffix(",type:")?, tag.name()))
        })?;
        let (rest, auth) = rest.split_at_checked(rest.len().checked_sub(TAG_CHARS)?)?;
        let rest = rest.strip_suffix(",tag:")?;
        let (rest, iv) = rest.split_at_checked(rest.len().checked_sub(NONCE_CHARS)?)?;
        let data = rest.strip_suffix(",iv:")?.strip_prefix(PREFIX)?;
        let data = data.strip_prefix("data:").filter(|data| !data.is_empty())?;
        Some(Fields {
            data,
            iv,
            auth,
            tag: word,
        })
    }
}

fn check_fixed<const N: usize>(
    text: &str,
    chars: usize,
    field: &'static str,
) -> Result<(), CipherError> {
    // Of the texts of this length only those with the right padding stand for so many bytes.
    let padding = chars - (N * 8).div_ceil(6);
    let is_fine = text.len() == chars
        && text.bytes().rev().take_while(|b| *b == b'=').count() == padding
        && sextets::is_canonical(text);
    match is_fine {
        true => Ok(()),
        false => fixed::<N>(text, chars, field).map(drop),
    }
}

fn last_field<'a>(text: &'a str, name: &str) -> Result<(&'a str, &'a str), CipherError> {
    text.rsplit_once(',')
        .and_then(|(rest, field)| Some((rest, field.strip_prefix(name)?)))
        .ok_or(CipherError::Shape)
}

fn nonce(text: &str) -> Result<Nonce, CipherError> {
    let bytes = loose(text).ok_or(CipherError::Base64 { field: "iv" })?;
    Nonce::from_slice(&bytes).ok_or(CipherError::NonceLength(bytes.len()))
}

fn auth(text: &str) -> Result<[u8; TAG_BYTES], CipherError> {
    let field = "tag";
    let bytes = loose(text).ok_or(CipherError::Base64 { field })?;
    let of_length = |_| CipherError::Length {
        field,
        wanted: TAG_BYTES,
        found: bytes.len(),
    };
    bytes.as_slice().try_into().map_err(of_length)
}

/// Strict base64 of a known length, without an allocation.
fn fixed<const N: usize>(
    text: &str,
    chars: usize,
    field: &'static str,
) -> Result<[u8; N], CipherError> {
    let mut bytes = [0; N];
    if text.len() == chars && sextets::decode(text, &mut bytes).is_some() {
        return Ok(bytes);
    }
    // Which of the two it was decides only what is said.
    Err(match STANDARD.decode(text) {
        Ok(decoded) if decoded.len() != N => CipherError::Length {
            field,
            wanted: N,
            found: decoded.len(),
        },
        _ => CipherError::Base64 { field },
    })
}

fn loose(text: &str) -> Option<Vec<u8>> {
    if text.contains(['\r', '\n']) {
        return LOOSE.decode(text.replace(['\r', '\n'], "")).ok();
    }
    LOOSE.decode(text).ok()
}

/// Writes the text of an encrypted value.
pub(super) fn compose(
    data: &[u8],
    nonce: &[u8; NONCE_BYTES],
    auth: &[u8; TAG_BYTES],
    tag: Tag,
) -> String {
    let mut text = String::with_capacity(data.len().div_ceil(3) * 4 + 120);
    text.push_str(PREFIX);
    for (name, bytes) in [
        ("data:", data),
        (",iv:", nonce.as_slice()),
        (",tag:", auth.as_slice()),
    ] {
        text.push_str(name);
        STANDARD.encode_string(bytes, &mut text);
    }
    text.push_str(",type:");
    text.push_str(tag.name());
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // Whatever is read from the end by counting is what is found by looking for commas.
        #[test]
        fn what_parses_strictly_decodes(
            data in "[A-Da-d0-9+/=,]{0,9}",
            iv in "(A{43}=|B{42}==|A{44}|[A-D=,]{43,45}|eA==)",
            auth in "(A{22}==|A{24}|[A-D=,]{23,25})",
            word in "str|int|time|bytes|comment|x",
        ) {
            let text = format!("{PREFIX}data:{data},iv:{iv},tag:{auth},type:{word}]");
            if let Some(fields) = Fields::canonical(&text) {
                prop_assert_eq!((fields.data, fields.iv, fields.auth, fields.tag), (&*data, &*iv, &*auth, &*word));
            }
            let strict = |text: &str| STANDARD.decode(text).ok();
            let is_fine = strict(&data).is_some_and(|bytes| !bytes.is_empty())
                && strict(&iv).is_some_and(|bytes| bytes.len() == NONCE_BYTES)
                && strict(&auth).is_some_and(|bytes| bytes.len() == TAG_BYTES)
                && !["bytes", "x"].contains(&&*word);
            let parsed = Ciphertext::parse(&text, Form::Canonical);
            prop_assert_eq!(parsed.is_ok(), is_fine, "{}", text);
            if let Ok(sealed) = parsed {
                prop_assert_eq!(Some(sealed.data().unwrap()), strict(&data));
                prop_assert_eq!(Some(sealed.auth().unwrap().to_vec()), strict(&auth));
                prop_assert!(matches!(sealed.nonce(), Ok(Nonce::B32(nonce)) if Some(nonce.to_vec()) == strict(&iv)));
            }
        }

        #[test]
        fn the_length_of_the_plaintext_can_be_told_without_the_key(data in proptest::collection::vec(0_u8.., 1..200)) {
            let text = compose(&data, &[0; NONCE_BYTES], &[0; TAG_BYTES], Tag::Str);
            for form in [Form::Canonical, Form::Lenient] {
                prop_assert_eq!(Ciphertext::parse(&text, form).unwrap().plaintext_bytes(), data.len());
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(ENC\\[AES256_GCM,)?(data:|,iv:|,tag:|,type:|\\]|[A-Za-z=]|str|é){0,20}") {
            for form in [Form::Canonical, Form::Lenient] {
                let _ = Ciphertext::parse(&text, form).map(|sealed| sealed.data());
            }
        }
    }
}
