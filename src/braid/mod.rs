//! Brings together two plain documents that began as one: values as [`merge`](mod@merge) does, and with them the comments, order and layout of both.
//!
//! The text is ours, and theirs where only they changed something. A map in lines is taken apart into its keys: each with the lines above it
//! (comments and blank lines belong to the key that follows them) and the lines of what it holds. Of these,
//!
//! * a key that only they have is put behind the one that it follows there, with its comments;
//! * a key that they took out goes with the comments that it had; what we had added to these stays, above the next key;
//! * a value, a list, or a map in brackets that only one side changed is that side's text; where both changed other keys of such a map
//!   it is written anew, its comments above it;
//! * comments that only one side changed are that side's; where both did, ours stay and theirs that we lack follow.
//!
//! No value is lost but by the rules of `merge`, and no comment that either side has written. Where a contradiction is, our value stands in the
//! text and the place is told.

mod comments;
mod level;
mod weaver;

use zeroize::Zeroizing;

use crate::{
    merge::{self, Change, Conflict, Merge},
    secret::SecretString,
    value::{KeyPath, Map, Node},
    yaml::{
        Document, YamlError,
        write::{Draft, double_quoted},
    },
};

use comments::{lacks, minus};
use level::{Root, Side};
use weaver::Weaver;

/// The three documents; what is in them is plain.
#[derive(Clone, Copy)]
pub struct Sides<'d> {
    /// What both began with; one without keys if there was nothing.
    pub base: &'d Document,
    /// What we made of it.
    pub ours: &'d Document,
    /// What others made of it.
    pub theirs: &'d Document,
}

/// What came out.
pub struct Braided {
    /// The document with both sides' work.
    pub text: SecretString,
    /// The places where the sides contradict each other, in the order of our text; "here" is our side.
    pub conflicts: Vec<Conflict>,
}

/// Brings the changes of others into our text.
///
/// The result parses, and holds what [`merge::three_way`] says with our side where there are conflicts; this is checked. It takes time and memory in
/// proportion to the documents.
///
/// # Errors
///
/// A number that no tree can hold, with its place.
pub fn braid(sides: Sides<'_>) -> Result<Braided, YamlError> {
    braid_settled(sides, &[])
}

/// As [`braid`], where somebody has decided for their side at some of the conflicts; these are none any more.
///
/// # Errors
///
/// As [`braid`].
pub fn braid_settled(sides: Sides<'_>, theirs_at: &[KeyPath]) -> Result<Braided, YamlError> {
    let [base, ours, theirs] = [tree(sides.base)?, tree(sides.ours)?, tree(sides.theirs)?];
    let (merged, conflicts) = values([&base, &ours, &theirs], theirs_at);
    let text = match sides.settled() {
        Some(text) => text,
        None => sides.text(&ours, &theirs, &base, &merged),
    };
    Ok(Braided {
        text: SecretString::from(text.as_str()),
        conflicts,
    })
}

/// The merged tree, with our side at the conflicts but those at the given paths.
fn values([base, ours, theirs]: [&Node; 3], theirs_at: &[KeyPath]) -> (Node, Vec<Conflict>) {
    // The other way around: what they did that our text lacks.
    let changes = merge::three_way(Merge {
        base,
        ours: theirs,
        theirs: ours,
    });
    let mut merged = ours.clone();
    let made = merge::apply(&mut merged, &changes.changes);
    made.expect("changes fit the tree that they were made for");
    let conflicts = merge::three_way(Merge { base, ours, theirs }).conflicts;
    let is_settled = |conflict: &Conflict| theirs_at.contains(&conflict.path);
    let (settled, open): (Vec<_>, Vec<_>) = conflicts.into_iter().partition(is_settled);
    let changes: Vec<Change> = settled
        .into_iter()
        .map(|conflict| Change {
            to: theirs.get(conflict.path.steps()).cloned(),
            path: conflict.path,
        })
        .collect();
    let made = merge::apply(&mut merged, &changes);
    made.expect("where both sides have a conflict both have its map");
    (merged, open)
}

fn tree(document: &Document) -> Result<Node, YamlError> {
    let root = document.root().map(|root| root.to_node()).transpose()?;
    Ok(root.unwrap_or(Node::Map(Map::new())))
}

impl Sides<'_> {
    /// The text where only one side changed anything, or both the same.
    fn settled(&self) -> Option<Zeroizing<String>> {
        match self.ours.text() == self.base.text() {
            true => Some(self.theirs.to_text()),
            false if self.theirs.text() == self.base.text() => Some(self.ours.to_text()),
            false => (self.ours.text() == self.theirs.text()).then(|| self.ours.to_text()),
        }
    }

    fn text(&self, ours: &Node, theirs: &Node, base: &Node, merged: &Node) -> Zeroizing<String> {
        self.woven([base, ours, theirs], merged)
            .filter(|text| self.is_all_in(text, merged))
            .unwrap_or_else(|| self.anew(merged))
    }

    /// Both texts woven line by line; `None` where one of them has no lines for its keys.
    fn woven(&self, [base, ours, theirs]: [&Node; 3], merged: &Node) -> Option<Zeroizing<String>> {
        let sides = [self.base, self.ours, self.theirs].map(Side::new);
        let [b, o, t] = &sides;
        let (before, mine, their) = (Root::of(b), Root::of(o)?, Root::of(t)?);
        let mut weaver = Weaver::new(&sides);
        weaver.root([base, ours, theirs], merged, before.as_ref(), &mine, &their);
        Some(weaver.finish())
    }

    fn is_all_in(&self, text: &str, merged: &Node) -> bool {
        let Ok(document) = Document::parse(text) else {
            return false;
        };
        let is_same = tree(&document).is_ok_and(|tree| merge::is_same(&tree, merged));
        let [base, ours, theirs, now] = [self.base, self.ours, self.theirs, &document]
            .map(|document| Side::new(document).all());
        let is_kept = |side: &[&str]| !lacks(&now, &minus(side, &base));
        is_same && is_kept(&ours) && is_kept(&theirs)
    }

    /// The merged tree in lines of our own, all comments on top: for what cannot be taken apart, such as a document in brackets.
    fn anew(&self, merged: &Node) -> Zeroizing<String> {
        let [base, ours, theirs] =
            [self.base, self.ours, self.theirs].map(|document| Side::new(document).all());
        let more = minus(&minus(&theirs, &base), &ours);
        let mut text = Zeroizing::new(String::new());
        for comment in ours.iter().chain(&more) {
            text.push('#');
            text.push_str(comment);
            text.push('\n');
        }
        if let Node::Map(map) = merged
            && !map.is_empty()
        {
            draft(merged).push_block(&mut text, 0, "\n");
            text.push('\n');
        }
        text
    }
}

/// A node as it is written where no text of it can be taken.
fn draft(node: &Node) -> Draft {
    use crate::value::Kind;
    match node {
        Node::Scalar(scalar) => Draft::Scalar(match scalar.kind() {
            Kind::Null => "null".to_owned(),
            Kind::Str => double_quoted(scalar.expose()),
            // A day is the same time, and stays what a config takes for a day.
            Kind::Time => day(scalar.expose()).to_owned(),
            _ => scalar.expose().to_owned(),
        }),
        Node::Map(map) => Draft::Map(
            map.iter()
                .map(|(key, node)| (key.to_owned(), draft(node)))
                .collect(),
        ),
        Node::List(items) => Draft::List(items.iter().map(draft).collect()),
    }
}

fn day(time: &str) -> &str {
    time.strip_suffix("T00:00:00Z").unwrap_or(time)
}

#[cfg(test)]
mod tests;
