//! `vault render --check`.

use std::fs;

use super::TOKEN;
use crate::vaults::{SECRET_FILES, dev, set};

#[test]
fn a_file_is_compared_by_key_and_nothing_is_written() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OLD", "hunter3-old"), ("SAME", "x")]);
    let check = ["render", "dev", "-o", ".env", "--check"];
    let missing = sandbox
        .vault(check)
        .fails(1)
        .prints("+ TOKEN\n+ OLD\n+ SAME\n");
    missing.says("vault: .env is missing\n");
    assert!(!sandbox.exists(".env"));
    sandbox.vault(["render", "dev", "-o", ".env"]).succeeds();
    let same = sandbox.vault(check).succeeds_with("");
    same.says("vault: .env is up to date\n");
    set(&sandbox, "dev", "TOKEN", "hunter4-another");
    set(&sandbox, "dev", "NEW", "hunter5-new");
    sandbox.vault(["unset", "dev", "OLD"]).succeeds();
    sandbox.chmod(".env", 0o640);
    let before = sandbox.read(".env");
    sandbox
        .vault(check)
        .fails(1)
        .prints("+ NEW\n~ TOKEN\n- OLD\n! .env: mode 0640, not 0600\n")
        .says("vault: .env is not dev as it would be written\n");
    assert_eq!(sandbox.read(".env"), before);
    assert_eq!(sandbox.mode(".env"), 0o640);
}

#[test]
fn structured_files_are_compared_by_path_and_type() {
    let sandbox = dev(&[("a.b", "1"), ("hosts[0]", "x"), ("TOKEN", TOKEN)]);
    for (format, text) in [
        ("json", "{\"a\": {\"b\": 1}, \"hosts\": [\"x\", \"y\"]}"),
        ("yaml", "a: {b: 1}\nhosts: [x, y]\n"),
    ] {
        sandbox.write("run/secrets/file", text);
        sandbox.chmod("run/secrets/file", 0o600);
        sandbox
            .vault([
                "render",
                "dev",
                "--format",
                format,
                "-o",
                "run/secrets/file",
                "--check",
            ])
            .fails(1)
            .prints("+ TOKEN\n~ a.b\n- hosts[1]\n");
    }
}

#[test]
fn what_is_written_otherwise_or_cannot_be_read_is_told() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let check = ["render", "dev", "-o", ".env", "--check"];
    sandbox.write(".env", format!("# mine\nTOKEN='{TOKEN}'\n"));
    sandbox.chmod(".env", 0o600);
    sandbox.vault(check).fails_with(
        1,
        "vault: .env is not dev as it would be written: the keys and values are the same, written otherwise\n",
    );
    sandbox.write(".env", "notes\n");
    sandbox.vault(check).fails_with(
        1,
        "vault: .env is not dev as it would be written: it cannot be read to compare its keys\n",
    );
    sandbox
        .vault(["render", "dev", "--check"])
        .fails(2)
        .says("vault: error: missing: --output <PATH>\nvault: hint: usage: vault render [OPTIONS] [ENVIRONMENT]\n");
}

#[test]
fn a_set_is_compared_with_its_stale_files_and_modes() {
    let sandbox = dev(&[("TOKEN", TOKEN), ("OLD", "hunter3-old"), ("SAME", "x")]);
    let check = || sandbox.vault(SECRET_FILES.iter().chain(&["--check"]));
    check()
        .fails(1)
        .prints("+ TOKEN\n+ OLD\n+ SAME\n")
        .says("vault: run/secrets is missing\n");
    assert!(!sandbox.exists("run"));
    sandbox.vault(SECRET_FILES).succeeds();
    check()
        .succeeds_with("")
        .says("vault: run/secrets is up to date\n");
    sandbox.write("run/secrets/README", "theirs");
    check().succeeds();
    set(&sandbox, "dev", "TOKEN", "hunter4-another");
    set(&sandbox, "dev", "NEW", "hunter5-new");
    sandbox.vault(["unset", "dev", "OLD"]).succeeds();
    sandbox.chmod("run/secrets/SAME", 0o604);
    check()
        .fails(1)
        .prints("+ NEW\n~ TOKEN\n- OLD\n! SAME: mode 0604, not 0600\n")
        .says("vault: run/secrets is not dev as it would be written\n");
    assert_eq!(sandbox.read("run/secrets/OLD"), "hunter3-old");
    sandbox
        .vault(
            SECRET_FILES
                .iter()
                .chain(&["--check", "--mode", "0440", "--only", "SAME"]),
        )
        .fails(1)
        .prints("- OLD\n- TOKEN\n! SAME: mode 0604, not 0440\n");
    // What it tells a machine does not depend on git.
    fs::write(sandbox.work(".gitignore"), "").unwrap();
    check().fails(1);
}
