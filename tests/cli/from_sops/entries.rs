//! Entries that somebody put into a file without a key: they open nothing, and come to open nothing.

use super::{repository, sealed};
use crate::{sandbox::Sandbox, team::CAROL};

const FILE: &str = "dev.yaml";

/// A vault with one file of sops for alice; `None` where there is no sops.
fn adopted() -> Option<Sandbox> {
    let sandbox = repository("creation_rules:\n  - age: ALICE\n");
    if !sealed(&sandbox, FILE, "A: one\n") {
        return None;
    }
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    sandbox.commit("adopted");
    Some(sandbox)
}

fn carol() -> &'static str {
    CAROL.split(' ').next().expect("a word")
}

/// Copies the entry of the file, with another recipient.
fn put_entry(sandbox: &Sandbox) {
    let text = sandbox.read(FILE);
    let start = text.find("        - ").expect("an entry");
    let end = text.find("    lastmodified:").expect("what follows");
    let own = &text[start..end];
    let reader = own.split_whitespace().find(|word| word.starts_with("age1"));
    let copy = own.replace(reader.expect("its recipient"), carol());
    sandbox.write(FILE, format!("{}{copy}{}", &text[..end], &text[end..]));
}

#[test]
fn an_entry_of_somebody_who_is_not_listed_is_named_by_check() {
    let Some(sandbox) = adopted() else { return };
    sandbox.vault(["check"]).succeeds();
    put_entry(&sandbox);
    for line in [&["check"][..], &["check", "--keyless"]] {
        let said = sandbox.vault(line).fails(1);
        let text = "dev.yaml: it is encrypted for others than .vault.yaml lists\nvault: hint: vault sync dev brings the file in line\n";
        assert!(said.stderr().contains(text), "{}", said.stderr());
    }
}

#[test]
fn a_merge_makes_no_new_data_key_for_somebody_who_is_not_listed() {
    let Some(sandbox) = adopted() else { return };
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    put_entry(&sandbox);
    sandbox.commit("an entry");
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    sandbox.commit("a new data key");
    let merge = sandbox.git_run(["merge", "--no-edit", "side"]).fails(1);
    let text = format!(
        "also for {}, which .vault.yaml does not list for dev",
        carol()
    );
    assert!(merge.stderr().contains(&text), "{}", merge.stderr());
    let said = sandbox.vault(["git", "resolve", "--yes"]).fails(3);
    assert!(said.stderr().contains(&text), "{}", said.stderr());
    let hint = "git checkout --ours -- dev.yaml and git add dev.yaml";
    assert!(said.stderr().contains(hint), "{}", said.stderr());
    sandbox.git(["checkout", "--ours", "--", FILE]);
    sandbox.commit("merged");
    sandbox.vault(["check"]).succeeds();
    assert!(!sandbox.read(FILE).contains(carol()));
}
