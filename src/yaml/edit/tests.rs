use super::*;

fn leaf(text: &str) -> Draft {
    Draft::Scalar(text.to_owned())
}

/// Sets `path` (keys, or positions) to a draft, or removes it.
fn change(text: &str, path: &[&str], draft: Option<&Draft>) -> String {
    let document = Document::parse(text).unwrap();
    let mut node = document.root().unwrap();
    let (last, front) = path.split_last().unwrap();
    for step in front {
        node = if node.is_list() {
            node.items().nth(step.parse().unwrap()).unwrap()
        } else {
            node.get(step).unwrap()
        };
    }
    let edits = if node.is_list() {
        let at: usize = last.parse().unwrap();
        match (node.items().nth(at), draft) {
            (Some(item), Some(draft)) => document.replace_item(item, draft),
            (None, Some(draft)) => document.push_item(node, draft),
            (Some(item), None) => document.remove_item(node, item),
            (None, None) => panic!("no such item"),
        }
    } else {
        match (node.entry(last), draft) {
            (Some(entry), Some(draft)) => document.replace_entry(entry, draft),
            (None, Some(draft)) => document.insert_entry(node, node.entries().last(), last, draft),
            (Some(entry), None) => document.remove_entry(node, entry),
            (None, None) => panic!("no such key"),
        }
    };
    let changed = apply(document.text(), edits).unwrap().to_string();
    assert!(Document::parse(&changed).is_ok(), "{changed:?}");
    changed
}

#[test]
fn a_scalar_is_replaced_and_everything_else_stays() {
    let set = |text: &str, path: &[&str]| change(text, path, Some(&leaf("ENC[x,y]")));
    assert_eq!(
        set("a: 'old'  # c\nb: 2\n", &["a"]),
        "a: ENC[x,y]  # c\nb: 2\n"
    );
    assert_eq!(set("a:\nb: 2\n", &["a"]), "a: ENC[x,y]\nb: 2\n");
    assert_eq!(set("a: !!str 5\n", &["a"]), "a: ENC[x,y]\n");
    assert_eq!(set("a:\n  old\nb: 2\n", &["a"]), "a:\n  ENC[x,y]\nb: 2\n");
    assert_eq!(
        set("a: | # h\n  one\n  two\n\n# c\nb: 2\n", &["a"]),
        "a: ENC[x,y] # h\n\n# c\nb: 2\n"
    );
    assert_eq!(
        set("a: {b: 1, c: 2}\n", &["a", "b"]),
        "a: {b: \"ENC[x,y]\", c: 2}\n"
    );
    assert_eq!(
        set(
            "a: {b: , c: 2}
",
            &["a", "b"]
        ),
        "a: {b: \"ENC[x,y]\" , c: 2}
"
    );
    assert_eq!(
        set("l:\n- x # c\n-\n", &["l", "1"]),
        "l:\n- x # c\n- ENC[x,y]\n"
    );
}

#[test]
fn a_new_key_goes_after_the_last_one_and_its_side_comment() {
    let set = |text: &str, path: &[&str]| change(text, path, Some(&leaf("v")));
    assert_eq!(
        set("a: 1 # side\n\n# trailing\n", &["b"]),
        "a: 1 # side\nb: v\n\n# trailing\n"
    );
    assert_eq!(
        set("m:\n  a: 1\n  # tail\nz: 1\n", &["m", "b"]),
        "m:\n  a: 1\n  b: v\n  # tail\nz: 1\n"
    );
    assert_eq!(
        set("m:\n      a: |\n        x\nz: 1\n", &["m", "b"]),
        "m:\n      a: |\n        x\n      b: v\nz: 1\n"
    );
    assert_eq!(set("m: {a: 1}\n", &["m", "b"]), "m: {a: 1, b: v}\n");
    assert_eq!(
        set("m: {} # c\nz: 1\n", &["m", "b"]),
        "m: # c\n    b: v\nz: 1\n"
    );
    assert_eq!(
        set("l:\n- a: 1\n- c: 2\n", &["l", "0", "b"]),
        "l:\n- a: 1\n  b: v\n- c: 2\n"
    );
    assert_eq!(
        set("l:\n- a: 1\r\n", &["l", "0", "b"]),
        "l:\n- a: 1\r\n  b: v\r\n"
    );
    assert_eq!(set("l: [x]\n", &["l", "1"]), "l: [x, v]\n");
    assert_eq!(
        set("l:\n- x # c\n# end\n", &["l", "1"]),
        "l:\n- x # c\n- v\n# end\n"
    );
    assert_eq!(
        set("l:\n- - x\n  # in it\n# end\n", &["l", "1"]),
        "l:\n- - x\n  # in it\n- v\n# end\n"
    );
    assert_eq!(set("l: []\n", &["l", "0"]), "l:\n    - v\n");
    assert_eq!(set("a:\n", &["b"]), "a:\nb: v\n");
    assert_eq!(
        set(
            "l:
  - {}
",
            &["l", "0", "b"]
        ),
        "l:
  - b: v
"
    );
}

