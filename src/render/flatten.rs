//! Nested keys as flat names.

use std::{borrow::Cow, cell::OnceCell, collections::HashMap};

use foldhash::fast::RandomState;

use super::{Defect, Names, Offence, Output, Refusal};
use crate::value::{KeyPath, Kind, Map, Node, Scalar};

/// One value under the name that a flat output gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flat<'a> {
    /// As [`Names`] make it.
    pub name: Cow<'a, str>,
    /// The value; never null.
    pub value: &'a Scalar,
    /// Which of the leaves of the tree it is.
    leaf: usize,
}

/// Lists the values that a flat output holds, in the order of the tree.
///
/// Null is left out and empty maps and lists vanish. Names may be unusable, or the same for two values.
pub fn flatten<'a>(root: &'a Node, names: &Names<'_>) -> Vec<Flat<'a>> {
    let mut flats = Vec::with_capacity(root.as_map().map_or(0, Map::len));
    let mut leaf = 0;
    root.visit_leaves(|path, value| {
        if value.kind() != Kind::Null && names.admit(path) {
            let name = names.at(path);
            flats.push(Flat { name, value, leaf });
        }
        leaf += 1;
    });
    flats
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
    let defect = |flat: &Flat<'_>| output.flat_defect(&flat.name, Some(flat.value));
    admit_by(output, root, names, defect)
}

/// The same, where somebody else says of each value, in the order of the tree, why the output cannot carry it.
pub(super) fn admit_by<'a>(
    output: Output,
    root: &'a Node,
    names: &Names<'_>,
    mut defect: impl FnMut(&Flat<'_>) -> Option<Defect>,
) -> Result<Vec<Flat<'a>>, Refusal> {
    let flats = flatten(root, names);
    let paths = Paths::of(root);
    let mut taken = Taken::of(output, &flats);
    let mut offences = Vec::new();
    for flat in &flats {
        let twin = taken.as_mut().and_then(|taken| taken.twin(flat, &paths));
        let own = defect(flat);
        let offence = |defect| paths.offence(output, flat, defect);
        offences.extend([twin, own].into_iter().flatten().map(offence));
    }
    Refusal::unless_empty(output, offences)?;
    Ok(flats)
}

/// Where the values of a tree stand: only refusals tell, so it is found out when the first one does.
pub(super) struct Paths<'a> {
    root: &'a Node,
    leaves: OnceCell<Vec<(KeyPath, &'a Scalar)>>,
}

impl<'a> Paths<'a> {
    pub(super) fn of(root: &'a Node) -> Self {
        let leaves = OnceCell::new();
        Paths { root, leaves }
    }

    /// The path of a value of this tree.
    pub(super) fn path(&self, flat: &Flat<'_>) -> &KeyPath {
        &self.leaves.get_or_init(|| self.root.leaves())[flat.leaf].0
    }

    /// That `output` cannot carry a value of this tree.
    pub(super) fn offence(&self, output: Output, flat: &Flat<'_>, defect: Defect) -> Offence {
        let path = self.path(flat);
        Offence::with(output, &flat.name, path, Some(flat.value), defect)
    }
}

/// The values that have a name already, by what must differ between names.
struct Taken<'f> {
    first: HashMap<Cow<'f, str>, &'f Flat<'f>, RandomState>,
    /// For files names must differ in more than case: not every file system tells such apart.
    is_folded: bool,
}

impl<'f> Taken<'f> {
    /// None yet; nothing at all where no two names can be the same, since all are keys of one map as they stand in it.
    fn of(output: Output, flats: &[Flat<'_>]) -> Option<Self> {
        let is_folded = output == Output::DockerSecrets;
        let is_key = |flat: &Flat<'_>| matches!(flat.name, Cow::Borrowed(_));
        if !is_folded && flats.iter().all(is_key) {
            return None;
        }
        let first = HashMap::with_capacity_and_hasher(flats.len(), RandomState::default());
        Some(Taken { first, is_folded })
    }

    /// Whether an earlier value has the name already.
    fn twin(&mut self, flat: &'f Flat<'f>, paths: &Paths<'_>) -> Option<Defect> {
        let folded = match self.is_folded {
            true => Cow::Owned(flat.name.to_lowercase()),
            false => Cow::Borrowed(&*flat.name),
        };
        let Some(first) = self.first.get(&folded) else {
            self.first.insert(folded, flat);
            return None;
        };
        let other = paths.path(first).clone();
        Some(match first.name == flat.name {
            true => Defect::Twin { other },
            false => Defect::CaseTwin { other },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::{map, s};
    use crate::value::Map;

    fn names(root: &Node, separator: &str) -> Vec<String> {
        let flats = flatten(root, &separator.into());
        flats
            .into_iter()
            .map(|flat| flat.name.into_owned())
            .collect()
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
        let found: Vec<_> = flats.iter().map(|flat| &*flat.name).collect();
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
