//! What a person typed and could not be written: kept as ciphertext for that person alone, with where it belongs.
//!
//! A rescue takes public keys only, so it can be made where no private one is at hand. Its heading says in clear which repository and directory,
//! which environment and which version of its file it is about; the same heading stands inside both of its texts, so that no
//! text can be moved below another heading.

use std::{fmt, str::FromStr};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    keys::{self, Identity, LetterError, Recipient},
    secret::{ExposeSecret, SecretString},
    value::{EnvName, KeyPath},
};

/// The first line; the number is the version of the form.
const TITLE: &str = "vault rescue 1";

/// The last line of the heading of what an edit began with.
const TEXT: &str = "began with: text\n";
const NOTHING: &str = "began with: nothing\n";

/// Stands where there is nothing to name.
const NONE: &str = "none";

/// How a text begins that is encrypted with age.
const ARMOR: &str = "-----BEGIN AGE ENCRYPTED FILE-----";

/// What was edited: where it belongs, and from which version it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The id of the repository; nothing where it has none, because no file of it is signed.
    pub repository: Option<String>,
    /// The directory of the vault, absolute; left out where a line cannot hold it, and nothing in rescues that were made before vault wrote it down.
    pub directory: Option<String>,
    /// The environment.
    pub environment: EnvName,
    /// The key, where only what stands below it was edited.
    pub key: Option<KeyPath>,
    /// The SHA-256 of the encrypted file that the edit began with; nothing where there was no file.
    pub base: Option<[u8; 32]>,
}

/// Why a rescue cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RescueError {
    /// A heading of another form, or none.
    #[error("it is no rescue that this version of vault reads")]
    Form,
    /// A text that does not open.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// A text that was put below the heading of another one.
    #[error("its heading is not the one that it was made with")]
    Heading,
    /// What the edit began with is no text; what was typed may be anything.
    #[error("it does not hold the text that the edit began with")]
    NotText,
}

/// A rescue, whose texts nobody has opened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescue {
    subject: Subject,
    time: String,
    typed: String,
    began: Began,
}

/// The text that an edit began with, encrypted before anything can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Began(String);

/// The texts of a rescue.
pub struct Contents {
    /// What was typed, every byte of it.
    pub typed: Zeroizing<Vec<u8>>,
    /// What the edit began with; nothing where there was no such key.
    pub began: Option<SecretString>,
}

impl Began {
    /// Encrypts the text for the person who edits it; nothing is another thing than an empty text.
    ///
    /// # Panics
    /// When there are no recipients.
    pub fn new(subject: &Subject, text: Option<&SecretString>, recipients: &[Recipient]) -> Self {
        let (mark, text) = match text {
            Some(text) => (TEXT, text.expose_secret()),
            None => (NOTHING, ""),
        };
        let heading = format!("{subject}{mark}");
        Began(below(&heading, text.as_bytes(), recipients))
    }

    /// Takes back what [`Began::as_str`] showed.
    pub fn from_text(text: String) -> Self {
        Began(text)
    }

    /// The ciphertext, to be stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Rescue {
    /// Encrypts what was typed for the person who typed it; `time` is RFC 3339.
    ///
    /// # Panics
    /// When there are no recipients.
    pub fn new(
        subject: Subject,
        time: &str,
        typed: &[u8],
        began: Began,
        recipients: &[Recipient],
    ) -> Self {
        let typed = below(&heading(&subject, time), typed, recipients);
        Rescue {
            subject,
            time: time.to_owned(),
            typed,
            began,
        }
    }

    /// Reads the heading, and looks at nothing else.
    ///
    /// # Errors
    /// [`RescueError::Form`].
    pub fn parse(text: &str) -> Result<Self, RescueError> {
        let (head, body) = text.split_once("\n\n").ok_or(RescueError::Form)?;
        let (subject, time) = read_heading(&format!("{head}\n"))?;
        let first = body.strip_prefix(ARMOR).ok_or(RescueError::Form)?;
        let second = ARMOR.len() + first.find(ARMOR).ok_or(RescueError::Form)?;
        Ok(Rescue {
            subject,
            time,
            typed: body[..second].to_owned(),
            began: Began(body[second..].to_owned()),
        })
    }