#[test]
fn a_tree_takes_the_place_of_a_value_and_the_reverse() {
    let tree = Draft::Map(vec![
        ("x".into(), leaf("1")),
        ("l".into(), Draft::List(vec![leaf("2")])),
    ]);
    assert_eq!(
        change("a: old # c\nb: 2\n", &["a"], Some(&tree)),
        "a: # c\n    x: 1\n    l:\n        - 2\nb: 2\n"
    );
    assert_eq!(
        change(
            "a:\n  x: 1\n  y: |\n    t\nb: 2\n",
            &["a"],
            Some(&leaf("v"))
        ),
        "a: v\nb: 2\n"
    );
    assert_eq!(
        change("a: {x: 1}\n", &["a", "x"], Some(&tree)),
        "a: {x: {x: 1, l: [2]}}\n"
    );
    assert_eq!(
        change("l:\n  - old\n  - b\n", &["l", "0"], Some(&tree)),
        "l:\n  - x: 1\n    l:\n        - 2\n  - b\n"
    );
}

#[test]
fn a_comment_beside_a_key_stays_whatever_the_key_holds() {
    let tree = Draft::Map(vec![("x".into(), leaf("1"))]);
    let set = |text: &str, path: &[&str], draft: &Draft| change(text, path, Some(draft));
    assert_eq!(
        set("a: # c\n  y: 1 # d\n# e\nb: 2\n", &["a"], &leaf("v")),
        "a: v # c\n# e\nb: 2\n"
    );
    assert_eq!(
        set("a: # c\n  # e\n  y: 1\nb: 2\n", &["a"], &tree),
        "a: # c\n  # e\n    x: 1\nb: 2\n"
    );
    assert_eq!(
        set("a: | # c\n  text\nb: 2\n", &["a"], &tree),
        "a: # c\n    x: 1\nb: 2\n"
    );
    assert_eq!(set("a: [1] # c\n", &["a"], &tree), "a: # c\n    x: 1\n");
    assert_eq!(
        set("l:\n- # c\n  - y\n- z # d\n", &["l", "0"], &leaf("v")),
        "l:\n- v # c\n- z # d\n"
    );
    assert_eq!(
        set("l:\n- z # d\n", &["l", "0"], &tree),
        "l:\n- # d\n  x: 1\n"
    );
    // sops reads no tab after a dash, and none that leads a line.
    assert_eq!(
        set("l:\n- z\t# d\n", &["l", "0"], &tree),
        "l:\n- # d\n  x: 1\n"
    );
    assert_eq!(set("a:\n  z\t# d\n", &["a"], &tree), "a:\n  # d\n  x: 1\n");
}

#[test]
fn what_stands_alone_gets_its_value() {
    let tree = Draft::Map(vec![("x".into(), leaf("1"))]);
    let set = |text: &str, path: &[&str], draft: &Draft| change(text, path, Some(draft));
    assert_eq!(
        set("a: {b, c: 1}\n", &["a", "b"], &leaf("v")),
        "a: {b: v, c: 1}\n"
    );
    assert_eq!(set("a: {b}\n", &["a", "b"], &tree), "a: {b: {x: 1}}\n");
    assert_eq!(set("? a\n? b\n", &["a"], &leaf("v")), "? a\n: v\n? b\n");
    assert_eq!(
        set("? a\n: x\nb: 1\n", &["a"], &tree),
        "? a\n:\n    x: 1\nb: 1\n"
    );
    assert_eq!(set("l:\n-\n- y\n", &["l", "0"], &tree), "l:\n- x: 1\n- y\n");
    assert_eq!(
        set("l:\n- # c\n- y\n", &["l", "0"], &leaf("v")),
        "l:\n- v # c\n- y\n"
    );
    assert_eq!(
        set("l: [a: 1, b]\n", &["l", "0", "c"], &leaf("v")),
        "l: [{a: 1, c: v}, b]\n"
    );
    assert_eq!(
        set("l: [a: 1, b]\n", &["l", "0"], &tree),
        "l: [{x: 1}, b]\n"
    );
    assert_eq!(
        set("l: [x]\n", &["l", "0"], &Draft::Map(vec![])),
        "l: [{}]\n"
    );
    assert_eq!(
        set("l:\n- x\n", &["l", "0"], &Draft::List(vec![])),
        "l:\n- []\n"
    );
}

