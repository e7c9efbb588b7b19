//! A list of maps in the place of another one.

use proptest::prelude::*;

use super::*;

const KEYS: [&str; 3] = ["a", "b", "c"];

/// What becomes of the keys `a`, `b` and `c` of an item, and of the list that it holds.
#[derive(Clone, Debug)]
struct Change {
    goes: bool,
    is_put_before: bool,
    keys: [Fate; 3],
    tags: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Stays,
    Changes,
    Goes,
    Comes,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let fate = prop_oneof![
        3 => Just(Fate::Stays),
        1 => Just(Fate::Changes),
        1 => Just(Fate::Goes),
        1 => Just(Fate::Comes)
    ];
    let change = (
        any::<bool>(),
        any::<bool>(),
        [fate.clone(), fate.clone(), fate],
        0..3usize,
    )
        .prop_map(|(goes, is_put_before, keys, tags)| Change {
            goes,
            is_put_before,
            keys,
            tags,
        });
    prop::collection::vec(change, 1..5)
}

/// The list as it was: every part has a comment of its own.
fn before(changes: &[Change]) -> String {
    let mut text = "l:\n".to_owned();
    for (at, change) in changes.iter().enumerate() {
        text.push_str(&format!(
            "    # item {at}.\n    - id: id{at} # id {at}.\n      # below {at}.\n"
        ));
        for (key, fate) in KEYS.iter().zip(change.keys) {
            if fate != Fate::Comes {
                text.push_str(&format!(
                    "      # above {at}{key}.\n      {key}: v{at}{key} # beside {at}{key}.\n"
                ));
            }
        }
        text.push_str(&format!(
            "      # tags {at}.\n      tags:\n        - t{at}0\n        - t{at}1\n        # end {at}.\n"
        ));
    }
    text + "# z.\nz: end\n"
}

fn after(changes: &[Change], grows: bool) -> Vec<Node> {
    let map = |entries: Vec<(&str, Node)>| {
        Node::Map(
            entries
                .into_iter()
                .map(|(key, node)| (key.to_owned(), node))
                .collect(),
        )
    };
    let str = |text: String| Node::Scalar(Scalar::str(&text));
    let mut items = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        if change.goes && !grows {
            continue;
        }
        if change.is_put_before && grows {
            items.push(map(vec![("id", str(format!("new{at}")))]));
        }
        let mut entries = vec![("id", str(format!("id{at}")))];
        for (key, fate) in KEYS.iter().zip(change.keys) {
            match fate {
                Fate::Stays => entries.push((key, str(format!("v{at}{key}")))),
                Fate::Changes | Fate::Comes => entries.push((key, str(format!("new{at}{key}")))),
                Fate::Goes => {}
            }
        }
        let tags = (0..change.tags)
            .map(|tag| str(format!("t{at}{tag}")))
            .collect();
        entries.push(("tags", Node::List(tags)));
        items.push(map(entries));
    }
    items
}

/// The ciphertext of every value of the list, by what it says.
fn ciphertexts(open: &OpenFile) -> std::collections::HashMap<String, String> {
    let list = open.tree().get("l").unwrap();
    let written = |(below, scalar): (KeyPath, &Scalar)| {
        let steps = [KeyPath::key("l").steps(), below.steps()].concat();
        let node = open.file().find(&KeyPath::from_steps(steps)).unwrap();
        (scalar.expose().to_owned(), node.text().unwrap().to_owned())
    };
    list.leaves().into_iter().map(written).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_stays_of_a_list_of_maps_keeps_its_comments_and_its_ciphertext(changes in changes(), grows: bool) {
        let mut open = sealed(&before(&changes));
        let before = ciphertexts(&open);
        let node = Node::List(after(&changes, grows));
        open.set(&KeyPath::key("l"), &node).unwrap();
        let heading = Heading { lastmodified: NOW, age: None, block: Block::Keep };
        open.seal(&heading, Form::Canonical).unwrap();
        let again = again(&open);
        prop_assert!(again.tree().get("l").unwrap().holds_the_same(&node));
        let text = again.to_plain().unwrap().expose_secret().to_owned();
        for (at, change) in changes.iter().enumerate() {
            let stays = grows || !change.goes;
            let mut comments = vec![
                (format!("# item {at}."), stays),
                (format!("# id {at}."), stays),
                (format!("# tags {at}."), stays),
                (format!("# end {at}."), stays),
            ];
            for (key, fate) in KEYS.iter().zip(change.keys) {
                let stays = stays && [Fate::Stays, Fate::Changes].contains(&fate);
                comments.push((format!("# above {at}{key}."), stays));
                comments.push((format!("# beside {at}{key}."), stays));
            }
            for (comment, stays) in comments {
                prop_assert_eq!(text.contains(&comment), stays, "{}: {}", comment, text);
            }
        }
        prop_assert!(text.ends_with("# z.\nz: end\n"), "{}", text);
        for (value, ciphertext) in ciphertexts(&again) {
            prop_assert_eq!(before.get(&value).unwrap_or(&ciphertext), &ciphertext, "{}", value);
        }
    }
}

