//! Changes a config where it stands: every byte that is not part of the change stays.

mod environments;
mod people;

pub use environments::{
    names_file, with_environment, with_environment_renamed, without_environment,
};

pub use people::{
    Admission, with_group_member, with_pending_done, with_readmitted, with_recipient,
    with_recipient_line, without_group_member, without_recipient,
};

use super::{Config, ConfigError, Environment, Problem, RepositoryId};
use crate::{
    value::EnvName,
    yaml::{
        Document,
        edit::{Edit, apply},
        write::{Draft, double_quoted, string},
    },
};

/// Writes the id of the repository behind `version`; a config that has this id already comes back as it is.
///
/// # Errors
///
/// What [`Config::parse`] refuses; [`Problem::OtherRepository`]; [`Problem::Edit`] when the result would not read as the same config
/// with that id.
pub fn with_repository(text: &str, id: &RepositoryId) -> Result<String, ConfigError> {
    let config = Config::parse(text)?;
    match config.repository() {
        Some(own) if own == id => return Ok(text.to_owned()),
        Some(_) => return Err(Problem::OtherRepository.into()),
        None => {}
    }
    let edited = insert_repository(text, id).ok_or(Problem::Edit)?;
    let wanted = Config {
        repository: Some(id.clone()),
        ..config
    };
    match Config::parse(&edited) {
        Ok(edited_config) if edited_config == wanted => Ok(edited),
        _ => Err(Problem::Edit.into()),
    }
}

/// Gives the repository another id: for a fork, whose files begin their logs anew.
///
/// # Errors
///
/// What [`Config::parse`] refuses; [`Problem::Edit`] when there is no id, or the result would not read as the same config with the new one.
pub fn with_other_repository(text: &str, id: &RepositoryId) -> Result<String, ConfigError> {
    let config = Config::parse(text)?;
    let edited = replace_repository(text, id).ok_or(Problem::Edit)?;
    let wanted = Config {
        repository: Some(id.clone()),
        ..config
    };
    match Config::parse(&edited) {
        Ok(edited_config) if edited_config == wanted => Ok(edited),
        _ => Err(Problem::Edit.into()),
    }
}

fn replace_repository(text: &str, id: &RepositoryId) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let range = document.root()?.get("repository")?.item().range();
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut edited = text.to_owned();
    edited.replace_range(range.start + mark..range.end + mark, &string(id.as_str()));
    Some(edited)
}

/// Takes `signed: false` from an environment; a config without it comes back as it is.
///
/// # Errors
///
/// What [`Config::parse`] refuses; [`Problem::Edit`] when the result would not read as the same config with that environment signed.
pub fn with_signature(text: &str, name: &EnvName) -> Result<String, ConfigError> {
    let config = Config::parse(text)?;
    if config
        .environments()
        .all(|environment| environment.name() != name || environment.is_signed())
    {
        return Ok(text.to_owned());
    }
    let edited = remove_signed(text, name).ok_or(Problem::Edit)?;
    let again = Config::parse(&edited)?;
    let same = |one: &Config, other: &Config| {
        one.environments()
            .zip(other.environments())
            .all(|(before, after)| before.name() == name || before == after)
    };
    match again.environment(name).is_ok_and(Environment::is_signed) && same(&config, &again) {
        true => Ok(edited),
        false => Err(Problem::Edit.into()),
    }
}

fn remove_signed(text: &str, name: &EnvName) -> Option<String> {
    edited(text, |document| {
        let environment = document.root()?.get("environments")?.get(name.as_str())?;
        let entry = environment.entry("signed")?;
        Some(document.remove_entry(environment, entry))
    })
}

/// Makes edits of a document; its mark at the start stays, and a final line break that it lacks is not added.
pub(super) fn edited(
    text: &str,
    edits: impl FnOnce(&Document) -> Option<Vec<Edit>>,
) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let edited = apply(document.text(), edits(&document)?).ok()?;
    let mut out = match document.has_bom() {
        true => format!("\u{feff}{}", *edited),
        false => edited.to_string(),
    };
    if !text.ends_with('\n') {
        let cut = out.trim_end_matches('\n').trim_end_matches('\r').len();
        out.truncate(cut);
    }
    Some(out)
}

/// Adds an entry to a map at the top, which may be missing or empty.
fn insert_under(document: &Document, section: &str, key: &str, draft: &Draft) -> Option<Vec<Edit>> {
    let root = document.root()?;
    match root.get(section) {
        Some(map) if map.is_map() => {
            Some(document.insert_entry(map, map.entries().last(), key, draft))
        }
        // Written, but empty: the line of the key is written anew.
        Some(_) => {
            let entry = root.entry(section)?;
            let at = document.after_colon(entry.key_index);
            let (column, eol) = (
                document.column_at(document.items()[entry.key_index].range().start),
                document.eol_at(at),
            );
            let mut text = String::new();
            let draft = Draft::Map(vec![(key.to_owned(), draft.clone())]);
            draft.push_after_key(&mut text, column, eol);
            Some(vec![Edit::new(
                at..document.end_of(entry.node.index()),
                text,
            )])
        }
        None => {
            let draft = Draft::Map(vec![(key.to_owned(), draft.clone())]);
            Some(document.insert_entry(root, root.entries().last(), section, &draft))
        }
    }
}

