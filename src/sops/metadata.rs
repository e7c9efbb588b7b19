//! The `sops` block: who can open the file, which rule it follows, its MAC.

use super::{
    error::{Reason, SopsError},
    rule::{DEFAULT_SUFFIX, RULE_KEYS, Rule},
};
use crate::{
    cipher::Ciphertext,
    value::{Form, Kind, Scalar, time::canonical_time},
    yaml::{Document, Entry, NodeRef, Part, Style},
};

/// The key that holds the metadata.
pub const METADATA_KEY: &str = "sops";
/// The key of vault's own block in it, which sops ignores.
pub const BLOCK_KEY: &str = "x-vault";
/// The lists of other key services, carried along and never opened.
pub const FOREIGN_KEYS: [&str; 6] = ["azure_kv", "gcp_kms", "hc_vault", "hckms", "kms", "pgp"];
/// Everything else that sops writes.
const OTHER_KEYS: [&str; 6] = [
    "age",
    "key_groups",
    "lastmodified",
    "mac",
    "shamir_threshold",
    "version",
];

/// One wrapped data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgeEntry {
    /// The comment right above it, without `# `.
    pub name: Option<String>,
    /// The recipient as written.
    pub recipient: String,
    /// The armored age file.
    pub armor: String,
}

/// The metadata of a file.
#[derive(Clone, Debug)]
pub struct Metadata {
    key_index: usize,
    /// The wrapped data keys.
    pub age: Vec<AgeEntry>,
    /// Which values are encrypted.
    pub rule: Rule,
    /// The rule keys that are present, with their texts.
    pub rule_keys: Vec<(&'static str, String)>,
    /// Whether the MAC covers encrypted values only.
    pub mac_only_encrypted: bool,
    /// When the file was written: the additional data of the MAC, RFC 3339 in whole seconds.
    pub lastmodified: String,
    /// The encrypted MAC.
    pub mac: String,
    /// The version of sops that the file is written for; files of rops have none.
    pub version: Option<String>,
    /// The other key services that have entries.
    pub foreign: Vec<&'static str>,
    /// Where vault's own block stands.
    pub block: Option<usize>,
}

impl Metadata {
    /// The rule as it stands in the file, for a person.
    pub fn rule_in_words(&self) -> String {
        let written = self
            .rule_keys
            .iter()
            .find(|(key, text)| *key != "mac_only_encrypted" && !text.is_empty());
        match written {
            Some((key, text)) => format!("`{key}: {text}`"),
            None => format!("`unencrypted_suffix: {DEFAULT_SUFFIX}`"),
        }
    }

    /// The nonce of the MAC, in the one spelling of its base64: without the data key nobody makes a MAC, and with it nobody the same
    /// one twice. `None` for what cannot be decrypted.
    pub fn mac_nonce(&self) -> Option<String> {
        let mac = Ciphertext::parse(&self.mac, Form::Lenient).ok()?;
        mac.nonce_text()
    }

    /// Reads the metadata of a document.
    ///
    /// # Errors
    ///
    /// Missing or malformed fields, key groups, invalid rules; in the canonical form also everything that sops would read but not write.
    pub fn read(document: &Document, form: Form) -> Result<Self, SopsError> {
        let entry = document
            .root()
            .and_then(|root| root.entry(METADATA_KEY))
            .ok_or_else(|| SopsError::file(Reason::NoMetadata))?;
        let reader = Reader { document, form };
        let map = entry.node;
        if !map.is_map() {
            return Err(reader.wrong(map, Reason::Expected("a map")));
        }
        reader.check_spelling(map)?;
        let rule_keys = reader.rule_keys(map)?;
        let rule = Rule::from_keys(rule_keys.iter().map(|(key, text)| (*key, text.as_str())));
        let age = reader.age(map)?;
        let foreign: Vec<_> = FOREIGN_KEYS
            .into_iter()
            .filter(|key| {
                map.get(key)
                    .is_some_and(|list| list.items().next().is_some())
            })
            .collect();
        if age.is_empty() {
            let has_groups = foreign.is_empty() && map.get("key_groups").is_some();
            return Err(SopsError::file(if has_groups {
                Reason::KeyGroups
            } else {
                Reason::NoAge
            }));
        }
        Ok(Metadata {
            key_index: entry.key_index,
            age,
            rule: rule.map_err(|error| reader.wrong(map, error.into()))?,
            mac_only_encrypted: rule_keys
                .iter()
                .any(|(key, text)| *key == "mac_only_encrypted" && text == "true"),
            rule_keys,
            lastmodified: reader.lastmodified(map)?,
            mac: reader.mac(map)?,
            version: reader.version(map)?,
            foreign,
            block: map.get(BLOCK_KEY).map(NodeRef::index),
        })
    }