/// What the list `l` of a plain text becomes.
fn relisted(plain: &str, json: &str) -> String {
    let mut open = sealed(plain);
    let new = crate::import::json(&format!("{{\"l\": {json}}}")).unwrap();
    open.set(&KeyPath::key("l"), new.get("l").unwrap()).unwrap();
    let heading = Heading {
        lastmodified: NOW,
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Canonical).unwrap();
    again(&open).to_plain().unwrap().expose_secret().to_owned()
}

#[test]
fn a_comment_at_the_end_of_what_becomes_empty_stays_with_its_key_or_item() {
    assert_eq!(
        relisted("# l\nl: # side\n    # a\n    - a\n    # last\nz: x\n", "[]"),
        "# l\n# last\nl: [] # side\nz: x\n"
    );
    assert_eq!(
        relisted(
            "l:\n    # all\n\n    # a\n    - a\n\n    # last\n\n# z\nz: x\n",
            "[]"
        ),
        "# all\n# last\nl: []\n\n\n\n# z\nz: x\n"
    );
    assert_eq!(
        relisted(
            "l:\n    - - a\n      - b\n      # last\n    - c\nz: x\n",
            r#"[[], "c"]"#
        ),
        "l:\n    # last\n    - []\n    - c\nz: x\n"
    );
    assert_eq!(
        relisted(
            "l:\n    - a\n    - - b\n      # last\nz: x\n",
            r#"["a", []]"#
        ),
        "l:\n    - a\n    # last\n    - []\nz: x\n"
    );
    assert_eq!(
        relisted(
            "l:\n    - - b\n      # last\n    - a\nz: x\n",
            r#"["b", "a"]"#
        ),
        "l:\n    - b\n    - a\nz: x\n"
    );
    assert_eq!(
        relisted(
            "l:\n    - m:\n        k: v\n        # last\n    # end\nz: x\n",
            r#"[{"m": {}}]"#
        ),
        "l:\n    # last\n    - m: {}\n    # end\nz: x\n"
    );
}

#[test]
fn an_item_that_goes_takes_the_comments_in_it_along_and_no_others() {
    assert_eq!(
        relisted(
            "l:\n    - a\n    - - b\n      # in it\n      - c\n      # last of it\n    # last\nz: x\n",
            r#"["a"]"#
        ),
        "l:\n    - a\n    # last\nz: x\n"
    );
}

