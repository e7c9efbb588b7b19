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
        let text = format!(
            "dev.yaml: it is encrypted for others than .vault.yaml lists
vault:   - {carol}
vault: hint: vault sync dev brings the file in line
vault: hint: if a colleague has let them in with sops: vault recipients add NAME {carol} --env dev lists them
",
            carol = carol()
        );
        assert!(said.stderr().contains(&text), "{}", said.stderr());
    }
    // Nobody can be listed with what is no key.
    let text = sandbox.read(FILE).replace(carol(), "age1zzz");
    sandbox.write(FILE, text);
    let said = sandbox.vault(["check", "--keyless"]).fails(1);
    let hint = "vault:   - age1zzz\nvault: hint: vault sync dev brings the file in line\n";
    assert!(said.stderr().contains(hint), "{}", said.stderr());
    assert!(!said.stderr().contains("lists them"), "{}", said.stderr());
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
    sandbox
        .vault(["git", "resolve", "--yes"])
        .succeeds()
        .says(&format!(
            "vault: dev.yaml (dev):
vault:   what comes of both sides would have a new data key, also for {carol}, which .vault.yaml does not list for dev
vault:     there:
vault:       + {carol}
vault:     afterwards:
vault:       alice reads and writes
vault:       not {carol}, whom .vault.yaml does not list
vault:     the data key changes; every value is encrypted anew
vault: dev.yaml is merged and staged
vault: hint: git commit
",
            carol = carol()
        ));
    sandbox.commit("merged");
    sandbox.vault(["check"]).succeeds();
    assert!(!sandbox.read(FILE).contains(carol()));
}

// In a rebase the pulled side is ours, and its config lies in the work tree already.
#[test]
fn a_rebase_makes_no_new_data_key_for_whom_the_pulled_side_alone_has_let_in() {
    let Some(sandbox) = adopted() else { return };
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    sandbox.commit("a new data key");
    sandbox.git(["checkout", "--quiet", "main"]);
    put_entry(&sandbox);
    let line = format!("\nrecipients:\n    carol: {}\n", carol());
    let config = sandbox.read(".vault.yaml");
    let config = config.replace("\nrecipients:\n", &line);
    sandbox.write(".vault.yaml", config.replace("[alice]", "[alice, carol]"));
    let access = sandbox.vault(["access", "dev"]).succeeds();
    assert!(access.stdout().contains("carol"), "{}", access.stdout());
    sandbox.commit("an entry, and a line");
    sandbox.git(["checkout", "--quiet", "side"]);
    let rebase = sandbox.git_run(["rebase", "main"]).fails(1);
    let text = "would have a new data key, also for carol (";
    assert!(rebase.stderr().contains(text), "{}", rebase.stderr());
    let resolved = sandbox.vault(["git", "resolve", "--yes"]).succeeds();
    assert!(
        resolved.stderr().contains("+ carol"),
        "{}",
        resolved.stderr()
    );
}
