//! What kind of file sops made, told by its name and its bytes.

use serde::Deserialize;
use serde_json::Map;
use serde_yaml::{Deserializer, Value};

use crate::yaml::is_deep;

/// How every value and every MAC of sops begins (`aes/cipher.go`).
const SEALED: &[u8] = b"ENC[AES256_GCM,";

/// The formats of sops (`stores/` of sops 3.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The one that vault keeps.
    Yaml,
    /// A map in JSON.
    Json,
    /// `KEY=value`.
    Dotenv,
    /// Sections of keys.
    Ini,
    /// Any other file, as one value in JSON.
    Binary,
}

impl Format {
    /// Tells the format of an encrypted file; `None` for a file that sops did not encrypt.
    ///
    /// Whether the metadata is in order is looked at later.
    pub fn of(path: &str, bytes: &[u8]) -> Option<Self> {
        let is_yaml = || has_line(bytes, b"sops:") || has(bytes, b"\"sops\"");
        let is_json = || bytes.starts_with(b"{") && has(bytes, b"\"sops\"");
        // Under a name that says nothing it may be a text about such a file.
        let is_made_of = |fits| Suspect::of(path) == Suspect::Text || are_lines(bytes, fits);
        let found = match Suspect::of(path) {
            Suspect::Yaml if is_yaml() => Format::Yaml,
            Suspect::Yaml => return None,
            Suspect::Json if is_json() => Format::Json,
            // sops keeps what it does not know by its ending as one value, unless it is told what it is.
            _ if is_json() && is_one_value(bytes) => Format::Binary,
            _ if is_json() => Format::Json,
            _ if has_line(bytes, b"sops_mac=") && is_made_of(is_dotenv) => Format::Dotenv,
            _ if has_line(bytes, b"[sops]") && is_made_of(is_ini) => Format::Ini,
            _ if is_yaml() && is_yaml_of_sops(bytes) => Format::Yaml,
            _ => return None,
        };
        (has(bytes, b"lastmodified") && has(bytes, b"mac")).then_some(found)
    }

    /// Whether a file can be one of sops by its name alone.
    pub fn is_named(path: &str) -> bool {
        Suspect::of(path) == Suspect::Yaml
    }

    /// Whether a piece of a file has something that sops encrypted. A file of sops has that near its beginning or, the MAC, near its end: so
    /// the rest need not be read.
    pub fn is_in(piece: &[u8]) -> bool {
        has(piece, SEALED)
    }
}

/// What a name says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Suspect {
    Yaml,
    Json,
    Text,
    Other,
}

impl Suspect {
    fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending {
            "yaml" | "yml" => Suspect::Yaml,
            "json" => Suspect::Json,
            "ini" => Suspect::Text,
            _ if name.split('.').skip(1).any(|part| part == "env") => Suspect::Text,
            _ => Suspect::Other,
        }
    }
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

/// Whether a line begins so.
fn has_line(bytes: &[u8], start: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_first = |at: usize| at == 0 || matches!(bytes[at - 1], b'\n' | b'\r');
    memchr::memmem::find_iter(bytes, start).any(is_first)
}

fn are_lines(bytes: &[u8], fits: fn(&[u8]) -> bool) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    lines.all(|line| line.trim_ascii().is_empty() || fits(line.trim_ascii()))
}

/// Whether JSON of sops is a file of another kind as one value: it has nothing but a text beside the metadata (`BinaryStore` in
/// `stores/json/store.go`).
fn is_one_value(bytes: &[u8]) -> bool {
    let root: Option<Map<String, serde_json::Value>> = serde_json::from_slice(bytes).ok();
    let Some(root) = root.filter(|root| root.len() == 2 && root.contains_key("sops")) else {
        return false;
    };
    let data = root.get("data").and_then(|data| data.as_str());
    data.is_some_and(|data| {
        data.is_empty() || data.ends_with(",type:str]") || data.ends_with(",type:bytes]")
    })
}

/// Whether a `.env` file has a name behind `export`: to sops that is a part of the name.
pub(super) fn has_exports(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    lines.any(|line| without_export(line.trim_ascii()).is_some())
}

/// What stands behind `export`.
fn without_export(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"export")?;
    let is_apart = rest.first().is_some_and(|byte| b" \t".contains(byte));
    (is_apart && rest.contains(&b'=')).then(|| rest.trim_ascii_start())
}

fn is_dotenv(line: &[u8]) -> bool {
    let line = without_export(line).unwrap_or(line);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    let name = line.split(|byte| *byte == b'=').next().unwrap_or_default();
    line.starts_with(b"#") || (name.len() < line.len() && name.iter().all(is_name))
}

