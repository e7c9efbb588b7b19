use std::os::unix::fs::symlink;

use super::{is_clean, team_of_three};
use crate::team::{self, ALICE, BOB, configured, get};

#[test]
fn config_file_and_logs_change_in_one_step() {
    let sandbox = team_of_three();
    let before = sandbox.read(".vault.yaml");
    sandbox
        .vault(["env", "rename", "common", "base", "--yes"])
        .succeeds_with("")
        .says(
            "vault: common becomes base:
vault:   secrets/common.yaml becomes secrets/base.yaml
vault:   dev (secrets/dev.yaml) extends it, and is signed again
vault: common is base now; next: git add secrets/base.yaml, and commit it with .vault.yaml, secrets/common.yaml (gone) and secrets/dev.yaml
",
        );
    assert_eq!(
        sandbox.read(".vault.yaml"),
        before
            .replace("    common:", "    base:")
            .replace("extends: common", "extends: base")
    );
    assert!(!sandbox.exists("secrets/common.yaml"));
    assert!(
        sandbox
            .read("secrets/base.yaml")
            .contains("              environment: base\n")
    );
    is_clean(&sandbox);
    assert_eq!(get(&sandbox, "dev", "LOG"), "hunter2-common-value");
    sandbox.commit("renamed");
    is_clean(&sandbox);
    // And sops opens what was signed again.
    let key = sandbox.path("alice.txt");
    for file in ["secrets/base.yaml", "secrets/dev.yaml"] {
        let Some(sops) = sandbox.sops(["decrypt", file]) else {
            return;
        };
        sops.variable("SOPS_AGE_KEY_FILE", &key).succeeds();
    }
}

