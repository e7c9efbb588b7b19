//! Environments that extend others, through the commands that read.

use crate::{
    sandbox::Sandbox,
    team::BOB,
    vaults::{self, config, edit_config, identity, set},
};

const COMMON: &str = "hunter2-common-token";
const OWN: &str = "hunter3-own-token";

fn sandbox(environments: &str) -> Sandbox {
    let sandbox = Sandbox::with_git();
    identity(&sandbox, "alice");
    config(&sandbox, environments);
    sandbox
}

/// `common` below `dev`; both hold TOKEN and something of their own.
fn two() -> Sandbox {
    let sandbox = sandbox(
        "  common: { recipients: [alice] }
  dev: { extends: common, recipients: [alice] }
",
    );
    set(&sandbox, "common", "BELOW", COMMON);
    set(&sandbox, "common", "TOKEN", COMMON);
    set(&sandbox, "dev", "TOKEN", OWN);
    set(&sandbox, "dev", "ABOVE", OWN);
    sandbox
}

#[test]
fn the_lowest_layer_orders_the_keys_and_the_highest_decides_the_values() {
    let sandbox = two();
    sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with(
            "BELOW=hunter2-common-token
TOKEN=hunter3-own-token
ABOVE=hunter3-own-token
",
        );
    sandbox
        .vault(["get", "dev", "BELOW"])
        .prints_secrets()
        .succeeds_with(COMMON);
    sandbox.vault(["list", "dev"]).succeeds_with(
        "BELOW  str
TOKEN  str
ABOVE  str
",
    );
    sandbox
        .vault(["run", "dev", "--", "sh", "-c", "echo $BELOW $TOKEN"])
        .child_prints_secrets()
        .succeeds_with("hunter2-common-token hunter3-own-token\n");
    sandbox
        .vault(["render", "common"])
        .prints_secrets()
        .succeeds_with("BELOW=hunter2-common-token\nTOKEN=hunter2-common-token\n");
}

#[test]
fn maps_merge_deep_lists_replace_and_null_is_a_value() {
    let sandbox = sandbox(
        "  common: { recipients: [alice] }
  dev: { extends: common, recipients: [alice] }
",
    );
    set(&sandbox, "common", "db.user", "user");
    set(&sandbox, "common", "db.password", "below");
    set(&sandbox, "common", "hosts[0]", "a");
    set(&sandbox, "common", "hosts[1]", "b");
    set(&sandbox, "common", "GONE", "gone");
    set(&sandbox, "dev", "db.password", "above");
    set(&sandbox, "dev", "hosts[0]", "c");
    sandbox
        .vault(["set", "dev", "GONE", "--type", "null"])
        .succeeds();
    sandbox
        .vault(["render", "dev", "--format", "yaml"])
        .succeeds_with(
            "db:
  user: \"user\"
  password: \"above\"
hosts:
  - \"c\"
GONE: null
",
        );
    sandbox.vault(["render", "dev"]).succeeds_with(
        "DB_USER=user
DB_PASSWORD=above
HOSTS_0=c
",
    );
}

#[test]
fn of_a_list_the_later_wins_and_a_layer_reached_twice_counts_once() {
    let sandbox = sandbox(
        "  base: { recipients: [alice] }
  left: { extends: base, recipients: [alice] }
  right: { extends: base, recipients: [alice] }
  dev: { extends: [left, right], recipients: [alice] }
",
    );
    for (environment, keys) in [
        ("base", &["ALL", "BASE"][..]),
        ("left", &["ALL", "SIDE", "LEFT"]),
        ("right", &["SIDE", "RIGHT"]),
        ("dev", &["TOP"]),
    ] {
        for key in keys {
            set(&sandbox, environment, key, environment);
        }
    }
    sandbox.vault(["render", "dev"]).succeeds_with(
        "ALL=left
BASE=base
SIDE=right
LEFT=left
RIGHT=right
TOP=dev
",
    );
}

