//! Somebody who puts values where a person's own overrides stand, which win over those of the team.

use std::{fs, os::unix::fs::symlink};

use crate::{
    sandbox::Sandbox,
    vaults::{config, edit_config, identity, of_sops, set},
};

const FILE: &str = "secrets/dev.local.yaml";
const SHARED: &str = "hunter2-shared-token";
const EVIL: &str = "hunter3-evil-token";

/// dev and prod, which alice and bob read, write and may override; alice has overridden the token of dev.
fn overridden() -> Sandbox {
    let sandbox = Sandbox::with_git();
    identity(&sandbox, "alice");
    config(
        &sandbox,
        "  dev: { recipients: [alice, bob], local: true }
  prod: { recipients: [alice, bob], local: true }
",
    );
    for environment in ["dev", "prod"] {
        set(&sandbox, environment, "TOKEN", SHARED);
    }
    set_local(&sandbox, "dev");
    sandbox.commit("secrets");
    sandbox
}

fn set_local(sandbox: &Sandbox, environment: &str) {
    let evil = sandbox.secret(EVIL);
    sandbox
        .vault(["set", environment, "TOKEN", "--local"])
        .stdin(evil)
        .succeeds();
}

/// Every command that would take the overrides in refuses them for this reason, and goes on without them where it is told to.
#[track_caller]
fn everything_refuses(sandbox: &Sandbox, environment: &str, reason: &str) {
    for line in [
        &["get", environment, "TOKEN"][..],
        &["list", environment],
        &["list", environment, "--reveal"],
        &["render", environment],
        &["run", environment, "--", "touch", "ran"],
        &["set", environment, "NEW", "value", "--local"],
        &["unset", environment, "TOKEN", "--local"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = output.stderr();
        assert!(said.contains(reason), "{line:?}: {said}");
        assert_eq!(output.stdout(), "");
    }
    assert!(!sandbox.exists("ran"));
    let checked = sandbox.vault(["check", environment]).run().fails(3);
    assert!(checked.stderr().contains(reason), "{}", checked.stderr());
    sandbox
        .vault(["get", environment, "TOKEN", "--no-local"])
        .prints_secrets()
        .succeeds_with(SHARED);
}

/// As `everything_refuses`, and a machine without an identity does, too.
#[track_caller]
fn everybody_refuses(sandbox: &Sandbox, environment: &str, reason: &str) {
    everything_refuses(sandbox, environment, reason);
    let checked = sandbox
        .vault(["check", environment, "--keyless"])
        .run()
        .fails(3);
    assert!(checked.stderr().contains(reason), "{}", checked.stderr());
}

#[test]
fn a_local_file_that_git_knows_is_refused_although_its_owner_has_signed_it() {
    let sandbox = overridden();
    sandbox.git(["add", "--force", FILE]);
    everybody_refuses(&sandbox, "dev", "git tracks it");
    sandbox.git(["commit", "--quiet", "--message", "slipped in"]);
    everybody_refuses(&sandbox, "dev", "git tracks it");
    sandbox.git(["rm", "--quiet", "--cached", FILE]);
    everybody_refuses(&sandbox, "dev", "the last commit holds it");
    sandbox.git(["commit", "--quiet", "--message", "and out again"]);
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .prints_secrets()
        .succeeds_with(EVIL);
}

#[test]
fn a_local_file_that_git_would_take_is_refused() {
    let sandbox = overridden();
    fs::remove_file(sandbox.work(".gitignore")).unwrap();
    everybody_refuses(&sandbox, "dev", "git does not ignore it");
}

#[test]
fn a_local_file_of_another_environment_or_repository_is_refused() {
    let sandbox = overridden();
    set_local(&sandbox, "prod");
    sandbox.write("secrets/prod.local.yaml", sandbox.read(FILE));
    everybody_refuses(&sandbox, "prod", "the file holds the environment dev.local");
    // The file of the team is no file of one's own, though one has signed it.
    sandbox.write(FILE, sandbox.read("secrets/dev.yaml"));
    everybody_refuses(&sandbox, "dev", "the file holds the environment dev\n");
    let other = overridden();
    sandbox.write(FILE, other.read(FILE));
    everybody_refuses(&sandbox, "dev", "another repository");
}

#[test]
fn a_local_file_that_a_colleague_has_signed_is_refused() {
    let sandbox = overridden();
    fs::remove_file(sandbox.work(FILE)).unwrap();
    identity(&sandbox, "bob");
    set_local(&sandbox, "dev");
    identity(&sandbox, "alice");
    everything_refuses(&sandbox, "dev", "signed by bob (SHA256:");
}

#[test]
fn a_local_file_for_more_than_one_person_is_refused() {
    let sandbox = overridden();
    // Once there was an environment of that name, and alice has signed its file.
    edit_config(&sandbox, "local: true", "local: false");
    fs::remove_file(sandbox.work(FILE)).unwrap();
    let text = sandbox.read(".vault.yaml");
    let with = format!("{text}  dev.local: {{ recipients: [alice, bob] }}\n");
    sandbox.write(".vault.yaml", with);
    set(&sandbox, "dev.local", "TOKEN", EVIL);
    sandbox.write(".vault.yaml", text.replace("local: false", "local: true"));
    everybody_refuses(&sandbox, "dev", "it is not for one person alone");
}

#[test]
fn a_local_file_behind_a_link_is_refused() {
    let sandbox = overridden();
    let own = sandbox.read(FILE);
    fs::remove_file(sandbox.work(FILE)).unwrap();
    for target in ["elsewhere.yaml", "nowhere.yaml", "../../outside.yaml"] {
        if target != "nowhere.yaml" {
            sandbox.write(sandbox.work("secrets").join(target), &own);
        }
        symlink(target, sandbox.work(FILE)).unwrap();
        everybody_refuses(&sandbox, "dev", "is a symbolic link");
        sandbox.vault(["unset", "dev", "--local", "--all"]).fails(3);
        fs::remove_file(sandbox.work(FILE)).unwrap();
    }
}

#[test]
fn a_local_file_that_was_changed_or_whose_signature_is_gone_is_refused() {
    let sandbox = overridden();
    let own = sandbox.read(FILE);
    for changed in [
        own.replace("TOKEN:", "TOKEM:"),
        own.replacen("ENC[", "ENC[AES256_GCM,data:AAAA", 1),
        own[..own.find("    x-vault:").unwrap()].to_owned(),
        "TOKEN: in clear\n".to_owned(),
        "no: [yaml\n".to_owned(),
        String::new(),
    ] {
        sandbox.write(FILE, changed);
        everybody_refuses(&sandbox, "dev", "vault: error: secrets/dev.local.yaml: ");
    }
}

#[test]
fn another_id_of_the_repository_or_none_refuses_a_local_file_where_the_shared_one_is_not_signed() {
    let sandbox = of_sops("negative/emptystr_added.yaml");
    edit_config(&sandbox, "file: enc.yaml", "file: enc.yaml, local: true");
    set_local(&sandbox, "dev");
    let text = sandbox.read(".vault.yaml");
    let start = text.find("repository: ").unwrap();
    let id = &text[start..start + "repository: ".len() + 32];
    for (with, reason) in [
        (
            format!("repository: {}a", "0".repeat(31)),
            "another repository",
        ),
        ("# no id".to_owned(), "has no `repository`"),
    ] {
        sandbox.write(".vault.yaml", text.replace(id, &with));
        for line in [&["list", "dev"][..], &["check", "--keyless"]] {
            let output = sandbox.vault(line).run().fails(3);
            assert!(output.stderr().contains(reason), "{}", output.stderr());
        }
        sandbox.vault(["list", "dev", "--no-local"]).succeeds();
    }
}

#[test]
fn a_local_file_does_not_stand_in_for_the_file_of_the_team_nor_for_its_history() {
    let sandbox = overridden();
    fs::remove_file(sandbox.work("secrets/dev.yaml")).unwrap();
    for line in [
        &["get", "dev", "TOKEN"][..],
        &["set", "dev", "TOKEN", "x"],
        &["set", "dev", "TOKEN", "x", "--local"],
    ] {
        let output = sandbox.vault(line).run().fails(3);
        let said = "dev has no file here, but the last commit has one";
        assert!(output.stderr().contains(said), "{}", output.stderr());
    }
    // Nor does the log of a local file, wherever it lies in a commit, count as one of dev.
    let other = overridden();
    let own = other.read(FILE);
    fs::remove_file(other.work(FILE)).unwrap();
    other.write("elsewhere.yaml", own);
    other.commit("a copy");
    set_local(&other, "dev");
    other.vault(["check"]).succeeds();
}
