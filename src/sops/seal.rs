//! From values to ciphertext: what did not change keeps its bytes, comments and encodings are put in order, the metadata is written.

use super::{
    File, METADATA_KEY, OpenFile, Rule,
    error::{Reason, SopsError},
    header::{Header, new_file},
    list_comment::comment_edits,
    metadata::AgeEntry,
    open::{CommentState, read_comment},
    rule::{DEFAULT_SUFFIX, EVERYTHING},
    scan::{Remark, Step, scan},
    sealing::{Sealing, replace_value, spelled},
};
use crate::{
    cipher::{Cipher, Ciphertext, Mac, MacScope},
    secret::{DataKey, ExposeSecret},
    value::{Form, Map, Node},
    yaml::{
        Document, Outline,
        edit::{Edit, apply},
        write::{Draft, double_quoted},
    },
};

/// What happens to vault's own block.
pub enum Block {
    /// It stays as it is.
    Keep,
    /// It is written.
    Write(Draft),
    /// It goes.
    Remove,
}

/// What is written into the metadata.
pub struct Heading<'h> {
    /// When: RFC 3339 in whole seconds, UTC.
    pub lastmodified: &'h str,
    /// The age entries, where they change.
    pub age: Option<&'h [AgeEntry]>,
    /// Vault's own block.
    pub block: Block,
}

impl OpenFile {
    /// A file without values that encrypts everything.
    ///
    /// # Errors
    ///
    /// Only for metadata that does not read back.
    pub fn new(key: DataKey, age: &[AgeEntry], lastmodified: &str) -> Result<Self, SopsError> {
        let cipher = Cipher::new(&key);
        let mac = Mac::new(MacScope::Everything)
            .finish()
            .seal(lastmodified, &cipher);
        let rule = [("unencrypted_regex", EVERYTHING.to_owned())];
        let document = parse(&new_file(age, &rule, lastmodified, &mac))?;
        let file = File::new(document, Form::Lenient)?;
        Ok(OpenFile {
            file,
            tree: Map::new(),
            key,
            cipher,
            is_rekeyed: false,
        })
    }

    /// Encrypts a document of one's own: every value and comment where it stands, and the metadata at the end.
    ///
    /// # Errors
    ///
    /// Values that the format cannot carry: spellings that would not be kept, text that looks encrypted, numbers beyond 64 bits; a key
    /// `sops`; a document in flow style.
    pub fn from_plain(
        plain: &Document,
        key: DataKey,
        age: &[AgeEntry],
        lastmodified: &str,
    ) -> Result<Self, SopsError> {
        let mut open = OpenFile::new(key, age, lastmodified)?;
        let Some(root) = plain.root() else {
            return Ok(open);
        };
        if root.item().is_flow {
            return Err(SopsError::file(Reason::RootLayout));
        }
        if let Some(entry) = root.entry(METADATA_KEY) {
            return Err(SopsError::item(plain, entry.key_index, Reason::Reserved));
        }
        let column = plain.column_at(root.item().range().start);
        let end = plain.end_of_data();
        let header = indented(open.file.document().text(), column, plain.eol_at(end));
        let text = {
            let mut sealing = Sealing::anew(&open.cipher);
            let mut faults = Vec::new();
            let values = sealing.values(plain, &Outline::new(plain), &mut faults);
            if let Some((index, reason)) = faults.into_iter().next() {
                return Err(SopsError::item(plain, index, reason));
            }
            let text = sealing.text(plain, values, end, &header);
            text.map_err(|mut errors| errors.swap_remove(0))?
        };
        open.file = again(plain, &text, Form::Lenient)?;
        let Ok(Node::Map(tree)) = root.to_node() else {
            return Err(SopsError::file(Reason::SelfCheck));
        };
        open.tree = tree;
        Ok(open)
    }

    /// Gives the file a fresh data key; every value is encrypted anew when it is sealed.
    ///
    /// # Errors
    ///
    /// Where entries of other key services would be left with a data key that opens nothing.
    pub fn rekey(&mut self, key: DataKey) -> Result<(), SopsError> {
        if !self.file.metadata().foreign.is_empty() {
            return Err(SopsError::file(Reason::Orphans(
                self.file.metadata().foreign.join(", "),
            )));
        }
        let fresh = Cipher::new(&key);
        let edits = self.reencrypt(&fresh, Form::Canonical, |_| true)?;
        self.cipher = fresh;
        self.key = key;
        self.is_rekeyed = true;
        let text = apply(self.file.document().text(), edits)
            .map_err(|_| SopsError::file(Reason::SelfCheck))?;
        self.replace_text(&text)
    }

