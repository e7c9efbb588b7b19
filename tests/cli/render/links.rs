//! Symbolic links on the way to what is written in clear.

use std::{fs, os::unix::fs::symlink};

use super::TOKEN;
use crate::{sandbox::Sandbox, team, vaults::dev};

/// A work tree in which `run` is a link that leads out, and everything below it is ignored.
fn with_link() -> Sandbox {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    fs::create_dir_all(sandbox.path("elsewhere/secrets")).expect("a place for the test");
    symlink("../elsewhere", sandbox.work("run")).expect("a place for the test");
    sandbox.git(["add", "run"]);
    sandbox
}

fn is_untouched(sandbox: &Sandbox) {
    let secrets = sandbox.path("elsewhere/secrets");
    assert_eq!(
        fs::read_dir(secrets).expect("a place for the test").count(),
        0
    );
    assert_eq!(
        fs::read_dir(sandbox.path("elsewhere"))
            .expect("a place for the test")
            .count(),
        1
    );
}

#[test]
fn a_link_in_the_repository_does_not_lead_secrets_out() {
    let sandbox = with_link();
    for options in [
        &["--format", "docker-secrets", "-o", "run/secrets"][..],
        &[
            "--format",
            "docker-secrets",
            "--force",
            "--allow-in-git",
            "-o",
            "run/secrets/",
        ],
        &["--format", "docker-secrets", "--check", "-o", "run/secrets"],
        &["-o", "run/secrets"],
        &["--force", "--allow-in-git", "-o", "run/./secrets"],
        &["--check", "-o", "run/secrets"],
    ] {
        sandbox
            .vault(["render", "dev"].iter().chain(options))
            .fails_with(
                2,
                "vault: error: run/secrets leads through the symbolic link run
vault: hint: whoever commits decides where a link of a repository leads: nothing in clear goes through one
vault: hint: name the place itself (readlink -f run shows it), or take the link away
",
            );
        is_untouched(&sandbox);
    }
}

#[test]
fn a_link_in_the_repository_counts_however_it_is_reached() {
    let sandbox = with_link();
    fs::create_dir(sandbox.work("deep")).unwrap();
    symlink(sandbox.work("run"), sandbox.path("mine")).unwrap();
    let whole = sandbox.work("run/secrets/x");
    for path in ["../run/secrets/x", "../../mine/x", whole.to_str().unwrap()] {
        let output = sandbox
            .vault(["render", "dev", "-o", path, "--allow-in-git"])
            .within("deep")
            .fails(2);
        assert!(
            output
                .stderr()
                .contains(" leads through the symbolic link "),
            "{}",
            output.stderr()
        );
        is_untouched(&sandbox);
    }
    // Not only one that leads out: where it leads is for the next commit to say.
    fs::remove_file(sandbox.work("run")).unwrap();
    symlink("deep", sandbox.work("run")).unwrap();
    sandbox
        .vault(["render", "dev", "-o", "run/x", "--allow-in-git"])
        .fails(2);
    assert!(!sandbox.exists("deep/x"));
}

#[test]
fn a_link_outside_of_every_repository_is_followed() {
    let sandbox = with_link();
    symlink("elsewhere", sandbox.path("system")).unwrap();
    let place = sandbox.path("system/secrets");
    let place = place.to_str().unwrap();
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets", "-o", place])
        .succeeds();
    assert_eq!(sandbox.read(sandbox.path("elsewhere/secrets/TOKEN")), TOKEN);
    let file = sandbox.path("system/one.env");
    sandbox
        .vault(["render", "dev", "-o", file.to_str().unwrap()])
        .succeeds();
    assert!(sandbox.path("elsewhere/one.env").is_file());
}

#[test]
fn a_new_identity_does_not_go_through_a_link_of_a_repository() {
    let sandbox = team::alone();
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    symlink("../elsewhere", sandbox.work("keys")).unwrap();
    let output = sandbox.vault(["keygen", "-o", "keys/id.txt"]).fails(2);
    assert!(
        output
            .stderr()
            .starts_with("vault: error: keys/id.txt leads through the symbolic link keys\n"),
        "{}",
        output.stderr()
    );
    assert!(!sandbox.path("elsewhere/id.txt").exists());
}
