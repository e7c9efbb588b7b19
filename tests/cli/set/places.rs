//! Where the value goes.

use super::FILE;
use crate::team::alone;

#[test]
fn maps_and_lists_on_the_way_are_made() {
    let sandbox = alone();
    for (key, value) in [
        ("database.password", "p"),
        ("database.hosts[0].name", "a"),
        ("database.hosts[1].name", "b"),
        ("database.hosts[0].name", "c"),
        ("ports[0]", "1"),
        ("ports[1]", "2"),
    ] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    sandbox
        .vault(["render", "dev", "--format", "json"])
        .succeeds_with(
            r#"{
  "database": {
    "password": "p",
    "hosts": [
      {
        "name": "c"
      },
      {
        "name": "b"
      }
    ]
  },
  "ports": [
    "1",
    "2"
  ]
}
"#,
        );
}

#[test]
fn what_cannot_hold_the_key_is_said_before_a_value_is_asked_for() {
    let sandbox = alone();
    for (key, value) in [("ports[0]", "1"), ("db.user", "u"), ("plain", "v")] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    let before = sandbox.read(FILE);
    let long = "k".repeat(256);
    let deep = vec!["k"; 65].join(".");
    for (key, said) in [
        (
            "ports[2]",
            "that is past the end of the list: the next item is `ports[1]`",
        ),
        (
            "new[1]",
            "that is past the end of the list: the next item is `new[0]`",
        ),
        ("db", "db holds other keys, it is no value"),
        ("ports", "ports is a list, it is no value"),
        ("plain.below", "`plain` is a value, it cannot hold keys"),
        ("plain[0]", "`plain` is a value, it cannot hold keys"),
        (
            "ports.below",
            "`ports` is a list: write a position in brackets, like [0]",
        ),
        ("db[0]", "`db` is no list"),
        ("sops", "the key `sops` is reserved at the top level"),
        ("sops.mac", "the key `sops` is reserved at the top level"),
        (
            "a\nb",
            "the key \"a\\u{a}b\" cannot be used: it holds a control character",
        ),
        (
            "\"a\u{1b}[31m\"",
            "the key \"a\\u{1b}[31m\" cannot be used: it holds a control character",
        ),
        (
            "a\u{202e}b",
            "the key \"a\\u{202e}b\" cannot be used: it holds a control character",
        ),
        (
            "\"../../x\"",
            "the key \"../../x\" cannot be used: it could be taken for a way to another directory",
        ),
        (
            "<<",
            "the key \"<<\" cannot be used: it is YAML's merge key",
        ),
        ("\"\"", "the key \"\" cannot be used: it is empty"),
        (
            &long,
            &format!("the key {long} cannot be used: it is longer than 255 bytes"),
        ),
        (&deep, "the key lies too deep: at most 64 levels"),
    ] {
        // Empty standard input would be the next thing to complain about.
        let output = sandbox.vault(["set", "dev", key]).fails(2);
        let first = output.stderr().lines().next().unwrap_or_default();
        assert_eq!(first, format!("vault: error: {said}"));
        assert_eq!(output.stdout(), "");
    }
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn a_dot_means_the_key_of_that_name_if_there_is_one_and_must_be_quoted_if_both_are_there() {
    let sandbox = alone();
    sandbox
        .vault(["set", "dev", "\"a.b\"", "literal"])
        .succeeds();
    sandbox.vault(["set", "dev", "a.b", "changed"]).succeeds();
    sandbox
        .vault(["render", "dev", "--format", "json"])
        .succeeds_with("{\n  \"a.b\": \"changed\"\n}\n");
    sandbox
        .vault(["set", "dev", "\"a\".\"b\"", "nested"])
        .succeeds();
    let output = sandbox.vault(["set", "dev", "a.b", "which"]).fails(2);
    assert!(
        output
            .stderr()
            .starts_with("vault: error: \"a.b\" is a key, and a.b leads to another\nvault: hint: "),
        "{}",
        output.stderr()
    );
}

#[test]
fn two_places_that_sops_could_not_tell_apart_are_refused() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "a:b", "x"]).succeeds();
    sandbox.vault(["set", "dev", "a.b", "y"]).fails_with(
        2,
        "vault: writing a.b to secrets/dev.yaml for alice
vault: error: a.b: the key cannot be told from another one: a `:` in a key meets a nested key
vault: hint: rename one of the two keys
",
    );
}

#[test]
fn an_unknown_environment_is_told_with_a_near_one() {
    let sandbox = alone();
    sandbox.vault(["set", "deb", "KEY", "v"]).fails_with(
        2,
        "vault: error: there is no environment `deb`
vault: hint: did you mean `dev`?
",
    );
}

#[test]
fn an_empty_map_or_list_is_called_that_with_what_puts_something_in_or_takes_it_away() {
    let sandbox = alone();
    for (key, value) in [("L[0]", "1"), ("m.x", "1"), ("\"a b\"[0]", "1")] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
        sandbox.vault(["unset", "dev", key]).succeeds();
    }
    for (key, said, first, part, unset) in [
        ("L", "L is an empty list", "'L[0]'", "item", "L"),
        ("m", "m is an empty map", "m.KEY", "key", "m"),
        (
            "\"a b\"",
            "\"a b\" is an empty list",
            "'\"a b\"[0]'",
            "item",
            "'\"a b\"'",
        ),
    ] {
        sandbox.vault(["set", "dev", key, "x"]).fails_with(
            2,
            &format!(
                "vault: error: {said}, it is no value
vault: hint: vault set dev {first} puts a first {part} into it
vault: hint: vault unset dev {unset} takes it away
"
            ),
        );
    }
    // What is typed does it.
    sandbox.vault(["set", "dev", "L[0]", "x"]).succeeds();
    sandbox.vault(["set", "dev", "m.KEY", "x"]).succeeds();
    sandbox.vault(["unset", "dev", "\"a b\""]).succeeds();
    sandbox.vault(["set", "dev", "\"a b\"", "x"]).succeeds();
}
