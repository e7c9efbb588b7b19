//! From ciphertext to values: every value decrypted, the MAC compared, and only then anything returned.

use std::{
    borrow::Cow,
    collections::VecDeque,
    mem,
    sync::mpsc::{self, Receiver, Sender},
};

use super::{
    File, beside,
    error::{Reason, SopsError},
    is_large,
    scan::{Remark, Step},
};
use crate::{
    cipher::{Cipher, CipherError, Ciphertext, Mac, MacScope, additional_data},
    secret::{DataKey, ExposeSecret, SecretString, clean_stack, secret},
    value::{Form, Key, Kind, Map, Node, Scalar},
    yaml::{Document, NodeRef, Outline, Part, write::comment},
};

/// Bytes in a value: 1 MiB.
pub(super) const VALUE_LIMIT: usize = 1 << 20;

/// Which values of a file are kept once it is open.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'k> {
    /// All of them.
    Everything,
    /// Those of these keys at the top, with everything below them.
    Below(&'k [&'k str]),
}

impl Wanted<'_> {
    fn has(self, key: &str) -> bool {
        match self {
            Wanted::Everything => true,
            Wanted::Below(keys) => keys.contains(&key),
        }
    }
}

/// What a file holds.
pub struct Contents {
    /// The values.
    pub tree: Map,
    /// The comments of the data, in the order of the text.
    pub comments: Vec<Comment>,
}

/// A comment of the data.
pub struct Comment {
    /// Its item in the document.
    pub index: usize,
    /// Everything after the `#`.
    pub text: SecretString,
    /// How it was found.
    pub state: CommentState,
}

/// How a comment was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentState {
    /// As it must be: encrypted for its place, or in clear where the rule says so.
    InOrder,
    /// Encrypted for its place, as an item of a list: how sops writes it. It stays so where sops goes on writing the file.
    AsItem,
    /// In clear where the rule wants ciphertext, or encrypted for another place: the next write mends it.
    Mendable,
    /// It does not open; sops keeps its text and warns, and so does the lenient reader.
    Unreadable,
}

impl File {
    /// Decrypts everything and compares the MAC.
    ///
    /// # Errors
    ///
    /// The first value or comment that is not what it must be, and [`Reason::Mac`]. Nothing is returned before the MAC matched.
    pub fn open(&self, key: &DataKey) -> Result<Contents, SopsError> {
        self.open_wanted(key, Wanted::Everything)
    }

    /// As [`File::open`], and keeps only the values that are wanted.
    ///
    /// # Errors
    ///
    /// As [`File::open`]: the values that are not wanted are opened, too.
    pub fn values(&self, key: &DataKey, wanted: Wanted<'_>) -> Result<Map, SopsError> {
        Ok(self.open_wanted(key, wanted)?.tree)
    }

    fn open_wanted(&self, key: &DataKey, wanted: Wanted<'_>) -> Result<Contents, SopsError> {
        let cipher = Cipher::new(key);
        let builder = Builder::of(wanted);
        let opening = match is_large(&self.document) {
            true => self.pass_on_two_cores(&cipher, builder)?,
            false => self.pass(&cipher, builder, None)?,
        };
        let stored = Ciphertext::parse(&self.metadata.mac, self.form)
            .map_err(|_| SopsError::file(Reason::Mac))?;
        opening
            .mac
            .finish()
            .verify(&stored, &self.metadata.lastmodified, &cipher)
            .map_err(|_| SopsError::file(Reason::Mac))?;
        Ok(Contents {
            tree: opening.builder.finish(),
            comments: opening.comments,
        })
    }

    fn pass<'o>(
        &'o self,
        cipher: &'o Cipher,
        builder: Builder<'o>,
        later: Option<Later>,
    ) -> Result<Opening<'o>, SopsError> {
        let scope = if self.metadata.mac_only_encrypted {
            MacScope::EncryptedOnly
        } else {
            MacScope::Everything
        };
        let mut opening = Opening {
            document: &self.document,
            cipher,
            later,
            form: self.form,
            mac: Mac::new(scope),
            scope,
            builder,
            comments: Vec::new(),
        };
        self.scan(&mut |step| opening.take(step))?;
        Ok(opening)
    }

    /// The same, while another core decrypts all but the first values: what else there is to do with a value is done here.
    fn pass_on_two_cores<'o>(
        &'o self,
        cipher: &'o Cipher,
        builder: Builder<'o>,
    ) -> Result<Opening<'o>, SopsError> {
        let from = self.document.items().len() / 4;
        let (sender, full) = mpsc::channel();
        let (empty, returned) = mpsc::channel();
        let post = Post { sender, returned };
        let decrypt = move || {
            self.decrypt_from(from, cipher, post);
            clean_stack();
        };
        let later = Later {
            from,
            full,
            empty,
            parcel: Parcel::with_capacity(PARCEL),
        };
        beside(decrypt, || self.pass(cipher, builder, Some(later))).0
    }

    /// Sends the values from an item on, in the order of the text.
    fn decrypt_from(&self, from: usize, cipher: &Cipher, post: Post) {
        let mut parcel = post.parcel();
        let mut visit = |step: Step<'_>| {
            if let Step::Sealed {
                index,
                ciphertext,
                aad,
            } = step
                && index >= from
            {
                parcel.push_back(cipher.decrypt(&ciphertext, aad).map_err(Box::new));
                if parcel.len() == PARCEL {
                    post.send(mem::replace(&mut parcel, post.parcel()));
                }
            }
            Ok(())
        };
        // Where this stops with an error, the pass that counts does too.
        let _ = self.scan(&mut visit);
        post.send(parcel);
    }
}

