//! A recipient who only reads: a CI runner or a service that somebody has taken over.

use super::{base, clone, corpus, everybody_refuses, line, signed_by};
use crate::sandbox::Sandbox;

#[test]
fn a_reader_cannot_write() {
    let sandbox = clone();
    sandbox.identity("bob");
    sandbox
        .vault(["get", "prod", "PORT"])
        .prints_secrets()
        .succeeds_with("543210987");
    let files = sandbox.files();
    for command in [
        &["set", "prod", "NEW", "value"][..],
        &["set", "prod", "PORT", "1"],
        &["unset", "prod", "PORT"],
    ] {
        let output = sandbox.vault(command).run().fails(2);
        assert!(
            output
                .stderr()
                .contains("no identity of yours may write prod; writers are alice, dave"),
            "{}",
            output.stderr()
        );
    }
    assert_eq!(sandbox.read("prod.yaml"), base("prod.yaml"));
    assert_eq!(sandbox.files(), files);
}

#[test]
fn what_a_reader_writes_with_sops_is_refused_by_everybody() {
    let sandbox = clone();
    let Some(run) = sandbox.sops(["set", "prod.yaml", "[\"PORT\"]", "1"]) else {
        return;
    };
    let key = Sandbox::fixture("keys/bob.txt");
    run.variable("SOPS_AGE_KEY_FILE", &key).succeeds();
    let opened = sandbox
        .sops(["decrypt", "--extract", "[\"PORT\"]", "prod.yaml"])
        .unwrap();
    let opened = opened.variable("SOPS_AGE_KEY_FILE", key).succeeds();
    assert_eq!(opened.stdout().trim(), "1");
    everybody_refuses(&sandbox, "prod", "prod.yaml: the file is not signed");
    // With the block put back, which sops has dropped, it is not what was signed.
    let block = base("prod.yaml");
    let block = &block[block.find("    x-vault:").unwrap()..];
    sandbox.write("prod.yaml", format!("{}{block}", sandbox.read("prod.yaml")));
    let output = sandbox.vault(["check", "prod", "--keyless"]).run();
    output.fails(3);
}

#[test]
fn what_a_reader_signs_with_their_own_key_is_refused_by_everybody() {
    let sandbox = clone();
    let other_key = "not signed by anybody who may write: the signature is made with another key";
    let changed = base("prod.yaml").replace("BLANK: \"\"", "BLANK: null");
    sandbox.write("prod.yaml", signed_by(&changed, "bob"));
    everybody_refuses(&sandbox, "prod", other_key);
    for (name, reason) in [
        ("signed-by-a-reader", other_key),
        (
            "log-grown-by-a-reader",
            "an entry of the log signed by ci, who could not write then",
        ),
        (
            "log-reader-made-a-writer-by-itself",
            "an entry of the log signed by ci, who could not write then",
        ),
        (
            "taken-over-by-a-reader",
            "an entry of the log signed by ci, who could not write then",
        ),
    ] {
        sandbox.write("prod.yaml", corpus(name));
        everybody_refuses(&sandbox, "prod", reason);
    }
}

#[test]
fn a_reader_cannot_sync_or_sign_themselves_in() {
    let sandbox = clone();
    let config = sandbox.read(".vault.yaml");
    let own = line(&config, "prod:").to_owned();
    sandbox.write(
        ".vault.yaml",
        config.replace(
            &own,
            "    prod: { recipients: [alice, ci, dave], file: prod.yaml }",
        ),
    );
    sandbox.identity("bob");
    for command in [&["sync", "--yes"][..], &["sync", "prod", "--yes"]] {
        sandbox.vault(command).run().fails(2);
    }
    assert_eq!(sandbox.read("prod.yaml"), base("prod.yaml"));
    // Stripped first, so that it is to be signed anew.
    sandbox.write("prod.yaml", corpus("block-removed"));
    for command in [
        &["sign", "prod", "--yes"][..],
        &["sign", "prod", "--accept-foreign", "prod", "--yes"],
        &["sync", "prod", "--yes"],
    ] {
        let output = sandbox.vault(command).run();
        assert!(
            [2, 3].contains(&output.code()),
            "{command:?}: {}",
            output.stderr()
        );
    }
    assert_eq!(sandbox.read("prod.yaml"), corpus("block-removed"));
}