fn insert_repository(text: &str, id: &RepositoryId) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let root = document.root()?;
    let version = root.entry("version")?;
    let end = version.node.item().range().end;
    // Quoted keys, as JSON wants them, are no harm in other flow maps.
    let (offset, inserted) = match root.item().is_flow {
        true => (
            end,
            format!(", \"repository\": {}", double_quoted(id.as_str())),
        ),
        false => {
            let first = document.items()[version.key_index].range().start;
            let indent = " ".repeat(document.column_at(first));
            let line = format!("{indent}repository: {}", string(id.as_str()));
            own_line(&document, end, &line)
        }
    };
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut edited = text.to_owned();
    match offset + mark > text.len() {
        // The document ends in a line break that the text lacks.
        true => {
            let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
            edited.push_str(eol);
            edited.push_str(inserted.trim_end());
        }
        false => edited.insert_str(offset + mark, &inserted),
    }
    Some(edited)
}

/// The line after that of `offset`, with the line break that is in use there.
fn own_line(document: &Document, offset: usize, line: &str) -> (usize, String) {
    let text = document.text();
    let next = text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at + 1);
    (next, format!("{line}{}", document.eol_at(offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0";

    fn edited(text: &str) -> Result<String, ConfigError> {
        with_repository(text, &ID.parse().unwrap())
    }

    #[test]
    fn another_id_takes_the_place_of_the_old_one_and_nothing_else_changes() {
        let old = "a0000000000000000000000000000000";
        for text in [
            "version: 1\nrepository: ID # of OLD\nrecipients: {}\n",
            "\u{feff}version: 1\r\n# ID\r\nrepository: \"ID\"\r\nrecipients: {}\r\n",
            "{version: 1, \"repository\": \"ID\", recipients: {}}",
        ] {
            let before = text.replace("ID", old).replace(&format!("# {old}"), "# ID");
            let after = with_other_repository(&before, &ID.parse().unwrap()).unwrap();
            let config = Config::parse(&after).unwrap();
            assert_eq!(config.repository().unwrap().as_str(), ID, "{after}");
            assert_eq!(after.matches(ID).count(), 1, "{after}");
            let quoted = after.replace(ID, old);
            assert_eq!(quoted.replace('"', ""), before.replace('"', ""), "{after}");
        }
        assert!(with_other_repository("version: 1\n", &ID.parse().unwrap()).is_err());
    }

    #[test]
    fn the_id_stands_behind_the_version_and_nothing_else_changes() {
        for (before, after) in [
            ("version: 1\n", "version: 1\nrepository: ID\n"),
            ("version: 1", "version: 1\nrepository: ID"),
            ("version: 1 # one", "version: 1 # one\nrepository: ID"),
            (
                "# top\nversion: 1   # one\n\n# who\nrecipients: {}\n# end\n",
                "# top\nversion: 1   # one\nrepository: ID\n\n# who\nrecipients: {}\n# end\n",
            ),
            (
                "groups:\nversion: 1\nrecipients:\n",
                "groups:\nversion: 1\nrepository: ID\nrecipients:\n",
            ),
            (
                "version: 1\r\ngroups: {}\r\n",
                "version: 1\r\nrepository: ID\r\ngroups: {}\r\n",
            ),
            (
                "groups: {}\r\nversion: 1",
                "groups: {}\r\nversion: 1\r\nrepository: ID",
            ),
            (
                "\u{feff}version: 1\n",
                "\u{feff}version: 1\nrepository: ID\n",
            ),
            ("\u{feff}version: 1", "\u{feff}version: 1\nrepository: ID"),
            (
                "---\n  version: 1\n  groups: {}\n...\n",
                "---\n  version: 1\n  repository: ID\n  groups: {}\n...\n",
            ),
            (
                "version:\n  1\ngroups: {}\n",
                "version:\n  1\nrepository: ID\ngroups: {}\n",
            ),
            (
                "{\"version\": 1, \"groups\": {}}\n",
                "{\"version\": 1, \"repository\": \"ID\", \"groups\": {}}\n",
            ),
            ("{version: 1}", "{version: 1, \"repository\": \"ID\"}"),
            (
                "{version: 1 # one\n}\n",
                "{version: 1, \"repository\": \"ID\" # one\n}\n",
            ),
        ] {
            assert_eq!(
                edited(before).unwrap(),
                after.replace("ID", ID),
                "{before:?}"
            );
        }
    }

    #[test]
    fn an_id_that_looks_like_a_number_is_quoted() {
        let id = "1".repeat(32).parse().unwrap();
        let edited = with_repository("version: 1\n", &id).unwrap();
        assert_eq!(edited, format!("version: 1\nrepository: \"{id}\"\n"));
    }

    #[test]
    fn an_id_is_never_replaced() {
        let text = format!("version: 1\nrepository: {ID}\n");
        assert_eq!(edited(&text).unwrap(), text);
        let other = "0".repeat(31) + "f";
        let error = with_repository(&text, &other.parse().unwrap()).unwrap_err();
        assert_eq!(error.problem, Problem::OtherRepository);
        assert!(error.is_about_trust());
    }

    #[test]
    fn a_config_that_is_refused_is_not_edited() {
        assert!(edited("version: 1\nrepositry: x\n").is_err());
        assert!(edited("").is_err());
    }
}
