//! A file takes over its plain text as a person has edited it.

use zeroize::Zeroizing;

use super::{
    File, METADATA_KEY, OpenFile,
    change::fault_of,
    error::{Reason, SopsError},
    header::Header,
    held::Held,
    open::read_comment,
    refuse_ambiguous_keys,
    scan::{Step, metadata_range, scan},
    seal::again,
    sealing::{Faults, Sealing, spelled},
};
use crate::{
    keys::PrivateKey,
    secret::ExposeSecret,
    value::{Form, Map, Node},
    yaml::{Document, Outline, Part, Style, edit::is_document_end},
};

/// Problems that are told of one text; whoever has more has made the same mistake again and again.
const PROBLEMS: usize = 100;

impl OpenFile {
    /// Takes over a whole plain document: what [`OpenFile::to_plain`] gave, as a person has edited it. Returns whether anything changed.
    ///
    /// Order, comments, blank lines and the style of keys are those of the text; the metadata, the byte-order mark and the kind of line
    /// end stay the file's. A value whose keys, type and text are the same keeps its ciphertext, and so does a comment of the same text in the
    /// same map or list; everything else is encrypted anew, a moved or renamed key too, because the path is authenticated. Positions in
    /// a list are not: there equal values are matched in their order, each ciphertext once. A text without any key leaves the metadata
    /// and the comments.
    ///
    /// Nothing has changed where the text is that of the file byte for byte, and where it differs only in how values are written.
    ///
    /// # Errors
    ///
    /// All problems of the text that can be found at once (at most 100), each with its place in the text and its key; then nothing
    /// was changed. Refused are a root in brackets, the key `sops`, names that [`OpenFile::set`] refuses where the file does not have them
    /// already, two keys with one additional data, numbers and times in a spelling that would not be kept, values that are too large, hold NUL or
    /// look encrypted, values and comments that the rule of the file would leave in clear and that are not there already, and layouts that sops
    /// does not read. [`Reason::SelfCheck`] is a mistake of this program.
    pub fn revise(&mut self, plain: &Document) -> Result<bool, Vec<SopsError>> {
        self.revise_from(plain, None)
    }

    /// As [`OpenFile::revise`], for a text that brings this file together with another version of it: what that one holds keeps its
    /// ciphertext as well if both have one data key, and what stands there in clear by its rule may stand so here.
    ///
    /// # Errors
    ///
    /// As [`OpenFile::revise`].
    pub fn revise_beside(
        &mut self,
        plain: &Document,
        other: &OpenFile,
    ) -> Result<bool, Vec<SopsError>> {
        self.revise_from(plain, Some(other))
    }

    /// Tells whether a text could be taken over so, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`OpenFile::revise`].
    pub fn check_beside(&self, plain: &Document, other: &OpenFile) -> Result<(), Vec<SopsError>> {
        let plain = self.in_own_line_ends(plain).map_err(|error| vec![error])?;
        self.revised(&plain, Some(other)).map(drop)
    }

    fn revise_from(
        &mut self,
        plain: &Document,
        other: Option<&OpenFile>,
    ) -> Result<bool, Vec<SopsError>> {
        let one = |error| vec![error];
        let plain = &self.in_own_line_ends(plain).map_err(one)?;
        let before = self.to_plain().map_err(one)?;
        if before.expose_secret().trim_start_matches('\u{feff}') == plain.text() {
            return Ok(false);
        }
        let text = self.revised(plain, other)?;
        if *text == *self.file.document().text() {
            return Ok(false);
        }
        let file = again(self.file.document(), &text, Form::Lenient);
        self.take_over(plain, file.map_err(one)?).map_err(one)?;
        Ok(true)
    }

    /// Line ends are no matter of one edit: an editor that writes others would change every line.
    fn in_own_line_ends(&self, plain: &Document) -> Result<Document, SopsError> {
        let unified = Zeroizing::new(plain.text().replace("\r\n", "\n"));
        let parsed = match LineEnds::of(self.file.document().text()) {
            LineEnds::Lf => Document::parse(&unified),
            LineEnds::CrLf => Document::parse(&Zeroizing::new(unified.replace('\n', "\r\n"))),
            LineEnds::Mixed => Document::parse(plain.text()),
        };
        parsed.map_err(|_| SopsError::file(Reason::SelfCheck))
    }

