use proptest::prelude::*;

use super::{
    walk::{Piece, walk},
    *,
};
use crate::{
    value::{KeyPath, Kind, Node},
    yaml::Document,
};

const SECRET: &str = "hunter2";

/// What the pass meets, in words.
fn pieces(text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let mut found = Vec::new();
    walk(&document, |path, at, piece| {
        let path = KeyPath::from(path);
        let text = document.str_at(at).trim();
        found.push(match piece {
            Piece::Value => format!("{path}={text}"),
            Piece::Comment => format!("{path}#{text}"),
            Piece::Empty => format!("{path} empty"),
        });
    });
    found
}

fn sketch(text: &str, imprinter: &Imprinter) -> Sketch {
    Sketch::of(&Document::parse(text).unwrap(), imprinter)
}

/// The same file, open: its values are the texts behind `v:`.
fn opened(text: &str, values: &str, imprinter: &Imprinter) -> Sketch {
    let mut sketch = sketch(text, imprinter);
    let Ok(Node::Map(tree)) = Document::parse(values).unwrap().root().unwrap().to_node() else {
        panic!("a map");
    };
    sketch.add_values(tree, imprinter);
    sketch
}

fn told(differences: &[Difference]) -> Vec<String> {
    let told = differences.iter();
    told.map(|found| format!("{} {:?}", found.path, found.what))
        .collect()
}

fn sealed(data: &str, kind: &str) -> String {
    format!("ENC[AES256_GCM,data:{data},iv:AAAA,tag:AAAA,type:{kind}]")
}

#[test]
fn comments_belong_to_what_they_stand_at_or_above() {
    assert_eq!(
        pieces(
            "# head\na: 1 # side\n# above l\nl: # at l\n    # above first\n    - x # at first\n    - k: 2\n    # end of l\nm: {} # at m\nf: [1, {q: 2}] # at f\n# end\nsops:\n    # alice\n    mac: x\n"
        ),
        [
            "a#head",
            "a=1",
            "a#side",
            "l#above l",
            "l#at l",
            "l[0]#above first",
            "l[0]=x",
            "l[0]#at first",
            "l[1].k=2",
            "m#end of l",
            "m empty",
            "m#at m",
            "f[0]=1",
            "f[1].q=2",
            "f#at f",
            "#end",
        ]
    );
}

/// A comment as sops writes one into a list.
const ITEM: &str = "ENC[AES256_GCM,data:f/8v/Q4=,iv:4AMZfwD6eeNwN8toj70rUKM/+75EHUEp5luRW/5WHcA=,tag:7VNd40M3LkASwSYE419azg==,type:comment]";

#[test]
fn comments_of_a_list_that_are_items_belong_to_what_stands_below_them() {
    let list = |rule: &str| {
        let sops = format!(
            "sops:\n    age:\n        - recipient: age1x\n          enc: x\n    mac: {}\n    lastmodified: \"2026-01-01T00:00:00Z\"\n    {rule}\n    version: 3.13.2\n",
            ITEM.replace("comment", "str"),
        );
        pieces(&format!(
            "l:\n    - {ITEM}\n    - x\n    - k: {ITEM}\n    - {ITEM}\none:\n    - {ITEM}\na: 1\n{sops}"
        ))
    };
    assert_eq!(
        list("unencrypted_suffix: _clear"),
        [
            format!("l[0]#{ITEM}"),
            "l[0]=x".to_owned(),
            format!("l[1].k={ITEM}"),
            format!("l#{ITEM}"),
            format!("one#{ITEM}"),
            "one empty".to_owned(),
            "a=1".to_owned(),
        ]
    );
    // What is left in clear is text, whatever it looks like.
    assert_eq!(
        list("unencrypted_regex: ^one$")[4..],
        [format!("one[0]={ITEM}"), "a=1".to_owned()]
    );
}

#[test]
fn a_ciphertext_that_stays_is_the_same_value_and_another_one_is_another() {
    let imprinter = Imprinter::default();
    let before = format!(
        "A: {}\nB: {}\nC: 1\n",
        sealed("a", "str"),
        sealed("b", "str")
    );
    let after = format!(
        "A: {}\nB: {}\nC: 2\nD: x\n",
        sealed("a", "str"),
        sealed("c", "int")
    );
    let (before, after) = (sketch(&before, &imprinter), sketch(&after, &imprinter));
    assert_eq!(
        told(&between(&before, &after)),
        ["B Retyped { from: Str, to: Int }", "C Changed", "D Added"]
    );
    assert_eq!(told(&between(&after, &before))[2], "D Removed");
    assert!(between(&before, &before).is_empty());
    assert_eq!(after.kind(&KeyPath::key("B")), Some(Kind::Int));
    assert!(after.is_clear(&KeyPath::key("D")));
}