    /// Writes the file: encodings and comments in order, a new MAC, the metadata as told. The result is opened again and compared.
    ///
    /// # Errors
    ///
    /// A layout that cannot be changed in place, what sops stops at, a comment that does not open, and [`Reason::SelfCheck`].
    pub fn seal(&mut self, heading: &Heading<'_>, form: Form) -> Result<(), SopsError> {
        self.tidy(form)?;
        let edits = self.heading_edits(heading, form)?;
        let text = apply(self.file.document().text(), edits)
            .map_err(|_| SopsError::file(Reason::SelfCheck))?;
        let file = again(self.file.document(), &text, form)?;
        file.check_for_sops()?;
        let again = file.open(&self.key)?;
        let in_order =
            |state: &CommentState| form == Form::Lenient || *state == CommentState::InOrder;
        if again.tree != self.tree
            || !again
                .comments
                .iter()
                .all(|comment| in_order(&comment.state))
        {
            return Err(SopsError::file(Reason::SelfCheck));
        }
        self.file = file;
        Ok(())
    }

    fn heading_edits(&self, heading: &Heading<'_>, form: Form) -> Result<Vec<Edit>, SopsError> {
        let metadata = self.file.metadata();
        let header = Header::of(self.file.document(), metadata)
            .ok_or_else(|| SopsError::file(Reason::FlowLayout))?;
        let mut edits = header.set("lastmodified", &double_quoted(heading.lastmodified));
        edits.extend(header.set("mac", &self.mac(heading.lastmodified)));
        if metadata.version.is_none() {
            edits.extend(header.set("version", super::SOPS_VERSION));
        }
        if metadata
            .rule_keys
            .iter()
            .all(|(key, text)| *key == "mac_only_encrypted" || text.is_empty())
        {
            edits.extend(header.set_rule("unencrypted_suffix", DEFAULT_SUFFIX));
        }
        if form == Form::Canonical {
            let switch = metadata
                .rule_keys
                .iter()
                .filter(|(key, _)| *key == "mac_only_encrypted");
            // Perhaps in quotes.
            edits.extend(switch.flat_map(|(key, text)| header.set_rule(key, text)));
        }
        if let Some(entries) = heading.age {
            edits.extend(header.set_age(entries));
        }
        edits.extend(match &heading.block {
            Block::Keep => Vec::new(),
            Block::Write(draft) => header.set_block(draft),
            Block::Remove => header.remove_block(),
        });
        Ok(edits)
    }

    fn mac(&self, lastmodified: &str) -> String {
        let rule = &self.file.metadata().rule;
        let only_encrypted = self.file.metadata().mac_only_encrypted;
        let mut mac = Mac::new(if only_encrypted {
            MacScope::EncryptedOnly
        } else {
            MacScope::Everything
        });
        feed_map(&mut mac, &self.tree, rule, rule.at_root(), only_encrypted);
        mac.finish().seal(lastmodified, &self.cipher)
    }

    /// Moves the metadata last, and writes what stands in an unusual place or encoding as vault would.
    fn tidy(&mut self, form: Form) -> Result<(), SopsError> {
        let header = Header::of(self.file.document(), self.file.metadata())
            .ok_or_else(|| SopsError::file(Reason::FlowLayout))?;
        let moved = header.move_last();
        if !moved.is_empty() {
            let text = apply(self.file.document().text(), moved)
                .map_err(|_| SopsError::file(Reason::SelfCheck))?;
            self.replace_text(&text)?;
        }
        // A comment that was an item can have another owner on a line of its own: the second time binds it to that.
        for _ in 0..2 {
            let is_odd = |text: &str| Ciphertext::parse(text, Form::Canonical).is_err();
            let edits = self.reencrypt(&self.cipher, form, is_odd)?;
            if edits.is_empty() {
                break;
            }
            let text = apply(self.file.document().text(), edits)
                .map_err(|_| SopsError::file(Reason::SelfCheck))?;
            self.replace_text(&text)?;
        }
        if form == Form::Canonical {
            self.check_unreadable()?;
        }
        Ok(())
    }

