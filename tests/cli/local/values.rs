//! What overrides of one's own do to values.

use super::{COMMON, FILE, OWN, SHARED, overridden, set_local, two};
use crate::{
    peers,
    sandbox::Sandbox,
    vaults::{config, edit_config, identity, set},
};

#[test]
fn the_first_value_of_ones_own_makes_a_file_that_git_ignores_and_the_second_goes_into_it() {
    let sandbox = two();
    let token = sandbox.secret(OWN);
    sandbox
        .vault(["set", "dev", "TOKEN", "--local"])
        .stdin(&token)
        .succeeds()
        .says(
            "vault: .gitignore: git ignores secrets/dev.local.yaml from now on
vault: making the file and writing TOKEN to secrets/dev.local.yaml for you alone
vault: + TOKEN
",
        );
    assert_eq!(
        sandbox.read(".gitignore"),
        ".env\n/secrets/dev.local.yaml\n"
    );
    sandbox
        .vault(["set", "dev", "LEVEL=trace", "--local"])
        .succeeds()
        .says(
            "vault: writing LEVEL to secrets/dev.local.yaml for you alone
vault: + LEVEL
",
        );
    sandbox
        .vault(["set", "dev", "LEVEL=debug", "--local"])
        .succeeds()
        .says(
            "vault: writing LEVEL to secrets/dev.local.yaml for you alone
vault: ~ LEVEL
",
        );
    assert_eq!(sandbox.git(["status", "--short"]), " M .gitignore\n");
    let text = sandbox.read(FILE);
    assert!(text.contains("environment: dev.local\n"), "{text}");
    assert!(!text.contains("bob"), "{text}");
}

#[test]
fn ones_own_values_win_in_every_command_that_reads_and_are_told() {
    let sandbox = overridden();
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .prints_secrets()
        .succeeds_with(OWN)
        .says("");
    sandbox.vault(["list", "dev"]).succeeds_with(
        "TOKEN  str  dev.local
BELOW  str
LEVEL  str
NEW    str  dev.local
",
    );
    let told = "vault: your own, from secrets/dev.local.yaml: TOKEN, NEW\n";
    sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with(
            "TOKEN=hunter4-own-token
BELOW=hunter2-common-token
LEVEL=info
NEW=mine
",
        )
        .says(told);
    sandbox
        .vault(["run", "dev", "--", "sh", "-c", "echo $TOKEN $LEVEL $NEW"])
        .child_prints_secrets()
        .succeeds_with("hunter4-own-token info mine\n")
        .says(told);
}

#[test]
fn without_what_is_local_everything_is_as_for_everybody() {
    let sandbox = overridden();
    sandbox
        .vault(["get", "dev", "TOKEN", "--no-local"])
        .prints_secrets()
        .succeeds_with(SHARED);
    sandbox.vault(["get", "dev", "NEW", "--no-local"]).fails(2);
    sandbox
        .vault(["list", "dev", "--no-local"])
        .succeeds_with("TOKEN  str\nBELOW  str\nLEVEL  str\n");
    sandbox
        .vault(["render", "dev", "--no-local"])
        .prints_secrets()
        .succeeds_with("TOKEN=hunter3-shared-token\nBELOW=hunter2-common-token\nLEVEL=info\n")
        .says("");
    sandbox
        .vault([
            "run",
            "dev",
            "--no-local",
            "--",
            "sh",
            "-c",
            "echo $TOKEN$NEW",
        ])
        .child_prints_secrets()
        .succeeds_with("hunter3-shared-token\n")
        .says("");
}

#[test]
fn what_is_local_to_a_layer_is_not_taken_over_by_what_extends_it() {
    let sandbox = two();
    edit_config(
        &sandbox,
        "common: { recipients: [alice, bob] }",
        "common: { recipients: [alice, bob], local: true }",
    );
    sandbox
        .vault(["set", "common", "BELOW=mine", "--local"])
        .succeeds();
    sandbox
        .vault(["get", "common", "BELOW"])
        .succeeds_with("mine");
    sandbox
        .vault(["get", "dev", "BELOW"])
        .prints_secrets()
        .succeeds_with(COMMON);
}

