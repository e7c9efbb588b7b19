//! Adopted files with lines at which sops stops.

use serde_json::Value;

use super::{opened, repository, sealed};
use crate::sandbox::Sandbox;

const FILE: &str = "secrets/a.yaml";

fn opens(sandbox: &Sandbox) -> bool {
    let sops = sandbox.sops(["decrypt", FILE]);
    sops.expect("there was one before").run().code() == 0
}

#[test]
fn where_sops_stops_at_a_tab_check_tells_it_and_no_write_goes_on() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, FILE, "A: one\nB: two\nC:\n    D: three\n") {
        return;
    }
    sandbox
        .vault(["init", "--from-sops", "--yes", "--name", "alice"])
        .succeeds();
    let text = sandbox.read(FILE);
    let mut stops = 0;
    for line in ["\t# of whom?", "\t", "  \t# of whom?", " \t"] {
        for at in [0, 1, 3] {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.insert(at, line);
            sandbox.write(FILE, lines.join("\n") + "\n");
            let is_open = opens(&sandbox);
            let check = sandbox.vault(["check"]).run();
            assert_eq!(check.code() == 0, is_open, "{line:?} at {at}");
            let before = sandbox.read(FILE);
            let set = sandbox.vault(["set", "a", "A=2"]).run();
            assert_eq!(set.code() == 0, is_open, "{line:?} at {at}");
            match is_open {
                true => assert!(opens(&sandbox), "{line:?} at {at}"),
                false => {
                    stops += 1;
                    let place = format!("vault: error: {FILE}: {}:", at + 1);
                    assert!(check.stderr().contains(&place), "{}", check.stderr());
                    assert!(set.stderr().contains(&place), "{}", set.stderr());
                    assert_eq!(sandbox.read(FILE), before);
                }
            }
        }
    }
    assert!((1..12).contains(&stops), "{stops}");
}

/// Adopts a file that sops has made with a rule by which clear values can be changed by hand; nothing where there is no sops.
fn adopted(plain: &str) -> Option<Sandbox> {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n    mac_only_encrypted: true\n");
    if !sealed(&sandbox, FILE, plain) {
        return None;
    }
    sandbox
        .vault(["init", "--from-sops", "--yes", "--name", "alice"])
        .succeeds();
    Some(sandbox)
}

/// What vault reads of the file.
fn read(sandbox: &Sandbox) -> Value {
    let rendered = sandbox.vault(["render", "a", "--format", "json"]);
    let output = rendered.prints_secrets().succeeds();
    serde_json::from_str(output.stdout()).expect("it is JSON")
}

#[test]
fn lines_of_blanks_in_a_block_scalar_are_what_they_are_to_sops() {
    let Some(sandbox) = adopted("A: one\nB: two\nC: three\n") else {
        return;
    };
    let text = sandbox.read(FILE);
    let blocks = [">", ">-", ">+", "|", ">4"].into_iter().flat_map(|header| {
        ["", "\n", "  \n", "      \n", "      \n\n", "\n      \n  \n"]
            .map(|end| format!("n_unencrypted: {header}\n    one\n    two\n{end}"))
    });
    for (number, block) in blocks.enumerate() {
        // The last key, and one between others.
        let before = ["sops:\n", "B: "][(number / 6 + number) % 2];
        let changed = text.replacen(before, &format!("{block}{before}"), 1);
        sandbox.write(FILE, &changed);
        let values = opened(&sandbox, FILE);
        assert_eq!(read(&sandbox), values, "{block:?}");
        sandbox.vault(["check"]).succeeds();
        let edit = sandbox.vault(["edit", "a"]);
        edit.variable("VAULT_EDITOR", "sed -i 1i#top").succeeds();
        assert_eq!(opened(&sandbox, FILE), values, "{block:?}");
        sandbox.vault(["set", "a", "C=3"]).succeeds();
        sandbox.vault(["set", "a", "D=4"]).succeeds();
        let mut values = values;
        values["C"] = "3".into();
        values["D"] = "4".into();
        assert_eq!(opened(&sandbox, FILE), values, "{block:?}");
        sandbox.vault(["unset", "a", "D"]).succeeds();
        sandbox.vault(["set", "a", "A=1"]).succeeds();
        values["A"] = "1".into();
        values.as_object_mut().expect("a map").remove("D");
        assert_eq!(opened(&sandbox, FILE), values, "{block:?}");
    }
}

