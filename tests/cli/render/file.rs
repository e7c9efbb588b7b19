//! `vault render -o FILE`.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, symlink},
};

use super::{TOKEN, unmasked};
use crate::{peers, vaults::dev};

#[test]
fn r20_a_written_file_is_private_from_its_first_byte() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let output = unmasked(&sandbox, "render dev -o .env").succeeds_with("");
    assert_eq!(output.stderr(), "vault: wrote dev to .env\n");
    assert_eq!(sandbox.mode(".env"), 0o600);
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    let before = fs::metadata(sandbox.work(".env")).unwrap();
    let output = unmasked(&sandbox, "render dev -o .env").succeeds();
    assert_eq!(output.stderr(), "vault: .env is up to date\n");
    let after = fs::metadata(sandbox.work(".env")).unwrap();
    assert_eq!(before.ino(), after.ino());
    sandbox.chmod(".env", 0o644);
    unmasked(&sandbox, "render dev -o .env").succeeds();
    assert_eq!(sandbox.mode(".env"), 0o600);
    let Some(strace) = peers::program("strace") else {
        return;
    };
    fs::remove_file(sandbox.work(".env")).unwrap();
    let arguments = [
        "-f",
        "-o",
        "trace",
        "-e",
        "trace=openat,open,creat,chmod,fchmod,fchmodat",
        env!("CARGO_BIN_EXE_vault"),
        "render",
        "dev",
        "-o",
        ".env",
    ];
    sandbox.program(strace, arguments).succeeds();
    let trace = sandbox.read("trace");
    let made: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains("O_CREAT") || line.contains("O_TMPFILE"))
        .collect();
    assert!(!made.is_empty());
    let is_new = |line: &str| line.contains("O_EXCL") || line.contains("O_TMPFILE");
    assert!(
        made.iter()
            .all(|line| is_new(line) && line.contains(", 0600)")),
        "{trace}"
    );
}

#[test]
fn a_file_with_other_content_is_replaced_by_force_only() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write(".env", "MINE=by-hand\n");
    sandbox.vault(["render", "dev", "-o", ".env"]).fails_with(
        2,
        "vault: error: .env is already there with other content
vault: hint: --force replaces it; what is in it and not in the vault is gone then
",
    );
    assert_eq!(sandbox.read(".env"), "MINE=by-hand\n");
    sandbox
        .vault(["render", "dev", "-o", ".env", "--force"])
        .succeeds();
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    assert_eq!(sandbox.mode(".env"), 0o600);
}

#[test]
fn r21_a_link_is_never_followed() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("target", "untouched\n");
    symlink("target", sandbox.work(".env")).unwrap();
    for force in [&[][..], &["--force"]] {
        let line = ["render", "dev", "-o", ".env"].iter().chain(force);
        sandbox.vault(line).fails_with(
            2,
            "vault: error: .env is a symbolic link
vault: hint: secrets are never written through a link; name the file itself
",
        );
    }
    assert_eq!(sandbox.read("target"), "untouched\n");
    sandbox
        .vault(["render", "dev", "-o", "/dev/null", "--force"])
        .fails_with(2, "vault: error: /dev/null is not a regular file\n");
    sandbox
        .vault(["render", "dev", "-o", "secrets", "--force"])
        .fails(2);
}

#[test]
fn r21_what_cannot_be_written_leaves_the_old_file() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("run/secrets/file", "old\n");
    sandbox.give_to_nobody();
    sandbox.chmod("run/secrets", 0o555);
    sandbox
        .vault(["render", "dev", "-o", "run/secrets/file", "--force"])
        .by_nobody()
        .fails_with(2, "vault: error: run/secrets/file is read-only\n");
    assert_eq!(sandbox.read("run/secrets/file"), "old\n");
    sandbox.chmod("run/secrets", 0o755);
    sandbox
        .vault(["render", "dev", "-o", "missing/.env"])
        .fails(2);
}

#[test]
fn paths_count_from_where_the_person_stands() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("inner/x", "");
    sandbox
        .vault(["-C", "..", "render", "dev", "-o", ".env"])
        .within("inner")
        .succeeds();
    assert!(sandbox.exists("inner/.env"));
}