    /// Encrypts again, under `fresh`, the values whose ciphertext `wants` it, and the comments that are not in order. Those that sops wrote
    /// as items stay where sops goes on writing the file.
    fn reencrypt(
        &self,
        fresh: &Cipher,
        form: Form,
        wants: impl Fn(&str) -> bool,
    ) -> Result<Vec<Edit>, SopsError> {
        let (document, metadata) = (self.file.document(), self.file.metadata());
        let mut edits = Vec::new();
        scan(document, metadata, Form::Lenient, &mut |step| {
            match step {
                Step::Sealed {
                    index,
                    ciphertext,
                    aad,
                } => {
                    let scalar = self.cipher.decrypt(&ciphertext, aad);
                    let is_canonical = Ciphertext::parse(document.str_at(index), Form::Canonical)
                        .is_ok_and(|strict| self.cipher.decrypt(&strict, aad).is_ok());
                    if wants(ciphertext.as_str()) || !is_canonical {
                        let scalar =
                            scalar.map_err(|error| SopsError::item(document, index, error))?;
                        let sealed = fresh
                            .encrypt(&scalar, aad)
                            .map_err(|error| SopsError::item(document, index, error))?;
                        edits.extend(replace_value(document, index, &sealed));
                    }
                }
                Step::Comment(remark) => {
                    let comment = read_comment(document, &self.cipher, &remark);
                    let is_wanted = match comment.state {
                        CommentState::Mendable => true,
                        CommentState::AsItem if form == Form::Canonical => true,
                        _ => remark
                            .ciphertext
                            .is_some_and(|ciphertext| wants(ciphertext.as_str())),
                    };
                    if is_wanted && comment.state != CommentState::Unreadable {
                        let text = comment.text.expose_secret();
                        edits.extend(mended(document, &remark, fresh, text)?);
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(edits)
    }

    fn check_unreadable(&self) -> Result<(), SopsError> {
        let document = self.file.document();
        scan(
            document,
            self.file.metadata(),
            Form::Lenient,
            &mut |step| match step {
                Step::Comment(remark) => {
                    match read_comment(document, &self.cipher, &remark).state {
                        CommentState::Unreadable => Err(SopsError::item(
                            document,
                            remark.index,
                            crate::cipher::CipherError::Authentication,
                        )),
                        _ => Ok(()),
                    }
                }
                _ => Ok(()),
            },
        )
    }

    /// Takes another text of the same file over, with the values as they are.
    pub(super) fn replace_text(&mut self, text: &str) -> Result<(), SopsError> {
        self.file = again(self.file.document(), text, Form::Lenient)?;
        Ok(())
    }
}

/// Another text of a file.
pub(super) fn again(document: &Document, text: &str, form: Form) -> Result<File, SopsError> {
    let document = document
        .with_text(text)
        .map_err(|_| SopsError::file(Reason::SelfCheck))?;
    File::taken(document, form)
}

fn parse(text: &str) -> Result<Document, SopsError> {
    Document::parse(text).map_err(|_| SopsError::file(Reason::SelfCheck))
}

fn indented(text: &str, column: usize, eol: &str) -> String {
    let indent = " ".repeat(column);
    text.lines()
        .map(|line| format!("{indent}{line}{eol}"))
        .collect()
}

/// A comment as it should be: on a line of its own where it was an item of a list.
fn mended(
    document: &Document,
    remark: &Remark<'_>,
    cipher: &Cipher,
    text: &str,
) -> Result<Vec<Edit>, SopsError> {
    let encrypts = remark.encrypts || remark.ciphertext.is_some();
    let text = spelled(text, remark.in_list);
    let written = match encrypts && !text.is_empty() {
        true => cipher
            .encrypt_comment(text, remark.aad)
            .map_err(|error| SopsError::item(document, remark.index, error))?,
        false => text.to_owned(),
    };
    Ok(comment_edits(document, remark.index, format!("#{written}")))
}

fn feed_map(mac: &mut Mac, map: &Map, rule: &Rule, encrypts: bool, only_encrypted: bool) {
    for (key, node) in map.iter() {
        feed(mac, node, rule, rule.under(encrypts, key), only_encrypted);
    }
}

fn feed(mac: &mut Mac, node: &Node, rule: &Rule, encrypts: bool, only_encrypted: bool) {
    match node {
        Node::Scalar(scalar) if encrypts || !only_encrypted => mac.feed(scalar),
        Node::Scalar(_) => {}
        Node::Map(map) => feed_map(mac, map, rule, encrypts, only_encrypted),
        Node::List(items) => items
            .iter()
            .for_each(|item| feed(mac, item, rule, encrypts, only_encrypted)),
    }
}