#[test]
fn a_tab_that_indents_a_line_of_a_block_scalar_is_found_where_sops_stops_at_it() {
    let Some(sandbox) = adopted("A: one\nB: two\n") else {
        return;
    };
    let text = sandbox.read(FILE);
    let mut stops = 0;
    for header in ["|", ">", "|+", ">-"] {
        for line in ["\t", "  \t", "    \t", "    \tx"] {
            let block = format!("n_unencrypted: {header}\n    one\n    two\n{line}\nB: ");
            let changed = text.replacen("B: ", &block, 1);
            sandbox.write(FILE, &changed);
            let is_open = opens(&sandbox);
            let check = sandbox.vault(["check"]).run();
            assert_eq!(check.code() == 0, is_open, "{block:?}");
            let set = sandbox.vault(["set", "a", "A=2"]).run();
            assert_eq!(set.code() == 0, is_open, "{block:?}");
            if is_open {
                assert!(opens(&sandbox), "{block:?}");
            } else {
                stops += 1;
                let place = format!("vault: error: {FILE}: 5:{}:", line.find('\t').unwrap() + 1);
                assert!(check.stderr().contains(&place), "{}", check.stderr());
                assert_eq!(sandbox.read(FILE), changed);
            }
        }
    }
    assert!((1..16).contains(&stops), "{stops}");
}

/// What sops stops at, without a change of a value: the place, and whether the next write of vault mends it.
type Stop = (&'static str, fn(&str) -> String, &'static str, bool);

fn without(text: &str, field: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.starts_with(field)).collect()
}

fn with_field(text: &str, field: &str) -> String {
    text.replacen("sops:\n", &format!("sops:\n{field}\n"), 1)
}

const STOPS: [Stop; 10] = [
    (
        "an empty line in the armor",
        |text| text.replacen("FILE-----\n", "FILE-----\n\n", 1),
        "7:1: sops.age[0].enc: ",
        false,
    ),
    (
        "a blank at the end of a line in the armor",
        |text| text.replacen("\n            -----END", " \n            -----END", 1),
        "11:1: sops.age[0].enc: ",
        false,
    ),
    (
        "a value of bytes",
        |text| text.replacen("type:str]", "type:bytes]", 1),
        "1:4: A: ",
        true,
    ),
    (
        "no version",
        |text| without(text, "    version:"),
        "3:1: sops: ",
        true,
    ),
    (
        "a time without quotes",
        |text| {
            let unquoted = |line: &str| match line.contains("lastmodified") {
                true => line.replace('"', ""),
                false => line.to_owned(),
            };
            text.split_inclusive('\n').map(unquoted).collect()
        },
        "14:19: sops.lastmodified: ",
        true,
    ),
    (
        "a threshold in words",
        |text| with_field(text, "    shamir_threshold: x"),
        "4:23: sops.shamir_threshold: ",
        false,
    ),
    (
        "a text for a list",
        |text| with_field(text, "    pgp: x"),
        "4:10: sops.pgp: ",
        false,
    ),
    (
        "an entry without a time",
        |text| with_field(text, "    kms: [{arn: x}]"),
        "4:11: sops.kms[0]: ",
        false,
    ),
    (
        "the time of an entry without quotes",
        |text| with_field(text, "    pgp: [{fp: x, created_at: 2026-11-21T08:01:47Z}]"),
        "4:31: sops.pgp[0].created_at: ",
        false,
    ),
    (
        "a group that is none",
        |text| with_field(text, "    key_groups: [x]"),
        "4:18: sops.key_groups[0]: ",
        false,
    ),
];

#[test]
fn what_sops_stops_at_outside_of_the_layout_check_tells_and_no_write_leaves() {
    let Some(sandbox) = adopted("A: one\nB: two\n") else {
        return;
    };
    let text = sandbox.read(FILE);
    for (what, change, place, is_mended) in STOPS {
        let changed = change(&text);
        assert_ne!(changed, text, "{what}");
        sandbox.write(FILE, &changed);
        assert!(!opens(&sandbox), "{what}");
        // The values are what they were.
        assert_eq!(read(&sandbox)["A"], "one", "{what}");
        for check in [&["check"][..], &["check", "--keyless"]] {
            let said = sandbox.vault(check).fails(1).prints("a: not ok\n");
            let place = format!("vault: error: {FILE}: {place}sops stops at this: it wants ");
            assert!(said.stderr().starts_with(&place), "{}", said.stderr());
        }
        let set = sandbox.vault(["set", "a", "C=3"]).run();
        assert_eq!(set.code(), if is_mended { 0 } else { 2 }, "{what}");
        assert_eq!(opens(&sandbox), is_mended, "{what}");
        if is_mended {
            assert_eq!(opened(&sandbox, FILE)["C"], "3", "{what}");
        } else {
            let hint = "vault: hint: vault check names the line\n";
            assert!(set.stderr().ends_with(hint), "{}", set.stderr());
            assert_eq!(sandbox.read(FILE), changed);
        }
    }
}