#[test]
fn the_items_that_have_most_in_common_become_each_other() {
    let plain = "l:\n    # one\n    - {a: x, b: y}\n    # two\n    - {a: z, b: q}\n    # three\n    - {a: u, b: v}\n";
    assert_eq!(
        relisted(plain, r#"[{"a": "z", "b": "q"}, {"a": "u", "b": "new"}]"#),
        "l:\n    # two\n    - {a: z, b: q}\n    # three\n    - {a: u, b: new}\n"
    );
    assert_eq!(
        relisted(
            "l:\n    # one\n    - a: x\n    # two\n    - a: z\n",
            r#"[{"a": "new"}, {"a": "x", "b": "y"}, {"a": "z"}]"#
        ),
        "l:\n    - a: new\n    # one\n    - a: x\n      b: \"y\"\n    # two\n    - a: z\n"
    );
}

#[test]
fn a_new_item_takes_no_comments_of_an_old_one() {
    assert_eq!(
        relisted(
            "l:\n    # first\n    - a\n    # second\n    - b\n",
            r#"["b", "c"]"#
        ),
        "l:\n    # second\n    - b\n    - c\n"
    );
    let ann = "    # about ann\n    - name: ann\n      # her pw\n      pw: s1\n";
    let bob = "    # about bob\n    - name: bob\n      pw: s2 # his\n";
    let cat = "    - name: cat\n      pw: s3\n";
    let users = |items: &[&str]| format!("l:\n{}    # end\nz: x\n", items.concat());
    let relisted = |json: &str| relisted(&users(&[ann, bob]), json);
    assert_eq!(
        relisted(r#"[{"name": "bob", "pw": "s2"}, {"name": "cat", "pw": "s3"}]"#),
        users(&[bob, cat])
    );
    assert_eq!(
        relisted(
            r#"[{"name": "cat", "pw": "s3"}, {"name": "ann", "pw": "s1"}, {"name": "bob", "pw": "s2"}]"#
        ),
        users(&[cat, ann, bob])
    );
    assert_eq!(relisted(r#"[{"name": "cat", "pw": "s3"}]"#), users(&[cat]));
}

#[test]
fn one_pair_with_more_in_common_says_more_than_many_with_less() {
    let plain = "l:\n    # ann\n    - {name: ann, port: x, pw: s1}\n    # bob\n    - {name: bob, port: x, pw: s2}\n";
    assert_eq!(
        relisted(
            plain,
            r#"[{"name": "bob", "port": "x", "pw": "s4"}, {"name": "cat", "port": "x", "pw": "s3"}]"#
        ),
        "l:\n    # bob\n    - {name: bob, port: x, pw: s4}\n    - name: cat\n      port: x\n      pw: s3\n"
    );
}

/// An item with a number in a list of texts or of maps, and its lines: with comments if it is not new.
fn item(at: usize, is_map: bool, is_new: bool) -> (serde_json::Value, String) {
    let comment = |text: String| if is_new { String::new() } else { text };
    let above = comment(format!("    # about i{at}.\n"));
    match is_map {
        false => (
            format!("i{at}").into(),
            format!(
                "{above}    - i{at}{}\n",
                comment(format!(" # beside i{at}."))
            ),
        ),
        true => (
            serde_json::json!({"name": format!("i{at}"), "pw": format!("s{at}")}),
            format!(
                "{above}    - name: i{at}\n{}      pw: s{at}\n",
                comment(format!("      # pw of i{at}.\n"))
            ),
        ),
    }
}

const OLD: usize = 4;

/// A list of the first numbers, and what the list of others makes of it.
fn renumbered(numbers: &[usize], is_map: bool) -> String {
    let before: String = (0..OLD).map(|at| item(at, is_map, false).1).collect();
    let after = numbers.iter().map(|at| item(*at, is_map, false).0);
    let json = serde_json::Value::from(after.collect::<Vec<_>>()).to_string();
    relisted(&format!("l:\n{before}z: x\n"), &json)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn items_that_stay_keep_their_comments_and_new_ones_get_none(
        stays in prop::collection::vec(any::<bool>(), OLD),
        new in prop::collection::vec(0..3usize, OLD + 1),
        is_map: bool,
    ) {
        let mut numbers = Vec::new();
        for (at, count) in new.iter().enumerate() {
            numbers.extend((0..*count).map(|one| OLD + 3 * at + one));
            numbers.extend(stays.get(at).filter(|stays| **stays).map(|_| at));
        }
        let lines = |at: &usize| item(*at, is_map, *at >= OLD).1;
        let list: String = numbers.iter().map(lines).collect();
        let list = if list.is_empty() { " []\n".to_owned() } else { format!("\n{list}") };
        prop_assert_eq!(renumbered(&numbers, is_map), format!("l:{list}z: x\n"));
    }

    #[test]
    fn a_comment_stands_above_the_item_that_it_is_about_or_goes(
        numbers in prop::sample::subsequence((0..2 * OLD).collect::<Vec<_>>(), 1..2 * OLD).prop_shuffle(),
        is_map: bool,
    ) {
        let text = renumbered(&numbers, is_map);
        let mut left = text.strip_prefix("l:\n").unwrap();
        for at in &numbers {
            let [old, new] = [false, true].map(|is_new| item(*at, is_map, is_new).1);
            let rest = left.strip_prefix(&*old).filter(|_| *at < OLD).or_else(|| left.strip_prefix(&*new));
            prop_assert!(rest.is_some(), "{} {}", at, text);
            left = rest.unwrap();
        }
        prop_assert_eq!(left, "z: x\n");
        let kept = numbers.iter().any(|at| *at < OLD);
        prop_assert_eq!(text.contains("# about"), kept, "{}", text);
    }
}
