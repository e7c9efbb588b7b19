//! What is known of an edit before it begins: enough to make a rescue of it without any private key.
//!
//! Lies on the desk beside the text, for whoever finds it abandoned, and goes to the watcher.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use vault::{
    keys::Recipient,
    rescue::{Began, Subject},
    secret::SecretString,
    vault::Digest,
};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// What an edit begins with.
pub(crate) struct Beginning {
    /// What is edited.
    pub(crate) subject: Subject,
    /// The person who edits.
    pub(crate) recipients: Vec<Recipient>,
    /// What was there before, without anything of ours; nothing where there was none.
    pub(crate) base: Option<SecretString>,
    /// What stands in the editor at first.
    pub(crate) buffer: Zeroizing<Vec<u8>>,
    /// The encrypted file, absolute: nobody edits it twice without being told.
    pub(crate) path: PathBuf,
}

/// The same, fit to be stored: nothing in it is secret but for the digest, which never leaves the desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    subject: String,
    recipients: Vec<String>,
    began: String,
    buffer: [u8; 32],
    /// The name of the text on the desk.
    pub(super) name: String,
    /// The encrypted file.
    pub(super) path: PathBuf,
    /// Where rescues are put, in this order.
    pub(super) rescues: Vec<PathBuf>,
    /// The process that edits.
    pub(super) process: u32,
    /// Since when, RFC 3339.
    pub(super) since: String,
}

impl Record {
    pub(super) fn new(
        beginning: &Beginning,
        rescues: Vec<PathBuf>,
        process: u32,
        since: String,
    ) -> Self {
        let Beginning {
            subject,
            recipients,
            base,
            buffer,
            path,
        } = beginning;
        let name = subject.environment.as_str();
        let name = name.rsplit('/').next().unwrap_or(name);
        Record {
            subject: subject.to_string(),
            recipients: recipients.iter().map(ToString::to_string).collect(),
            began: Began::new(subject, base.as_ref(), recipients)
                .as_str()
                .to_owned(),
            buffer: *Digest::of(typed(buffer)).as_bytes(),
            name: format!("{name}.yaml"),
            path: path.clone(),
            rescues,
            process,
            since,
        }
    }

    /// The same edit, which goes on from another version of the file.
    pub(super) fn rebased(&self, subject: &Subject, base: Option<&SecretString>) -> Self {
        Record {
            subject: subject.to_string(),
            began: Began::new(subject, base, &self.recipients())
                .as_str()
                .to_owned(),
            ..self.clone()
        }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers")
    }

    /// Takes back what `to_json` wrote; a name that leads elsewhere is none of ours.
    pub(super) fn of_json(bytes: &[u8]) -> Option<Self> {
        let record: Record = serde_json::from_slice(bytes).ok()?;
        let is_name = !record.name.contains('/') && record.name.len() > ".yaml".len();
        (is_name && !record.recipients().is_empty()).then_some(record)
    }

    /// What is edited.
    ///
    /// # Errors
    /// Somebody else wrote the record.
    pub(crate) fn subject(&self) -> Result<Subject, Failure> {
        self.subject
            .parse()
            .map_err(|error| Failure::because(&error))
    }

    pub(super) fn recipients(&self) -> Vec<Recipient> {
        let parsed = self.recipients.iter().map(|text| text.parse().ok());
        parsed.collect::<Option<_>>().unwrap_or_default()
    }

    pub(super) fn began(&self) -> Began {
        Began::from_text(self.began.clone())
    }

    /// Whether nothing was typed into a text: it is what stood in the editor at first, but for lines of ours.
    pub(super) fn is_untouched(&self, text: &[u8]) -> bool {
        *Digest::of(typed(text)).as_bytes() == self.buffer
    }

    /// The process that edits, and since when.
    pub(crate) fn holder(&self) -> (u32, &str) {
        (self.process, &self.since)
    }
}

/// A text without the lines of ours on top.
pub(super) fn typed(buffer: &[u8]) -> &[u8] {
    std::str::from_utf8(buffer).map_or(buffer, |text| vault::typed::typed(text).as_bytes())
}