    fn revised(
        &self,
        plain: &Document,
        other: Option<&OpenFile>,
    ) -> Result<Zeroizing<String>, Vec<SopsError>> {
        check_root(plain)?;
        let one = |error| vec![error];
        let header = self.metadata_for(plain).map_err(one)?;
        let held = Held::of(self).map_err(one)?;
        let held = match other {
            Some(other) => held.with(self, other).map_err(one)?,
            None => held,
        };
        let mut sealing = Sealing::again(&self.cipher, self.file.metadata(), held);
        let outline = Outline::new(plain);
        let mut faults = self.keys_refused(plain, &outline, other);
        let values = sealing.values(plain, &outline, &mut faults);
        // What stands under an empty key would be in clear; that the key is refused is enough.
        if faults
            .iter()
            .any(|(_, reason)| matches!(reason, Reason::KeyName(_)))
        {
            let is_clear = |reason: &Reason| matches!(reason, Reason::WouldBeClear(_));
            faults.retain(|(index, reason)| {
                !(is_clear(reason) && outline.keys_to(*index).contains(&""))
            });
        }
        let mut errors = listed(&outline, faults);
        // Nothing but an empty range: a plain text has no metadata.
        #[expect(clippy::reversed_empty_ranges, reason = "an empty range is meant")]
        errors.extend(refuse_ambiguous_keys(plain, &(1..=0)).err());
        if !errors.is_empty() {
            return Err(errors);
        }
        sealing.text(plain, values, plain.end_of_data(), &header)
    }

    /// The lines of the metadata as they stand, moved to the column of the keys of `plain`.
    fn metadata_for(&self, plain: &Document) -> Result<String, SopsError> {
        let document = self.file.document();
        let flow = || SopsError::file(Reason::FlowLayout);
        Header::of(document, self.file.metadata()).ok_or_else(flow)?;
        let range = metadata_range(document, self.file.metadata());
        let start = document.line_start_of(*range.start());
        let lines = &document.text()[start..document.line_end_of(*range.end())];
        let old = document
            .root()
            .map_or(0, |root| document.column_at(root.item().range().start));
        let new = plain
            .root()
            .map_or(0, |root| plain.column_at(root.item().range().start));
        Ok(match old == new {
            true => lines.to_owned(),
            false => lines
                .split_inclusive('\n')
                .map(|line| moved(line, old, new))
                .collect(),
        })
    }

    /// The keys that nobody may write; those that the file has already, or the other version of it, are left to it.
    fn keys_refused(
        &self,
        plain: &Document,
        outline: &Outline<'_>,
        other: Option<&OpenFile>,
    ) -> Faults {
        let mut known: Option<Vec<(Vec<&str>, bool)>> = None;
        let mut faults = Faults::new();
        if let Some(entry) = plain.root().and_then(|root| root.entry(METADATA_KEY)) {
            faults.push((entry.key_index, Reason::Reserved));
        }
        for (index, item) in plain.items().iter().enumerate() {
            if item.part != Part::Key {
                continue;
            }
            let key = plain.str_at(index);
            let reason = match fault_of(key) {
                _ if PrivateKey::is_meant_by(key.as_bytes()) => Reason::KeyForName,
                Some(why) => Reason::KeyName(why),
                None if is_block(item.style) => Reason::BlockKey,
                None => continue,
            };
            let key = odd_key(outline, index);
            let odd_keys = || {
                let others = other.into_iter().flat_map(OpenFile::odd_keys);
                self.odd_keys().into_iter().chain(others).collect()
            };
            if !known.get_or_insert_with(odd_keys).contains(&key) {
                faults.push((index, reason));
            }
        }
        faults
    }

    fn odd_keys(&self) -> Vec<(Vec<&str>, bool)> {
        let document = self.file.document();
        let outline = Outline::new(document);
        let is_odd = |index: &usize| {
            let item = &document.items()[*index];
            item.part == Part::Key
                && (is_block(item.style) || fault_of(document.str_at(*index)).is_some())
        };
        (0..document.items().len())
            .filter(is_odd)
            .map(|index| odd_key(&outline, index))
            .collect()
    }

