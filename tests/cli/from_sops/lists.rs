//! Comments in lists, which sops writes as items: they are none, and they stay as sops wrote them.

use serde_json::json;

use super::{opened, repository, sealed};
use crate::{
    peers,
    sandbox::Sandbox,
    team::{changed_lines, get},
};

const FILE: &str = "dev.yaml";

const TEXT: &str = "hosts:
    # main
    - a
    # other
    - b
    # end
nulls:
    # none
    - null
    - x
ports:
    # first
    - c: 1
    # second
    - c: 2
      d: 3
      e: same
one:
    # alone
    - z
";

/// A vault with one file of sops; `None` where there is no sops.
fn adopted() -> Option<Sandbox> {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, FILE, TEXT) {
        return None;
    }
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.commit("adopted");
    Some(sandbox)
}

/// What sops prints for the file, new and old.
fn plain(sandbox: &Sandbox) -> String {
    let sops = sandbox.sops(["decrypt", FILE]);
    let new = sops.expect("there was one before").succeeds();
    let new = new.stdout().to_owned();
    if let Some(old) = peers::old_sops() {
        let old = sandbox.program(old, ["decrypt", FILE]).prints_secrets();
        assert_eq!(old.succeeds().stdout(), new);
    }
    new
}

/// The lines that differ from the last commit, but for the metadata.
fn changed(sandbox: &Sandbox) -> Vec<String> {
    let lines = changed_lines(&sandbox.git(["diff", "--no-textconv", "--unified=0", FILE]));
    let is_metadata = |line: &String| ["mac", "lastmodified"].contains(&&line[1..]);
    lines
        .into_iter()
        .filter(|line| !is_metadata(line))
        .collect()
}

#[test]
fn items_are_set_where_they_stand_and_the_comments_stay_byte_for_byte() {
    let Some(sandbox) = adopted() else { return };
    let comments = |sandbox: &Sandbox| {
        let text = sandbox.read(FILE);
        let items = text.lines().filter(|line| line.contains("- ENC["));
        let items = items.filter(|line| line.ends_with("type:comment]"));
        items.map(str::to_owned).collect::<Vec<_>>()
    };
    let before = comments(&sandbox);
    assert_eq!(before.len(), 7);
    for (key, value) in [
        ("hosts[0]", "new"),
        ("hosts[1]", "other"),
        ("nulls[1]", "xx"),
        ("nulls[0]", "no longer null"),
        ("ports[1].c", "9"),
        ("one[0]", "two"),
        ("NEW", "key"),
    ] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
        assert_eq!(get(&sandbox, "dev", key), value);
        assert_eq!(comments(&sandbox), before, "{key}");
    }
    let expected = TEXT
        .replace("- a\n", "- new\n")
        .replace("- b\n", "- other\n")
        .replace("- null\n    - x\n", "- no longer null\n    - xx\n")
        .replace("c: 2", "c: 9")
        .replace("- z\n", "- two\n");
    assert_eq!(plain(&sandbox), format!("{expected}NEW: key\n"));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn one_value_is_one_line_of_the_diff() {
    let Some(sandbox) = adopted() else { return };
    sandbox.vault(["set", "dev", "hosts[1]", "new"]).succeeds();
    assert_eq!(changed(&sandbox).len(), 2, "{:?}", changed(&sandbox));
}

#[test]
fn a_new_item_goes_before_the_comments_at_the_end() {
    let Some(sandbox) = adopted() else { return };
    sandbox.vault(["set", "dev", "hosts[2]", "c"]).succeeds();
    assert_eq!(
        plain(&sandbox),
        TEXT.replace("- b\n    # end\n", "- b\n    - c\n    # end\n")
    );
}

