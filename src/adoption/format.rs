//! What kind of file sops made, told by its name and its bytes.

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
        let found = match Suspect::of(path) {
            Suspect::Yaml if is_yaml() => Format::Yaml,
            Suspect::Yaml => return None,
            Suspect::Json if is_json() => Format::Json,
            // sops keeps what it does not know by its ending as one value, unless it is told what it is.
            _ if is_json() => Format::Binary,
            _ if has_line(bytes, b"sops_mac=") => Format::Dotenv,
            _ if has_line(bytes, b"[sops]") => Format::Ini,
            _ => return None,
        };
        (has(bytes, b"lastmodified") && has(bytes, b"mac")).then_some(found)
    }

    /// Whether a file can be one of sops, by its name and its first byte: to tell, it need not be read.
    pub fn is_possible(path: &str, first: u8) -> bool {
        Suspect::of(path) != Suspect::Other || first == b'{'
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_metadata_tell_the_format() {
        let yaml = b"a: 1\nsops:\n    lastmodified: x\n    mac: y\n".as_slice();
        let json = b"{\"a\": 1, \"sops\": {\"lastmodified\": \"\", \"mac\": \"\"}}".as_slice();
        let dotenv = b"A=1\nsops_lastmodified=x\nsops_mac=y\n".as_slice();
        let ini = b"[a]\nb=1\n[sops]\nlastmodified=x\nmac=y\n".as_slice();
        for (path, bytes, format) in [
            ("a/b.enc.yaml", yaml, Some(Format::Yaml)),
            ("b.yml", json, Some(Format::Yaml)),
            ("b.json", json, Some(Format::Json)),
            ("a/.env", dotenv, Some(Format::Dotenv)),
            (".env.prod", dotenv, Some(Format::Dotenv)),
            ("prod.enc.env", dotenv, Some(Format::Dotenv)),
            (".env.live", json, Some(Format::Binary)),
            ("x.ini", ini, Some(Format::Ini)),
            ("key.pem.enc", json, Some(Format::Binary)),
            ("Makefile", json, Some(Format::Binary)),
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
        ] {
            assert_eq!(Format::of(path, bytes), format, "{path}");
        }
        assert!(!Format::is_possible("a.png", 0x89));
        for (path, first) in [
            ("a.png", b'{'),
            ("a.yaml", b'#'),
            ("a/.env.prod", b'A'),
            ("a.ini", b'['),
        ] {
            assert!(Format::is_possible(path, first), "{path}");
        }
    }
}
