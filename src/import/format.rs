//! What a source is: by what somebody says, by its name, or by what is in it.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A `.env` file.
    Dotenv,
    /// A JSON object.
    Json,
    /// A YAML map.
    Yaml,
    /// An encrypted file of SOPS, or of vault.
    Sops,
    /// A directory with one file per secret, as containers mount them.
    Directory,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [
        Format::Dotenv,
        Format::Json,
        Format::Yaml,
        Format::Sops,
        Format::Directory,
    ];

    /// The word for it on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Format::Dotenv => "dotenv",
            Format::Json => "json",
            Format::Yaml => "yaml",
            Format::Sops => "sops",
            Format::Directory => "directory",
        }
    }

    /// What a file is, by its name and by what is in it; `None` where that is not certain.
    ///
    /// A name with the part `env` is a `.env` file: `.env`, `.env.production`, `prod.env`. Whatever has the metadata of SOPS is an
    /// encrypted file. Without a name only JSON and encrypted files can be told.
    pub fn of(name: Option<&str>, text: &str) -> Option<Self> {
        let name = name.map(str::to_ascii_lowercase);
        let ending = name.as_deref().and_then(|name| name.rsplit_once('.'));
        let format = match (name.as_deref(), ending) {
            (_, Some((_, "json"))) => Some(Format::Json),
            (_, Some((_, "yaml" | "yml"))) => Some(Format::Yaml),
            (Some(name), _) if is_dotenv(name) => Some(Format::Dotenv),
            _ if is_object(text) => Some(Format::Json),
            _ => None,
        };
        match format {
            Some(Format::Dotenv) => format,
            _ if is_sealed(text) => Some(Format::Sops),
            _ => format,
        }
    }
}

/// Backup copies and examples are `.env` files as well; an `.envrc` is a script.
fn is_dotenv(name: &str) -> bool {
    name.split('.').any(|part| part == "env")
}

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether a text has a map `sops` at the top with a MAC in it. Whether that is a good one is asked when the file is read.
fn is_sealed(text: &str) -> bool {
    let has_words = text.contains("sops") && text.contains("mac") && text.contains("ENC[");
    has_words
        && crate::yaml::Document::parse(text).is_ok_and(|document| {
            let root = document.root();
            let metadata = root.and_then(|root| root.get(crate::sops::METADATA_KEY));
            metadata.is_some_and(|metadata| metadata.get("mac").is_some())
        })
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no such format.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("unknown format; there are dotenv, json, yaml, sops and directory")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let named = |format: &Format| format.name() == text;
        Format::ALL.into_iter().find(named).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_format_and_the_content_tells_an_encrypted_file() {
        for name in [
            ".env",
            ".env.production",
            "prod.env",
            ".ENV",
            "env",
            ".env.local.bak",
        ] {
            assert_eq!(Format::of(Some(name), "{}"), Some(Format::Dotenv), "{name}");
        }
        for name in [".envrc", "environment", "settings.ini", "secrets"] {
            assert_eq!(Format::of(Some(name), "A=1\n"), None, "{name}");
        }
        assert_eq!(Format::of(Some(".env.json"), "["), Some(Format::Json));
        assert_eq!(Format::of(Some("a.yml"), "a: 1"), Some(Format::Yaml));
        let sealed = "a: ENC[x]\nsops:\n    mac: ENC[y]\n";
        assert_eq!(Format::of(Some("a.yaml"), sealed), Some(Format::Sops));
        assert_eq!(Format::of(None, sealed), Some(Format::Sops));
    }

    #[test]
    fn without_a_name_only_json_and_encrypted_files_are_certain() {
        assert_eq!(Format::of(None, " {\"a\": 1}\n"), Some(Format::Json));
        for text in ["A=1\n", "a: 1\n", "{\"a\"", "{a: 1}", "", "[1]"] {
            assert_eq!(Format::of(None, text), None, "{text}");
        }
    }

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!("env".parse::<Format>(), Err(UnknownFormat));
    }
}
