//! What sops stops at, or reads otherwise, where vault reads on: `check` names it, and no write leaves it in a file.
//!
//! Measured with sops 3.13.3, which reads YAML with go-yaml, the metadata with a decoder of its own, and armor with Go's `age/armor`.

use super::{
    FOREIGN_KEYS, File, METADATA_KEY,
    error::{Reason, SopsError},
    owner::Owners,
    scan::{Remark, Step},
};
use crate::{
    cipher::Tag,
    keys,
    value::{Form, Kind, time::canonical_time},
    yaml::{Document, Entry, NodeRef, Outline, Part, Place, Style, lines::lines_from},
};

impl File {
    /// Tells whether sops opens the file as vault does, as far as that takes no key; every write leaves it so.
    ///
    /// # Errors
    ///
    /// [`Reason::Unreadable`], [`Reason::EmptyItem`], [`Reason::Stops`] and [`Reason::StopsYet`], with the place.
    pub fn check_for_sops(&self) -> Result<(), SopsError> {
        self.check_reading()?;
        self.check_types()?;
        let root = self.document.root();
        let Some(metadata) = root.and_then(|root| root.entry(METADATA_KEY)) else {
            return Ok(());
        };
        let fields = Fields {
            document: &self.document,
            metadata,
        };
        fields.check()
    }

    /// Refuses what sops would read as something else.
    pub(super) fn check_reading(&self) -> Result<(), SopsError> {
        check_layout(&self.document)?;
        self.check_comments()
    }

    /// In a list that is encrypted, sops takes a comment without any text for an empty item.
    fn check_comments(&self) -> Result<(), SopsError> {
        let document = &self.document;
        let is_bare = |index: usize| {
            document.items()[index].part == Part::Comment && document.str_at(index).is_empty()
        };
        if !(0..document.items().len()).any(is_bare) {
            return Ok(());
        }
        self.scan(&mut |step| match step {
            Step::Comment(Remark {
                index,
                encrypts: true,
                in_list: true,
                ..
            }) if is_bare(index) => Err(SopsError::item(document, index, Reason::EmptyItem)),
            _ => Ok(()),
        })
    }

    /// sops panics where the type of a value is `bytes`, which is taken from files of others alone.
    fn check_types(&self) -> Result<(), SopsError> {
        if self.form == Form::Canonical {
            return Ok(());
        }
        self.scan(&mut |step| match step {
            Step::Sealed {
                index, ciphertext, ..
            } if ciphertext.tag() == Tag::Bytes => Err(SopsError::item(
                &self.document,
                index,
                Reason::StopsYet("a value of another type than `bytes`"),
            )),
            _ => Ok(()),
        })
    }
}

/// Refuses a layout that sops reads in another way, or not at all.
fn check_layout(document: &Document) -> Result<(), SopsError> {
    let text = document.text();
    if let Some(at) = stray_mark(text) {
        return Err(SopsError {
            place: Some(Place::of(text, at)),
            path: None,
            reason: Reason::Unreadable,
        });
    }
    // Besides, only these two characters make one.
    match memchr::memchr2(b'\t', b'?', text.as_bytes()) {
        None => Ok(()),
        Some(_) => Owners::new(&Outline::new(document)).check(document),
    }
}

/// A byte-order mark that begins a line and not the text: a parser may pass over it, and sops takes it for a part of the key.
fn stray_mark(text: &str) -> Option<usize> {
    const MARK: &str = "\u{feff}";
    let marks = memchr::memmem::find_iter(text.as_bytes(), MARK);
    let begins = |at: &usize| {
        let before = &text[..*at];
        before.ends_with(['\n', '\r']) || before == MARK
    };
    marks.into_iter().find(begins)
}

/// The metadata, as sops decodes it.
struct Fields<'d> {
    document: &'d Document,
    metadata: Entry<'d>,
}

impl<'d> Fields<'d> {
    fn check(&self) -> Result<(), SopsError> {
        self.version()?;
        self.lastmodified()?;
        self.threshold()?;
        self.age()?;
        FOREIGN_KEYS
            .into_iter()
            .try_for_each(|key| self.entries(key))?;
        self.list("key_groups").map(drop)
    }