/// Values that another core decrypted. Errors are in boxes: there is at most one that counts, and hundreds of values wait.
type Parcel = VecDeque<Result<Scalar, Box<CipherError>>>;

/// Values in a parcel: few enough that nobody waits long for the first, and that they are still at hand in the cache; many enough that
/// one core seldom wakes the other.
const PARCEL: usize = 512;

/// Where parcels leave from. They come back: freed by the core that takes the values, memory of this one would have both wait for each other.
struct Post {
    sender: Sender<Parcel>,
    returned: Receiver<Parcel>,
}

impl Post {
    fn parcel(&self) -> Parcel {
        let returned = self.returned.try_recv();
        returned.unwrap_or_else(|_| Parcel::with_capacity(PARCEL))
    }

    fn send(&self, parcel: Parcel) {
        // Nobody waits for it when the pass there has failed.
        let _ = self.sender.send(parcel);
    }
}

/// Values that another core decrypts.
struct Later {
    /// The first item that it does.
    from: usize,
    full: Receiver<Parcel>,
    empty: Sender<Parcel>,
    /// What is left of the last parcel.
    parcel: Parcel,
}

impl Later {
    /// The next one; `None` if the other core did not get that far.
    fn next(&mut self) -> Option<Result<Scalar, CipherError>> {
        if self.parcel.is_empty() {
            let done = mem::replace(&mut self.parcel, self.full.recv().ok()?);
            let _ = self.empty.send(done);
        }
        let next = self.parcel.pop_front()?;
        Some(next.map_err(|error| *error))
    }
}

struct Opening<'o> {
    document: &'o Document,
    cipher: &'o Cipher,
    later: Option<Later>,
    form: Form,
    mac: Mac,
    scope: MacScope,
    builder: Builder<'o>,
    comments: Vec<Comment>,
}

impl Opening<'_> {
    fn take(&mut self, step: Step<'_>) -> Result<(), SopsError> {
        match step {
            Step::Map(index) => self.builder.map(self.document.node_at(index)),
            Step::List => self.builder.list(),
            Step::End => self.builder.end(),
            Step::Key(key) => self.builder.key(key),
            Step::Sealed {
                index,
                ciphertext,
                aad,
            } => {
                let scalar = self
                    .decrypted(index, &ciphertext, aad)
                    .map_err(|error| self.wrong(index, error))?;
                if scalar.expose().len() > VALUE_LIMIT {
                    return Err(SopsError::item(self.document, index, Reason::ValueTooLarge));
                }
                self.mac.feed(&scalar);
                self.builder.scalar(scalar);
            }
            Step::Clear {
                scalar, by_rule, ..
            } => {
                if !(by_rule && self.scope == MacScope::EncryptedOnly) {
                    self.mac.feed(&scalar);
                }
                self.builder.scalar(scalar);
            }
            Step::Comment(remark) => {
                let comment = read_comment(self.document, self.cipher, &remark);
                if comment.state == CommentState::Unreadable && self.form == Form::Canonical {
                    return Err(self.wrong(remark.index, CipherError::Authentication));
                }
                self.comments.push(comment);
            }
        }
        Ok(())
    }

    fn decrypted(
        &mut self,
        index: usize,
        ciphertext: &Ciphertext<'_>,
        aad: &str,
    ) -> Result<Scalar, CipherError> {
        let later = self.later.as_mut().filter(|later| index >= later.from);
        later
            .and_then(Later::next)
            .unwrap_or_else(|| self.cipher.decrypt(ciphertext, aad))
    }

    fn wrong(&self, index: usize, error: CipherError) -> SopsError {
        SopsError::item(self.document, index, error)
    }
}

