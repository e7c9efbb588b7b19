//! The block `sops.x-vault`: the log and the signature over the file.

use super::{
    Entry, Log,
    entry::Reader,
    error::{LogError, LogFault},
};
use crate::{
    value::Kind,
    yaml::{Document, NodeRef, Part},
};

/// The version of the block that this vault writes and reads.
pub(crate) const BLOCK_VERSION: &str = "1";

/// A block whose log verified; the signature over the file is still to be checked.
#[derive(Clone, Debug)]
pub struct Block {
    log: Log,
    signature: usize,
}

impl Block {
    /// Reads the block that stands at the item `index`, and verifies its log.
    ///
    /// # Errors
    ///
    /// Anything in it that vault does not write: comments, unknown keys, a log that does not verify.
    pub fn read(document: &Document, index: usize) -> Result<Self, LogError> {
        let reader = Reader { document };
        let node = document.node_at(index);
        if !node.is_map() {
            return Err(reader.wrong(node, LogFault::Expected("a map")));
        }
        check_version(&reader, node)?;
        refuse_comments(document, node)?;
        if let Some(entry) = node
            .entries()
            .find(|entry| !matches!(entry.key, "version" | "members" | "signature"))
        {
            return Err(LogError::at(
                document,
                entry.key_index,
                LogFault::UnknownKey,
            ));
        }
        let signature = reader.field(node, "signature")?;
        reader.string(signature)?;
        let members = reader.field(node, "members")?;
        if !members.is_list() {
            return Err(reader.wrong(members, LogFault::Expected("a list")));
        }
        let entries = members
            .items()
            .map(|entry| Entry::read(document, entry))
            .collect::<Result<_, _>>()?;
        Ok(Block {
            log: Log::verify(document, entries)?,
            signature: signature.index(),
        })
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The item of the signature over the file.
    pub fn signature(&self) -> usize {
        self.signature
    }
}

fn check_version(reader: &Reader<'_>, node: NodeRef<'_>) -> Result<(), LogError> {
    let version = node
        .get("version")
        .ok_or_else(|| reader.wrong(node, LogFault::Missing("version")))?;
    let scalar =
        (version.item().part == Part::Value).then(|| reader.document.scalar_at(version.index()));
    match scalar {
        Some(Ok(scalar)) if scalar.kind() == Kind::Int && scalar.expose() == BLOCK_VERSION => {
            Ok(())
        }
        Some(Ok(scalar))
            if scalar.kind() == Kind::Int
                && !scalar.expose().starts_with('-')
                && scalar.expose() != "0" =>
        {
            Err(reader.wrong(version, LogFault::Newer(scalar.expose().to_owned())))
        }
        _ => Err(reader.wrong(version, LogFault::Expected("version: 1"))),
    }
}

fn refuse_comments(document: &Document, node: NodeRef<'_>) -> Result<(), LogError> {
    // From the key to the end: a comment between the key and the first line of the map is inside as well.
    let start = (0..node.index())
        .rev()
        .find(|at| document.items()[*at].part != Part::Comment)
        .map_or(0, |at| at + 1);
    match (start..=node.last_index()).find(|at| document.items()[*at].part == Part::Comment) {
        Some(comment) => Err(LogError::at(document, comment, LogFault::Comment)),
        None => Ok(()),
    }
}