#[test]
fn a_value_of_ones_own_keeps_the_type_that_the_key_has_for_everybody() {
    let sandbox = two();
    sandbox
        .vault(["set", "common", "PORT", "5432", "--type", "int"])
        .succeeds();
    sandbox
        .vault(["set", "dev", "PORT=1", "--local"])
        .succeeds();
    sandbox
        .vault(["get", "dev", "PORT", "--json"])
        .succeeds_with("1\n");
    sandbox
        .vault(["set", "dev", "PORT=one", "--local"])
        .succeeds()
        .says(
            "vault: warning: PORT was of the type int and is text now; --type decides otherwise
vault: writing PORT to secrets/dev.local.yaml for you alone
vault: ~ PORT
",
        );
}

#[test]
fn a_key_of_ones_own_means_what_it_means_for_everybody() {
    let sandbox = two();
    set(&sandbox, "dev", "\"a.b\"", "dotted");
    set(&sandbox, "dev", "db.user", "user");
    set_local(&sandbox, "a.b", "own");
    set_local(&sandbox, "db.password", "own");
    sandbox
        .vault(["render", "dev", "--format", "json"])
        .prints_secrets()
        .succeeds_with(
            r#"{
  "TOKEN": "hunter3-shared-token",
  "BELOW": "hunter2-common-token",
  "LEVEL": "info",
  "a.b": "own",
  "db": {
    "user": "user",
    "password": "own"
  }
}
"#,
        );
    sandbox.vault(["set", "dev", "db=x", "--local"]).fails_with(
        2,
        "vault: error: db holds other keys, it is no value
vault: hint: vault list dev shows them; set those that you want to be others
",
    );
    sandbox
        .vault(["set", "dev", "LEVEL.x=y", "--local"])
        .fails_with(
            2,
            "vault: error: LEVEL is a value, so there is no place for LEVEL.x\n",
        );
}

#[test]
fn a_list_of_ones_own_replaces_the_whole_list_and_that_is_told_once() {
    let sandbox = two();
    set(&sandbox, "dev", "hosts[0]", "a");
    set(&sandbox, "dev", "hosts[1]", "b");
    sandbox
        .vault(["set", "dev", "hosts[0]", "mine", "--local"])
        .succeeds()
        .says(
            "vault: warning: hosts is a list: yours will stand in the place of the whole list of dev
vault: .gitignore: git ignores secrets/dev.local.yaml from now on
vault: making the file and writing hosts[0] to secrets/dev.local.yaml for you alone
vault: + hosts[0]
",
        );
    sandbox
        .vault(["get", "dev", "hosts", "--json"])
        .succeeds_with("[\n  \"mine\"\n]\n");
    let again = sandbox.vault(["set", "dev", "hosts[1]", "too", "--local"]);
    assert!(!again.succeeds().stderr().contains("warning"));
}

#[test]
fn keys_of_ones_own_are_taken_out_and_the_shared_value_counts_again() {
    let sandbox = overridden();
    sandbox
        .vault(["unset", "dev", "TOKEN", "--local"])
        .succeeds()
        .says("vault: - TOKEN\n");
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .prints_secrets()
        .succeeds_with(SHARED);
    sandbox
        .vault(["unset", "dev", "NEW", "LEVEL", "--local"])
        .fails_with(
            2,
            "vault: error: there is no LEVEL among your own overrides of dev
vault: hint: vault list dev --sources shows what comes from where
",
        );
    sandbox.vault(["get", "dev", "NEW"]).succeeds_with("mine");
    sandbox
        .vault(["unset", "dev", "--local", "--all"])
        .succeeds()
        .says("vault: secrets/dev.local.yaml is gone\n");
    assert!(!sandbox.exists(FILE));
    for line in [
        &["unset", "dev", "--local", "--all"][..],
        &["unset", "dev", "NEW", "--local"],
    ] {
        sandbox.vault(line).fails_with(
            2,
            "vault: error: there is nothing local to dev: no file secrets/dev.local.yaml\n",
        );
    }
    for line in [
        &["unset", "dev", "--all"][..],
        &["unset", "dev", "--local"],
        &["unset", "dev", "NEW", "--local", "--all"],
    ] {
        sandbox.vault(line).fails(2);
    }
}

