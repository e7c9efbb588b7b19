//! What only an identity can tell: whether a value is another one, and what was asked to be shown of it.

use std::cell::Cell;

use vault::{
    difference::{Difference, What},
    sealed::Opened,
    value::{KeyPath, Scalar},
};

use super::{
    pairs::{Half, Pair},
    report::is_open_to_doubt,
};
use crate::{
    failure::Failure,
    terminal::Terminal,
    workspace::{Meeting, Trouble, Versions, Workspace},
};

/// What is to be shown of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    Values,
    Fingerprints,
}

/// How exactly things are to be told.
pub(super) struct Exact<'e> {
    pub(super) is_keyless: bool,
    pub(super) shown: Shown,
    /// Where what is known of environments is looked up, before a value is shown.
    pub(super) workspace: Option<&'e Workspace<'e>>,
    /// Whether an identity was looked for, and could not be used: nobody is asked twice.
    pub(super) has_failed: Cell<bool>,
    pub(super) terminal: Terminal,
}

/// The two sides of an environment, open as far as there are files.
pub(super) struct Both {
    shown: Shown,
    before: Option<Opened>,
    after: Option<Opened>,
}

impl Exact<'_> {
    /// Opens both sides, if that tells more than is known already, and they open; their sketches know the values then.
    ///
    /// # Errors
    /// A passphrase that is wrong; values that are to be shown and do not open, or are not trusted.
    pub(super) fn open(
        &self,
        pair: &mut Pair,
        versions: &Versions<'_>,
        (keys, comments): &(Vec<Difference>, Vec<Difference>),
        are_fine: [bool; 2],
    ) -> Result<Option<Both>, Failure> {
        let is_needed = match self.shown {
            Shown::Nothing => is_open_to_doubt(keys, comments),
            Shown::Values | Shown::Fingerprints => !keys.is_empty(),
        };
        if self.is_keyless || !is_needed || self.has_failed.get() {
            return Ok(None);
        }
        let [before, after] = are_fine;
        let both = Both {
            shown: self.shown,
            before: self.half(pair.before.as_mut(), before, versions)?,
            after: self.half(pair.after.as_mut(), after, versions)?,
        };
        Ok(Some(both))
    }

    fn half(
        &self,
        half: Option<&mut Half>,
        is_fine: bool,
        versions: &Versions<'_>,
    ) -> Result<Option<Opened>, Failure> {
        // Of a version that proves nothing no value is shown; that it is one is told anyway.
        let Some(half) = half.filter(|_| is_fine || self.shown == Shown::Nothing) else {
            return Ok(None);
        };
        if self.has_failed.get() {
            return Ok(None);
        }
        let (Some(bytes), Some(version)) = (half.held.bytes(), &mut half.version) else {
            return Ok(None);
        };
        let opened = match versions.open(bytes) {
            // What can be told without an identity is told all the same.
            Err(trouble) if self.shown == Shown::Nothing => {
                self.has_failed.set(true);
                self.terminal
                    .warn(format!("no identity is used: {}", trouble.text));
                None
            }
            found => found?,
        };
        match &opened {
            Some(opened) => {
                versions.complete(version, opened);
                self.refuse_unknown(half, opened)?;
            }
            None if self.shown == Shown::Nothing => {}
            None => return Err(closed(half)),
        }
        Ok(opened)
    }

    /// Step 5 of acceptance, before a value is shown.
    fn refuse_unknown(&self, half: &Half, opened: &Opened) -> Result<(), Trouble> {
        let Some(workspace) = self.workspace else {
            return Ok(());
        };
        workspace.refuse_break(Meeting {
            environment: &half.environment,
            log: opened.log(),
            signer: half.signed().map(|signed| &signed.signer),
            file: None,
        })
    }
}

fn closed(half: &Half) -> Failure {
    let name = half.environment.name();
    Failure::new(format!(
        "no identity of yours opens {name}, whose values are to be shown"
    ))
    .hint("vault whoami shows your identities; without values none is needed")
}

impl Both {
    /// What is to be shown of a key, before and after.
    pub(super) fn values(&self, difference: &Difference) -> (Option<Scalar>, Option<Scalar>) {
        let path = &difference.path;
        let from = match &difference.what {
            What::Rekeyed => return (None, None),
            What::Renamed { from } => from,
            _ => path,
        };
        (
            self.value(self.before.as_ref(), from),
            self.value(self.after.as_ref(), path),
        )
    }

    fn value(&self, opened: Option<&Opened>, path: &KeyPath) -> Option<Scalar> {
        let opened = opened?;
        match self.shown {
            Shown::Nothing => None,
            Shown::Values => opened.get(path).cloned(),
            Shown::Fingerprints => opened.fingerprint(path).map(|text| Scalar::str(&text)),
        }
    }
}
