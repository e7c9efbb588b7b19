//! `vault git resolve`: what a person decides, after the driver, after git alone, and after a commit in a hurry.

use std::fs;

use super::world::{
    BASE, FILE, contradiction, git, holds, is_marked, is_tidy, merges, on_branch, set_as, team,
    two_sides, unmerged_by_vault,
};
use crate::{
    sandbox::Sandbox,
    team::{forget_everything, identity, log_in, reconfigure},
    vaults::set,
};

/// An editor that does what a script says with its file.
fn editor(sandbox: &Sandbox, script: &str) {
    let path = sandbox.path("editor");
    sandbox.write(&path, format!("#!/bin/sh\n{script}\n"));
    sandbox.chmod(&path, 0o755);
    sandbox.set("VAULT_EDITOR", &path);
}

#[test]
fn what_is_unmerged_is_listed_by_key_and_reason() {
    let sandbox = team(&BASE);
    sandbox
        .vault(["git", "resolve", "--list"])
        .succeeds_with("");
    sandbox
        .vault(["git", "resolve"])
        .succeeds()
        .says("vault: nothing is unmerged\n");
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    sandbox.vault(["git", "resolve", "--list"]).fails(1).prints(
        "secrets/dev.yaml (dev)
    TOKEN: changed on both sides to different values
",
    );
    sandbox.vault(["git", "resolve", "--json"]).fails(1).prints(
        r#"[
  {
    "environment": "dev",
    "file": "secrets/dev.yaml",
    "reasons": [],
    "conflicts": [
      {
        "key": "TOKEN",
        "what": "changed on both sides to different values"
      }
    ]
  }
]
"#,
    );
    sandbox.vault(["git", "resolve"]).fails_with(
        1,
        "vault: error: secrets/dev.yaml (dev): somebody has to decide between two values
vault:   TOKEN: changed on both sides to different values
vault: hint: --ours KEY or --theirs KEY takes one of them; on a terminal an editor shows both
",
    );
}

#[test]
fn one_side_s_value_is_taken_the_file_signed_and_staged_and_the_merge_goes_on() {
    for (option, token) in [("--theirs", "their-token-2"), ("--ours", "our-token-2")] {
        let sandbox = team(&BASE);
        contradiction(&sandbox);
        assert!(!merges(&sandbox));
        sandbox
            .vault(["git", "resolve", option, "TOKEN"])
            .succeeds()
            .says(
                "vault: secrets/dev.yaml is merged and staged
vault: hint: git commit
",
            );
        assert_eq!(
            git(&sandbox, &["status", "--porcelain"]).stdout(),
            format!("M  {FILE}\n")
        );
        holds(
            &sandbox,
            &[("TOKEN", token), ("DATABASE", "their-database")],
        );
        assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
        is_tidy(&sandbox);
        sandbox.vault(["git", "resolve"]).succeeds();
    }
}

#[test]
fn a_key_that_is_not_in_conflict_is_refused_before_anything_is_written() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    let before = sandbox.read(FILE);
    sandbox
        .vault(["git", "resolve", "--ours", "TOKEN", "--theirs", "DATABASE"])
        .fails_with(
            2,
            "vault: error: DATABASE is no key in conflict; nothing is written
vault: hint: vault git resolve --list names those that are, and some may be settled by an option before this one
",
        );
    sandbox
        .vault(["git", "resolve", "prod", "--ours", "TOKEN"])
        .fails_with(
            2,
            "vault: error: prod is not unmerged
vault: hint: vault git resolve --list says what is
",
        );
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn an_editor_shows_both_values_and_what_is_saved_is_merged() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    let seen = sandbox.path("seen");
    editor(
        &sandbox,
        &format!(
            "cp \"$1\" {}; sed -i -e '/^#|theirs>/d' -e 's/our-token-2/both-tokens-3/' \"$1\"",
            seen.display()
        ),
    );
    sandbox.secret("both-tokens-3");
    sandbox.vault(["git", "resolve"]).succeeds();
    let seen_text = fs::read_to_string(&seen).expect("a copy");
    fs::remove_file(&seen).expect("a copy");
    assert!(
        seen_text.contains(
            "\
#|theirs> `TOKEN` was changed on both sides to different values; there:
#|theirs>   TOKEN: their-token-2
#|theirs> keep what follows or write theirs, and remove these lines
TOKEN: our-token-2
DATABASE: their-database
"
        ),
        "{seen_text}"
    );
    holds(
        &sandbox,
        &[("TOKEN", "both-tokens-3"), ("DATABASE", "their-database")],
    );
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    is_tidy(&sandbox);
}

