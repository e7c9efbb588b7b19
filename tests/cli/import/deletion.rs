//! The source goes only when everything that it holds is safe.

use std::os::unix::fs::symlink;

use super::with;
use crate::team::{self, get};

#[test]
fn it_goes_when_it_was_asked_for() {
    let sandbox = with(".env", "A=1\n");
    sandbox
        .vault(["import", "dev", ".env", "--delete-source"])
        .succeeds()
        .says(
            "vault: + A
vault: writing 1 key to secrets/dev.yaml for alice
vault: 1 key of .env is in dev: read back from secrets/dev.yaml and compared
vault: deleted .env
",
        );
    assert!(!sandbox.exists(".env"));
    assert_eq!(get(&sandbox, "dev", "A"), "1");
}

#[test]
fn somebody_at_the_terminal_is_asked_and_silence_is_no() {
    for (answer, is_there) in [("", true), ("n", true), ("y", false)] {
        let sandbox = with(".env", "A=1\n");
        let Some(dialogue) = sandbox.on_terminal(["import", "dev", ".env"]) else {
            return;
        };
        dialogue
            .sees("delete .env? dev has everything that it holds [y/N]")
            .types(answer)
            .run()
            .succeeds();
        assert_eq!(sandbox.exists(".env"), is_there, "{answer:?}");
    }
}

#[test]
fn that_the_comments_of_a_sops_file_go_with_it_is_said_before() {
    for (text, has_comments) in [
        ("# precious\na: 1\n", true),
        ("a:\n    # in a list\n    - 1\n", true),
        ("a: 1\n", false),
    ] {
        let sandbox = with("c.yaml", text);
        let recipient = team::ALICE.split(' ').next().unwrap();
        let line = ["encrypt", "--in-place", "--age", recipient, "c.yaml"];
        let Some(sops) = sandbox.sops(line) else {
            return;
        };
        sops.succeeds();
        let said = sandbox
            .vault(["import", "dev", "c.yaml", "--delete-source"])
            .succeeds();
        let warnings = "vault: warning: the comments of c.yaml stay behind
vault: + a
vault: warning: --delete-source: the comments that stay behind go with c.yaml
";
        let is_said = said.stderr().starts_with(warnings);
        assert_eq!(is_said, has_comments, "{}", said.stderr());
        assert_eq!(said.stderr().contains("comments"), has_comments);
        assert!(!sandbox.exists("c.yaml"));
    }
}

#[test]
fn that_comments_go_with_it_is_said_before() {
    let text = "# ask Ann before you change this\nA=1\n";
    let sandbox = with(".env", text);
    sandbox
        .vault(["import", "dev", ".env", "--delete-source"])
        .succeeds()
        .says(
            "vault: + A
vault: writing 1 key to secrets/dev.yaml for alice
vault: 1 key of .env is in dev: read back from secrets/dev.yaml and compared
vault: deleted .env
",
        );
    // Now the values are there already.
    sandbox.write(".env", text);
    let sees = "delete .env? dev has its values, but not the comments that stay behind [y/N]";
    if let Some(dialogue) = sandbox.on_terminal(["import", "dev", ".env"]) {
        dialogue.sees(sees).types("n").run().succeeds();
    }
    assert!(sandbox.exists(".env"));
    sandbox
        .vault(["import", "dev", ".env", "--delete-source"])
        .succeeds()
        .says(
            "vault: = A
vault: warning: 1 of the keys is there already, with or without comments: those of .env stay behind
vault: warning: --delete-source: the comments that stay behind go with .env
vault: 1 key of .env was in dev already; nothing changed
vault: deleted .env
",
        );
    for (name, text) in [
        ("b.env", "B=1\n# the end\n"),
        ("c.yaml", "C: 1 # a comment\n"),
    ] {
        sandbox.write(name, text);
        let said = sandbox
            .vault(["import", "dev", name, "--delete-source"])
            .succeeds();
        let warning = format!(
            "vault: warning: --delete-source: the comments that stay behind go with {name}\n"
        );
        assert!(said.stderr().contains(&warning), "{}", said.stderr());
    }
}