    /// Takes the file over if it says what the text says, values and comments.
    fn take_over(&mut self, plain: &Document, file: File) -> Result<(), SopsError> {
        let tree = match plain.root().map(|root| root.to_node()) {
            None => Map::new(),
            Some(Ok(Node::Map(tree))) => tree,
            Some(_) => return Err(SopsError::file(Reason::SelfCheck)),
        };
        let old = (
            std::mem::replace(&mut self.file, file),
            std::mem::replace(&mut self.tree, tree),
        );
        // Whoever reads it back gets the tree, or an error.
        let checked = self
            .to_plain()
            .map(drop)
            .and_then(|()| self.says_all_of(plain));
        if checked.is_err() {
            (self.file, self.tree) = old;
        }
        checked
    }

    fn says_all_of(&self, plain: &Document) -> Result<(), SopsError> {
        let is_comment = |index: &usize| plain.items()[*index].part == Part::Comment;
        let mut wanted = (0..plain.items().len()).filter(is_comment);
        let mut is_same = true;
        let (document, metadata) = (self.file.document(), self.file.metadata());
        scan(document, metadata, Form::Lenient, &mut |step| {
            if let Step::Comment(remark) = step {
                let comment = read_comment(document, &self.cipher, &remark);
                let text = wanted
                    .next()
                    .map(|index| spelled(plain.str_at(index), remark.in_list && remark.encrypts));
                is_same &= text == Some(comment.text.expose_secret());
            }
            Ok(())
        })?;
        match is_same && wanted.next().is_none() {
            true => Ok(()),
            false => Err(SopsError::file(Reason::SelfCheck)),
        }
    }
}

/// How the lines of a text end.
enum LineEnds {
    Lf,
    CrLf,
    Mixed,
}

impl LineEnds {
    fn of(text: &str) -> Self {
        let all = text.matches('\n').count();
        match text.matches("\r\n").count() {
            0 => LineEnds::Lf,
            both if both == all => LineEnds::CrLf,
            _ => LineEnds::Mixed,
        }
    }
}

/// Only a map in lines has a place for the metadata.
fn check_root(plain: &Document) -> Result<(), Vec<SopsError>> {
    let Some(root) = plain.root() else {
        return Ok(());
    };
    let start = root.item().range().start;
    let line = &plain.text()[start - plain.column_at(start)..];
    let line = line.lines().next().unwrap_or_default();
    // Behind the end of a document that holds nothing, nobody knows where the map begins.
    let is_alone = line[..plain.column_at(start)].trim().is_empty() && !is_document_end(line);
    match root.item().is_flow || !is_alone {
        true => Err(vec![SopsError {
            place: Some(root.place()),
            path: None,
            reason: Reason::RootLayout,
        }]),
        false => Ok(()),
    }
}

fn is_block(style: Style) -> bool {
    matches!(style, Style::Literal | Style::Folded)
}

/// The keys to a key, itself last, and whether it is written as a block.
fn odd_key<'d>(outline: &Outline<'d>, index: usize) -> (Vec<&'d str>, bool) {
    let document = outline.document();
    let mut keys = outline
        .holder(index)
        .map(|map| outline.keys_to(map))
        .unwrap_or_default();
    keys.push(document.str_at(index));
    (keys, is_block(document.items()[index].style))
}

/// A line of the metadata at another column.
fn moved(line: &str, old: usize, new: usize) -> String {
    if line.trim().is_empty() {
        return line.to_owned();
    }
    let blanks = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(new), &line[old.min(blanks)..])
}

/// The faults in the order of the text.
fn listed(outline: &Outline<'_>, mut faults: Faults) -> Vec<SopsError> {
    faults.sort_by_key(|(index, _)| *index);
    faults.truncate(PROBLEMS);
    let document = outline.document();
    let error = |(index, reason): (usize, Reason)| SopsError {
        place: Some(document.place_of(index)),
        // A private key is not repeated.
        path: (reason != Reason::KeyForName).then(|| outline.path(index)),
        reason,
    };
    faults.into_iter().map(error).collect()
}
