//! A writer who is led to sign what somebody without a key has made.

use std::collections::BTreeMap;

use vault::{
    keys::Member,
    members::Origin,
    sealed::{Opened, Signer},
    value::{KeyPath, Name, Node, Scalar},
};

use super::{base, clone, corpus, edit, identity};
use crate::sandbox::Sandbox;

fn stripped(text: &str) -> String {
    text[..text.find("    x-vault:").expect("a block")].to_owned()
}

/// A file of prod that mallory, the outsider, has begun: for everybody, and for mallory.
fn of_mallory() -> String {
    let true_one = base(".vault.yaml");
    let member = |who: &str| -> (Name, Member) {
        let line = super::line(&true_one, &format!("{who}:"));
        let line = line.trim().trim_start_matches(&format!("{who}: "));
        (
            who.parse().expect("a name"),
            line.parse().expect("a member"),
        )
    };
    let mut members: BTreeMap<Name, Member> = ["alice", "dave"].map(member).into();
    let (ci, reads) = member("ci");
    members.insert(ci, reads.reading_only());
    let mallory = identity("outsider");
    members.insert("mallory".parse().expect("a name"), mallory.member());
    let origin = Origin {
        repository: "5c0e6a1f9b7d4c2e8a3f10d2b4c6e8f0".to_owned(),
        environment: "prod".parse().expect("an environment"),
        rule: vec![("unencrypted_regex".to_owned(), "^$".to_owned())],
        extends: Vec::new(),
    };
    let now = "2026-11-23T08:00:00Z";
    let mut opened = Opened::create(origin, members.clone(), now).expect("a file");
    let value = Node::Scalar(Scalar::str("s3cr3t-forged"));
    opened.set(&KeyPath::key("PORT"), &value).expect("a value");
    let signer = Signer::among(std::slice::from_ref(&mallory), &members);
    let sealed = opened.seal(signer.as_ref(), now).expect("a signature");
    sealed.text().to_string()
}

/// Neither `sign` nor `sync` signs what is there.
#[track_caller]
fn nobody_signs(sandbox: &Sandbox, file: &str) {
    let before = sandbox.read(file);
    sandbox.identity("alice");
    for command in [
        &["sign", "prod", "--yes"][..],
        &["sign", "--all", "--yes"],
        &["sync", "--yes"],
    ] {
        let output = sandbox.vault(command).run().fails(3);
        assert_eq!(
            sandbox.read(file),
            before,
            "{command:?}: {}",
            output.stderr()
        );
    }
}

#[test]
fn a_file_made_with_public_keys_only_is_not_signed_over() {
    let sandbox = clone();
    sandbox.write("prod.yaml", base("forged.yaml"));
    nobody_signs(&sandbox, "prod.yaml");
    sandbox.commit("an edit by sops, honestly");
    nobody_signs(&sandbox, "prod.yaml");
}

#[test]
fn a_forged_file_at_another_path_is_not_taken_for_one_that_never_was_signed() {
    let sandbox = clone();
    edit(
        &sandbox,
        ".vault.yaml",
        "file: prod.yaml",
        "file: deploy/prod.yaml",
    );
    sandbox.write("deploy/prod.yaml", base("forged.yaml"));
    nobody_signs(&sandbox, "deploy/prod.yaml");
    sandbox.commit("a better place");
    nobody_signs(&sandbox, "deploy/prod.yaml");
}

#[test]
fn what_took_the_place_of_a_signed_environment_step_by_step_is_not_signed_either() {
    let sandbox = clone();
    sandbox.write("prod.yaml", base("forged.yaml"));
    edit(
        &sandbox,
        ".vault.yaml",
        "file: prod.yaml",
        "file: prod.yaml, signed: false",
    );
    sandbox.commit("sops for prod");
    edit(&sandbox, ".vault.yaml", "default: prod", "default: live");
    edit(&sandbox, ".vault.yaml", "    prod: {", "    live: {");
    edit(
        &sandbox,
        ".vault.yaml",
        "file: prod.yaml",
        "file: live.yaml",
    );
    std::fs::rename(sandbox.work("prod.yaml"), sandbox.work("live.yaml")).expect("a file");
    sandbox.commit("a better name");
    sandbox.identity("alice");
    let output = sandbox.vault(["sign", "live", "--yes"]).run().fails(3);
    assert!(
        output
            .stderr()
            .contains("live never was signed, and prod, which was in commit "),
        "{}",
        output.stderr()
    );
    edit(
        &sandbox,
        ".vault.yaml",
        "file: live.yaml, signed: false",
        "file: live.yaml",
    );
    sandbox.vault(["sync", "--yes"]).run().fails(3);
}

#[test]
fn a_signed_file_with_something_wrong_is_never_signed_over() {
    let sandbox = clone();
    for name in [
        "value-emptied",
        "signature-emptied",
        "log-grown-by-a-stranger",
        "recipient-added",
        "signed-by-a-reader",
    ] {
        sandbox.write("prod.yaml", corpus(name));
        nobody_signs(&sandbox, "prod.yaml");
    }
}

#[test]
fn a_log_that_a_stranger_has_begun_is_not_gone_on_with() {
    let sandbox = clone();
    let theirs = of_mallory();
    sandbox.write("prod.yaml", &theirs);
    super::everybody_refuses(
        &sandbox,
        "prod",
        "signed by mallory, whom .vault.yaml does not list with that key",
    );
    sandbox.commit("rotate");
    sandbox.write("prod.yaml", stripped(&theirs));
    sandbox.commit("an edit by sops, honestly");
    nobody_signs(&sandbox, "prod.yaml");
}
