//! Who reads a file of sops that is not YAML.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Format, survey::recipient};
use crate::{keys::Recipient, sops::FOREIGN_KEYS};

/// Everybody who reads a file of another format than YAML. `None` where that is not by age alone, or cannot be told.
pub fn readers(format: Format, bytes: &[u8]) -> Option<Vec<Recipient>> {
    let named = match format {
        Format::Json => of_json(bytes)?,
        Format::Dotenv => of_lines(bytes, |line| line.strip_prefix("sops_"))?,
        Format::Ini => of_lines(bytes, |line| Some(line))?,
        Format::Yaml | Format::Binary => return None,
    };
    let recipients = named.iter().map(|text| Some(recipient(text).ok()?.0));
    let recipients: Vec<Recipient> = recipients.collect::<Option<_>>()?;
    (!recipients.is_empty()).then_some(recipients)
}

/// Whether a list of the metadata is one by which others read.
fn is_of_others(name: &str) -> bool {
    FOREIGN_KEYS.contains(&name) || name == "key_groups"
}

/// The part of a file of sops that is read here.
#[derive(Deserialize)]
struct Sealed {
    sops: Map<String, Value>,
}

fn of_json(bytes: &[u8]) -> Option<Vec<String>> {
    let sealed: Sealed = serde_json::from_slice(bytes).ok()?;
    let list = |value: &Value| value.as_array().map_or(0, Vec::len);
    if sealed
        .sops
        .iter()
        .any(|(name, value)| is_of_others(name) && list(value) > 0)
    {
        return None;
    }
    let entries = sealed.sops.get("age")?.as_array()?.iter();
    let recipient = |entry: &Value| Some(entry.get("recipient")?.as_str()?.to_owned());
    entries.map(recipient).collect()
}

/// The formats without lists have a line for each field of an entry: `age__list_0__map_recipient=age1…`.
fn of_lines(bytes: &[u8], own: fn(&str) -> Option<&str>) -> Option<Vec<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut found = Vec::new();
    for (name, value) in text.lines().filter_map(|line| own(line)?.split_once('=')) {
        let Some((list, field)) = name.trim().split_once("__list_") else {
            continue;
        };
        if is_of_others(list) {
            return None;
        }
        if list == "age" && field.ends_with("__map_recipient") {
            found.push(value.trim().to_owned());
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "age1zwxmqph690f8m0z5z9gugamxwyaynkeedwcx0fznj2lc6whvuyrs7u6e42";
    const BOB: &str = "age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps";

    fn read(format: Format, text: &str) -> Option<Vec<String>> {
        let text = text.replace("ALICE", ALICE).replace("BOB", BOB);
        let readers = readers(format, text.as_bytes())?;
        Some(readers.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn readers_are_those_of_the_metadata() {
        let both = Some(vec![ALICE.to_owned(), BOB.to_owned()]);
        for (format, text) in [
            (
                Format::Json,
                r#"{"a": 1, "sops": {"kms": null, "pgp": [], "age": [{"recipient": "ALICE"}, {"recipient": "BOB"}]}}"#,
            ),
            (
                Format::Dotenv,
                "A=1\nsops_age__list_0__map_enc=x\nsops_age__list_0__map_recipient=ALICE\nsops_age__list_1__map_recipient=BOB\n",
            ),
            (
                Format::Ini,
                "[a]\nb=1\n[sops]\nage__list_0__map_recipient = ALICE\nage__list_1__map_recipient = BOB\n",
            ),
        ] {
            assert_eq!(read(format, text), both, "{text}");
        }
    }

    #[test]
    fn where_others_read_too_or_nobody_is_known_there_are_none() {
        for (format, text) in [
            (
                Format::Json,
                r#"{"sops": {"pgp": [{"fp": "x"}], "age": [{"recipient": "ALICE"}]}}"#,
            ),
            (Format::Json, r#"{"sops": {"key_groups": [{"age": []}]}}"#),
            (
                Format::Json,
                r#"{"sops": {"age": [{"recipient": "ALICE"}, {"recipient": "age1pq1x"}]}}"#,
            ),
            (Format::Json, "{"),
            (
                Format::Dotenv,
                "sops_kms__list_0__map_arn=x\nsops_age__list_0__map_recipient=ALICE\n",
            ),
            (Format::Ini, "[sops]\n"),
        ] {
            assert_eq!(read(format, text), None, "{text}");
        }
    }
}