#[test]
fn it_stays_when_anything_fails() {
    let sandbox = with(".env", "A=1\nB=x#y\n");
    sandbox
        .vault(["import", "dev", ".env", "--delete-source"])
        .fails(2);
    sandbox.write(".env", "A=2\n");
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox
        .vault(["import", "dev", ".env", "--delete-source"])
        .fails(2);
    assert!(sandbox.exists(".env"));
}

#[test]
fn a_part_is_not_enough() {
    let sandbox = with(".env", "A=1\nB=2\n");
    sandbox
        .vault(["import", "dev", ".env", "--delete-source", "--except", "B"])
        .fails_with(
            2,
            "vault: error: --delete-source is for a source that is imported as a whole, not with --only or --except
vault: hint: import the rest first, then everything once more with --delete-source
",
        );
    let said = sandbox
        .vault(["import", "dev", ".env", "--only", "A"])
        .succeeds();
    assert!(!said.stderr().contains("delete"));
    assert!(sandbox.exists(".env"));
}

#[test]
fn nothing_is_deleted_through_a_link() {
    let sandbox = with("real/.env", "A=1\n");
    symlink("real/.env", sandbox.work(".env")).unwrap();
    symlink("real", sandbox.work("link")).unwrap();
    for path in [".env", "link/.env"] {
        let said = sandbox
            .vault(["import", "dev", path, "--delete-source"])
            .fails(2);
        assert!(said.stderr().starts_with(&format!(
            "vault: error: {path} leads through a symbolic link\n"
        )));
    }
    sandbox.vault(["list", "dev"]).succeeds_with("");
    sandbox.vault(["import", "dev", ".env"]).succeeds();
    assert!(sandbox.exists("real/.env") && sandbox.exists(".env"));
}

#[test]
fn files_of_others_stay_in_a_directory() {
    let sandbox = team::alone();
    sandbox.write("run/secrets/A", "1");
    sandbox.write("run/secrets/.gitkeep", "");
    sandbox.write("run/secrets/sub/B", "2");
    let said = sandbox
        .vault(["import", "dev", "run/secrets", "--delete-source"])
        .succeeds();
    assert!(
        said.stderr()
            .contains("run/secrets/sub is a directory: what is in it is not imported")
    );
    assert!(
        said.stderr().ends_with(
            "vault: deleted what was imported from run/secrets; other files stay in it\n"
        )
    );
    assert!(!sandbox.exists("run/secrets/A"));
    assert!(sandbox.exists("run/secrets/.gitkeep") && sandbox.exists("run/secrets/sub/B"));
    std::fs::remove_dir_all(sandbox.work("run/secrets")).unwrap();
    sandbox.write("run/secrets/A", "1");
    sandbox
        .vault(["import", "dev", "run/secrets", "--delete-source"])
        .succeeds();
    assert!(!sandbox.exists("run/secrets"));
}

#[test]
fn the_config_is_not_deleted() {
    let sandbox = team::alone();
    sandbox
        .vault(["import", "dev", ".vault.yaml", "--delete-source"])
        .fails(2);
    assert!(sandbox.exists(".vault.yaml"));
}

#[test]
fn other_names_of_a_file_that_goes_are_told() {
    let sandbox = team::alone();
    sandbox.write("hl.env", "TOKEN=hunter2-API-token\n");
    sandbox.secret("hunter2-API-token");
    std::fs::hard_link(sandbox.work("hl.env"), sandbox.path("tmp/other")).unwrap();
    let out = sandbox
        .vault(["import", "dev", "hl.env", "--delete-source"])
        .succeeds();
    let said = "vault: warning: hl.env had 2 names; the others still lead to the old file\nvault: deleted hl.env\n";
    assert!(out.stderr().ends_with(said), "{}", out.stderr());
}