#[test]
fn git_goes_on_merging_a_file_that_it_knew_by_its_path() {
    let sandbox = team_of_three();
    let attributes = ".vault.yaml merge=vault-config\nsecrets/dev.yaml diff=vault merge=vault\n";
    sandbox.write(".gitattributes", attributes);
    sandbox
        .vault(["env", "rename", "dev", "work", "--yes"])
        .succeeds()
        .says("...
vault: dev is work now; next: git add secrets/work.yaml, and commit it with .vault.yaml, .gitattributes and secrets/dev.yaml (gone)\n");
    let asked = sandbox.git(["check-attr", "merge", "--", "secrets/work.yaml"]);
    assert_eq!(asked, "secrets/work.yaml: merge: vault\n");
}

#[test]
fn values_and_members_stay_as_they_are() {
    let sandbox = team_of_three();
    let lines = |file: &str| -> Vec<String> {
        let text = sandbox.read(file);
        let kept =
            |line: &&str| line.contains("ENC[") && !line.contains("mac:") || line.contains("age1");
        text.lines().filter(kept).map(str::to_owned).collect()
    };
    let before = lines("secrets/dev.yaml");
    sandbox
        .vault(["env", "rename", "dev", "local/dev", "--yes"])
        .succeeds();
    assert_eq!(lines("secrets/local/dev.yaml"), before);
    is_clean(&sandbox);
}

#[test]
fn a_file_that_the_config_names_stays_where_it_is() {
    let sandbox = team_of_three();
    sandbox
        .vault(["env", "rename", "prod", "live", "--yes"])
        .succeeds()
        .says(
            "vault: prod becomes live:
vault:   deploy/prod.yaml stays where it is
vault: prod is live now; next: commit .vault.yaml and deploy/prod.yaml
",
        );
    is_clean(&sandbox);
    assert_eq!(get(&sandbox, "live", "P"), "hunter2-prod-value");
}

#[test]
fn it_asks_first() {
    let sandbox = team_of_three();
    let files = sandbox.files();
    sandbox.vault(["env", "rename", "dev", "local"]).fails_with(
        2,
        "vault: dev becomes local:
vault:   secrets/dev.yaml becomes secrets/local.yaml
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
",
    );
    assert_eq!(sandbox.files(), files);
    let Some(terminal) = sandbox.on_terminal(["env", "rename", "dev", "local"]) else {
        return;
    };
    terminal
        .sees("Write these changes? [y/N]")
        .types("n")
        .run()
        .fails(2);
    assert_eq!(sandbox.files(), files);
    let terminal = sandbox
        .on_terminal(["env", "rename", "dev", "local"])
        .unwrap();
    terminal.sees("[y/N]").types("y").run().succeeds();
    is_clean(&sandbox);
}

#[test]
fn only_a_writer_renames_also_what_stands_on_it() {
    let sandbox = team_of_three();
    team::log_in(&sandbox, "bob");
    // Bob writes common and dev, but not prod.
    let output = sandbox
        .vault(["env", "rename", "prod", "live", "--yes"])
        .fails(2);
    assert!(
        output
            .stderr()
            .contains("no identity of yours may write prod; writers are alice")
    );
    sandbox
        .vault(["env", "rename", "common", "base", "--yes"])
        .succeeds();
    sandbox.commit("base");
    team::log_in(&sandbox, "alice");
    team::reconfigure(
        &sandbox,
        "    prod:\n",
        "    prod:\n        extends: base\n",
    );
    team::reconfigure(&sandbox, "base: {recipients", "base: {recipients");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("prod extends base");
    team::log_in(&sandbox, "bob");
    let before = (sandbox.files(), sandbox.read(".vault.yaml"));
    sandbox
        .vault(["env", "rename", "base", "common", "--yes"])
        .fails(2);
    assert_eq!((sandbox.files(), sandbox.read(".vault.yaml")), before);
}

#[test]
fn whatever_else_the_config_wants_is_not_done_by_the_way() {
    let sandbox = team_of_three();
    team::reconfigure(
        &sandbox,
        "recipients: [alice, bob]\n",
        "recipients: [alice, bob, ci]\n",
    );
    let before = sandbox.files();
    for (old, new) in [("dev", "local"), ("common", "base")] {
        let output = sandbox.vault(["env", "rename", old, new, "--yes"]).fails(3);
        assert!(
            output.stderr().contains("+ ci reads (SHA256:"),
            "{}",
            output.stderr()
        );
        assert!(
            output
                .stderr()
                .contains("vault: hint: vault sync dev brings the file in line; then rename\n")
        );
    }
    assert_eq!(sandbox.files(), before);
}

#[test]
fn a_name_of_another_signed_file_is_not_given_and_ones_own_former_one_is() {
    let sandbox = team_of_three();
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
    sandbox.commit("no prod");
    sandbox
        .vault(["env", "rename", "dev", "prod", "--yes"])
        .fails_with(
        3,
        "vault: error: secrets/dev.yaml: earlier commits have another file that was signed as prod
vault: hint: choose another name
",
    );
    for (old, new) in [("dev", "local"), ("local", "dev"), ("dev", "local")] {
        sandbox
            .vault(["env", "rename", old, new, "--yes"])
            .succeeds();
        is_clean(&sandbox);
        sandbox.commit(new);
        is_clean(&sandbox);
    }
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let sandbox = team_of_three();
    sandbox.write("secrets/there.yaml", "a: 1\n");
    let before = (sandbox.files(), sandbox.read(".vault.yaml"));
    for (old, new, error) in [
        (
            "nope",
            "x",
            "vault: error: there is no environment `nope`\n[..]\n",
        ),
        ("dev", "dev", "vault: error: dev has that name\n"),
        (
            "dev",
            "prod",
            "vault: error: there is an environment `prod` already\nvault: hint: vault env list shows them all: choose another name\n",
        ),
        (
            "dev",
            "there",
            "vault: error: secrets/dev.yaml: secrets/there.yaml is there already\nvault: hint: move it away, or choose another name\n",
        ),
    ] {
        sandbox
            .vault(["env", "rename", old, new, "--yes"])
            .fails_with(2, error);
    }
    sandbox
        .vault(["env", "rename", "dev", "../x", "--yes"])
        .fails(2);
    std::fs::rename(sandbox.work("secrets/dev.yaml"), sandbox.work("real.yaml")).unwrap();
    symlink("../real.yaml", sandbox.work("secrets/dev.yaml")).unwrap();
    sandbox
        .vault(["env", "rename", "dev", "x", "--yes"])
        .fails_with(
            2,
            "vault: error: secrets/dev.yaml: it is a symbolic link, which does not move
vault: hint: write `file: secrets/dev.yaml` into .vault.yaml, and it stays
",
        );
    assert_eq!(sandbox.read(".vault.yaml"), before.1);
}

#[test]
fn a_file_that_is_not_signed_moves_byte_for_byte_and_needs_no_identity() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false}\n    b: {recipients: [alice], signed: false, extends: dev}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.vault(["set", "b", "B", "1"]).succeeds();
    sandbox.commit("both");
    let text = sandbox.read("secrets/dev.yaml");
    let text = text.trim_end();
    sandbox.write("secrets/dev.yaml", text);
    let identity = sandbox.path("config/vault/identity.txt");
    let key = std::fs::read(&identity).unwrap();
    std::fs::remove_file(&identity).unwrap();
    sandbox
        .vault(["env", "rename", "dev", "eu/dev", "--yes"])
        .succeeds();
    assert_eq!(sandbox.read("secrets/eu/dev.yaml"), text);
    sandbox.write(&identity, key);
    sandbox.chmod(&identity, 0o600);
    is_clean(&sandbox);
    assert_eq!(get(&sandbox, "b", "A"), "1");
}

