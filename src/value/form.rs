//! How strictly text out of a file is read.

/// Which spellings of one and the same thing are taken.
///
/// A signed file holds canonical encodings only, so that nothing in it can be said in two ways; files
/// that other programs wrote are taken as SOPS takes them, and become canonical with the first write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The one spelling that vault writes.
    Canonical,
    /// Whatever SOPS reads.
    Lenient,
}
