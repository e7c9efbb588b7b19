//! Nested keys as flat names.

use std::{borrow::Cow, collections::HashMap};

use foldhash::fast::RandomState;

use super::{Defect, Names, Offence, Output, Refusal};
use crate::value::{KeyPath, Kind, Node, Scalar};

/// One value under the name that a flat output gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flat<'a> {
    /// As [`Names`] make it.
    pub name: String,
    /// Where the value stands.
    pub path: KeyPath,
    /// The value; never null.
    pub value: &'a Scalar,
}

/// Lists the values that a flat output holds, in the order of the tree.
///
/// Null is left out and empty maps and lists vanish. Names may be unusable, or the same for two values.
pub fn flatten<'a>(root: &'a Node, names: &Names<'_>) -> Vec<Flat<'a>> {
    root.leaves()
        .into_iter()
        .filter(|(path, value)| value.kind() != Kind::Null && names.admit(path))
        .map(|(path, value)| Flat {
            name: names.of(&path),
            path,
            value,
        })
        .collect()
}

/// The name of what stands at `path` where names are only joined: `HOSTS_0` for `hosts[0]`, `log_level` for `log_level`.
pub fn flat_name(path: &KeyPath, separator: &str) -> String {
    Names::from(separator).of(path)
}

/// Flattens for `output`.
///
/// # Errors
/// Names every value that the output cannot carry, and every name that two values would share.
pub(super) fn admit<'a>(
    output: Output,
    root: &'a Node,
    names: &Names<'_>,
) -> Result<Vec<Flat<'a>>, Refusal> {
    let flats = flatten(root, names);
    let mut taken = Taken::default();
    taken.reserve(flats.len());
    let mut offences = Vec::new();
    for flat in &flats {
        offences.extend(twin(output, flat, &mut taken));
        offences.extend(Offence::of(
            output,
            &flat.name,
            &flat.path,
            Some(flat.value),
        ));
    }
    Refusal::unless_empty(output, offences)?;
    Ok(flats)
}

/// The values that have a name already, by what must differ between names.
type Taken<'a> = HashMap<Cow<'a, str>, &'a Flat<'a>, RandomState>;

/// Whether an earlier value has the name already, for files also in another case: not every file system tells them apart.
fn twin<'a>(output: Output, flat: &'a Flat<'_>, taken: &mut Taken<'a>) -> Option<Offence> {
    let folded = match output {
        Output::DockerSecrets => Cow::Owned(flat.name.to_lowercase()),
        _ => Cow::Borrowed(flat.name.as_str()),
    };
    let Some(first) = taken.get(&folded) else {
        taken.insert(folded, flat);
        return None;
    };
    let other = first.path.clone();
    let defect = match first.name == flat.name {
        true => Defect::Twin { other },
        false => Defect::CaseTwin { other },
    };
    Some(Offence::with(
        output,
        &flat.name,
        &flat.path,
        Some(flat.value),
        defect,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::{map, s};
    use crate::value::Map;

    fn names(root: &Node, separator: &str) -> Vec<String> {
        let flats = flatten(root, &separator.into());
        flats.into_iter().map(|flat| flat.name).collect()
    }

    #[test]
    fn top_level_names_stay_and_nested_ones_are_joined_in_upper_case() {
        let root = map([
            ("log_level", s("a")),
            ("database", map([("password", s("b"))])),
            ("hosts", Node::List(vec![s("c"), map([("name", s("d"))])])),
        ]);
        assert_eq!(
            names(&root, "_"),
            ["log_level", "DATABASE_PASSWORD", "HOSTS_0", "HOSTS_1_NAME"]
        );
        assert_eq!(names(&root, "__")[1], "DATABASE__PASSWORD");
    }

    #[test]
    fn a_selected_item_of_a_list_keeps_its_number() {
        let hosts = Node::List(vec![s("a"), s("b")]);
        let root = map([("hosts", hosts), ("other", s("c"))]);
        let selection = crate::value::Selection::new(["hosts[1]"], [""; 0]);
        let names = Names {
            selection: Some(&selection),
            ..Names::default()
        };
        let flats = flatten(&root, &names);
        let found: Vec<_> = flats.iter().map(|flat| flat.name.as_str()).collect();
        assert_eq!(found, ["HOSTS_1"]);
    }

    #[test]
    fn what_is_not_taken_collides_with_nothing() {
        let root = map([("A_B", s("1")), ("a", map([("b", s("2"))]))]);
        let selection = crate::value::Selection::new([""; 0], ["a.b"]);
        let names = Names {
            selection: Some(&selection),
            ..Names::default()
        };
        assert!(admit(Output::Dotenv, &root, &names).is_ok());
    }

    #[test]
    fn null_is_left_out_empty_text_stays_and_empty_containers_vanish() {
        let root = map([
            ("gone", Node::Scalar(Scalar::null())),
            ("kept", s("")),
            ("map", Node::Map(Map::new())),
            ("list", Node::List(vec![])),
        ]);
        assert_eq!(names(&root, "_"), ["kept"]);
    }

    #[test]
    fn every_collision_is_refused_with_both_paths() {
        let root = map([
            ("A_B", s("x1x")),
            ("a", map([("b", s("x2x")), ("c_d", s("x3x"))])),
            ("a_c", map([("d", s("x4x"))])),
        ]);
        let refusal = admit(Output::Environment, &root, &Names::default()).unwrap_err();
        let found: Vec<_> = refusal
            .offences()
            .iter()
            .map(|offence| (offence.path().to_string(), offence.defect().clone()))
            .collect();
        let twin = |other: &str| Defect::Twin {
            other: other.parse().unwrap(),
        };
        assert_eq!(
            found,
            [
                ("a.b".to_owned(), twin("A_B")),
                ("a_c.d".to_owned(), twin("a.c_d"))
            ]
        );
        assert!(admit(Output::Environment, &root, &"__".into()).is_ok());
    }

    #[test]
    fn names_that_differ_in_case_only_collide_as_files_and_nowhere_else() {
        let root = map([("key", s("1")), ("Key", s("2"))]);
        assert!(admit(Output::Dotenv, &root, &Names::default()).is_ok());
        let refusal = admit(Output::DockerSecrets, &root, &Names::default()).unwrap_err();
        let other = KeyPath::key("key");
        assert_eq!(refusal.offences()[0].defect(), &Defect::CaseTwin { other });
    }
}