    fn get(&self, key: &str) -> Option<NodeRef<'d>> {
        self.metadata.node.get(key)
    }

    fn wants(&self, node: NodeRef<'_>, what: &'static str) -> SopsError {
        SopsError::item(self.document, node.index(), Reason::Stops(what))
    }

    fn version(&self) -> Result<(), SopsError> {
        let wanted = Reason::StopsYet("a `version` in it");
        let place = self.metadata.key_index;
        match self.get("version") {
            Some(_) => Ok(()),
            None => Err(SopsError::item(self.document, place, wanted)),
        }
    }

    fn lastmodified(&self) -> Result<(), SopsError> {
        let wanted = Reason::StopsYet("the time in quotes");
        match self.get("lastmodified") {
            Some(time) if time.string().is_none() => {
                Err(SopsError::item(self.document, time.index(), wanted))
            }
            _ => Ok(()),
        }
    }

    fn threshold(&self) -> Result<(), SopsError> {
        let Some(node) = self.get("shamir_threshold") else {
            return Ok(());
        };
        let is_fine = match self.kind(node) {
            Some(Kind::Str) => node
                .text()
                .is_some_and(|text| text.is_empty() || text.parse::<i64>().is_ok()),
            kind => kind.is_some_and(|kind| kind != Kind::Time),
        };
        match is_fine {
            true => Ok(()),
            false => Err(self.wants(node, "a whole number")),
        }
    }

    /// What a scalar is; an integer also where it is one too large for everybody but sops.
    fn kind(&self, node: NodeRef<'_>) -> Option<Kind> {
        let resolved =
            (node.item().part == Part::Value).then(|| self.document.resolve_at(node.index()))?;
        Some(resolved.map_or(Kind::Int, |resolved| resolved.kind))
    }

    fn age(&self) -> Result<(), SopsError> {
        let entries = self.get("age").into_iter().flat_map(NodeRef::items);
        for armor in entries.filter_map(|entry| entry.get("enc")) {
            if let Some(line) = keys::odd_line(armor.text().unwrap_or_default()) {
                let mut error = self.wants(
                    armor,
                    "64 characters in each line but the last, no blanks beside them, and no empty line",
                );
                error.place = Some(self.place_of_line(armor, line));
                return Err(error);
            }
        }
        Ok(())
    }

    /// The place of a line of a text: only a literal block has it on a line of its own.
    fn place_of_line(&self, node: NodeRef<'_>, line: usize) -> Place {
        let (item, text) = (node.item(), self.document.text());
        match item.style {
            Style::Literal => Place::of(text, lines_from(text, item.body().start, line)),
            _ => self.document.place_of(node.index()),
        }
    }

    /// The entries of another key service: sops reads the time of each, whether it needs them or not.
    fn entries(&self, key: &str) -> Result<(), SopsError> {
        for entry in self.list(key)? {
            let created = entry.get("created_at");
            let time = created.and_then(NodeRef::string).and_then(canonical_time);
            if time.is_none() {
                return Err(self.wants(
                    created.unwrap_or(entry),
                    "a `created_at` in quotes, RFC 3339",
                ));
            }
        }
        Ok(())
    }

    /// The items of a list, or the map that sops takes for a list of one.
    fn list(&self, key: &str) -> Result<Vec<NodeRef<'d>>, SopsError> {
        match self.get(key) {
            Some(node) if node.is_list() => {
                let is_odd =
                    |item: &NodeRef<'_>| !item.is_map() && self.kind(*item) != Some(Kind::Null);
                match node.items().find(is_odd) {
                    Some(item) => Err(self.wants(item, "a map")),
                    None => Ok(node.items().collect()),
                }
            }
            Some(node) if node.is_map() => Ok(Vec::from_iter((node.count() > 0).then_some(node))),
            Some(node) if self.kind(node) != Some(Kind::Null) => Err(self.wants(node, "a list")),
            _ => Ok(Vec::new()),
        }
    }
}