/// Reads a comment: under its own additional data, else under that of every other collection, since a formatter may have moved it.
pub(super) fn read_comment(document: &Document, cipher: &Cipher, remark: &Remark<'_>) -> Comment {
    let &Remark {
        index,
        aad,
        encrypts,
        ..
    } = remark;
    let in_clear = |state| Comment {
        index,
        text: secret(document.str_at(index)),
        state,
    };
    let Some(ciphertext) = remark.ciphertext else {
        let is_fine = !encrypts || (document.str_at(index).is_empty() && !remark.in_list);
        return in_clear(if is_fine {
            CommentState::InOrder
        } else {
            CommentState::Mendable
        });
    };
    let is_comment = document.items()[index].part == Part::Comment;
    // Ciphertext where the rule wants none is left alone: no comment is ever put into clear.
    let found = |text, is_here: bool| Comment {
        index,
        text: legible(text),
        state: match is_comment {
            true if is_here || !encrypts => CommentState::InOrder,
            false if is_here => CommentState::AsItem,
            _ => CommentState::Mendable,
        },
    };
    if let Ok(text) = cipher.decrypt_comment(&ciphertext, aad) {
        return found(text, true);
    }
    match elsewhere(document, cipher, &ciphertext) {
        Some(text) => found(text, false),
        None => in_clear(CommentState::Unreadable),
    }
}

/// The text as a person can edit it. What is written back from it takes the old ciphertext, as every text that did not change.
fn legible(text: SecretString) -> SecretString {
    let mended = match comment(text.expose_secret()) {
        Cow::Borrowed(_) => None,
        Cow::Owned(mended) => Some(SecretString::from(mended)),
    };
    mended.unwrap_or(text)
}

fn elsewhere(
    document: &Document,
    cipher: &Cipher,
    ciphertext: &Ciphertext<'_>,
) -> Option<SecretString> {
    let outline = Outline::new(document);
    let items = document.items();
    let starts =
        (0..items.len()).filter(|at| matches!(items[*at].part, Part::MapStart | Part::ListStart));
    starts
        .map(|start| additional_data(outline.keys_to(start)))
        .find_map(|aad| cipher.decrypt_comment(ciphertext, &aad).ok())
}

/// The tree of a file with empty scalars of the right types.
pub(super) fn shape(file: &File) -> Result<Map, SopsError> {
    let mut builder = Builder::of(Wanted::Everything);
    file.scan(&mut |step| {
        match step {
            Step::Map(index) => builder.map(file.document.node_at(index)),
            Step::List => builder.list(),
            Step::End => builder.end(),
            Step::Key(key) => builder.key(key),
            Step::Sealed { ciphertext, .. } => builder.scalar(Scalar::new(
                ciphertext.tag().kind().unwrap_or(Kind::Str),
                secret(""),
            )),
            Step::Clear { scalar, .. } => builder.scalar(Scalar::new(scalar.kind(), secret(""))),
            Step::Comment(_) => {}
        }
        Ok(())
    })?;
    Ok(builder.finish())
}

/// Puts a tree together from a pass.
struct Builder<'w> {
    wanted: Wanted<'w>,
    open: Vec<(Option<Key>, Node)>,
    key: Option<Key>,
    done: Option<Map>,
}

impl<'w> Builder<'w> {
    fn of(wanted: Wanted<'w>) -> Self {
        Builder {
            wanted,
            open: Vec::new(),
            key: None,
            done: None,
        }
    }

    fn map(&mut self, map: NodeRef<'_>) {
        let room = match self.wanted {
            Wanted::Below(keys) if self.open.is_empty() => keys.len(),
            _ => map.count(),
        };
        let room = Map::with_capacity(room);
        self.open.push((self.key.take(), Node::Map(room)));
    }

    fn list(&mut self) {
        self.open.push((self.key.take(), Node::List(Vec::new())));
    }

    fn key(&mut self, key: &str) {
        self.key = Some(key.into());
    }

    fn scalar(&mut self, scalar: Scalar) {
        let key = self.key.take();
        self.put(key, Node::Scalar(scalar));
    }

    fn end(&mut self) {
        let Some((key, node)) = self.open.pop() else {
            return;
        };
        match node {
            Node::Map(map) if self.open.is_empty() => self.done = Some(map),
            node => self.put(key, node),
        }
    }

    fn put(&mut self, key: Option<Key>, node: Node) {
        let is_top = self.open.len() == 1;
        if is_top && key.as_ref().is_some_and(|key| !self.wanted.has(key)) {
            return;
        }
        match (self.open.last_mut(), key) {
            (Some((_, Node::Map(map))), Some(key)) => {
                map.insert(key, node);
            }
            (Some((_, Node::List(items))), _) => items.push(node),
            _ => {}
        }
    }

    fn finish(self) -> Map {
        self.done.unwrap_or_default()
    }
}
