//! A list of maps in the place of another one.

use proptest::prelude::*;

use super::*;
use crate::value::Step;

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
fn a_map_that_becomes_empty_loses_the_comments_of_its_keys_and_no_others() {
    assert_eq!(
        relisted(
            "l:\n    # one\n    - m:\n        # all of m\n\n        # about k\n        k: v # beside k\n        # about j\n        j: w\n        # last\n      n: x\nz: x\n",
            r#"[{"m": {}, "n": "x"}]"#
        ),
        "l:\n    # one\n    # all of m\n    # last\n    - m: {}\n\n      n: x\nz: x\n"
    );
    assert_eq!(
        relisted(
            "l:\n    # one\n    - # beside it\n      k: v\n    - {a: b} # two\nz: x\n",
            r#"[{}, {}]"#
        ),
        "l:\n    # one\n    - {} # beside it\n    - {} # two\nz: x\n"
    );
}

#[test]
fn the_first_keys_of_an_item_go_with_their_comments() {
    assert_eq!(
        relisted(
            "l:\n    # one\n    - port: 1\n      # about key\n      key: b\n      # about a\n      a: c\n",
            r#"[{"a": "c"}]"#
        ),
        "l:\n    # one\n    - # about a\n      a: c\n"
    );
}

#[test]
fn the_only_value_of_a_list_changes_in_its_place() {
    assert_eq!(
        relisted(
            "l:\n    # one\n    - a # side\n    # end\nz: x\n",
            r#"["b"]"#
        ),
        "l:\n    # one\n    - b # side\n    # end\nz: x\n"
    );
    assert_eq!(
        relisted("l:\n    # ann\n    - name: ann\n", r#"[{"name": "bob"}]"#),
        "l:\n    - name: bob\n"
    );
    assert_eq!(
        relisted("l:\n    # one\n    - a\n", r#"["b", "c"]"#),
        "l:\n    - b\n    - c\n"
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

#[test]
fn what_many_items_share_says_less_than_what_one_item_has() {
    let plain = "l:\n    # ann\n    - name: ann\n      admin: true\n      port: 5432\n    # bob\n    - name: bob\n      admin: false\n      port: 5433\n";
    assert_eq!(
        relisted(
            plain,
            r#"[{"name": "bob", "admin": true, "port": 5432}, {"name": "cat", "admin": false, "port": 5433}]"#
        ),
        "l:\n    # bob\n    - name: bob\n      admin: true\n      port: 5432\n    - name: cat\n      admin: false\n      port: 5433\n"
    );
    let roles = "l:\n    # ann\n    - {name: ann, role: user, team: blue}\n    # bob\n    - {name: bob, role: admin, team: red}\n    # cat\n    - {name: cat, role: user, team: blue}\n";
    assert_eq!(
        relisted(
            roles,
            r#"[{"name": "bob", "role": "user", "team": "blue"}]"#
        ),
        "l:\n    # bob\n    - {name: bob, role: user, team: blue}\n"
    );
}

#[test]
fn a_flag_or_a_short_number_alone_makes_no_new_item_the_old_one() {
    let billing =
        "    # billing\n    - port: 5432\n      # ask Ann\n      key: aaaa\n      tls: true\n";
    let mail = "    # mail\n    - port: 25\n      key: bbbb\n      tls: false\n";
    let search = "    - port: 9200\n      key: cccc\n      tls: true\n";
    let list = |items: &[&str]| format!("l:\n{}", items.concat());
    let plain = list(&[billing, mail]);
    let kept = r#"{"port": 25, "key": "bbbb", "tls": false}"#;
    assert_eq!(
        relisted(
            &plain,
            &format!(r#"[{{"port": 9200, "key": "cccc", "tls": true}}, {kept}]"#)
        ),
        list(&[search, mail])
    );
    assert_eq!(
        relisted(
            &plain,
            &format!(r#"[{{"port": 5432, "key": "cccc", "tls": true}}, {kept}]"#)
        ),
        list(&[&search.replace("9200", "5432"), mail])
    );
    // Where an item has nothing else it does.
    let tls = relisted(&plain, &format!(r#"[{{"tls": true}}, {kept}]"#));
    assert_eq!(tls, list(&["    # billing\n    - tls: true\n", mail]));
    assert_eq!(
        relisted(
            &list(&["    # tls\n    - tls: true\n", mail]),
            &format!(r#"[{{"tls": true, "key": "cccc"}}, {kept}]"#)
        ),
        list(&["    # tls\n    - tls: true\n      key: cccc\n", mail])
    );
}

#[test]
fn what_an_item_holds_is_the_same_wherever_it_stands_in_a_list_of_it() {
    let maps = "l:\n    # ann\n    - hosts:\n        # a\n        - a\n        - b\n    # bob\n    - hosts:\n        - c\n";
    assert_eq!(
        relisted(
            maps,
            r#"[{"hosts": ["new", "a", "b"]}, {"hosts": ["c"]}, {"hosts": ["x"]}]"#
        ),
        "l:\n    # ann\n    - hosts:\n        - new\n        # a\n        - a\n        - b\n    # bob\n    - hosts:\n        - c\n    - hosts:\n          - x\n"
    );
    assert_eq!(
        relisted(maps, r#"[{"hosts": ["b"]}, {"hosts": ["x", "c"]}]"#),
        "l:\n    # ann\n    - hosts:\n        - b\n    # bob\n    - hosts:\n        - x\n        - c\n"
    );
    assert_eq!(
        relisted(
            "l:\n    # ann\n    - - a\n      # b\n      - b\n    # bob\n    - - c\n",
            r#"[["b"], ["new", "c"]]"#
        ),
        "l:\n    # ann\n    - # b\n      - b\n    # bob\n    - - new\n      - c\n"
    );
}

/// A list of maps of three keys, some of which have the same port and flag: the lines of each, and what they hold.
fn servers(count: usize) -> Vec<(String, serde_json::Value)> {
    let server = |at: usize| {
        let (port, tls) = (443 + at % 3, at.is_multiple_of(2));
        let lines = format!(
            "    # about s{at}.\n    - name: s{at}\n      pw: p{at}\n      port: {port}\n      tls: {tls}\n      # region of s{at}.\n      region: r{}\n",
            at % 4
        );
        let json = serde_json::json!({"name": format!("s{at}"), "pw": format!("p{at}"), "port": port, "tls": tls, "region": format!("r{}", at % 4)});
        (lines, json)
    };
    (0..count).map(server).collect()
}

/// What becomes of a list of servers whose items come in an order.
fn reordered(order: &[usize]) -> String {
    let servers = servers(order.len());
    let plain: String = servers.iter().map(|server| &*server.0).collect();
    let items = order.iter().map(|at| servers[*at].1.clone());
    let json = serde_json::Value::from(items.collect::<Vec<_>>());
    relisted(&format!("l:\n{plain}"), &json.to_string())
}

/// The items at which a comment stands that is about another one, and how many stand at their own.
fn misplaced(text: &str) -> (Vec<&str>, usize) {
    let (mut about, mut wrong, mut right, mut item) = (None, Vec::new(), 0, "");
    for line in text.lines() {
        if let Some((_, name)) = line.split_once("# about ") {
            about = Some(name.trim_end_matches('.'));
        } else if let Some((_, name)) = line.split_once("- name: ") {
            item = name;
            match about.take() {
                Some(about) if about != name => wrong.push(name),
                about => right += usize::from(about.is_some()),
            }
        } else if let Some((_, name)) = line.split_once("# region of ") {
            match name.trim_end_matches('.') == item {
                true => right += 1,
                false => wrong.push(item),
            }
        }
    }
    (wrong, right)
}

#[test]
fn items_in_another_order_take_no_comments_of_each_other() {
    assert_eq!(
        relisted(
            "l:\n    # eu\n    - {name: eu, password: x1, port: 443}\n    # mail\n    - {name: mail, password: x2, port: 25}\n    # us\n    - {name: us, password: x3, port: 443}\n",
            r#"[{"name": "us", "password": "x3", "port": 443}, {"name": "mail", "password": "x2", "port": 25}, {"name": "eu", "password": "x1", "port": 443}]"#
        ),
        "l:\n    - name: us\n      password: x3\n      port: 443\n    # mail\n    - {name: mail, password: x2, port: 25}\n    - name: eu\n      password: x1\n      port: 443\n"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn items_in_any_other_order_take_no_comments_of_each_other(
        order in (2..16usize).prop_flat_map(|count| Just((0..count).collect::<Vec<_>>()).prop_shuffle()),
    ) {
        let text = reordered(&order);
        let (wrong, right) = misplaced(&text);
        prop_assert!(wrong.is_empty(), "{:?} {}", wrong, text);
        prop_assert!(right >= 2, "{}", text);
    }
}

/// The lines of an item by the shape that it has, and the keys that it can lose.
fn shaped(at: usize, shape: usize) -> (String, &'static [&'static str]) {
    match shape {
        0 => (format!("    - i{at}\n"), &[]),
        1 => (
            format!("    - a: i{at}\n      # of b\n      b: j{at} # b\n      c: k{at}\n"),
            &["a", "b"],
        ),
        2 => (format!("    - - i{at}\n      # of j\n      - j{at}\n"), &[]),
        3 => (format!("    - {{a: i{at}, b: j{at}}} # beside\n"), &["a"]),
        4 => (
            format!("    -\n        a: i{at}\n\n        b: j{at}\n"),
            &["a"],
        ),
        _ => (
            format!("    - m:\n        a: i{at}\n        # last\n      b: j{at}\n"),
            &["b"],
        ),
    }
}

/// What stands between items: nothing, comments that are of one of them or of none.
const BETWEEN: [&str; 5] = [
    "",
    "    # above\n",
    "\n    # alone\n\n",
    "          # further in\n",
    "  # further out\n    # above\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_goes_at_once_leaves_what_it_leaves_one_after_the_other(
        items in prop::collection::vec((0..6usize, 0..BETWEEN.len(), 0..3usize), 1..7),
        end in 0..BETWEEN.len(),
    ) {
        let mut plain = "l:\n    # first\n".to_owned();
        let mut is_block = false;
        // Behind a value a comment that stands further in is of nobody: with all that is around it gone it may stay.
        let between = |at: usize, is_block: bool| if at == 3 && !is_block { "" } else { BETWEEN[at] };
        for (at, (shape, comment, _)) in items.iter().enumerate() {
            plain.push_str(between(*comment, is_block));
            plain.push_str(&shaped(at, *shape).0);
            is_block = ![0, 3].contains(shape);
        }
        plain.push_str(between(end, is_block));
        plain.push_str("z: x\n");
        let (mut once, mut each) = (sealed(&plain), sealed(&plain));
        let item = |at: usize| KeyPath::key("l").child(Step::Index(at));
        let mut gone = Vec::new();
        for (at, (shape, _, fate)) in items.iter().enumerate().rev() {
            let keys = shaped(at, *shape).1.iter().rev();
            match fate {
                0 => gone.push(item(at)),
                1 => gone.extend(keys.map(|key| item(at).child(Step::Key((*key).to_owned())))),
                _ => {}
            }
        }
        gone.sort_by_key(|path| std::cmp::Reverse(path.steps().len()));
        for path in &gone {
            each.unset(path).unwrap();
        }
        let node = each.tree().get("l").unwrap().clone();
        once.set(&KeyPath::key("l"), &node).unwrap();
        let [once, each] = [once, each].map(|open| open.to_plain().unwrap().expose_secret().to_owned());
        prop_assert_eq!(once, each, "{}", plain);
    }
}
