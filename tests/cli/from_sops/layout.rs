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
