//! What was typed goes into the file as it is now, whoever wrote it meanwhile.

use vault::{rescue::Subject, secret::SecretString, typed::Problem};
use zeroize::Zeroizing;

use super::{
    rounds::Rounds,
    subject,
    target::{Base, Merged},
};
use crate::{
    editor::Session,
    failure::Failure,
    workspace::{Draft, KeyChange, Workspace},
};

/// How often a write is tried again when others write at the same time.
const TRIES: usize = 50;

/// What came of it.
pub(super) enum Attempt {
    /// It is in the file.
    Written(Vec<KeyChange>),
    /// The file holds it already.
    Nothing,
    /// It cannot be written, for these reasons; perhaps because of what others wrote.
    Wrong(Vec<Problem>, Option<Moved>),
    /// Others have changed these keys as well, and otherwise.
    Conflict(Vec<String>, Moved),
}

/// The edit goes on from what others wrote.
pub(super) struct Moved {
    /// The text for the editor, with what others wrote in it.
    pub(super) buffer: Zeroizing<Vec<u8>>,
    /// What stands in the file now.
    pub(super) base: Base,
    /// The version that this is.
    pub(super) subject: Subject,
}

impl Rounds<'_> {
    /// Brings what was typed into the file; what others wrote since `base` stays.
    ///
    /// Whatever changed meanwhile, the config may have as well: everything is looked at anew.
    pub(super) fn attempt(
        &self,
        session: &Session<'_>,
        base: &Base,
        typed: &SecretString,
    ) -> Result<Attempt, Failure> {
        for _ in 0..TRIES {
            let workspace = Workspace::open(self.sitting.context)?;
            let environment = workspace.environment(&self.name)?;
            let mut draft = workspace.draft_again(environment)?;
            let theirs = self.target.text(&draft)?;
            let moved = |draft: &Draft<'_, '_>, text: &SecretString| Moved {
                buffer: self.target.buffer(draft, text),
                base: theirs.clone(),
                subject: subject(&workspace, environment, draft, &self.target),
            };
            let text = match self.target.merged(base, typed, &theirs) {
                Ok(Merged::Clean(text)) => text,
                Ok(Merged::Conflict { text, conflicts }) => {
                    return Ok(Attempt::Conflict(conflicts, moved(&draft, &text)));
                }
                Err(problems) => return Ok(Attempt::Wrong(problems, None)),
            };
            match self.target.put(&mut draft, &text) {
                Ok(true) => {}
                Ok(false) => return Ok(Attempt::Nothing),
                Err(problems) => {
                    use vault::secret::ExposeSecret;
                    let is_ours = text.expose_secret() == typed.expose_secret();
                    let moved = (!is_ours).then(|| moved(&draft, &text));
                    return Ok(Attempt::Wrong(problems, moved));
                }
            }
            if let Some(changes) = session.undisturbed(|| draft.save_once())? {
                return Ok(Attempt::Written(changes));
            }
        }
        Err(
            Failure::new(format!("{} is written by others all the time", self.name))
                .hint("try again"),
        )
    }
}