#[test]
fn a_file_that_is_not_signed_and_stays_where_it_is_has_nothing_to_commit() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false, file: app.yaml}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    sandbox.commit("one");
    sandbox
        .vault(["env", "rename", "dev", "app", "--yes"])
        .succeeds()
        .says(
            "vault: dev becomes app:
vault:   app.yaml stays where it is
vault: dev is app now; next: commit .vault.yaml
",
        );
    assert_eq!(sandbox.git(["status", "--short"]), " M .vault.yaml\n");
}

#[test]
fn a_forged_file_with_the_signature_turned_off_gets_no_other_name() {
    // By somebody who has public keys only: under another name nothing would tell that it was signed once.
    let forger = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    prod: {recipients: [alice, bob], signed: false}\n",
    );
    forger
        .vault(["set", "prod", "P", "of-the-forger"])
        .succeeds();
    let sandbox = team_of_three();
    sandbox.write("deploy/prod.yaml", forger.read("secrets/prod.yaml"));
    team::reconfigure(
        &sandbox,
        "    prod:\n",
        "    prod:\n        signed: false\n",
    );
    sandbox.commit("less noise");
    // On a machine that has not seen the signed file; another one stops anyway.
    sandbox
        .vault(["env", "rename", "prod", "live", "--yes"])
        .fails(3);
    team::forget_everything(&sandbox);
    let before = (sandbox.files(), sandbox.read(".vault.yaml"));
    sandbox
        .vault(["env", "rename", "prod", "live", "--yes"])
        .fails_with(
            3,
            "vault: error: deploy/prod.yaml: prod was signed in earlier commits, and this file has another data key
vault:   somebody without a key may have made this file, and turned the signature off in .vault.yaml
vault: hint: git log -p deploy/prod.yaml shows who did
vault: hint: git checkout [..] -- deploy/prod.yaml, and git checkout [..] -- .vault.yaml, bring the signed one back
vault: hint: a writer: vault sign --accept-foreign prod shows what is in it, and asks
",
        );
    assert_eq!((sandbox.files(), sandbox.read(".vault.yaml")), before);
    // What somebody with its key has made, here a writer who turned the signature off, does.
    let own = team_of_three();
    team::reconfigure(&own, "    prod:\n", "    prod:\n        signed: false\n");
    own.vault(["sync", "prod", "--yes"]).succeeds();
    own.commit("unsigned");
    own.vault(["env", "rename", "prod", "live", "--yes"])
        .succeeds();
}

#[test]
fn an_environment_without_a_file_has_only_its_line_renamed() {
    let sandbox = configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    sandbox
        .vault(["env", "rename", "dev", "x", "--yes"])
        .succeeds()
        .says("vault: dev becomes x:\nvault:   it has no file yet\nvault: dev is x now; next: commit .vault.yaml\n");
    assert!(
        sandbox
            .read(".vault.yaml")
            .ends_with("    x: {recipients: [alice]}\n")
    );
    is_clean(&sandbox);
}

#[test]
fn a_name_that_is_changed_by_hand_does_not_make_a_stripped_file_a_new_one() {
    let sandbox = team_of_three();
    team::reconfigure(&sandbox, "    prod:\n", "    live:\n");
    sandbox.vault(["check", "live"]).fails(3);
    let text = sandbox.read("deploy/prod.yaml");
    let (stripped, _) = text.split_once("    x-vault:\n").unwrap();
    sandbox.write("deploy/prod.yaml", stripped);
    for line in [["sign", "live"], ["sync", "live"]] {
        let output = sandbox.vault(line).fails(3);
        assert!(
            output.stderr().starts_with(
                "vault: error: deploy/prod.yaml: earlier commits have this file signed as prod, not as live\n"
            ),
            "{}",
            output.stderr()
        );
    }
    // With a name that was given properly the same is what sops leaves behind.
    sandbox.write("deploy/prod.yaml", text);
    team::reconfigure(&sandbox, "    live:\n", "    prod:\n");
    sandbox
        .vault(["env", "rename", "prod", "live", "--yes"])
        .succeeds();
    sandbox.commit("live");
    let text = sandbox.read("deploy/prod.yaml");
    let (stripped, _) = text.split_once("    x-vault:\n").unwrap();
    sandbox.write("deploy/prod.yaml", stripped);
    sandbox.vault(["sign", "live", "--yes"]).succeeds();
    is_clean(&sandbox);
}