#[test]
fn an_item_takes_the_comments_above_it_along_and_leaves_the_others() {
    let Some(sandbox) = adopted() else { return };
    sandbox.vault(["unset", "dev", "hosts[0]"]).succeeds();
    assert_eq!(changed(&sandbox).len(), 2, "{:?}", changed(&sandbox));
    sandbox.vault(["unset", "dev", "ports[1]"]).succeeds();
    assert_eq!(
        plain(&sandbox),
        TEXT.replace("    # main\n    - a\n", "")
            .replace("    # second\n    - c: 2\n      d: 3\n      e: same\n", "")
    );
    sandbox.vault(["unset", "dev", "one[0]"]).succeeds();
    assert_eq!(opened(&sandbox, FILE)["one"], json!([]));
    sandbox.vault(["unset", "dev", "hosts[0]"]).succeeds();
    assert_eq!(opened(&sandbox, FILE)["hosts"], json!([]));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn sops_goes_on_editing_what_vault_has_written() {
    let Some(sandbox) = adopted() else { return };
    sandbox.vault(["set", "dev", "hosts[0]", "new"]).succeeds();
    let set = ["set", FILE, "[\"hosts\"][1]", "\"by sops\""];
    // sops counts the comments as items.
    sandbox.sops(set).unwrap().succeeds();
    sandbox
        .sops(["rotate", "--in-place", FILE])
        .unwrap()
        .succeeds();
    sandbox.vault(["set", "dev", "one[0]", "x"]).succeeds();
    assert!(plain(&sandbox).contains("    # alone\n    - x\n"));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_signed_file_has_them_on_lines_of_their_own() {
    let Some(sandbox) = adopted() else { return };
    sandbox.vault(["sign", "--all", "--yes"]).succeeds();
    assert_eq!(sandbox.read(FILE).matches("    #ENC[").count(), 7);
    sandbox.vault(["set", "dev", "hosts[0]", "new"]).succeeds();
    assert_eq!(plain(&sandbox), TEXT.replace("- a\n", "- new\n"));
}

#[test]
fn items_of_a_commented_list_are_told_by_their_own_positions() {
    let Some(sandbox) = adopted() else { return };
    let shown = sandbox.vault(["git", "textconv", FILE]).succeeds();
    let shown = shown.stdout();
    assert!(shown.contains("\nhosts[1]: ‹encrypted #"), "{shown}");
    assert!(!shown.contains("hosts[2]"), "{shown}");
    sandbox
        .vault(["--", "vault get dev hosts", "hosts"])
        .variable("VAULT_COMPLETE", "bash")
        .succeeds_with("words\nhosts\\[0\\]\nhosts\\[1\\]\nhosts\n");
    sandbox.vault(["set", "dev", "hosts[1]", "bb"]).succeeds();
    let changed = "dev (dev.yaml), not signed\n    ~ hosts[1]\n";
    sandbox.vault(["diff"]).succeeds_with(changed);
    let revealed = sandbox.vault(["diff", "--reveal"]).prints_secrets();
    let revealed = revealed.succeeds();
    assert!(
        revealed.stdout().contains("hosts[1]"),
        "{}",
        revealed.stdout()
    );
    let compared = sandbox.git(["diff", "--unified=0"]);
    let lines = changed_lines(&compared);
    assert!(
        lines.iter().all(|line| line.ends_with("hosts[1]")),
        "{lines:?}"
    );
    sandbox.commit("another host");
    let log = sandbox.vault(["log", "dev"]).succeeds();
    assert!(
        log.stdout().contains("\n    ~ hosts[1]\n"),
        "{}",
        log.stdout()
    );
    assert!(!log.stdout().contains("hosts[2]"), "{}", log.stdout());
}

/// Imports a list in the place of hosts, and returns what sops prints of it.
fn imported(sandbox: &Sandbox, hosts: &str) -> String {
    let source = sandbox.path("more.json");
    sandbox.write(&source, format!("{{\"hosts\": {hosts}}}\n"));
    let source = source.to_str().expect("text");
    let import = ["import", "dev", source, "--overwrite"];
    sandbox.vault(import).succeeds();
    sandbox.vault(["check"]).succeeds();
    let text = plain(sandbox);
    let (hosts, _) = text.split_once("nulls:").expect("what follows");
    hosts.to_owned()
}

#[test]
fn an_import_of_another_list_leaves_the_comments_of_the_items_that_stay() {
    for (hosts, expected) in [
        (
            r#"["a", "c"]"#,
            "hosts:\n    # main\n    - a\n    - c\n    # end\n",
        ),
        (r#"["c", "d"]"#, "hosts:\n    - c\n    - d\n    # end\n"),
        (
            r#"["a", "x", "b"]"#,
            "hosts:\n    # main\n    - a\n    - x\n    # other\n    - b\n    # end\n",
        ),
        (
            r#"["x", "a", "b"]"#,
            "hosts:\n    - x\n    # main\n    - a\n    # other\n    - b\n    # end\n",
        ),
        (
            r#"["a", "b", "c", "d"]"#,
            "hosts:\n    # main\n    - a\n    # other\n    - b\n    - c\n    - d\n    # end\n",
        ),
        (r#"["b"]"#, "hosts:\n    # other\n    - b\n    # end\n"),
    ] {
        let Some(sandbox) = adopted() else { return };
        assert_eq!(imported(&sandbox, hosts), expected, "{hosts}");
        if hosts == r#"["a", "c"]"# {
            // The item and its comment go, and another one comes.
            assert_eq!(changed(&sandbox).len(), 3, "{:?}", changed(&sandbox));
        }
    }
}

#[test]
fn in_a_signed_file_an_import_of_another_list_leaves_them_too() {
    let Some(sandbox) = adopted() else { return };
    sandbox.vault(["sign", "--all", "--yes"]).succeeds();
    assert_eq!(
        imported(&sandbox, r#"["a", "x", "c"]"#),
        "hosts:\n    # main\n    - a\n    - x\n    - c\n    # end\n"
    );
}

/// Imports another value of one key, and returns what sops prints of the file.
fn imported_as(sandbox: &Sandbox, key: &str, text: &str) -> String {
    let source = sandbox.write(
        sandbox.path("other.json"),
        format!("{{\"{key}\": {text}}}\n"),
    );
    let source = source.to_str().expect("text");
    let import = ["import", "dev", source, "--overwrite"];
    sandbox.vault(import).succeeds();
    sandbox.vault(["check"]).succeeds();
    plain(sandbox)
}

#[test]
fn an_item_that_gains_or_changes_a_key_is_changed_alone() {
    let Some(sandbox) = adopted() else { return };
    let text = imported_as(
        &sandbox,
        "ports",
        r#"[{"c": 1, "e": 5}, {"c": 2, "d": 4, "e": "same"}]"#,
    );
    let expected = TEXT
        .replace("- c: 1\n", "- c: 1\n      e: 5\n")
        .replace("d: 3", "d: 4");
    assert_eq!(text, expected);
    assert_eq!(changed(&sandbox).len(), 3, "{:?}", changed(&sandbox));
}

#[test]
fn the_comments_of_a_list_that_becomes_empty_stand_above_it() {
    let Some(sandbox) = adopted() else { return };
    let expected = TEXT.replace(
        "hosts:\n    # main\n    - a\n    # other\n    - b\n    # end\n",
        "# end\nhosts: []\n",
    );
    assert_eq!(imported_as(&sandbox, "hosts", "[]"), expected);
    let expected = expected.replace("one:\n    # alone\n    - z\n", "one: []\n");
    sandbox.vault(["unset", "dev", "one[0]"]).succeeds();
    assert_eq!(plain(&sandbox), expected);
}
