//! A directory of secret files is replaced as a set.

use std::fs;

use super::TOKEN;
use crate::vaults::{SECRET_FILES, dev, set};

#[test]
fn r19_the_set_is_replaced_and_files_of_others_are_left_alone() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OLD", "hunter3-old"), ("SAME", "x")]);
    sandbox.vault(SECRET_FILES).succeeds();
    sandbox.write("run/secrets/README", "theirs");
    sandbox.write("run/secrets/deeper/file", "theirs");
    set(&sandbox, "dev", "TOKEN", "hunter4-another");
    set(&sandbox, "dev", "NEW", "hunter5-new");
    sandbox.vault(["unset", "dev", "OLD"]).succeeds();
    sandbox
        .vault(SECRET_FILES)
        .succeeds()
        .says("vault: wrote dev to run/secrets: 3 files\nvault: - OLD\n");
    assert_eq!(sandbox.read("run/secrets/TOKEN"), "hunter4-another");
    assert_eq!(sandbox.read("run/secrets/NEW"), "hunter5-new");
    assert!(!sandbox.exists("run/secrets/OLD"));
    assert_eq!(sandbox.read("run/secrets/README"), "theirs");
    assert_eq!(sandbox.read("run/secrets/deeper/file"), "theirs");
    sandbox
        .vault(SECRET_FILES)
        .succeeds()
        .says("vault: run/secrets is up to date: 3 files\n");
}

#[test]
fn files_that_were_changed_by_hand_stop_it_and_are_all_named() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "x"), ("OLD", "hunter3-old")]);
    sandbox.vault(SECRET_FILES).succeeds();
    set(&sandbox, "dev", "OTHER", "hunter4-other");
    for name in ["TOKEN", "OTHER"] {
        sandbox.write(format!("run/secrets/{name}"), "by hand");
    }
    sandbox.vault(SECRET_FILES).fails_with(
        2,
        "vault: error: run/secrets has files that were written or changed by hand
vault:   TOKEN is not what dev has, nor what vault wrote there
vault:   OTHER is not what dev has, nor what vault wrote there
vault: hint: vault set dev KEY --from-file run/secrets/FILE takes one over
vault: hint: --force replaces them; what is in them is gone then
",
    );
    assert_eq!(sandbox.read("run/secrets/TOKEN"), "by hand");
    sandbox
        .vault(SECRET_FILES.iter().chain(&["--force"]))
        .succeeds()
        .says("vault: wrote dev to run/secrets: 3 files\n");
    assert_eq!(sandbox.read("run/secrets/TOKEN"), TOKEN);
}

#[test]
fn a_stale_file_that_was_changed_by_hand_stays_also_by_force() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OLD", "hunter3-old")]);
    sandbox.vault(SECRET_FILES).succeeds();
    sandbox.vault(["unset", "dev", "OLD"]).succeeds();
    sandbox.write("run/secrets/OLD", "by hand");
    sandbox.vault(SECRET_FILES.iter().chain(&["--force"])).succeeds().says(
        "vault: warning: run/secrets/OLD belongs to no key any more, but was changed by hand: it stays
vault: run/secrets is up to date: 1 file
",
    );
    assert_eq!(sandbox.read("run/secrets/OLD"), "by hand");
}

#[test]
fn a_read_only_file_of_ours_that_was_changed_by_hand_is_told_with_what_to_type() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let line: Vec<&str> = SECRET_FILES.into_iter().chain(["--mode", "0440"]).collect();
    sandbox.vault(&line).succeeds();
    sandbox.chmod("run/secrets/TOKEN", 0o640);
    sandbox.write("run/secrets/TOKEN", "by hand");
    sandbox.chmod("run/secrets/TOKEN", 0o440);
    sandbox.vault(&line).fails_with(
        2,
        "vault: error: run/secrets has files that were written or changed by hand
vault:   TOKEN is not what dev has, nor what vault wrote there
vault: hint: vault set dev KEY --from-file run/secrets/FILE takes one over
vault: hint: --force replaces them; what is in them is gone then
",
    );
    sandbox.vault(line.iter().chain(&["--force"])).fails_with(
        2,
        "vault: error: run/secrets/TOKEN is read-only
vault: hint: somebody wanted it to stay; chmod u+w run/secrets/TOKEN gives the right to write back
",
    );
    assert_eq!(sandbox.read("run/secrets/TOKEN"), "by hand");
    sandbox.chmod("run/secrets/TOKEN", 0o640);
    sandbox.vault(line.iter().chain(&["--force"])).succeeds();
    assert_eq!(sandbox.read("run/secrets/TOKEN"), TOKEN);
}

#[test]
fn one_directory_holds_one_set() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OTHER", "hunter3-x")]);
    sandbox
        .vault(SECRET_FILES.iter().chain(&["--only", "TOKEN"]))
        .succeeds();
    sandbox
        .vault(SECRET_FILES.iter().chain(&["--only", "OTHER"]))
        .succeeds()
        .says("vault: wrote dev to run/secrets: 1 file\nvault: - TOKEN\n");
    assert_eq!(
        fs::read_dir(sandbox.work("run/secrets")).unwrap().count(),
        1
    );
}

#[test]
fn an_environment_without_values_leaves_an_empty_directory() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.vault(SECRET_FILES).succeeds();
    sandbox.vault(["unset", "dev", "TOKEN"]).succeeds();
    sandbox
        .vault(SECRET_FILES)
        .succeeds()
        .says("vault: wrote dev to run/secrets: 0 files\nvault: - TOKEN\n");
    assert_eq!(
        fs::read_dir(sandbox.work("run/secrets")).unwrap().count(),
        0
    );
}

#[test]
fn many_writers_at_once_leave_one_whole_set() {
    let sandbox = dev(&[
        ("A1", "hunter3-a1"),
        ("A2", "hunter3-a2"),
        ("B1", "hunter3-b1"),
    ]);
    let script = r#"
        render() { "$0" render dev --format docker-secrets -o run/secrets --only "$1" || echo failed; }
        for _ in 1 2 3 4 5; do
            render 'A*' &
            render B1 &
        done
        wait"#;
    let output = sandbox
        .program("/bin/sh", ["-c", script, env!("CARGO_BIN_EXE_vault")])
        .succeeds();
    assert_eq!(output.stdout(), "", "{}", output.stderr());
    let mut names: Vec<_> = fs::read_dir(sandbox.work("run/secrets"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names == ["A1", "A2"] || names == ["B1"], "{names:?}");
}