#[test]
fn a_text_in_which_nobody_has_decided_is_not_merged() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    let before = sandbox.read(FILE);
    editor(&sandbox, "sed -i 's/our-token-2/undecided-token-5/' \"$1\"");
    sandbox.secret("undecided-token-5");
    let output = sandbox.vault(["git", "resolve"]).fails(2);
    drop(output);
    assert_eq!(sandbox.read(FILE), before);
    assert!(!merges_state(&sandbox).is_empty());
    is_tidy(&sandbox);
}

#[test]
fn an_empty_text_is_a_mistake_and_nothing_is_written() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    let before = (sandbox.read(FILE), merges_state(&sandbox));
    for script in [
        ": > \"$1\"",
        "printf '\\n \\n' > \"$1\"",
        "sed -i '/^#|--/q' \"$1\"",
        "echo '# none' > \"$1\"",
    ] {
        editor(&sandbox, script);
        let out = sandbox.vault(["git", "resolve"]).fails(2);
        let said = "vault: error: secrets/dev.yaml (dev): the text is empty; nothing is written\n";
        assert!(out.stderr().contains(said), "{script}: {}", out.stderr());
        assert_eq!(
            (sandbox.read(FILE), merges_state(&sandbox)),
            before,
            "{script}"
        );
    }
}

#[test]
fn what_the_editor_changed_beyond_the_conflicts_is_told_by_key() {
    let sandbox = team(&[
        ("TOKEN", "base-token-1"),
        ("DATABASE", "base-database"),
        ("LEVEL", "base-level-1"),
    ]);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    editor(
        &sandbox,
        "sed -i -e '/^#|theirs>/d' -e 's/our-token-2/both-tokens-3/' -e '/^DATABASE/d' -e 's/base-level-1/other-level-2/' \"$1\"; echo 'NEW: new-value-4' >> \"$1\"",
    );
    for value in ["both-tokens-3", "other-level-2", "new-value-4"] {
        sandbox.secret(value);
    }
    sandbox.vault(["git", "resolve"]).succeeds().says(
        "vault: secrets/dev.yaml: the editor shows both values of what is in conflict
vault: secrets/dev.yaml is merged and staged
vault:   ~ LEVEL
vault:   + NEW
vault:   - DATABASE
vault: hint: git commit
",
    );
}

#[test]
fn what_was_typed_and_kept_is_mentioned_until_it_is_resumed_after_the_merge() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    editor(
        &sandbox,
        "sed -i 's/base-database\\|their-database/typed-database-5/' \"$1\"",
    );
    sandbox.secret("typed-database-5");
    let way = "once the merge is committed, vault edit dev --resume goes on with what is kept\n";
    let out = sandbox.vault(["git", "resolve"]).fails(2);
    assert!(
        out.stderr().contains("what you typed is kept"),
        "{}",
        out.stderr()
    );
    assert!(out.stderr().contains(way), "{}", out.stderr());
    let out = sandbox
        .vault(["git", "resolve", "--ours", "TOKEN"])
        .succeeds();
    assert!(
        out.stderr()
            .contains("what you typed for dev before is still kept"),
        "{}",
        out.stderr()
    );
    assert!(out.stderr().contains(way), "{}", out.stderr());
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    editor(&sandbox, "sed -i '/^#|theirs>/d' \"$1\"");
    sandbox.vault(["edit", "dev", "--resume"]).succeeds();
    holds(
        &sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "typed-database-5")],
    );
}

/// The files that git has in conflict.
fn merges_state(sandbox: &Sandbox) -> String {
    git(sandbox, &["diff", "--name-only", "--diff-filter=U"])
        .stdout()
        .to_owned()
}

