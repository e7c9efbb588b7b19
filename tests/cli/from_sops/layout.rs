//! Adopted files with lines at which sops stops.

use super::{repository, sealed};
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