#[test]
fn an_explicit_key_goes_with_its_mark_and_an_item_with_its_dash() {
    let unset = |text: &str, path: &[&str]| change(text, path, None);
    assert_eq!(unset("? a\n: 1\nb: 2\n", &["a"]), "b: 2\n");
    assert_eq!(
        unset("l:\n- - x\n- y\n", &["l", "0", "0"]),
        "l:\n- []\n- y\n"
    );
    assert_eq!(
        unset("k: 1\nl:\n-\n  - x\n- y\n", &["l", "0", "0"]),
        "k: 1\nl:\n- []\n- y\n"
    );
}

#[test]
fn a_removed_key_takes_its_comments_along() {
    let unset = |text: &str, path: &[&str]| change(text, path, None);
    assert_eq!(
        unset("# about a\n# more\na: 1 # side\n# about b\nb: 2\n", &["a"]),
        "# about b\nb: 2\n"
    );
    assert_eq!(
        unset("# header\n\n# about a\na: 1\nb: 2\n", &["a"]),
        "# header\n\nb: 2\n"
    );
    assert_eq!(
        unset(
            "m:\n  x: 1\n  # of m\nb: |\n  # not a comment\nc: 1\n",
            &["c"]
        ),
        "m:\n  x: 1\n  # of m\nb: |\n  # not a comment\n"
    );
    assert_eq!(unset("m:\n  x: 1\nb: 2\n", &["m", "x"]), "m: {}\nb: 2\n");
    assert_eq!(
        unset("m: # side\n  # above\n  x: 1\nb: 2\n", &["m", "x"]),
        "m: {} # side\nb: 2\n"
    );
    assert_eq!(
        unset("m: {x: 1, y: 2, z: 3}\n", &["m", "x"]),
        "m: {y: 2, z: 3}\n"
    );
    assert_eq!(
        unset("m: {x: 1, y: 2, z: 3}\n", &["m", "z"]),
        "m: {x: 1, y: 2}\n"
    );
    assert_eq!(unset("m: {x: 1}\n", &["m", "x"]), "m: {}\n");
    assert_eq!(
        unset("l:\n- a: 1\n  # about b\n  b: 2\n", &["l", "0", "a"]),
        "l:\n- # about b\n  b: 2\n"
    );
    assert_eq!(
        unset("l:\n- a: 1\n- x\n", &["l", "0", "a"]),
        "l:\n- {}\n- x\n"
    );
    assert_eq!(
        unset("l:\n  - x\n  # about y\n  - y # side\n  - z\n", &["l", "1"]),
        "l:\n  - x\n  - z\n"
    );
    assert_eq!(unset("l:\n  - x\nb: 1\n", &["l", "0"]), "l: []\nb: 1\n");
    assert_eq!(unset("l:\n- # c\n  x\n- y\n", &["l", "0"]), "l:\n- y\n");
    assert_eq!(unset("l:\n- - x\n  - y\n", &["l", "0", "0"]), "l:\n- - y\n");
    assert_eq!(unset("a:\nb: 1\n", &["a"]), "b: 1\n");
}

#[test]
fn a_removed_map_takes_the_comments_in_it_along_and_a_value_none_below_it() {
    let unset = |text: &str, path: &[&str]| change(text, path, None);
    assert_eq!(
        unset("m:\n  x: 1\n\n  # end of m\n# of b\nb: 2\n", &["m"]),
        "# of b\nb: 2\n"
    );
    assert_eq!(
        unset("l:\n- a:\n    x: 1\n    # in a\n  b: 2\n", &["l", "0", "a"]),
        "l:\n- b: 2\n"
    );
    assert_eq!(unset("a: 1\n  # of b\nb: 2\n", &["a"]), "  # of b\nb: 2\n");
}