#[test]
fn a_file_full_of_git_s_markers_is_repaired_from_the_index() {
    let sandbox = unmerged_by_vault(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "DATABASE", "their-database"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    assert!(!merges(&sandbox));
    assert!(sandbox.read(FILE).contains("<<<<<<<"));
    let output = sandbox.vault(["get", "dev", "TOKEN"]).run();
    assert!(
        output.stderr().contains("vault git resolve"),
        "{}",
        output.stderr()
    );
    // Nothing contradicts: nobody is asked.
    sandbox.vault(["git", "resolve"]).succeeds();
    holds(
        &sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
    );
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    is_tidy(&sandbox);
}

#[test]
fn a_mark_that_was_committed_is_repaired_and_every_difference_asked_about() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    sandbox.commit("in a hurry");
    sandbox.vault(["git", "resolve", "--list"]).fails(1).prints(
        "secrets/dev.yaml (dev)
    TOKEN: differs on the two sides
    DATABASE: differs on the two sides
",
    );
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN"])
        .fails(1);
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN", "--ours", "DATABASE"])
        .succeeds();
    holds(
        &sandbox,
        &[("TOKEN", "their-token-2"), ("DATABASE", "base-database")],
    );
    sandbox.commit("merged");
    is_tidy(&sandbox);
}

#[test]
fn the_editor_tells_of_a_committed_mark_how_the_sides_differ_and_not_who_changed_them() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            set_as(sandbox, "bob", "TOKEN", "their-token-2");
            set_as(sandbox, "bob", "THEIRS", "their-value-1");
        },
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "our-token-2");
            set(sandbox, "dev", "OURS", "our-value-1");
        },
    );
    assert!(!merges(&sandbox));
    sandbox.commit("in a hurry");
    let seen = sandbox.path("seen");
    let script = format!(
        "cp \"$1\" {}; sed -i -e '/^#|theirs>/d' \"$1\"",
        seen.display()
    );
    editor(&sandbox, &script);
    sandbox.vault(["git", "resolve"]).succeeds();
    let text = fs::read_to_string(&seen).expect("a copy");
    fs::remove_file(&seen).expect("a copy");
    let told: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("#|theirs> `"))
        .collect();
    assert_eq!(
        told,
        [
            "#|theirs> `TOKEN` differs on the two sides; there:",
            "#|theirs> `OURS` is only here; there:",
            "#|theirs> `THEIRS` is only there; there:",
        ]
    );
}

#[test]
fn a_key_of_a_file_whose_sides_are_not_to_be_had_is_told_with_the_reason_and_the_next_step() {
    let sandbox = team(&BASE);
    let text = sandbox.read(FILE);
    let id = "0123456789abcdef0123456789abcdef01234567";
    let mark = vault::sealed::Mark::new(id).expect("an id");
    sandbox.write(FILE, mark.put(text.as_bytes()).expect("a place").as_bytes());
    sandbox.vault(["git", "resolve", "--theirs", "TOKEN"]).fails_with(
        2,
        "vault: error: TOKEN cannot be decided, and nothing is written: secrets/dev.yaml (dev): git does not have the other side here: blob 0123456789abcdef0123456789abcdef01234567
vault: hint: where that was done, git log --all --reflog --find-object=0123456789abcdef0123456789abcdef01234567 names the commit that has it; push a branch of that commit, and git fetch here
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
",
    );
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| drop(sandbox.git(["rm", "--quiet", FILE])),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    assert!(!merges(&sandbox));
    sandbox.vault(["git", "resolve", "--theirs", "TOKEN"]).fails_with(
        1,
        "vault: error: TOKEN cannot be decided, and nothing is written: secrets/dev.yaml (dev): the file was removed there, and changed here
vault: hint: to keep it: git checkout --ours -- secrets/dev.yaml && git add secrets/dev.yaml
vault: hint: to remove it: git rm --cached --quiet -- secrets/dev.yaml; vault env remove dev ends the environment
",
    );
}

#[test]
fn a_mark_whose_other_side_is_gone_is_told() {
    let sandbox = team(&BASE);
    let text = sandbox.read(FILE);
    let id = "0123456789abcdef0123456789abcdef01234567";
    let mark = vault::sealed::Mark::new(id).expect("an id");
    sandbox.write(FILE, mark.put(text.as_bytes()).expect("a place").as_bytes());
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml (dev): git does not have the other side here: blob 0123456789abcdef0123456789abcdef01234567
vault: hint: where that was done, git log --all --reflog --find-object=0123456789abcdef0123456789abcdef01234567 names the commit that has it; push a branch of that commit, and git fetch here
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
",
    );
}

