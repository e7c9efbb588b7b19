//! What people and environments are called.

use super::{age, repository, sealed, two_files};
use crate::team::{ALICE, BOB, CI, DAVE};

#[test]
fn whom_nobody_names_is_asked_for_or_gets_a_number() {
    let sandbox = repository("creation_rules:\n  - age: 'ALICE,BOB,CAROL'\n");
    if !sealed(&sandbox, "dev.yaml", "a: 1\n") {
        return;
    }
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(output.stderr().contains(&format!(
        "vault:   recipient-1: {} (nobody says who that is)\nvault:   recipient-2: {CI} (nobody says who that is)\n",
        age(BOB)
    )));
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains("recipients: [alice, recipient-1, recipient-2]\n")
    );
    std::fs::remove_file(sandbox.work(".vault.yaml")).unwrap();
    let Some(terminal) = sandbox.on_terminal(["init", "--from-sops"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault [alice]:")
        .types("al")
        .sees(&format!("Who is {} (reads dev)? [recipient-1]:", age(BOB)))
        .types("bob")
        .sees("[recipient-1]:")
        .types("")
        .sees("Write .vault.yaml? [y/N]")
        .types("y")
        .run()
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains("recipients: [al, bob, recipient-1]\n")
    );
}

#[test]
fn names_of_people_and_environments_can_be_said() {
    let Some(sandbox) = two_files() else { return };
    let bob = format!("robert={BOB}");
    sandbox
        .vault([
            "init",
            "--from-sops",
            "--yes",
            "--name",
            "al",
            "--name",
            &bob,
            "--env",
            "prod=deploy/prod/secrets.yaml",
            "local=./secrets/dev.enc.yaml",
        ])
        .succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(config.contains(
        "    prod:\n        recipients: [al, carol]\n        file: deploy/prod/secrets.yaml\n"
    ));
    assert!(config.contains("    local:\n        recipients: [al, robert]\n"));
    // A whole line says how somebody signs.
    assert!(config.contains(&format!("    robert: {BOB}\n")));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_name_that_fits_nobody_is_a_slip() {
    let Some(sandbox) = two_files() else { return };
    for (options, error) in [
        (vec![format!("--name=dave={DAVE}")], "vault: error: --name dave=…: no file here is encrypted for that recipient\n".to_owned()),
        (vec!["--env=x=nope.yaml".into()], "vault: error: nope.yaml is no file of sops that can be adopted\nvault: hint: vault init --from-sops shows those that can, before it asks\n".to_owned()),
        (vec!["--env=x".into()], "vault: error: which file is x?\nvault: hint: --env x=FILE; without --env the names come from the paths\n".to_owned()),
        (vec!["--env=dev=deploy/prod/secrets.yaml".into(), "--env=Dev=secrets/dev.enc.yaml".into()], "...\nvault: error: the name `Dev` is taken by `dev`\nvault: hint: choose other names with --name NAME=RECIPIENT and --env NAME=FILE\n".to_owned()),
    ] {
        let line = ["init", "--from-sops", "--yes"].map(str::to_owned).into_iter().chain(options);
        sandbox.vault(line).fails_with(2, &error);
    }
    std::fs::remove_dir_all(sandbox.path("config/sops")).unwrap();
    let output = sandbox
        .vault(["init", "--from-sops", "--yes", "--name", "al"])
        .fails(2);
    assert!(output.stderr().starts_with(
        "vault: error: --name al: no file here is encrypted for an identity of yours\n"
    ));
    assert!(!sandbox.exists(".vault.yaml"));
    // Nobody needs an identity to adopt.
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(
        output
            .stderr()
            .contains("none of them is encrypted for an identity of yours")
    );
    // Without --from-sops these forms mean nothing.
    std::fs::remove_file(sandbox.work(".vault.yaml")).unwrap();
    sandbox
        .vault(["init", "--yes", "--name", "al", "--env", "x=secrets/x.yaml"])
        .fails(2);
    sandbox
        .vault(["init", "--yes", &format!("--name=bob={BOB}")])
        .fails(2);
}

#[test]
fn nested_configs_name_the_keys_below_them_and_a_broken_one_stops_nothing() {
    let sandbox = repository("creation_rules:\n  - age: 'ALICE'\n");
    if !sealed(&sandbox, "dev.yaml", "a: 1\n") {
        return;
    }
    sandbox.write(
        "apps/web/.sops.yaml",
        format!("creation_rules:\n  - path_regex: ^prod\n    age:\n      # robert\n      - {}\n      - {} # alice\n", age(BOB), age(ALICE)),
    );
    sandbox.write("apps/broken/.sops.yaml", "creation_rules: [\n");
    sandbox.write("apps/web/prod.enc.yaml", "a: 1\n");
    let both = format!("{},{}", age(ALICE), age(BOB));
    let sops = sandbox.sops([
        "encrypt",
        "--in-place",
        "--age",
        &both,
        "apps/web/prod.enc.yaml",
    ]);
    sops.unwrap().succeeds();
    let output = sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    assert!(
        output
            .stderr()
            .contains("vault: warning: apps/broken/.sops.yaml: not valid YAML")
    );
    assert!(output.stderr().contains(&format!(
        "vault:   robert: {} (named in apps/web/.sops.yaml)\n",
        age(BOB)
    )));
    assert!(output.stderr().contains(
        "vault:   apps/web/prod: apps/web/prod.enc.yaml (1 key), read by alice, robert\nvault:   dev: dev.yaml"
    ));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn ssh_keys_are_named_by_their_comment_and_sign() {
    let sandbox =
        repository("creation_rules:\n  - age:\n      - ALICE\n      - DAVE dave@laptop\n");
    if !sealed(&sandbox, "dev.yaml", "a: 1\n") {
        return;
    }
    sandbox.vault(["init", "--from-sops", "--yes"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(
        config.contains(&format!("    dave@laptop: {DAVE}\n")),
        "{config}"
    );
}