#[test]
fn a_change_in_an_item_is_the_same_whatever_item_follows() {
    const ITEMS: [&str; 15] = [
        "  - x\n",
        "  - # c\n    x\n",
        "  - # c\n",
        "  -\n",
        "  - |\n    # text\n",
        "  - {a: 1} # c\n",
        "  - a: 1\n    # end\n",
        "  - a: 1\n    # b\n    b: 2\n",
        "  - # c\n    a: 1\n",
        "  - #c\n    a: 1\n    b: 2\n",
        "  -\n    # c\n    a: 1\n",
        "  -\n    a: 1\n    b: 2\n",
        "  - - a\n    # end\n",
        "  - - # c\n      a: 1\n    - # d\n      b: 2\n",
        "  - # c\n    - a\n    # b\n    - b\n",
    ];
    let tree = Draft::Map(vec![("x".into(), leaf("1"))]);
    let changes = |item: &str| -> Vec<(Vec<&str>, Option<Draft>)> {
        let mut changes = vec![
            (vec!["l", "1"], Some(leaf("v"))),
            (vec!["l", "1"], Some(tree.clone())),
        ];
        let text = format!("l:\n{item}");
        let document = Document::parse(&text).unwrap();
        let list = document.root().unwrap().get("l").unwrap();
        match list.items().next().unwrap() {
            node if node.is_list() => changes.extend([
                (vec!["l", "1", "0"], None),
                (vec!["l", "1", "0"], Some(tree.clone())),
            ]),
            node if node.get("a").is_some() => changes.extend([
                (vec!["l", "1", "a"], None),
                (vec!["l", "1", "a"], Some(tree.clone())),
                (vec!["l", "1", "new"], Some(leaf("v"))),
            ]),
            _ => {}
        }
        changes
    };
    for (item, next) in ITEMS.iter().flat_map(|item| ITEMS.map(|next| (item, next))) {
        let text = format!("l:\n  - z\n{item}{next}z: 1\n");
        assert_eq!(
            change(&text, &["l", "1"], None),
            format!("l:\n  - z\n{next}z: 1\n"),
            "{text}"
        );
        for (path, draft) in changes(item) {
            let alone = format!("l:\n  - z\n{item}  - END\nz: 1\n");
            assert_eq!(
                change(&text, &path, draft.as_ref()),
                change(&alone, &path, draft.as_ref()).replace("  - END\n", next),
                "{path:?} {text}"
            );
        }
    }
}

#[test]
fn what_is_left_of_an_emptied_map_goes_above_it() {
    let unset = |text: &str, path: &[&str]| change(text, path, None);
    let set = |text: &str, path: &[&str]| change(text, path, Some(&leaf("v")));
    assert_eq!(
        unset(
            "# m\nm:\n  # one\n\n  # of x\n  x: 1\n  # two\nb: 2\n",
            &["m", "x"]
        ),
        "# m\n# one\n# two\nm: {}\n\nb: 2\n"
    );
    assert_eq!(
        unset(
            "a:\r\n  m:\r\n    x: 1\r\n    # two\r\n  # of a\r\n",
            &["a", "m", "x"]
        ),
        "a:\r\n  # two\r\n  m: {}\r\n  # of a\r\n"
    );
    assert_eq!(
        unset(
            "l:\n- m:\n    x: 1\n    # two\n# b\nb: 2\n",
            &["l", "0", "m", "x"]
        ),
        "l:\n# two\n- m: {}\n# b\nb: 2\n"
    );
    // A comment in the column of the key is about what follows.
    assert_eq!(
        unset("l:\n- x\n# b\nb: 2\n", &["l", "0"]),
        "l: []\n# b\nb: 2\n"
    );
    assert_eq!(
        set("m:\n  # one\n  x: 1\n  # two\nb: 2\n", &["m"]),
        "# one\n# two\nm: v\nb: 2\n"
    );
    assert_eq!(
        unset("? m\n:\n  x: 1\n  # two\nb: 2\n", &["m", "x"]),
        "? m\n: {}\n  # two\nb: 2\n"
    );
}

#[test]
fn items_go_before_others_and_the_comments_above_them() {
    let before = |text: &str, path: &[&str]| {
        let document = Document::parse(text).unwrap();
        let root = document.root().unwrap();
        let item = path.iter().fold(root, |node, step| match node.is_list() {
            true => node.items().nth(step.parse().unwrap()).unwrap(),
            false => node.get(step).unwrap(),
        });
        let new = [
            leaf("new"),
            Draft::Map(vec![("x".into(), leaf("1")), ("z".into(), leaf("2"))]),
        ];
        let edits = document.push_items_before(item, &new);
        apply(document.text(), edits).unwrap().to_string()
    };
    assert_eq!(
        before("l:\n  # a\n  - a # side\n  - b\n", &["l", "0"]),
        "l:\n  - new\n  - x: 1\n    z: 2\n  # a\n  - a # side\n  - b\n"
    );
    assert_eq!(
        before("l:\n# l\n\n# a\n# of a\n- a\n", &["l", "0"]),
        "l:\n# l\n\n- new\n- x: 1\n  z: 2\n# a\n# of a\n- a\n"
    );
    assert_eq!(
        before("l:\n- - a\n  - b\n", &["l", "0", "0"]),
        "l:\n- - new\n  - x: 1\n    z: 2\n  - a\n  - b\n"
    );
    assert_eq!(
        before("l: [a, b]\n", &["l", "0"]),
        "l: [new, {x: 1, z: 2}, a, b]\n"
    );
}

#[test]
fn edits_at_the_same_bytes_are_refused() {
    assert_eq!(
        apply("abc", vec![Edit::new(0..2, "x"), Edit::new(1..3, "y")]),
        Err(Overlap)
    );
}
