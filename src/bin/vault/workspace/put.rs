//! Many values at once: put into a draft, and read back from the file that was written.

use std::collections::BTreeMap;

use vault::{
    config::Environment,
    sops::{ChangeError, Put},
    value::{KeyPath, Node},
};

use super::{Draft, Trouble, Workspace, key::find};
use crate::context::Context;

/// Comments for the lines above keys, each without its `#`.
pub(crate) type Comments = BTreeMap<KeyPath, Vec<String>>;

impl Draft<'_, '_> {
    /// Puts nodes at their paths, new ones with the comments that the draft has for them; returns the keys whose comments found no place.
    pub(crate) fn put_all<'p>(
        &mut self,
        nodes: impl IntoIterator<Item = (&'p KeyPath, &'p Node)>,
    ) -> Result<Vec<KeyPath>, Trouble> {
        let none: &[String] = &[];
        let put = |(path, node)| Put {
            path,
            node,
            comments: self.comments.get(path).map_or(none, Vec::as_slice),
        };
        let puts: Vec<Put<'_>> = nodes.into_iter().map(put).collect();
        self.opened.put_all(&puts).map_err(refused)
    }
}

/// Every key that cannot be written.
fn refused(errors: Vec<ChangeError>) -> Trouble {
    let count = errors.len();
    let mut troubles = errors.into_iter().map(Trouble::from);
    match (count, troubles.next()) {
        (1, Some(only)) => only,
        (_, first) => first.into_iter().chain(troubles).fold(
            Trouble::failed(format!("{count} of the keys cannot be written")),
            |trouble, one| trouble.detail(one.text),
        ),
    }
}

impl Workspace<'_> {
    /// Opens an environment's file from disk, as anybody would who reads it next, and compares what it holds with what was meant.
    ///
    /// # Errors
    /// The file is not accepted, does not open, or holds something else.
    pub(crate) fn read_back<'p>(
        context: &Context,
        environment: &Environment,
        nodes: impl IntoIterator<Item = (&'p KeyPath, &'p Node)>,
    ) -> Result<(), Trouble> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment(environment.name())?;
        let accepted = workspace.accept_existing(environment)?;
        let opened = workspace.open_accepted(environment, accepted)?;
        let other: Vec<&KeyPath> = nodes
            .into_iter()
            .filter(|(path, node)| {
                !find(opened.tree(), path).is_some_and(|there| there.holds_the_same(node))
            })
            .map(|(path, _)| path)
            .collect();
        match other.is_empty() {
            true => Ok(()),
            false => Err(other.iter().fold(
                Trouble::failed(format!(
                    "{} was written, but holds something else now for:",
                    environment.file()
                ))
                .hint("somebody else may have written it at the same moment: look, and type the command again"),
                |trouble, path| trouble.detail(path.to_string()),
            )),
        }
    }
}