#[test]
fn several_files_are_finished_together_and_one_passphrase_is_enough() {
    let sandbox = team(&BASE);
    reconfigure(
        &sandbox,
        "    dev:",
        "    prod: {recipients: [alice, bob]}\n    dev:",
    );
    set(&sandbox, "prod", "TOKEN", "prod-token-1");
    sandbox.commit("prod");
    two_sides(
        &sandbox,
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "their-token-2");
            set(sandbox, "prod", "TOKEN", "their-prod-2");
        },
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "our-token-2");
            set(sandbox, "prod", "TOKEN", "our-prod-2");
        },
    );
    assert!(!merges(&sandbox));
    sandbox.copy(
        "keys/alice_locked.age",
        sandbox.path("config/vault/identity.txt"),
    );
    let Some(terminal) = sandbox.on_terminal(["git", "resolve", "--theirs", "TOKEN"]) else {
        return;
    };
    let output = terminal.sees("Passphrase").types("open sesame").run();
    assert_eq!(
        output.stdout().matches("Passphrase").count(),
        1,
        "{}",
        output.stdout()
    );
    assert!(
        output
            .stdout()
            .contains("secrets/dev.yaml is merged and staged"),
        "{}",
        output.stdout()
    );
    assert!(
        output
            .stdout()
            .contains("secrets/prod.yaml is merged and staged")
    );
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("locked");
    log_in(&sandbox, "alice");
    holds(&sandbox, &[("TOKEN", "their-token-2")]);
}

fn sync(sandbox: &Sandbox, from: &str, to: &str) {
    reconfigure(sandbox, from, to);
    sandbox.vault(["sync", "--yes"]).succeeds();
}

#[test]
fn members_changed_on_both_sides_are_joined_by_a_writer_who_has_seen_both() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            sync(sandbox, "[alice, bob]", "[alice]");
            set(sandbox, "dev", "DATABASE", "their-database");
            forget_everything(sandbox);
        },
        |sandbox| sync(sandbox, "[alice, bob]", "[alice, bob, carol]"),
    );
    assert!(!merges(&sandbox));
    // The config is git's to merge here, with its markers.
    reconfigure(&sandbox, "[alice, bob, carol]", "[alice, carol]");
    let config = sandbox.read(".vault.yaml");
    let config: String = config
        .split_inclusive('\n')
        .filter(|line| !line.starts_with(['<', '=', '>']) && !line.contains("[alice]"))
        .collect();
    sandbox.write(".vault.yaml", config);
    sandbox.git(["add", ".vault.yaml"]);
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: secrets/dev.yaml (dev):
vault:   the membership was changed on both sides
vault:     here:
vault:       + carol reads and writes (SHA256:[..]), signed by alice ([TIME])
vault:     there:
vault:       - bob, signed by alice ([TIME])
vault:     afterwards:
vault:       alice reads and writes
vault:       carol reads and writes
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
",
    );
    sandbox.vault(["git", "resolve", "--yes"]).succeeds();
    holds(
        &sandbox,
        &[("DATABASE", "their-database"), ("TOKEN", "base-token-1")],
    );
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    log_in(&sandbox, "carol");
    holds(&sandbox, &[("DATABASE", "their-database")]);
    let bob = identity(&sandbox, "bob");
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("carol's");
    sandbox
        .vault(["-i", bob.to_str().expect("a path"), "get", "dev", "TOKEN"])
        .fails(2);
    is_tidy(&sandbox);
}