#[test]
fn overrides_must_be_allowed_by_the_config_and_are_not_looked_at_where_they_are_not() {
    let sandbox = overridden();
    edit_config(&sandbox, ", local: true", "");
    let refusal = "vault: error: .vault.yaml does not allow overrides of one's own for dev
vault: hint: add this line to dev in .vault.yaml: local: true
";
    for line in [
        &["set", "dev", "TOKEN", "x", "--local"][..],
        &["unset", "dev", "TOKEN", "--local"],
        &["unset", "dev", "--local", "--all"],
    ] {
        sandbox.vault(line).fails_with(2, refusal);
    }
    assert!(sandbox.exists(FILE));
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .prints_secrets()
        .succeeds_with(SHARED);
}

#[test]
fn somebody_who_only_reads_may_have_overrides_and_an_ssh_key_can() {
    for (line, name) in [
        (format!("{} reads-only", crate::team::BOB), "bob"),
        (crate::team::DAVE.to_owned(), "dave"),
    ] {
        let sandbox = Sandbox::with_git();
        identity(&sandbox, "alice");
        config(
            &sandbox,
            "  dev: { recipients: [alice, other], local: true }\n",
        );
        edit_config(
            &sandbox,
            "environments:",
            &format!("  other: {line}\nenvironments:"),
        );
        if name == "bob" {
            let bob = format!("  bob: {}\n", crate::team::BOB);
            edit_config(&sandbox, &bob, "");
        }
        set(&sandbox, "dev", "TOKEN", SHARED);
        std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
        match name {
            "bob" => identity(&sandbox, "bob"),
            _ => drop(sandbox.ssh_key()),
        }
        set_local(&sandbox, "TOKEN", OWN);
        sandbox
            .vault(["get", "dev", "TOKEN"])
            .prints_secrets()
            .succeeds_with(OWN);
        assert!(sandbox.read(FILE).contains("# other\n"));
    }
}

#[test]
fn an_environment_without_signatures_can_be_overridden_all_the_same() {
    let sandbox = crate::vaults::of_sops("negative/emptystr_added.yaml");
    edit_config(&sandbox, "file: enc.yaml", "file: enc.yaml, local: true");
    sandbox
        .vault(["set", "dev", "NEW=mine", "--local"])
        .succeeds();
    assert!(sandbox.exists("enc.local.yaml"));
    assert!(sandbox.read(".vault.yaml").contains("repository: "));
    sandbox.vault(["get", "dev", "NEW"]).succeeds_with("mine");
    let checked = sandbox.vault(["check"]).run();
    assert!(
        checked
            .stdout()
            .contains("dev.local: ok (your own, opens, 1 key)\n")
    );
}

#[test]
fn who_cannot_open_the_environment_has_nothing_to_override() {
    let sandbox = two();
    identity(&sandbox, "outsider");
    let output = sandbox
        .vault(["set", "dev", "TOKEN", "x", "--local"])
        .fails(2);
    assert!(
        output
            .stderr()
            .starts_with("vault: error: no identity of yours opens secrets/dev.yaml\n")
    );
    assert!(!sandbox.exists(FILE));
    assert_eq!(sandbox.read(".gitignore"), ".env\n");
}

#[test]
fn sops_opens_what_is_local_too() {
    let sandbox = overridden();
    let Some(sops) = sandbox.sops(["decrypt", FILE]) else {
        return;
    };
    let key = crate::team::identity(&sandbox, "alice");
    let opened = sops.variable("SOPS_AGE_KEY_FILE", key).succeeds();
    assert_eq!(opened.stdout(), "TOKEN: hunter4-own-token\nNEW: mine\n");
}