    /// What was edited.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// When it was made.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// Opens both texts with the first identity that fits; `None` if none does.
    ///
    /// # Errors
    /// A text that is damaged, or was made below another heading.
    pub fn open(&self, identities: &[&Identity]) -> Result<Option<Contents>, RescueError> {
        let typed = keys::decrypt(&self.typed, identities)?;
        let began = keys::decrypt(&self.began.0, identities)?;
        let (Some(typed), Some(began)) = (typed, began) else {
            return Ok(None);
        };
        let typed = without(&heading(&self.subject, &self.time), &typed)?;
        if without(&format!("{}{NOTHING}", self.subject), &began).is_ok() {
            return Ok(Some(Contents { typed, began: None }));
        }
        let began = without(&format!("{}{TEXT}", self.subject), &began)?;
        let began = std::str::from_utf8(&began).map_err(|_| RescueError::NotText)?;
        Ok(Some(Contents {
            typed,
            began: Some(SecretString::from(began)),
        }))
    }
}

/// The whole file.
impl fmt::Display for Rescue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = heading(&self.subject, &self.time);
        write!(f, "{heading}\n{}{}", self.typed, self.began.as_str())
    }
}

/// A heading, a blank line and a text, encrypted together.
fn below(heading: &str, text: &[u8], recipients: &[Recipient]) -> String {
    let mut whole = Zeroizing::new(Vec::with_capacity(heading.len() + 1 + text.len()));
    whole.extend_from_slice(heading.as_bytes());
    whole.push(b'\n');
    whole.extend_from_slice(text);
    keys::encrypt(&whole, recipients)
}

fn without(heading: &str, whole: &[u8]) -> Result<Zeroizing<Vec<u8>>, RescueError> {
    let text = whole
        .strip_prefix(heading.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"\n"))
        .ok_or(RescueError::Heading)?;
    Ok(Zeroizing::new(text.to_vec()))
}

fn heading(subject: &Subject, time: &str) -> String {
    format!("{subject}time: {time}\n")
}

/// The lines of a heading, each with its line end.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        let repository = self.repository.as_deref().unwrap_or(NONE);
        writeln!(f, "repository: {repository}")?;
        let fits = |directory: &&String| !directory.contains(char::is_control);
        if let Some(directory) = self.directory.as_ref().filter(fits) {
            writeln!(f, "directory: {directory}")?;
        }
        writeln!(f, "environment: {}", self.environment)?;
        if let Some(key) = &self.key {
            writeln!(f, "key: {key}")?;
        }
        f.write_str("base: ")?;
        match &self.base {
            None => f.write_str(NONE)?,
            Some(digest) => digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?,
        }
        writeln!(f)
    }
}

impl FromStr for Subject {
    type Err = RescueError;

    /// Takes back exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, RescueError> {
        let field = |name: &str| {
            let mut lines = text.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let named = |text: &str| (text != NONE).then(|| text.to_owned());
        let key = field("key").map(str::parse).transpose();
        let subject = Subject {
            repository: named(field("repository").ok_or(RescueError::Form)?),
            directory: field("directory").map(str::to_owned),
            environment: field("environment")
                .and_then(|name| name.parse().ok())
                .ok_or(RescueError::Form)?,
            key: key.map_err(|_| RescueError::Form)?,
            base: digest(field("base").ok_or(RescueError::Form)?)?,
        };
        match subject.to_string() == text {
            true => Ok(subject),
            false => Err(RescueError::Form),
        }
    }
}

fn read_heading(text: &str) -> Result<(Subject, String), RescueError> {
    let at = text.rfind("time: ").ok_or(RescueError::Form)?;
    let (subject, time) = text.split_at(at);
    let time = time.trim_start_matches("time: ").trim_end_matches('\n');
    let subject: Subject = subject.parse()?;
    match heading(&subject, time) == text {
        true => Ok((subject, time.to_owned())),
        false => Err(RescueError::Form),
    }
}

fn digest(text: &str) -> Result<Option<[u8; 32]>, RescueError> {
    if text == NONE {
        return Ok(None);
    }
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.is_ascii() {
        return Err(RescueError::Form);
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| RescueError::Form)?;
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests;
