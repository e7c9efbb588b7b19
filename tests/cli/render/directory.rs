//! `vault render --format docker-secrets -o DIR`.

use std::{fs, os::unix::fs::symlink};

use super::{TOKEN, unmasked};
use crate::vaults::{self, SECRET_FILES, dev};

#[test]
fn r19_one_private_file_for_each_key_without_a_final_newline() {
    let sandbox = dev(&[
        ("TOKEN", TOKEN),
        ("database.password", "hunter3-of-dev"),
        ("tls-cert.pem", "-----BEGIN\nx\n"),
        ("EMPTY", ""),
        ("CR", "a\r\nb"),
    ]);
    let output = unmasked(
        &sandbox,
        "render dev --format docker-secrets -o run/secrets",
    )
    .succeeds_with("");
    assert_eq!(
        output.stderr(),
        "vault: wrote dev to run/secrets: 5 files\n"
    );
    for (name, content) in [
        ("TOKEN", TOKEN),
        ("DATABASE_PASSWORD", "hunter3-of-dev"),
        ("TLS-CERT_PEM", "-----BEGIN\nx\n"),
        ("EMPTY", ""),
        ("CR", "a\r\nb"),
    ] {
        let path = format!("run/secrets/{name}");
        assert_eq!(sandbox.read(&path), content, "{name}");
        assert_eq!(sandbox.mode(&path), 0o600, "{name}");
    }
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
    assert_eq!(sandbox.mode("run"), 0o700);
    sandbox
        .vault(SECRET_FILES)
        .succeeds()
        .says("vault: run/secrets is up to date: 5 files\n");
}

#[test]
fn r19_names_cannot_leave_the_directory() {
    let sandbox = vaults::of_sops("negative/emptystr_added.yaml");
    let names = [
        "../../x",
        "/abs",
        ".",
        "..",
        "a/b",
        ".hidden",
        "con\u{e9}",
        &"x".repeat(254),
    ];
    let lines: String = names.iter().map(|name| format!("{name:?}: ''\n")).collect();
    let text = sandbox.read("enc.yaml");
    sandbox.write("enc.yaml", lines + &text);
    let output = sandbox.vault(SECRET_FILES).fails(2).prints("");
    let said = output.stderr();
    assert!(
        said.contains("vault: error: docker-secrets cannot carry 8 of the values\n"),
        "{said}"
    );
    for name in [
        "`\"../../x\"` is no file name",
        "`/abs` is no file name",
        "`\"..\"` is no file name",
        "has a name longer than 253 bytes",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(!sandbox.exists("run"));
    let dotted = dev(&[("a.b", "hunter2-value")]);
    dotted
        .vault([
            "render",
            "--separator",
            "/../",
            "--format",
            "docker-secrets",
            "-o",
            "run/secrets",
        ])
        .fails(2);
    assert!(!dotted.exists("run"));
}

#[test]
fn r19_links_are_never_followed() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    fs::create_dir(sandbox.work("run")).unwrap();
    symlink(sandbox.path("elsewhere"), sandbox.work("run/secrets")).unwrap();
    let line = [
        "render",
        "dev",
        "--format",
        "docker-secrets",
        "--force",
        "-o",
    ];
    for path in ["run/secrets", "run/secrets/"] {
        sandbox.vault(line.iter().chain(&[path])).fails_with(
            2,
            "vault: error: run/secrets is a symbolic link
vault: hint: secrets are never written through a link; name the directory itself
",
        );
    }
    assert_eq!(fs::read_dir(sandbox.path("elsewhere")).unwrap().count(), 0);
    fs::remove_file(sandbox.work("run/secrets")).unwrap();
    fs::create_dir(sandbox.work("run/secrets")).unwrap();
    sandbox.write(sandbox.path("elsewhere/file"), "untouched");
    symlink(
        sandbox.path("elsewhere/file"),
        sandbox.work("run/secrets/TOKEN"),
    )
    .unwrap();
    sandbox
        .vault(line.iter().chain(&["run/secrets"]))
        .fails_with(
            2,
            "vault: error: run/secrets/TOKEN is a symbolic link
vault: hint: secrets are never written through a link; name the file itself
",
        );
    assert_eq!(sandbox.read(sandbox.path("elsewhere/file")), "untouched");
}

#[test]
fn docker_secrets_need_a_directory() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets"])
        .fails_with(
            2,
            "vault: error: docker-secrets are files: they need a directory\nvault: hint: add -o run/secrets\n",
        );
    sandbox.write(".env", "");
    sandbox
        .vault(["render", "dev", "--format", "docker-secrets", "-o", ".env"])
        .fails_with(2, "vault: error: .env is not a directory\n");
}