#[test]
fn a_removal_that_was_undone_is_explained_and_the_newer_membership_kept() {
    let sandbox = team(&BASE);
    let old = sandbox.read(FILE);
    sync(&sandbox, "[alice, bob]", "[alice]");
    sandbox.commit("bob has left");
    two_sides(
        &sandbox,
        |sandbox| {
            sandbox.write(FILE, &old);
            reconfigure(sandbox, "[alice]", "[alice, bob]");
            // On his machine the removal never counted.
            sandbox.vault(["trust", "dev", "--yes"]).succeeds();
            set_as(sandbox, "bob", "TOKEN", "value-of-bob");
            forget_everything(sandbox);
        },
        |sandbox| set(sandbox, "dev", "DATABASE", "our-database"),
    );
    assert!(!merges(&sandbox));
    sandbox.git(["checkout", "--ours", "--", ".vault.yaml"]);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.git(["add", ".vault.yaml"]);
    let output = sandbox.vault(["git", "resolve"]).run();
    assert_eq!(output.code(), 2);
    assert!(
        output.stderr().contains("(bob would read again)"),
        "{}",
        output.stderr()
    );
    // Bob may have written it after he left, so nothing of it comes in unasked.
    let undecided = sandbox.vault(["git", "resolve", "--yes"]).run();
    assert_eq!(undecided.code(), 1);
    assert!(undecided.stderr().contains(
        "vault:   the file there was signed by bob, who may not write any more
vault:     what differs there may be from after they left, so each key that differs is for you to decide
vault: error: secrets/dev.yaml (dev): somebody has to decide between two values
vault:   TOKEN: differs on the two sides
vault:   DATABASE: differs on the two sides
"
    ));
    sandbox
        .vault([
            "git", "resolve", "--yes", "--ours", "DATABASE", "--theirs", "TOKEN",
        ])
        .succeeds();
    holds(
        &sandbox,
        &[("DATABASE", "our-database"), ("TOKEN", "value-of-bob")],
    );
    let bob = identity(&sandbox, "bob");
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("alice's");
    sandbox
        .vault(["-i", bob.to_str().expect("a path"), "get", "dev", "TOKEN"])
        .fails(2);
}

#[test]
fn a_file_that_was_written_after_git_stopped_is_not_overwritten() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    let ours = sandbox.read(FILE);
    set(&sandbox, "dev", "TOKEN", "later-token-4");
    let before = sandbox.read(FILE);
    sandbox.write(FILE, ours);
    assert!(!merges(&sandbox));
    // vault writes nothing while git has two versions; another program does.
    sandbox.write(FILE, &before);
    sandbox.vault(["set", "dev", "TOKEN", "later-token-5"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: the merge of it is not finished
vault: hint: vault git resolve brings both sides together, and asks where they contradict each other
vault: hint: git checkout --ours -- secrets/dev.yaml (or --theirs) and git add take one side; vault set writes what is missing from the other
",
    );
    sandbox
        .vault(["git", "resolve", "--ours", "TOKEN"])
        .fails(2);
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml (dev): the file was written after git stopped, and that would be lost
vault: hint: git add secrets/dev.yaml takes it as it is
vault: hint: git checkout -m -- secrets/dev.yaml brings both sides back
",
    );
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn a_file_that_one_side_removed_is_left_to_git_with_the_words_to_type() {
    let sandbox = team(&BASE);
    on_branch(&sandbox, "theirs", |sandbox| {
        sandbox
            .vault(["env", "add", "other", "--recipients", "alice"])
            .succeeds();
        reconfigure(sandbox, "    dev: {recipients: [alice, bob]}\n", "");
        fs::remove_file(sandbox.work(FILE)).expect("a file");
    });
    set(&sandbox, "dev", "TOKEN", "our-token-2");
    sandbox.commit("ours");
    let ours = sandbox.read(FILE);
    assert!(!merges(&sandbox));
    sandbox.git(["checkout", "HEAD", "--", ".vault.yaml"]);
    sandbox.vault(["git", "resolve"]).fails_with(
        1,
        "vault: error: secrets/dev.yaml (dev): the file was removed there, and changed here
vault: hint: to keep it: git checkout --ours -- secrets/dev.yaml && git add secrets/dev.yaml
vault: hint: to remove it: git rm --cached --quiet -- secrets/dev.yaml; vault env remove dev ends the environment
",
    );
    assert_eq!(sandbox.read(FILE), ours);
}