fn is_ini(line: &[u8]) -> bool {
    line.starts_with(b"[")
        || line.starts_with(b";")
        || line.starts_with(b"#")
        || line.contains(&b'=')
}

/// Whether a text is YAML whose first document has the metadata of sops.
fn is_yaml_of_sops(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    // Whatever it is, nobody reads it.
    if is_deep(text) {
        return false;
    }
    let mut documents = Deserializer::from_str(text);
    let root = documents
        .next()
        .and_then(|first| Value::deserialize(first).ok());
    let metadata = root.as_ref().and_then(|root| root.get("sops"));
    metadata.is_some_and(|metadata| metadata.get("mac").is_some_and(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_metadata_tell_the_format() {
        let yaml = b"a: 1\nsops:\n    lastmodified: x\n    mac: y\n".as_slice();
        let json = b"{\"a\": 1, \"sops\": {\"lastmodified\": \"\", \"mac\": \"\"}}".as_slice();
        let one = br#"{"data": "ENC[AES256_GCM,data:x,type:str]", "sops": {"lastmodified": "", "mac": ""}}"#.as_slice();
        let number = br#"{"data": "ENC[AES256_GCM,data:x,type:int]", "sops": {"lastmodified": "", "mac": ""}}"#.as_slice();
        let two = br#"{"data": "ENC[AES256_GCM,data:x,type:str]", "b": "", "sops": {"lastmodified": "", "mac": ""}}"#.as_slice();
        let exported = b"export A=1\nsops_lastmodified=x\nsops_mac=y\n".as_slice();
        let dotenv = b"A=1\nsops_lastmodified=x\nsops_mac=y\n".as_slice();
        let ini = b"[a]\nb=1\n[sops]\nlastmodified=x\nmac=y\n".as_slice();
        for (path, bytes, format) in [
            ("a/b.enc.yaml", yaml, Some(Format::Yaml)),
            ("b.yml", json, Some(Format::Yaml)),
            ("b.json", json, Some(Format::Json)),
            ("a/.env", dotenv, Some(Format::Dotenv)),
            (".env.prod", dotenv, Some(Format::Dotenv)),
            ("prod.enc.env", dotenv, Some(Format::Dotenv)),
            (".env.live", json, Some(Format::Json)),
            (".env.live", one, Some(Format::Binary)),
            ("x.ini", ini, Some(Format::Ini)),
            ("key.pem.enc", one, Some(Format::Binary)),
            ("key.json", one, Some(Format::Json)),
            ("Makefile", json, Some(Format::Json)),
            ("Makefile", two, Some(Format::Json)),
            ("Makefile", number, Some(Format::Json)),
            // sops was told what they are.
            ("secrets.yaml.enc", yaml, Some(Format::Yaml)),
            ("P.YAML", yaml, Some(Format::Yaml)),
            ("p.conf", yaml, Some(Format::Yaml)),
            ("p.json", yaml, Some(Format::Yaml)),
            (".env", yaml, Some(Format::Yaml)),
            ("secrets", dotenv, Some(Format::Dotenv)),
            ("secrets", exported, Some(Format::Dotenv)),
            ("secrets", ini, Some(Format::Ini)),
            // Not encrypted, or something else that is called so.
            ("a.yaml", b"a: 1\n", None),
            ("values.yaml", b"sops:\n    enabled: true\n", None),
            (
                "values.yaml",
                b"x:\n    sops:\n        lastmodified: mac\n",
                None,
            ),
            ("a.env", b"A=1\n", None),
            ("a.bin", b"\x7fELF sops lastmodified mac", None),
            (
                "a.bin",
                b"\x7fELF\nsops:\n    lastmodified: x\n    mac: y\n",
                None,
            ),
        ] {
            assert_eq!(Format::of(path, bytes), format, "{path}");
        }
    }

    #[test]
    fn a_text_about_a_file_of_sops_is_none() {
        for text in [
            "# How\n\nLike this:\n\n```yaml\na: 1\nsops:\n    lastmodified: x\n    mac: y\n```\n",
            "So it looks:\n\nA=1\nsops_lastmodified=x\nsops_mac=y\n",
            "# So:\n```ini\n[a]\n[sops]\nlastmodified=x\nmac=y\n```\n",
            "cat > x <<EOF\na: 1\nsops:\n    lastmodified: x\n    mac: y\nEOF\n",
        ] {
            assert_eq!(Format::of("README.md", text.as_bytes()), None, "{text}");
        }
    }
}