#[test]
fn without_values_nobody_tells_a_new_value_from_a_new_data_key() {
    let imprinter = Imprinter::default();
    let file = |data: &str, enc: &str| {
        format!(
            "A: {}\nsops:\n    age:\n        - enc: {enc}\n",
            sealed(data, "str")
        )
    };
    let (before, after) = (file("a", "one"), file("b", "two"));
    let unclear = between(&sketch(&before, &imprinter), &sketch(&after, &imprinter));
    assert_eq!(told(&unclear), ["A Unclear"]);
    let same_key = file("b", "one");
    let changed = between(&sketch(&before, &imprinter), &sketch(&same_key, &imprinter));
    assert_eq!(told(&changed), ["A Changed"]);
    for (value, what) in [("x", "A Rekeyed"), ("y", "A Changed")] {
        let before = opened(&before, "A: x\n", &imprinter);
        let after = opened(&after, &format!("A: {value}\n"), &imprinter);
        assert_eq!(told(&between(&before, &after)), [what]);
    }
}

#[test]
fn what_is_put_into_clear_is_no_mere_change() {
    let imprinter = Imprinter::default();
    let before = sketch(
        &format!("A: {}\nB: x\nC: {0}\n", sealed("a", "str")),
        &imprinter,
    );
    let after = sketch(
        &format!("A: x\nB: {}\nC: \"\"\n", sealed("a", "str")),
        &imprinter,
    );
    assert_eq!(
        told(&between(&before, &after)),
        ["A Bared", "B Covered", "C Changed"]
    );
}

#[test]
fn only_a_value_that_one_key_has_makes_it_the_same_under_another_name() {
    let imprinter = Imprinter::default();
    let file = |keys: &str| {
        keys.split(' ')
            .map(|key| format!("{key}: {}\n", sealed(key, "str")))
            .collect::<String>()
    };
    let renamed_to = |before: (&str, &str), after: (&str, &str)| {
        let before = opened(&file(before.0), before.1, &imprinter);
        let after = opened(&file(after.0), after.1, &imprinter);
        told(&renamed(between(&before, &after), &before, &after))
    };
    assert_eq!(
        renamed_to(("A B", "A: x\nB: y\n"), ("C B", "C: x\nB: y\n")),
        [format!("C Renamed {{ from: {:?} }}", KeyPath::key("A"))]
    );
    // Two keys had it, or two have it.
    assert_eq!(
        renamed_to(("A B", "A: x\nB: x\n"), ("C D", "C: x\nD: z\n")),
        ["C Added", "D Added", "A Removed", "B Removed"]
    );
    assert_eq!(
        renamed_to(("A", "A: x\n"), ("C D", "C: x\nD: x\n")),
        ["C Added", "D Added", "A Removed"]
    );
}

#[test]
fn a_merge_is_told_of_what_no_parent_has() {
    let imprinter = Imprinter::default();
    let of = |keys: &str| {
        let lines = keys
            .split(' ')
            .map(|key| format!("{key}: {}\n", sealed(key, "str")));
        sketch(&lines.collect::<String>(), &imprinter)
    };
    let (one, other, merged) = (of("A B"), of("A C"), of("A B C D"));
    assert_eq!(told(&from_all(&[&one, &other], &merged)), ["D Added"]);
    assert_eq!(from_all(&[], &merged).len(), 4);
}

#[test]
fn comments_are_compared_where_both_have_the_key() {
    let imprinter = Imprinter::default();
    let before = sketch(
        "# one\nA: 1\n# two\nB: 2\nG: 3 # gone with it\n",
        &imprinter,
    );
    let after = sketch(
        "# other\nA: 1\nB: 2\nN: 3 # new with it\n# end\n",
        &imprinter,
    );
    assert_eq!(
        told(&comments_between(&before, &after)),
        [" Added", "A Changed", "B Removed"]
    );
}

#[test]
fn what_the_rule_leaves_in_clear_cannot_look_like_what_is_said() {
    let text = format!(
        "A: \"‹encrypted #00000000›\\n\\e\"\nB: {}\nC: 5\nsops:\n    unencrypted_regex: ^[AC]$\n    mac: x\n    lastmodified: \"2026-01-01T00:00:00Z\"\n    version: 3.13.3\n    age:\n        - recipient: age1x\n          enc: x\n",
        sealed("a", "str")
    );
    let seen = glance(text.as_bytes());
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[0], r#"A: "‹encrypted #00000000›\n\u{1b}""#);
    assert_eq!(lines[1].len(), "B: ‹encrypted #00000000›".len());
    assert_eq!(lines[2], "C: 5");
}