#[test]
fn a_conflict_of_a_stash_and_of_a_rebase_is_finished_as_well() {
    let sandbox = team(&BASE);
    set(&sandbox, "dev", "TOKEN", "their-token-2");
    sandbox.git(["stash", "--quiet"]);
    set(&sandbox, "dev", "TOKEN", "our-token-2");
    sandbox.commit("ours");
    let ours = sandbox.read(FILE);
    assert_eq!(git(&sandbox, &["stash", "pop"]).code(), 1);
    is_marked(&sandbox, &ours);
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN"])
        .succeeds()
        .says(
            "vault: secrets/dev.yaml is merged and staged
vault: hint: git commit
vault: hint: git has kept stash@{0}, since there was a conflict: git stash drop stash@{0} removes it
",
        );
    holds(&sandbox, &[("TOKEN", "their-token-2")]);
    assert!(sandbox.git(["stash", "list"]).starts_with("stash@{0}"));
    // An older stash comes in, and another lies on it.
    let sandbox = team(&BASE);
    set(&sandbox, "dev", "TOKEN", "their-token-2");
    sandbox.git(["stash", "--quiet"]);
    sandbox.write("other", "");
    sandbox.git(["stash", "--quiet", "--include-untracked"]);
    set(&sandbox, "dev", "TOKEN", "our-token-2");
    sandbox.commit("ours");
    assert_eq!(git(&sandbox, &["stash", "apply", "stash@{1}"]).code(), 1);
    let output = sandbox
        .vault(["git", "resolve", "--ours", "TOKEN"])
        .succeeds();
    assert!(
        output
            .stderr()
            .ends_with(": git stash drop stash@{1} removes it\n"),
        "{}",
        output.stderr()
    );

    let sandbox = team(&BASE);
    contradiction(&sandbox);
    // In a rebase our side is what main is put upon.
    assert_eq!(git(&sandbox, &["rebase", "theirs"]).code(), 1);
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN"])
        .succeeds()
        .says(
            "vault: secrets/dev.yaml is merged and staged
vault: hint: git rebase --continue
",
        );
    assert_eq!(git(&sandbox, &["rebase", "--continue"]).code(), 0);
    holds(
        &sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
    );
    is_tidy(&sandbox);
}

#[test]
fn a_file_that_both_sides_made_gets_both_values_under_our_log() {
    let sandbox = team(&BASE);
    reconfigure(
        &sandbox,
        "    dev:",
        "    prod: {recipients: [alice]}\n    dev:",
    );
    sandbox.commit("an environment without a file");
    two_sides(
        &sandbox,
        |sandbox| {
            // Who signs makes it another log, whatever the clock says.
            reconfigure(
                sandbox,
                "prod: {recipients: [alice]}",
                "prod: {recipients: [alice, bob]}",
            );
            log_in(sandbox, "bob");
            set(sandbox, "prod", "THEIRS", "their-value-1");
            forget_everything(sandbox);
            log_in(sandbox, "alice");
        },
        |sandbox| set(sandbox, "prod", "OURS", "our-value-1"),
    );
    assert!(!merges(&sandbox));
    let output = sandbox.vault(["git", "resolve", "--list"]).fails(1);
    drop(output);
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: secrets/prod.yaml (prod):
vault:   the membership logs of the two sides have nothing in common: the file was made twice
vault:     the membership log here is kept, and the one there given up
vault:     who has used the other one is asked to trust this one: vault trust
vault:     afterwards:
vault:       alice reads and writes
vault:   the file there was signed by bob, who may not write any more
vault:     [..]
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
",
    );
    let decided = [
        "git", "resolve", "--yes", "--ours", "OURS", "--theirs", "THEIRS",
    ];
    sandbox.vault(decided).succeeds();
    sandbox.git(["checkout", "HEAD", "--", ".vault.yaml"]);
    for (key, value) in [("OURS", "our-value-1"), ("THEIRS", "their-value-1")] {
        assert_eq!(crate::team::get(&sandbox, "prod", key), value);
    }
}

#[test]
fn whoever_gives_up_in_the_editor_leaves_the_file_as_it_was_and_may_keep_the_text() {
    for (answer, code) in [("x", 2), ("s", 2)] {
        let sandbox = team(&BASE);
        contradiction(&sandbox);
        assert!(!merges(&sandbox));
        let before = sandbox.read(FILE);
        editor(&sandbox, "sed -i 's/our-token-2/undecided-token-5/' \"$1\"");
        sandbox.secret("undecided-token-5");
        let Some(terminal) = sandbox.on_terminal(["git", "resolve"]) else {
            return;
        };
        let output = terminal.sees("[e/s/x]").types(answer).run();
        assert_eq!(output.code(), code);
        assert_eq!(
            output.stdout().contains("what you typed is kept"),
            answer == "s"
        );
        assert_eq!(sandbox.read(FILE), before);
        is_tidy(&sandbox);
    }
}