    /// The item of the key `sops`.
    pub fn key_index(&self) -> usize {
        self.key_index
    }
}

struct Reader<'d> {
    document: &'d Document,
    form: Form,
}

impl<'d> Reader<'d> {
    fn wrong(&self, node: NodeRef<'_>, reason: Reason) -> SopsError {
        SopsError::item(self.document, node.index(), reason)
    }

    /// sops ignores case in these keys: a second spelling could say something else to it than to us.
    fn check_spelling(&self, map: NodeRef<'_>) -> Result<(), SopsError> {
        let known = || RULE_KEYS.into_iter().chain(FOREIGN_KEYS).chain(OTHER_KEYS);
        let is_odd = |entry: &Entry<'_>| {
            known().any(|key| key != entry.key && key.eq_ignore_ascii_case(entry.key))
        };
        match map.entries().find(is_odd) {
            Some(entry) => Err(SopsError::item(
                self.document,
                entry.key_index,
                Reason::Spelling,
            )),
            None => Ok(()),
        }
    }

    fn string(&self, node: NodeRef<'d>, what: &'static str) -> Result<&'d str, SopsError> {
        node.string()
            .ok_or_else(|| self.wrong(node, Reason::Expected(what)))
    }

    fn field(&self, map: NodeRef<'d>, key: &'static str) -> Result<NodeRef<'d>, SopsError> {
        map.get(key)
            .ok_or_else(|| SopsError::file(Reason::Missing(key)))
    }

    fn rule_keys(&self, map: NodeRef<'d>) -> Result<Vec<(&'static str, String)>, SopsError> {
        let mut found = Vec::new();
        for key in RULE_KEYS {
            let Some(node) = map.get(key) else { continue };
            let text = match key {
                "mac_only_encrypted" => self.switch(node)?,
                _ => self.string(node, "a string")?.to_owned(),
            };
            found.push((key, text));
        }
        Ok(found)
    }

    fn switch(&self, node: NodeRef<'d>) -> Result<String, SopsError> {
        let scalar =
            (node.item().part == Part::Value).then(|| self.document.scalar_at(node.index()));
        match scalar {
            Some(Ok(scalar)) if scalar.kind() == Kind::Bool || self.is_quoted_switch(&scalar) => {
                Ok(scalar.expose().to_owned())
            }
            _ => Err(self.wrong(node, Reason::Expected("true or false"))),
        }
    }

    /// In quotes, too, these are to sops what they say.
    fn is_quoted_switch(&self, scalar: &Scalar) -> bool {
        self.form == Form::Lenient && matches!(scalar.expose(), "true" | "false")
    }

    fn lastmodified(&self, map: NodeRef<'d>) -> Result<String, SopsError> {
        let node = self.field(map, "lastmodified")?;
        let expected = || {
            self.wrong(
                node,
                Reason::Expected("a time in quotes, RFC 3339 in whole seconds, UTC"),
            )
        };
        let text = node.text().ok_or_else(expected)?;
        let whole = canonical_time(text)
            .map(|time| without_fraction(&time))
            .ok_or_else(expected)?;
        let is_canonical =
            node.item().style != Style::Plain && whole == text && text.ends_with('Z');
        match self.form {
            Form::Canonical if !is_canonical => Err(expected()),
            _ => Ok(whole),
        }
    }

    fn mac(&self, map: NodeRef<'d>) -> Result<String, SopsError> {
        let node = self.field(map, "mac")?;
        match self.string(node, "a string")? {
            "" => Err(SopsError::file(Reason::Missing("mac"))),
            mac => Ok(mac.to_owned()),
        }
    }

    fn version(&self, map: NodeRef<'d>) -> Result<Option<String>, SopsError> {
        let Some(node) = map.get("version") else {
            return match self.form {
                Form::Canonical => Err(SopsError::file(Reason::Missing("version"))),
                Form::Lenient => Ok(None),
            };
        };
        let text = self.string(node, "a version of three parts")?;
        match is_version(text) {
            true => Ok(Some(text.to_owned())),
            false => Err(self.wrong(node, Reason::Expected("a version of three parts"))),
        }
    }

    fn age(&self, map: NodeRef<'d>) -> Result<Vec<AgeEntry>, SopsError> {
        let Some(list) = map.get("age") else {
            return Ok(Vec::new());
        };
        let is_absent = list.text().is_some_and(|_| {
            self.document
                .scalar_at(list.index())
                .is_ok_and(|scalar| scalar.kind() == Kind::Null)
        });
        if is_absent && self.form == Form::Lenient {
            return Ok(Vec::new());
        }
        if !list.is_list() {
            return Err(self.wrong(list, Reason::Expected("a list")));
        }
        list.items().map(|entry| self.age_entry(entry)).collect()
    }

    fn age_entry(&self, entry: NodeRef<'d>) -> Result<AgeEntry, SopsError> {
        if !entry.is_map() {
            return Err(self.wrong(entry, Reason::Expected("a map")));
        }
        if self.form == Form::Canonical
            && let Some(other) = entry
                .entries()
                .find(|field| !matches!(field.key, "enc" | "recipient"))
        {
            return Err(SopsError::item(
                self.document,
                other.key_index,
                Reason::UnknownKey,
            ));
        }
        let armor = entry
            .get("enc")
            .ok_or_else(|| self.wrong(entry, Reason::Missing("enc")))?;
        let recipient = match (entry.get("recipient"), self.form) {
            (Some(node), _) => self.string(node, "a string")?.to_owned(),
            (None, Form::Lenient) => String::new(),
            (None, Form::Canonical) => return Err(self.wrong(entry, Reason::Missing("recipient"))),
        };
        let armor = self.string(armor, "an age file in a block")?.to_owned();
        Ok(AgeEntry {
            name: self.name_above(entry),
            recipient,
            armor,
        })
    }

    /// The text of the comment right before an entry; for the first one it stands before the list itself.
    fn name_above(&self, entry: NodeRef<'d>) -> Option<String> {
        let before = |index: usize| {
            index
                .checked_sub(1)
                .filter(|at| self.document.items()[*at].part == Part::Comment)
        };
        let first_of_list = entry
            .index()
            .checked_sub(1)
            .filter(|at| self.document.items()[*at].part == Part::ListStart);
        let comment = before(first_of_list.unwrap_or(entry.index()))?;
        Some(self.document.str_at(comment).trim().to_owned())
    }
}

fn without_fraction(time: &str) -> String {
    match time.find('.') {
        Some(dot) => {
            let zone = time[dot..]
                .find(['Z', '+', '-'])
                .map_or(time.len(), |at| dot + at);
            format!("{}{}", &time[..dot], &time[zone..])
        }
        None => time.to_owned(),
    }
}

/// Three whole numbers, perhaps a `v` before and a pre-release or build after them (semver 2.0.0); sops lets everything that begins with
/// `1.` pass.
fn is_version(text: &str) -> bool {
    if text.starts_with("1.") {
        return true;
    }
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = parted(text, '+');
    let (core, release) = parted(text, '-');
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let is_number = |word: &str| {
        is_digits(word) && word.parse::<u64>().is_ok() && (word == "0" || !word.starts_with('0'))
    };
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && build.is_none_or(|build| build.split('.').all(is_word))
        && release.is_none_or(|release| {
            let is_fine = |word: &str| is_word(word) && (!is_digits(word) || is_number(word));
            release.split('.').all(is_fine)
        })
}

fn parted(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}
