//! Somebody who can commit and has no key, and edits `.vault.yaml`.

use std::{fs, os::unix::fs::symlink};

use super::{CAROL, OUTSIDER, age_entries, base, clone, edit, everybody_refuses, line};
use crate::sandbox::Sandbox;

const PROD: &str =
    "    prod: { recipients: [alice, ci, dave], writers: [alice, dave], file: prod.yaml }\n";

/// Edits what the config says of prod.
fn prod(sandbox: &Sandbox, to: &str) {
    edit(sandbox, ".vault.yaml", PROD, &format!("    prod: {to}\n"));
}

/// Who can read and write a file, as it stands.
fn members(text: &str) -> String {
    let block = &text[text.find("        members:\n").expect("a log")..];
    let log = &block[..block.rfind("        signature:").expect("a signature")];
    format!("{}{log}", age_entries(text).concat())
}

/// alice sets a value; readers, writers and log stay byte for byte what they were.
#[track_caller]
fn a_write_changes_no_member(sandbox: &Sandbox, said: &str) {
    let before = sandbox.read("prod.yaml");
    sandbox.identity("alice");
    let output = sandbox
        .vault(["set", "prod", "NEW", "value"])
        .run()
        .succeeds();
    assert!(output.stderr().contains(said), "{}", output.stderr());
    assert!(
        output.stderr().contains("vault sync prod"),
        "{}",
        output.stderr()
    );
    let after = sandbox.read("prod.yaml");
    assert_ne!(before, after);
    assert_eq!(members(&before), members(&after));
    sandbox.vault(["check", "prod"]).fails(1);
}

#[test]
fn a_recipient_added_by_hand_reads_nothing() {
    let sandbox = clone();
    edit(
        &sandbox,
        ".vault.yaml",
        "recipients:\n",
        &format!("recipients:\n    mallory: {OUTSIDER}\n"),
    );
    prod(
        &sandbox,
        "{ recipients: [alice, ci, dave, mallory], writers: [alice, dave], file: prod.yaml }",
    );
    a_write_changes_no_member(&sandbox, "+ mallory reads");
    sandbox.identity("outsider");
    for command in [
        &["get", "prod", "PORT"][..],
        &["render", "prod"],
        &["set", "prod", "NEW", "value"],
    ] {
        sandbox.vault(command).fails(2).prints("");
    }
}

#[test]
fn a_writer_added_by_hand_writes_nothing() {
    let sandbox = clone();
    prod(
        &sandbox,
        "{ recipients: [alice, ci, dave], file: prod.yaml }",
    );
    a_write_changes_no_member(&sandbox, "~ ci reads and writes instead of reads");
    let before = sandbox.read("prod.yaml");
    sandbox.identity("bob");
    let output = sandbox
        .vault(["set", "prod", "NEW", "other"])
        .run()
        .fails(2);
    assert!(
        output
            .stderr()
            .contains("no identity of yours may write prod; writers are alice, dave")
    );
    assert_eq!(sandbox.read("prod.yaml"), before);
}

#[test]
fn a_recipient_dropped_by_hand_stops_every_write() {
    let sandbox = clone();
    prod(&sandbox, "{ recipients: [alice, dave], file: prod.yaml }");
    let before = sandbox.read("prod.yaml");
    sandbox.identity("alice");
    for command in [
        &["set", "prod", "NEW", "value"][..],
        &["set", "prod", "PORT", "1"],
        &["unset", "prod", "PORT"],
    ] {
        let output = sandbox.vault(command).run().fails(3);
        assert!(
            output
                .stderr()
                .contains("can still be read by ci, whom .vault.yaml no longer lists"),
            "{}",
            output.stderr()
        );
    }
    assert_eq!(sandbox.read("prod.yaml"), before);
    sandbox.vault(["check", "--keyless", "prod"]).fails(1);
}

#[test]
fn a_readers_key_replaced_by_hand_reads_nothing() {
    let sandbox = clone();
    let config = sandbox.read(".vault.yaml");
    edit(
        &sandbox,
        ".vault.yaml",
        line(&config, "ci:"),
        &format!("    ci: {OUTSIDER}"),
    );
    a_write_changes_no_member(&sandbox, "~ ci has another key");
    sandbox.identity("outsider");
    sandbox.vault(["get", "prod", "PORT"]).fails(2).prints("");
    sandbox.identity("bob");
    sandbox
        .vault(["get", "prod", "PORT"])
        .prints_secrets()
        .succeeds();
}

