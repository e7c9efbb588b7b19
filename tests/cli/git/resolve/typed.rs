//! What somebody types in the editor in which both sides are shown.

use std::fs;

use super::{
    super::world::{BASE, FILE, contradiction, git, holds, is_tidy, merges, team},
    editor, merges_state,
};

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
