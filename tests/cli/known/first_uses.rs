//! First uses: told once, with what can be remembered of them.

use std::fs;

use super::{both, elsewhere};
use crate::team::{self, ALICE, configured};

#[test]
fn a_first_use_is_told_once_and_own_writes_are_none() {
    let sandbox = both();
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds()
        .says("");
    let first = "vault: first use here: dev, signed by alice; writers alice, bob\n";
    let get = || elsewhere(&sandbox, "laptop", &["get", "dev", "A"]).prints_secrets();
    get().succeeds().says(first);
    get().succeeds().says("");
    assert_eq!(sandbox.mode(sandbox.path("laptop/vault/known")), 0o700);
    let files = fs::read_dir(sandbox.path("laptop/vault/known")).unwrap();
    for file in files.flatten() {
        assert_eq!(sandbox.mode(file.path()), 0o600);
    }
}

#[test]
fn in_ci_a_first_use_says_how_to_pin_it() {
    let sandbox = both();
    let line = ["check", "--keyless"];
    let output = elsewhere(&sandbox, "runner", &line)
        .variable("CI", "true")
        .succeeds();
    let pin = output.stderr().lines().nth(1).unwrap().trim();
    let pin = pin.strip_prefix("vault:   VAULT_TRUST=").unwrap();
    let pin = pin.split(' ').next().unwrap().to_owned();
    // What it says is what --export prints, and what works.
    sandbox
        .vault(["trust", "--export"])
        .succeeds_with(&format!("{pin}\n"));
    elsewhere(&sandbox, "runner-2", &line)
        .variable("VAULT_TRUST", &pin)
        .succeeds()
        .says("");
    assert!(!sandbox.path("runner-2").exists());
}

#[test]
fn a_first_use_of_an_unsigned_file_is_told_once_also_where_nothing_names_the_repository() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    assert!(!sandbox.read(".vault.yaml").contains("repository"));
    let get = || elsewhere(&sandbox, "laptop", &["get", "dev", "A"]).prints_secrets();
    get()
        .succeeds()
        .says("vault: first use here: dev, which is not signed\n");
    get().succeeds().says("");
    // Whoever wrote it has seen it.
    let here = sandbox.vault(["get", "dev", "A"]).prints_secrets();
    here.succeeds().says("");
}

#[test]
fn a_first_use_that_cannot_be_remembered_says_so() {
    let sandbox = both();
    let get = || elsewhere(&sandbox, "none", &["get", "dev", "A"]).prints_secrets();
    let first = "vault: first use here: dev, signed by alice; writers alice, bob\n";
    for _ in 0..2 {
        let said = get().variable("XDG_STATE_HOME", "/proc/none").succeeds();
        let expected = format!(
            "{first}vault:   this machine cannot remember it, so the next use says it again: [..]/proc/none/vault/known[..]\n"
        );
        snapbox::assert_data_eq!(said.stderr(), expected);
    }
    let said = get().without("XDG_STATE_HOME").without("HOME").succeeds();
    said.says(&format!(
        "{first}vault:   this machine cannot remember it, so the next use says it again: neither XDG_STATE_HOME nor HOME is an absolute path\nvault:   set HOME, or XDG_STATE_HOME, to a directory of yours\n"
    ));
}

#[test]
fn a_file_with_a_space_in_its_name_is_quoted_in_what_is_to_be_typed() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], file: \"a b.yaml\"}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    sandbox.commit("a file");
    sandbox.git(["rm", "--quiet", "a b.yaml"]);
    sandbox.commit("no file");
    for forget in [false, true] {
        if forget {
            team::forget_everything(&sandbox);
        }
        let said = sandbox.vault(["set", "dev", "A", "two"]).fails(3);
        let hint = "vault: hint: git log --diff-filter=D -- 'a b.yaml' shows who took it away";
        assert!(said.stderr().contains(hint), "{}", said.stderr());
    }
}