#[test]
fn a_writers_key_replaced_by_hand_signs_nothing_and_is_found_where_it_signed() {
    let sandbox = clone();
    let config = sandbox.read(".vault.yaml");
    edit(
        &sandbox,
        ".vault.yaml",
        line(&config, "alice:"),
        &format!("    alice: {CAROL}"),
    );
    everybody_refuses(
        &sandbox,
        "prod",
        "signed by alice, whom .vault.yaml does not list with that key",
    );
}

#[test]
fn a_write_that_the_config_would_not_vouch_for_is_not_made() {
    let sandbox = clone();
    sandbox.ssh_key();
    sandbox.vault(["set", "prod", "NEW", "value"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    edit(
        &sandbox,
        ".vault.yaml",
        line(&config, "alice:"),
        &format!("    alice: {CAROL}"),
    );
    let before = sandbox.read("prod.yaml");
    fs::remove_dir_all(sandbox.home(".ssh")).unwrap();
    sandbox.identity("alice");
    let set = || sandbox.vault(["set", "prod", "NEW", "other"]);
    let output = set().run().fails(3);
    let said = "does not list you with the key that you sign with";
    assert!(output.stderr().contains(said), "{}", output.stderr());
    assert_eq!(sandbox.read("prod.yaml"), before);
    // Of two identities the one signs that everybody accepts.
    sandbox.ssh_key();
    set().succeeds();
    sandbox.vault(["check", "prod", "--keyless"]).fails(1);
}

#[test]
fn a_layer_added_by_hand_is_not_read() {
    let sandbox = clone();
    edit(
        &sandbox,
        ".vault.yaml",
        "writers: [alice], file: dev.yaml",
        "writers: [alice], extends: clear, file: dev.yaml",
    );
    sandbox.identity("alice");
    let output = sandbox.vault(["render", "dev"]).prints_secrets().succeeds();
    assert!(!output.stdout().contains("LOG_LEVEL") && !output.stdout().contains("TOKEN"));
    sandbox
        .vault(["get", "dev", "LOG_LEVEL"])
        .fails(2)
        .prints("");
    let output = sandbox.vault(["check", "dev", "--keyless"]).run().fails(1);
    assert!(
        output.stderr().contains("~ extends clear"),
        "{}",
        output.stderr()
    );
}

#[test]
fn signed_false_beside_a_signed_file_is_refused() {
    let sandbox = clone();
    prod(
        &sandbox,
        "{ recipients: [alice, ci, dave], writers: [alice, dave], file: prod.yaml, signed: false }",
    );
    everybody_refuses(
        &sandbox,
        "prod",
        "the config says `signed: false`, but the file is signed",
    );
}

#[test]
fn an_unsigned_file_where_the_config_wants_a_signed_one_is_refused() {
    let sandbox = clone();
    edit(&sandbox, ".vault.yaml", ", signed: false", "");
    everybody_refuses(
        &sandbox,
        "unsigned",
        "unsigned.yaml: the file is not signed",
    );
}

#[test]
fn a_deleted_file_is_not_made_anew_while_head_has_it() {
    let sandbox = clone();
    sandbox.identity("alice");
    fs::remove_file(sandbox.work("prod.yaml")).unwrap();
    for command in [
        &["set", "prod", "NEW", "value"][..],
        &["get", "prod", "NEW"],
        &["render", "prod"],
        &["check", "prod"],
        &["sync", "--yes"],
    ] {
        let output = sandbox.vault(command).run().fails(3);
        assert!(
            output.stderr().contains("git checkout HEAD -- prod.yaml"),
            "{command:?}: {}",
            output.stderr()
        );
    }
    assert!(!sandbox.exists("prod.yaml"));
}

#[test]
fn a_file_pointed_elsewhere_is_not_made_anew_while_head_has_its_log() {
    let sandbox = clone();
    sandbox.identity("alice");
    edit(
        &sandbox,
        ".vault.yaml",
        "file: prod.yaml",
        "file: deploy/prod.yaml",
    );
    for command in [
        &["set", "prod", "NEW", "value"][..],
        &["get", "prod", "NEW"],
        &["check", "prod", "--keyless"],
    ] {
        sandbox.vault(command).run().fails(3);
    }
    assert!(!sandbox.exists("deploy"));
    // Moving the file along is no attack: an environment is a name, not a path.
    sandbox.write("deploy/prod.yaml", base("prod.yaml"));
    fs::remove_file(sandbox.work("prod.yaml")).unwrap();
    sandbox.vault(["check", "prod"]).succeeds();
}

#[test]
fn another_name_for_a_file_is_refused() {
    let sandbox = clone();
    edit(&sandbox, ".vault.yaml", "    prod: {", "    live: {");
    edit(&sandbox, ".vault.yaml", "default: prod", "default: live");
    everybody_refuses(
        &sandbox,
        "live",
        "prod.yaml: the file holds the environment prod",
    );
}

#[test]
fn the_id_of_the_repository_changed_or_taken_out_is_refused() {
    let sandbox = clone();
    let config = sandbox.read(".vault.yaml");
    let own = format!("{}\n", line(&config, "repository:"));
    edit(
        &sandbox,
        ".vault.yaml",
        &own,
        "repository: b7d1c3a59f2e4d6c8b0a1e3f5d7c9a2b\n",
    );
    everybody_refuses(
        &sandbox,
        "prod",
        "prod.yaml: the file belongs to another repository",
    );
    sandbox.write(".vault.yaml", config.replace(&own, ""));
    everybody_refuses(
        &sandbox,
        "prod",
        "the file is signed, but .vault.yaml has no `repository`",
    );
    sandbox.identity("alice");
    sandbox.vault(["sync", "--yes"]).fails(3);
    assert_eq!(sandbox.read(".vault.yaml"), config.replace(&own, ""));
}

#[test]
fn a_path_outside_in_git_behind_a_link_or_of_two_environments_is_refused() {
    let sandbox = clone();
    sandbox.identity("alice");
    let config = sandbox.read(".vault.yaml");
    let outside = sandbox.write(sandbox.path("outside/prod.yaml"), base("prod.yaml"));
    symlink(outside.parent().unwrap(), sandbox.work("linked")).unwrap();
    symlink(&outside, sandbox.work("link.yaml")).unwrap();
    let absolute = outside.display().to_string();
    for file in [
        "../outside/prod.yaml",
        "deploy/../../outside/prod.yaml",
        absolute.as_str(),
        ".git/prod.yaml",
        ".GIT/prod.yaml",
        "linked/prod.yaml",
        "link.yaml",
        "dev.yaml",
        "DEV.yaml",
        "./dev.yaml",
        ".vault.yaml",
    ] {
        sandbox.write(
            ".vault.yaml",
            config.replace("file: prod.yaml", &format!("file: {file}")),
        );
        for command in [
            &["get", "prod", "PORT"][..],
            &["set", "prod", "NEW", "value"],
            &["render", "prod"],
        ] {
            sandbox.vault(command).run().fails(2).prints("");
        }
    }
    assert_eq!(fs::read_to_string(outside).unwrap(), base("prod.yaml"));
    assert!(!sandbox.exists(".git/prod.yaml"));
}

/// A vault of alice in which dev inherits from common.
fn layered() -> Sandbox {
    let sandbox = Sandbox::with_git();
    sandbox.identity("alice");
    let own = base(".vault.yaml");
    let alice = line(&own, "alice:");
    let config = format!(
        "version: 1\nrecipients:\n{alice}\nenvironments:\n    common: {{ recipients: [alice], file: common.yaml }}\n    dev: {{ recipients: [alice], extends: common, file: dev.yaml }}\n"
    );
    sandbox.write(".vault.yaml", config);
    sandbox.vault(["set", "common", "PORT", "8080"]).succeeds();
    sandbox.vault(["set", "dev", "NAME", "here"]).succeeds();
    sandbox.commit("secrets");
    sandbox.vault(["get", "dev", "PORT"]).succeeds_with("8080");
    sandbox
}

/// Whatever reads dev is refused for this reason.
#[track_caller]
fn dev_is_refused(sandbox: &Sandbox, reason: &str) {
    for command in [
        &["get", "dev", "NAME"][..],
        &["render", "dev"],
        &["list", "dev"],
        &["run", "dev", "--", "true"],
    ] {
        let output = sandbox.vault(command).run().fails(3);
        assert!(
            output.stderr().contains(reason),
            "{command:?}: {}",
            output.stderr()
        );
        assert_eq!(output.stdout(), "");
    }
}

#[test]
fn a_layer_taken_away_forged_or_made_unsigned_by_hand_is_refused() {
    let sandbox = layered();
    let config = sandbox.read(".vault.yaml");
    let unsigned = config
        .replace(", extends: common", "")
        .replace("file: common.yaml", "file: common.yaml, signed: false");
    let gone = unsigned
        .lines()
        .filter(|line| !line.contains("common.yaml"));
    let gone: String = gone.map(|line| format!("{line}\n")).collect();
    let layer = sandbox.read("common.yaml");
    for (config, layer, reason) in [
        (
            &config,
            base("forged.yaml"),
            "common.yaml: the file is not signed",
        ),
        (
            &unsigned,
            base("forged.yaml"),
            "dev is signed, but extends common, which is not",
        ),
        (
            &unsigned,
            layer.clone(),
            "dev is signed, but extends common, which is not",
        ),
        (
            &gone,
            layer.clone(),
            "dev extends common, which .vault.yaml does not have",
        ),
        (
            &config,
            sandbox.read("dev.yaml"),
            "common.yaml: the file holds the environment dev",
        ),
    ] {
        sandbox.write(".vault.yaml", config);
        sandbox.write("common.yaml", layer);
        dev_is_refused(&sandbox, reason);
        sandbox.vault(["check", "--keyless"]).fails(3);
    }
}

/// Makes a whole file with sops and public keys only, mallory's among them, and turns the signature off; `false` without sops.
fn forge_unsigned(sandbox: &Sandbox) -> bool {
    let plain = sandbox.work("plain.yaml");
    sandbox.write(&plain, "PORT: 1\n");
    let mallory = OUTSIDER.split(' ').next().expect("an age key");
    let prod_now = sandbox.read("prod.yaml");
    let alice = prod_now
        .split("recipient: ")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .expect("a recipient");
    let both = format!("{mallory},{alice}");
    let Some(run) = sandbox.sops(["encrypt", "--age", both.as_str(), "plain.yaml"]) else {
        return false;
    };
    let forged = run.prints_secrets().succeeds();
    fs::remove_file(&plain).expect("it was written");
    sandbox.write(sandbox.work("prod.yaml"), forged.stdout());
    prod(
        sandbox,
        "{ recipients: [alice, ci, dave], file: prod.yaml, signed: false }",
    );
    true
}

#[test]
fn a_forged_file_with_the_signature_turned_off_is_found_and_not_written_to() {
    let sandbox = clone();
    if !forge_unsigned(&sandbox) {
        return;
    }
    sandbox.commit("less noise");
    let before = sandbox.read("prod.yaml");
    let keyless = sandbox.vault(["check", "--keyless", "prod"]).fails(3);
    assert!(
        keyless
            .stderr()
            .contains("prod was signed in earlier commits, and nothing here tells that this file has their data key")
    );
    sandbox.identity("alice");
    for command in [
        &["check", "prod"][..],
        &["get", "prod", "PORT"],
        &["set", "prod", "NEW", "value"],
        &["sync", "prod", "--yes"],
        &["unset", "prod", "PORT"],
    ] {
        let output = sandbox.vault(command).fails(3);
        assert!(
            output
                .stderr()
                .contains("somebody without a key may have made this file"),
            "{}",
            output.stderr()
        );
    }
    assert_eq!(sandbox.read("prod.yaml"), before);
}

#[test]
fn a_file_that_history_has_is_not_made_anew_although_head_has_it_no_longer() {
    let sandbox = clone();
    fs::remove_file(sandbox.work("prod.yaml")).unwrap();
    sandbox.commit("tidy");
    sandbox.identity("alice");
    for command in [
        &["set", "prod", "NEW", "value"][..],
        &["get", "prod", "NEW"],
        &["check", "--keyless", "prod"],
        &["sync", "--yes"],
    ] {
        let output = sandbox.vault(command).fails(3);
        assert!(
            output
                .stderr()
                .contains("had a signed one in earlier commits"),
            "{command:?}: {}",
            output.stderr()
        );
    }
    assert!(!sandbox.exists("prod.yaml"));
}
