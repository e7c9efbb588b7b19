//! What is offered, asked of the program itself as the scripts of all shells do.

use super::{SHELLS, completes, vault};
use crate::{
    peers,
    sandbox::Sandbox,
    vaults::{self, dev},
};

/// Asks as bash does.
fn asked(sandbox: &Sandbox, line: &str) -> String {
    let last = line.rsplit(' ').next().unwrap_or_default();
    let output = sandbox
        .vault(["--", line, last])
        .variable("VAULT_COMPLETE", "bash")
        .succeeds();
    assert_eq!(output.stderr(), "", "{line}");
    output.stdout().to_owned()
}

#[test]
fn what_is_broken_or_missing_has_no_candidates_and_no_message() {
    let sandbox = vault();
    assert_eq!(
        asked(&sandbox, "vault get production L"),
        "words\nLIVE_TOKEN\n"
    );
    let file = sandbox.read("secrets/production.yaml");
    for broken in ["", "a: [", "\u{0}", "- x\n", "&a x: *a\n"] {
        sandbox.write("secrets/production.yaml", broken);
        assert_eq!(
            asked(&sandbox, "vault get production L"),
            "words\n",
            "{broken}"
        );
    }
    std::fs::remove_file(sandbox.work("secrets/production.yaml")).unwrap();
    assert_eq!(asked(&sandbox, "vault get production L"), "words\n");
    sandbox
        .program("/usr/bin/mkfifo", ["secrets/production.yaml"])
        .succeeds();
    assert_eq!(asked(&sandbox, "vault get production L"), "words\n");
    std::fs::remove_file(sandbox.work("secrets/production.yaml")).unwrap();
    sandbox.write("secrets/production.yaml", file);
    let config = sandbox.read(".vault.yaml");
    for broken in ["", "version: 1\nnonsense", "version: 99\n", "\u{0}"] {
        sandbox.write(".vault.yaml", broken);
        assert_eq!(asked(&sandbox, "vault list pro"), "words\n", "{broken}");
    }
    sandbox.write(".vault.yaml", config);
    assert_eq!(asked(&sandbox, "vault list pro"), "words\nproduction\n");
    assert_eq!(asked(&sandbox, "vault -C ../missing list pro"), "words\n");
    assert_eq!(asked(&sandbox, "vault get nowhere L"), "words\n");
    assert_eq!(asked(&sandbox, "vault nonsense --more x"), "words\n");
}

#[test]
fn a_completion_needs_no_identity_writes_nothing_and_leaves_what_is_interrupted_alone() {
    let sandbox = vault();
    std::fs::remove_dir_all(sandbox.path("config")).unwrap();
    std::fs::remove_dir_all(sandbox.path("state")).unwrap();
    let files = sandbox.files();
    assert_eq!(asked(&sandbox, "vault get dev SH"), "words\nSHARED_TOKEN\n");
    assert_eq!(sandbox.files(), files);
    assert!(!sandbox.exists(sandbox.path("state")) && !sandbox.exists(sandbox.path("config")));
    let Some(strace) = peers::program("strace") else {
        return;
    };
    let trace = [
        "-f",
        "-o",
        "trace",
        "-e",
        "trace=%network,execve,openat",
        env!("CARGO_BIN_EXE_vault"),
    ];
    let line = ["--", "vault get dev SH", "SH"];
    sandbox
        .program(strace, trace.iter().chain(&line))
        .variable("VAULT_COMPLETE", "bash")
        .succeeds_with("words\nSHARED_TOKEN\n");
    let trace = sandbox.read("trace");
    assert!(
        !trace.contains("socket(") && !trace.contains("O_CREAT"),
        "{trace}"
    );
    assert!(
        !trace.contains("/dev/tty") && !trace.contains(".git/"),
        "{trace}"
    );
    assert_eq!(trace.matches("execve(").count(), 1);
}

#[test]
fn unsigned_files_and_files_that_are_not_accepted_have_candidates_too() {
    let sandbox = vaults::of_sops("oracle/two_recipients/enc-3.13.2.yaml");
    let before = asked(&sandbox, "vault get dev ");
    assert_ne!(before, "words\n");
    let text = sandbox.read("enc.yaml");
    sandbox.write("enc.yaml", format!("NEW_ONE: x\n{text}"));
    assert_eq!(asked(&sandbox, "vault get dev NEW"), "words\nNEW_ONE\n");
}

#[test]
fn environments_are_offered_where_a_revision_may_stand_too() {
    let sandbox = vault();
    for line in [
        "vault diff prod",
        "vault diff HEAD prod",
        "vault diff -- prod",
    ] {
        assert_eq!(asked(&sandbox, line), "words\nproduction\n", "{line}");
    }
}

#[test]
fn names_that_run_refuses_are_offered_where_they_are_allowed() {
    let sandbox = dev(&[
        ("node.options", "--inspect"),
        ("PATH", "/bin:/usr/bin"),
        ("OTHER", "x"),
    ]);
    assert_eq!(
        asked(&sandbox, "vault run dev --allow "),
        "words\nNODE_OPTIONS\nPATH\n"
    );
}

#[test]
fn behind_the_dashes_another_program_begins() {
    let sandbox = vault();
    assert_eq!(asked(&sandbox, "vault run dev -- l"), "commands\n");
    assert_eq!(asked(&sandbox, "vault run -- ls -"), "commands\n");
    assert_eq!(asked(&sandbox, "vault render dev > .e"), "files\n");
    completes(
        &sandbox,
        &SHELLS[0],
        &[("vault run dev -- setpri", "vault run dev -- setpriv ")],
    );
    completes(
        &sandbox,
        &SHELLS[1],
        &[("vault run dev -- setpri", "vault run dev -- setpriv ")],
    );
    completes(
        &sandbox,
        &SHELLS[2],
        &[("vault run dev -- setpri", "vault run dev -- setpriv ")],
    );
}

#[test]
fn commands_are_offered_by_their_own_names_unless_another_one_was_begun() {
    let sandbox = dev(&[("TOKEN", "hunter2")]);
    let offered = asked(&sandbox, "vault ");
    let names: Vec<&str> = offered
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert!(names.contains(&"unset") && names.contains(&"list") && names.contains(&"check"));
    for alias in ["delete", "rm", "ls", "validate"] {
        assert!(!names.contains(&alias), "{alias}");
    }
    for (begun, name) in [
        ("d", "diff"),
        ("del", "delete"),
        ("uns", "unset"),
        ("val", "validate"),
    ] {
        let offered = asked(&sandbox, &format!("vault {begun}"));
        assert!(offered.contains(name), "{offered}");
    }
}
