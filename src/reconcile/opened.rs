//! Both sides open: their plain documents woven, contradictions settled, and the file that comes of it.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Base, Side, Standing, Versions, unknown};
use crate::{
    braid::{Braided, Sides, braid_settled},
    keys::Member,
    merge::Conflict,
    sealed::{Opened, SealError},
    secret::{ExposeSecret, SecretString},
    sops::SopsError,
    typed,
    value::{KeyPath, Name},
    yaml::{Document, YamlError},
};

/// Why what the sides come to cannot be written.
#[derive(Debug, Error)]
pub enum MergeError {
    /// Every problem of the text that was found.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Text(Vec<SopsError>),
    /// A number that no tree can hold.
    #[error(transparent)]
    Number(#[from] YamlError),
    /// The file.
    #[error(transparent)]
    File(#[from] SealError),
}

/// What the sides come to.
pub enum Merged {
    /// A side as it stands: the other one adds nothing to it.
    Kept(Side),
    /// A file to be sealed.
    New(Box<Opened>),
}

/// Two versions of a file that are being brought together.
pub struct Reconciliation {
    standing: Standing,
    pub(super) versions: Versions<Opened>,
    plain: Versions<Document>,
    knows_base: bool,
    /// Conflicts that nobody has settled.
    open: Vec<Conflict>,
    /// Where their side was chosen; where ours was nothing is to be done.
    theirs_at: Vec<KeyPath>,
    text: Document,
    /// For whom it is, where nobody signs and the standing does not say it.
    pub(super) admitted: Option<BTreeMap<Name, Member>>,
}

impl Reconciliation {
    /// Weaves the versions; whoever calls this has dealt with the objections of the standing.
    ///
    /// # Errors
    ///
    /// A number that no tree can hold, or a mistake of this program.
    pub fn new(standing: Standing, versions: Versions<Opened>) -> Result<Self, MergeError> {
        let plain = Versions {
            base: versions.base.as_ref().try_map(plain_of)?,
            ours: plain_of(&versions.ours)?,
            theirs: plain_of(&versions.theirs)?,
        };
        // What somebody signed who has left may be from after that: then no change is taken because the other side made none.
        let knows_base = !matches!(plain.base, Base::Unknown) && !standing.has_lost_signer();
        let plain = match knows_base {
            false => Versions {
                base: Base::Known(unknown::base(&plain.ours, &plain.theirs)?),
                ..plain
            },
            true => plain,
        };
        let Braided { text, conflicts } = woven(&plain, &[])?;
        Ok(Reconciliation {
            standing,
            versions,
            plain,
            knows_base,
            open: conflicts,
            theirs_at: Vec::new(),
            text: parsed(&text)?,
            admitted: None,
        })
    }

    /// How the sides stand to each other.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// One of the sides.
    pub fn side(&self, side: Side) -> &Opened {
        self.versions.side(side)
    }

    /// Whether anybody knows what both sides began with; if not, every difference is a conflict.
    pub fn knows_base(&self) -> bool {
        self.knows_base
    }

    /// The contradictions that nobody has settled, in the order of the text.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.open
    }

    /// Decides for one side at a key, or at everything in conflict below it; returns whether there was a conflict.
    ///
    /// # Errors
    ///
    /// As [`Reconciliation::new`].
    pub fn settle(&mut self, path: &KeyPath, side: Side) -> Result<bool, MergeError> {
        let is_below = |conflict: &Conflict| conflict.path.steps().starts_with(path.steps());
        let open = std::mem::take(&mut self.open);
        let (settled, open): (Vec<_>, Vec<_>) = open.into_iter().partition(is_below);
        self.open = open;
        if side == Side::Theirs && !settled.is_empty() {
            self.theirs_at
                .extend(settled.iter().map(|conflict| conflict.path.clone()));
            self.text = parsed(&woven(&self.plain, &self.theirs_at)?.text)?;
        }
        Ok(!settled.is_empty())
    }

    /// The text for a person: what is settled, and at every open conflict both values. Values are in it: it is for the editor alone.
    pub fn shown(&self) -> SecretString {
        let shown = match self.knows_base {
            true => typed::with_theirs,
            false => typed::with_differences,
        };
        shown(&self.text, &self.open, &self.plain.theirs)
    }

    /// The text as it is now, with our side at open conflicts.
    pub fn text(&self) -> SecretString {
        SecretString::from(self.text.to_text().as_str())
    }

    /// Takes what a person has made of [`Reconciliation::shown`]: with it everything is settled.
    pub fn take(&mut self, text: Document) {
        self.open.clear();
        self.text = text;
    }

    /// Tells whether a text could be written, and nothing else.
    ///
    /// # Errors
    ///
    /// Its problems.
    pub fn check(&self, text: &Document) -> Result<(), Vec<SopsError>> {
        let carrier = self.versions.side(self.standing.carrier());
        let other = self.versions.side(self.standing.carrier().other());
        carrier.check_beside(text, other)
    }

    /// The file that comes of it; conflicts that nobody has settled are settled for our side.
    ///
    /// # Errors
    ///
    /// See [`MergeError`].
    pub fn finish(self) -> Result<Merged, MergeError> {
        if let Some(side) = self.kept() {
            return Ok(Merged::Kept(side));
        }
        let is_fresh = self.needs_fresh_key();
        let Reconciliation {
            standing,
            versions: Versions { ours, theirs, .. },
            text,
            admitted,
            ..
        } = self;
        let (mut file, other) = match standing.carrier() {
            Side::Ours => (ours, theirs),
            Side::Theirs => (theirs, ours),
        };
        match admitted {
            Some(members) => {
                if is_fresh {
                    file.rekey()?;
                }
                file.set_recipients(members)?;
            }
            None if is_fresh => file.renew()?,
            None => {}
        }
        if let Some((joining, log)) = standing.joining().zip(other.log()) {
            file.join(log.clone(), joining.clone())?;
        }
        file.revise_beside(&text, &other)
            .map_err(MergeError::Text)?;
        Ok(Merged::New(Box::new(file)))
    }

    /// The side that says everything already, under a log and a data key that the other side has nothing against.
    fn kept(&self) -> Option<Side> {
        let carrier = self.standing.carrier();
        let is_all = |side: Side| {
            let may_be = side == carrier || self.standing.is_even();
            may_be && self.plain.side(side).text() == self.text.text() && self.key_stays(side)
        };
        if self.standing.joining().is_some() || self.is_admitted() {
            return None;
        }
        [carrier, carrier.other()]
            .into_iter()
            .find(|side| is_all(*side))
    }

    /// Whether the data key of a side is the one that both agree on: the other side has it as well, or has kept the one of before.
    fn key_stays(&self, side: Side) -> bool {
        let [own, other] = [self.versions.side(side), self.versions.side(side.other())];
        let base = self.versions.base.as_ref().known();
        own.shares_key_with(other) || base.is_some_and(|base| base.shares_key_with(other))
    }

    /// Whether what comes of it has a data key of its own: those of the sides differ, or somebody reads one side who is not to read the result.
    pub fn needs_fresh_key(&self) -> bool {
        let Versions { ours, theirs, .. } = &self.versions;
        let carrier = self.versions.side(self.standing.carrier());
        let other = self.versions.side(self.standing.carrier().other());
        if let Some(members) = &self.admitted {
            let is_out = self.readers_of_either().into_iter().any(|text| {
                let mut keys = members.values().map(|member| member.reads().to_string());
                !keys.any(|key| key == text)
            });
            return is_out || !ours.shares_key_with(theirs);
        }
        let stays = |text: &str| carrier.recipients().any(|known| known == text);
        let drops = !other.recipients().all(stays) && self.standing.joining().is_none();
        !ours.shares_key_with(theirs) || (drops && carrier.file().metadata().foreign.is_empty())
    }
}

fn woven(plain: &Versions<Document>, theirs_at: &[KeyPath]) -> Result<Braided, MergeError> {
    let nothing = Document::parse("")?;
    let sides = Sides {
        base: plain.base.as_ref().known().unwrap_or(&nothing),
        ours: &plain.ours,
        theirs: &plain.theirs,
    };
    Ok(braid_settled(sides, theirs_at)?)
}

fn plain_of(opened: &Opened) -> Result<Document, MergeError> {
    parsed(&opened.to_plain()?)
}

fn parsed(text: &SecretString) -> Result<Document, MergeError> {
    Ok(Document::parse(text.expose_secret())?)
}