#[test]
fn a_layer_that_does_not_open_leaves_nothing_printed_and_is_named_with_its_readers() {
    let sandbox = two();
    edit_config(
        &sandbox,
        "dev: { extends: common, recipients: [alice] }",
        "dev: { extends: common, recipients: [alice, bob] }",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    identity(&sandbox, "bob");
    let refusal = format!(
        "vault: error: dev extends common: no identity of yours opens secrets/common.yaml
vault:   tried age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps, from [ROOT]/config/vault/identity.txt
vault:   it can be read by alice
vault: hint: ask alice to type vault recipients add bob '{BOB}' --env common
"
    );
    for line in [
        &["render", "dev"][..],
        &["get", "dev", "ABOVE"],
        &["list", "dev", "--reveal"],
    ] {
        sandbox.vault(line).fails_with(2, &refusal);
    }
    sandbox
        .vault(["run", "dev", "--", "echo", "started"])
        .fails_with(125, &refusal);
    // What needs no identity works.
    sandbox.vault(["list", "dev"]).succeeds();
}

#[test]
fn r11_a_layer_that_is_not_trusted_is_a_matter_of_trust_even_if_another_does_not_open() {
    let sandbox = two();
    let text = sandbox.read("secrets/common.yaml");
    sandbox.write("secrets/common.yaml", text.replace("BELOW:", "BELOV:"));
    let said = |sandbox: &Sandbox| {
        for line in [
            &["render", "dev"][..],
            &["get", "dev", "ABOVE"],
            &["list", "dev"],
            &["run", "dev", "--", "echo", "started"],
        ] {
            sandbox.vault(line).fails(3).prints("").says(
                "vault: error: dev extends common: secrets/common.yaml: not signed by anybody who may write: [..]
vault: hint: git log -p shows who changed the file; git checkout brings an older version back
",
            );
        }
    };
    said(&sandbox);
    identity(&sandbox, "outsider");
    said(&sandbox);
}

#[test]
fn a_hand_edit_of_extends_gives_nothing_and_takes_nothing() {
    let sandbox = two();
    let before = sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds()
        .stdout()
        .to_owned();
    edit_config(&sandbox, "extends: common, ", "");
    sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with(&before);
    let other = sandbox.read(".vault.yaml") + "  other: { recipients: [alice] }\n";
    sandbox.write(".vault.yaml", other);
    set(&sandbox, "other", "FOREIGN", "value-of-another");
    edit_config(&sandbox, "dev: { ", "dev: { extends: [common, other], ");
    sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with(&before);
    sandbox
        .vault(["check", "dev"])
        .fails(1)
        .prints("dev: not ok\n")
        .says(
            "vault: error: dev: .vault.yaml wants other members or layers than the file has
vault:   ~ extends common, other
vault: hint: vault sync dev brings the file in line
",
        );
    sandbox.vault(["sync", "--yes"]).succeeds();
    let after = sandbox.vault(["render", "dev"]).prints_secrets().succeeds();
    assert!(after.stdout().contains("FOREIGN=value-of-another\n"));
}

#[test]
fn a_layer_that_the_config_has_lost_is_a_matter_of_trust() {
    let sandbox = two();
    edit_config(&sandbox, "  common: { recipients: [alice] }\n", "");
    edit_config(&sandbox, "extends: common, ", "");
    for line in [
        &["render", "dev"][..],
        &["list", "dev"],
        &["check", "dev", "--keyless"],
    ] {
        let output = sandbox.vault(line).fails(3);
        assert!(
            output.stderr().contains(
                "vault: error: dev extends common, which .vault.yaml does not have
vault: hint: a writer runs vault sync dev
"
            ),
            "{}",
            output.stderr()
        );
    }
}

#[test]
fn a_signed_environment_extends_no_unsigned_one() {
    let sandbox = two();
    edit_config(
        &sandbox,
        "  common: { recipients: [alice] }\n",
        "  common: { recipients: [alice], signed: false }\n",
    );
    sandbox.vault(["render", "dev"]).fails(2).prints("").says(
        "vault: error: .vault.yaml: [..]: `dev` is signed and extends `common`, which is not
vault: hint: [..]
",
    );
    // The config says nothing of it any more, the log still does.
    edit_config(&sandbox, "extends: common, ", "");
    sandbox.vault(["render", "dev"]).fails_with(
        3,
        "vault: error: dev is signed, but extends common, which is not
vault: hint: vault sign common signs it; or a writer runs vault sync dev
",
    );
}

#[test]
fn a_layer_without_a_file_is_named() {
    let sandbox = sandbox(
        "  common: { recipients: [alice] }
  dev: { extends: common, recipients: [alice] }
",
    );
    set(&sandbox, "dev", "TOKEN", OWN);
    for line in [&["render", "dev"][..], &["list", "dev"]] {
        sandbox.vault(line).fails_with(
            2,
            "vault: error: dev extends common: common has no file yet: secrets/common.yaml
vault: hint: vault set common KEY makes it with the first value
",
        );
    }
    set(&sandbox, "common", "BELOW", COMMON);
    sandbox.commit("both");
    std::fs::remove_file(sandbox.work("secrets/common.yaml")).unwrap();
    sandbox.vault(["render", "dev"]).fails_with(
        3,
        "vault: error: dev extends common: common has no file here, but the last commit has one: secrets/common.yaml
vault: hint: git checkout HEAD -- secrets/common.yaml brings it back
",
    );
}

#[test]
fn r52_a_layer_cannot_slip_in_a_variable_that_changes_how_programs_run() {
    let sandbox = two();
    set(&sandbox, "common", "LD_PRELOAD", "/nowhere/evil.so");
    sandbox
        .vault(["run", "dev", "--", "echo", "started"])
        .fails_with(
            125,
            "vault: error: echo would be given variables that change how programs run: LD_PRELOAD
vault: hint: if they are meant to be there: --allow LD_PRELOAD
",
        );
}

#[test]
fn unsigned_layers_are_those_of_the_config() {
    let sandbox = sandbox(
        "  common: { recipients: [alice], signed: false }
  dev: { extends: common, recipients: [alice], signed: false }
",
    );
    set(&sandbox, "common", "BELOW", COMMON);
    set(&sandbox, "dev", "ABOVE", OWN);
    sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with("BELOW=hunter2-common-token\nABOVE=hunter3-own-token\n");
    vaults::edit_config(&sandbox, "extends: common, ", "");
    sandbox
        .vault(["render", "dev"])
        .prints_secrets()
        .succeeds_with("ABOVE=hunter3-own-token\n");
}