#[test]
fn a_version_that_sops_does_not_take_is_none() {
    let Some(sandbox) = adopted("A: one\n") else {
        return;
    };
    let text = without(&sandbox.read(FILE), "    version:");
    for version in [
        "3",
        "3.13",
        "3.013.3",
        "03.1.2",
        "3.13.3",
        "v3.13.3",
        "v1.2",
        "1.x",
        "99.0.0",
        "3.13.3.1",
        "3.13.3-rc1",
        "3.13.3-",
        "3.13.3-01",
        "3.13.3-a..b",
        "3.13.3+b",
        "3.13.3+",
        "3.13.99999999999999999999",
    ] {
        sandbox.write(FILE, format!("{text}    version: \"{version}\"\n"));
        let check = sandbox.vault(["check", "--keyless"]).run();
        assert_eq!(check.code() == 0, opens(&sandbox), "{version}");
    }
}

#[test]
fn a_bare_comment_in_a_list_is_an_item_to_sops_and_not_read() {
    let Some(sandbox) = adopted("A: one\nl:\n    - x\n    - y\nm_unencrypted:\n    - 1\n") else {
        return;
    };
    let text = sandbox.read(FILE);
    let changed = text.replacen("l:\n", "l:\n    #\n", 1);
    sandbox.write(FILE, &changed);
    let items = opened(&sandbox, FILE)["l"].as_array().unwrap().len();
    assert_eq!(items, 3);
    let error = format!(
        "vault: error: {FILE}: 3:5: a `#` without any text in a list: sops takes it for an empty item\nvault: hint: give the comment a text, or take it out\n"
    );
    for (line, code) in [
        (&["get", "a", "A"][..], 2),
        (&["check"], 1),
        (&["check", "--keyless"], 1),
        (&["set", "a", "A=2"], 2),
    ] {
        let output = sandbox.vault(line).fails(code);
        assert_eq!(output.stderr(), error, "{line:?}");
    }
    // Where nothing is encrypted, it is a comment to both.
    let changed = text.replacen("ed:\n", "ed:\n    #\n", 1);
    sandbox.write(FILE, &changed);
    sandbox.vault(["check"]).succeeds();
    let edit = sandbox.vault(["edit", "a"]);
    edit.variable("VAULT_EDITOR", "sed -i 1i#top").succeeds();
    let list = &opened(&sandbox, FILE)["m_unencrypted"];
    assert_eq!(*list, serde_json::json!([1]));
}

#[test]
fn a_switch_in_quotes_is_what_it_is_to_sops_and_stays() {
    let Some(sandbox) = adopted("A: one\n") else {
        return;
    };
    let quoted = "    mac_only_encrypted: \"true\"\n";
    let plain = "    mac_only_encrypted: true\n";
    let text = sandbox.read(FILE).replace(plain, quoted);
    sandbox.write(FILE, &text);
    assert!(opens(&sandbox));
    sandbox.vault(["check"]).succeeds();
    sandbox.vault(["set", "a", "A=2"]).succeeds();
    assert!(sandbox.read(FILE).contains(quoted));
    assert_eq!(opened(&sandbox, FILE)["A"], "2");
    // In a signed file there is one spelling.
    sandbox.vault(["sign", "--all", "--yes"]).succeeds();
    assert!(sandbox.read(FILE).contains(plain));
    assert_eq!(opened(&sandbox, FILE)["A"], "2");
}

/// A parser may pass over a mark that sops takes for a part of the key, and take for text what sops reads as a key.
#[test]
fn what_sops_reads_otherwise_is_not_read() {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n    mac_only_encrypted: true\n");
    if !sealed(&sandbox, FILE, "A: one\nn_unencrypted: [a]\n") {
        return;
    }
    sandbox
        .vault(["init", "--from-sops", "--yes", "--name", "alice"])
        .succeeds();
    let text = sandbox.read(FILE);
    for (changed, at) in [
        (format!("\n\u{feff}m_unencrypted: 1\n{text}"), "2:1"),
        (format!("# c\n\u{feff}m_unencrypted: 1\n{text}"), "2:1"),
        (text.replace("    - a\n", "    - [?a]\n"), "3:"),
    ] {
        sandbox.write(FILE, &changed);
        for (line, code) in [
            (&["get", "a", "A"][..], 2),
            (&["check"], 1),
            (&["check", "--keyless"], 1),
            (&["set", "a", "A=2"], 2),
        ] {
            let output = sandbox.vault(line).run();
            assert_eq!(output.code(), code, "{line:?}: {}", output.stderr());
            let place = format!("vault: error: {FILE}: {at}");
            assert!(output.stderr().contains(&place), "{}", output.stderr());
        }
        assert_eq!(sandbox.read(FILE), changed);
    }
}
