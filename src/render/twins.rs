//! Keys that would come beside others of the same flat name.

use std::collections::HashMap;

use super::Names;
use crate::value::{KeyPath, Kind, Node};

/// A key that is new, and the one that has its name already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// The key that would come.
    pub new: KeyPath,
    /// The key that is there.
    pub there: KeyPath,
}

/// Those of some new keys whose flat names are the names of other keys of a tree: with both, no flat output can be made.
pub fn twins(root: &Node, new: impl IntoIterator<Item = KeyPath>) -> Vec<Twin> {
    let names = Names::default();
    let leaves = root.leaves();
    let carried = leaves
        .iter()
        .filter(|(_, value)| value.kind() != Kind::Null);
    let there: HashMap<String, &KeyPath> =
        carried.map(|(path, _)| (names.of(path), path)).collect();
    let twin = |new: KeyPath| {
        let there = (*there.get(&names.of(&new))?).clone();
        (there != new).then_some(Twin { new, there })
    };
    new.into_iter().filter_map(twin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        render::tree::{map, s},
        value::Scalar,
    };

    #[test]
    fn a_new_key_with_the_name_of_another_one_is_found() {
        let none = Node::Scalar(Scalar::null());
        let mail = map([("port", s("25")), ("none", none)]);
        let hosts = Node::List(vec![s("a")]);
        let root = map([("mail", mail), ("hosts", hosts), ("A_B", s("1"))]);
        for (new, there) in [
            ("MAIL_PORT", Some("mail.port")),
            ("HOSTS_0", Some("hosts[0]")),
            ("a.b", Some("A_B")),
            ("A_B", None),
            ("mail.port", None),
            ("mail_port", None),
            ("MAIL_NONE", None),
        ] {
            let new: KeyPath = new.parse().unwrap();
            let found = twins(&root, [new.clone()]);
            let told = found.first().map(|twin| twin.there.to_string());
            assert_eq!(told.as_deref(), there, "{new}");
        }
    }
}