#[test]
fn check_tells_of_what_is_local_and_sync_and_sign_leave_it_alone() {
    let sandbox = overridden();
    sandbox.vault(["check"]).succeeds_with(
        "common: ok (signed by alice, opens, 2 keys)
dev: ok (signed by alice, opens, 2 keys)
dev.local: ok (your own, opens, 2 keys)
",
    );
    let keyless = "dev: ok (signed by alice)\ndev.local: ok (signed by its only reader)\n";
    sandbox
        .vault(["check", "dev", "--keyless"])
        .succeeds_with(keyless);
    let before = sandbox.read(FILE);
    edit_config(
        &sandbox,
        "recipients: [alice, bob], local",
        "recipients: [alice], local",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.vault(["sign", "--all"]).succeeds();
    assert_eq!(sandbox.read(FILE), before);
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    let without = sandbox.vault(["check", "dev"]).succeeds();
    assert!(
        without
            .stdout()
            .ends_with("dev.local: ok (signed by its only reader)\n")
    );
}

#[test]
fn two_overrides_at_once_are_both_kept() {
    let sandbox = two();
    set_local(&sandbox, "FIRST", "one");
    let Some(bash) = peers::program("bash") else {
        return;
    };
    let script = r#"for n in 1 2 3 4 5 6; do "$0" set dev "K$n=v$n" --local & done; wait"#;
    sandbox
        .program(bash, ["-c", script, env!("CARGO_BIN_EXE_vault")])
        .succeeds();
    let listed = sandbox.vault(["list", "dev", "--json"]).succeeds();
    for key in ["FIRST", "K1", "K2", "K3", "K4", "K5", "K6"] {
        assert!(listed.stdout().contains(&format!("\"{key}\"")), "{key}");
    }
}

#[test]
fn an_environment_that_goes_or_gets_another_name_leaves_overrides_behind_and_that_is_told() {
    let left = "vault:   secrets/dev.local.yaml stays, and counts nowhere then: your own overrides (vault unset dev --local --all takes them away)\n";
    let sandbox = overridden();
    let output = sandbox
        .vault(["env", "rename", "dev", "test", "--yes"])
        .run();
    assert!(output.stderr().contains(left), "{}", output.stderr());
    takes_away(&sandbox);
    let sandbox = overridden();
    edit_config(&sandbox, "default: dev\n", "");
    let output = sandbox.vault(["env", "remove", "dev", "--yes"]).succeeds();
    assert!(output.stderr().contains(left), "{}", output.stderr());
    takes_away(&sandbox);
}

/// What was said to type works afterwards.
fn takes_away(sandbox: &Sandbox) {
    assert!(sandbox.exists(FILE));
    sandbox
        .vault(["unset", "dev", "--local", "--all"])
        .succeeds()
        .says("vault: secrets/dev.local.yaml is gone\n");
    assert!(!sandbox.exists(FILE));
    sandbox
        .vault(["unset", "dev", "--local", "--all"])
        .fails(2)
        .says("vault: error: there is no environment `dev`\n...\n");
}

#[test]
fn where_the_file_has_a_name_of_its_own_another_command_takes_overrides_away() {
    let sandbox = overridden();
    edit_config(
        &sandbox,
        "local: true",
        "local: true, file: secrets/dev.yaml",
    );
    let output = sandbox
        .vault(["env", "rename", "dev", "test", "--yes"])
        .run();
    assert!(
        output
            .stderr()
            .contains("(vault unset test --local --all takes them away)"),
        "{}",
        output.stderr()
    );
    sandbox
        .vault(["unset", "test", "--local", "--all"])
        .succeeds();
    assert!(!sandbox.exists(FILE));
}

#[test]
fn only_overrides_of_that_name_are_orphans() {
    let sandbox = overridden();
    sandbox
        .vault(["env", "rename", "dev", "test", "--yes"])
        .succeeds();
    let said = "vault: error: secrets/old.local.yaml is not what vault set old --local has written
vault: hint: look at it, and remove it yourself
";
    for text in [sandbox.read(FILE), "a: 1\n".to_owned()] {
        sandbox.write("secrets/old.local.yaml", text);
        sandbox
            .vault(["unset", "old", "--local", "--all"])
            .fails_with(2, said);
    }
    sandbox.git(["add", "--force", FILE]);
    sandbox
        .vault(["unset", "dev", "--local", "--all"])
        .fails_with(2, &said.replace("old", "dev"));
    assert!(sandbox.exists(FILE) && sandbox.exists("secrets/old.local.yaml"));
}