/// Texts that are nearly YAML, with the secret wherever a value may stand.
fn nearly_yaml() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("KEY: hunter2\n".to_owned()),
        Just("  nested: \"hunter2\"\n".to_owned()),
        Just("- hunter2\n".to_owned()),
        Just("list: [hunter2, {a: hunter2}]\n".to_owned()),
        Just("block: |\n    hunter2\n".to_owned()),
        Just("# hunter2\n".to_owned()),
        Just("<<<<<<< ours\n".to_owned()),
        Just("sops:\n    mac: hunter2\n".to_owned()),
        Just("'".to_owned()),
        Just("\t\u{202e}\u{1b}[2J: x\n".to_owned()),
        "[ -~]{0,12}\n",
    ];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn no_value_of_a_file_that_was_never_encrypted_is_shown(text in nearly_yaml()) {
        let seen = glance(text.as_bytes());
        prop_assert!(!seen.contains(SECRET), "{text}\n{seen}");
        prop_assert!(!seen.chars().any(|letter| letter.is_control() && letter != '\n'), "{text}");
    }

    #[test]
    fn any_bytes_can_be_glanced_at(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let seen = glance(&bytes);
        prop_assert!(!seen.chars().any(|letter| letter.is_control() && letter != '\n'));
    }

    #[test]
    fn the_pass_meets_every_value_once_in_the_order_of_the_text(text in nearly_yaml()) {
        if let Ok(document) = Document::parse(&text)
            && let Some(Ok(Node::Map(mut tree))) = document.root().map(crate::yaml::NodeRef::to_node)
        {
            tree.remove(crate::sops::METADATA_KEY);
            let tree = Node::Map(tree);
            let paths: Vec<KeyPath> = tree.leaves().into_iter().map(|(path, _)| path).collect();
            let sketch = Sketch::of(&document, &Imprinter::default());
            prop_assert_eq!(sketch.keys().cloned().collect::<Vec<_>>(), paths);
        }
    }
}

#[test]
fn what_a_merge_does_not_have_of_a_side_is_lost_unless_both_sides_changed_it() {
    let imprinter = Imprinter::default();
    let file = |values: &[(&str, &str)]| {
        let lines = values.iter();
        let lines = lines.map(|(key, data)| format!("{key}: {}\n", sealed(data, "str")));
        sketch(&lines.collect::<String>(), &imprinter)
    };
    let base = file(&[("a", "AAAA"), ("b", "BBBB"), ("c", "CCCC"), ("d", "DDDD")]);
    let ours = file(&[("a", "AAAA"), ("b", "EEEE"), ("c", "CCCC"), ("d", "DDDD")]);
    // Another a, another b, no c, and e.
    let theirs = file(&[("a", "FFFF"), ("b", "GGGG"), ("d", "DDDD"), ("e", "HHHH")]);
    let of_theirs = |merged: &Sketch| {
        let left = left_behind(&base, &theirs, &ours, merged);
        let told = |paths: &[KeyPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        (told(&left.lost).join(" "), told(&left.outvoted).join(" "))
    };
    let all = |lost: &str, outvoted: &str| (lost.to_owned(), outvoted.to_owned());
    assert_eq!(of_theirs(&ours), all("a e c", "b"));
    assert_eq!(of_theirs(&theirs), all("", ""));
    let decided = file(&[("a", "FFFF"), ("b", "EEEE"), ("d", "DDDD"), ("e", "HHHH")]);
    assert_eq!(of_theirs(&decided), all("", "b"));
    // No a any more, which only they have changed, and no b, which both have: somebody has decided about that one.
    let short = file(&[("d", "DDDD"), ("e", "HHHH")]);
    assert_eq!(of_theirs(&short), all("a", ""));
    // Under a new data key: what is there and what is not tells something still.
    let anew = file(&[("a", "IIII"), ("b", "JJJJ"), ("c", "KKKK"), ("d", "LLLL")]);
    assert_eq!(of_theirs(&anew), all("e c", ""));
    assert_eq!(
        left_behind(&base, &ours, &theirs, &decided),
        LeftBehind::default()
    );
}

#[test]
fn an_empty_map_or_list_is_told_where_nothing_below_it_tells() {
    let imprinter = Imprinter::default();
    let told = |before: &str, after: &str| {
        let [before, after] = [before, after].map(|text| sketch(text, &imprinter));
        told(&between(&before, &after))
    };
    assert_eq!(told("z: 1", "{z: 1, a: {}, l: []}"), ["a Added", "l Added"]);
    assert_eq!(
        told("{z: 1, a: {}, l: []}", "z: 1"),
        ["a Removed", "l Removed"]
    );
    assert_eq!(told("a: {}", "a: []"), ["a Changed"]);
    assert_eq!(told("a: 1", "a: {}"), ["a Changed"]);
    assert_eq!(told("a: {}", "a: 1"), ["a Added"]);
    assert_eq!(told("a: {}", "a: {b: 1}"), ["a.b Added"]);
    assert_eq!(told("a: {b: 1}", "a: {}"), ["a.b Removed"]);
    assert_eq!(told("a: {b: {}}", "a: {}"), ["a.b Removed"]);
    assert_eq!(told("a: {b: {}}", "a: {b: {}}"), [""; 0]);
    assert_eq!(told("{}", "{}"), [""; 0]);
}
