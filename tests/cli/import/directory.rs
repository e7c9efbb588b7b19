//! Directories of secret files.

use std::os::unix::fs::symlink;

use crate::{
    sandbox::Sandbox,
    team::{self, get},
    vaults::{self, SECRET_FILES},
};

const PEM: &str = "-----BEGIN-----\nabc\n-----END-----\n";

fn with_files() -> Sandbox {
    let sandbox = team::alone();
    sandbox.write("run/secrets/db_password", "hunter2\n");
    sandbox.write("run/secrets/TOKEN", "no-newline");
    sandbox.write("run/secrets/tls.pem", PEM);
    sandbox.write("run/secrets/.gitkeep", "");
    sandbox
}

#[test]
fn one_line_loses_its_line_end_and_a_key_in_pem_keeps_it() {
    let sandbox = with_files();
    sandbox
        .vault(["import", "dev", "run/secrets"])
        .succeeds()
        .says(
        "vault: warning: the line end is no part of the value (--verbatim keeps it): db_password
vault: + TOKEN
vault: + db_password
vault: + \"tls.pem\"
vault: writing 3 keys to secrets/dev.yaml for alice
vault: 3 keys of run/secrets are in dev: read back from secrets/dev.yaml and compared
vault: run/secrets still has the values in clear; --delete-source deletes it
",
    );
    assert_eq!(get(&sandbox, "dev", "db_password"), "hunter2");
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "no-newline");
    assert_eq!(get(&sandbox, "dev", "tls.pem"), PEM);
}

#[test]
fn verbatim_keeps_every_byte() {
    let sandbox = with_files();
    sandbox
        .vault(["import", "dev", "run/secrets", "--verbatim"])
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "db_password"), "hunter2\n");
    sandbox.write("a.json", "{}");
    sandbox
        .vault(["import", "dev", "a.json", "--verbatim"])
        .fails_with(
            2,
            "vault: error: --verbatim is for directories of secret files\n",
        );
}

#[test]
fn what_render_writes_comes_back() {
    let sandbox = team::alone();
    for (key, value) in [
        ("A", "x"),
        ("B", "two\nlines"),
        ("C", ""),
        ("D", " blanks "),
    ] {
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    sandbox.vault(SECRET_FILES).succeeds();
    let said = sandbox.vault(["import", "dev", "run/secrets"]).succeeds();
    assert!(
        said.stderr()
            .contains("4 keys of run/secrets were in dev already; nothing changed")
    );
}

#[test]
fn files_that_hold_no_text_are_told_all_at_once() {
    let sandbox = with_files();
    sandbox.write("run/secrets/binary", b"\xff\xfe");
    sandbox.write("run/secrets/other", b"a\xff");
    sandbox.vault(["import", "dev", "run/secrets"]).fails_with(
        2,
        "vault: error: 2 files of run/secrets hold no values
vault:   run/secrets/binary is not UTF-8 text: byte 0 cannot stand there
vault:   run/secrets/other is not UTF-8 text: byte 1 cannot stand there
vault: hint: a value is text in UTF-8; encode other data, for instance with base64
",
    );
}

#[test]
fn encrypted_files_are_no_values() {
    let sandbox = team::alone();
    vaults::set(&sandbox, "dev", "TOKEN", "t0ken");
    sandbox.vault(["import", "dev", "secrets"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml is encrypted
vault: hint: vault import dev secrets/dev.yaml takes over what is in it
vault: hint: vault set ENV KEY --from-file FILE takes it as it is for a value
",
    );
    sandbox.write("deploy/TOKEN", "t0ken");
    for name in ["a.yaml", "b"] {
        sandbox.copy(
            "sops/made/types/enc.yaml",
            sandbox.work("deploy").join(name),
        );
    }
    sandbox.vault(["import", "dev", "deploy"]).fails_with(
        2,
        "vault: error: 2 files of deploy hold no values
vault:   deploy/a.yaml is encrypted
vault:   deploy/b is encrypted
vault: hint: vault import dev deploy/a.yaml takes over what is in it
vault: hint: vault set ENV KEY --from-file FILE takes it as it is for a value
",
    );
    sandbox.vault(["import", "dev", ".git"]).fails_with(
        2,
        "vault: error: .git belongs to git: there are no values in it\n",
    );
}

#[test]
fn what_cannot_be_read_is_told_as_that() {
    let sandbox = with_files();
    symlink("nowhere", sandbox.work("run/secrets/KEY")).unwrap();
    sandbox.vault(["import", "dev", "run/secrets"]).fails_with(
        2,
        "vault: error: there is no file run/secrets/KEY
vault: hint: vault set ENV KEY --from-file FILE takes the others over, one by one
",
    );
}

#[test]
fn links_that_lead_out_of_the_directory_are_not_followed() {
    let sandbox = with_files();
    sandbox.write(sandbox.path("home/id_rsa"), "the-private-key-of-somebody");
    symlink(sandbox.path("home/id_rsa"), sandbox.work("run/secrets/KEY")).unwrap();
    let hints = "vault: hint: nothing is taken from outside of the directory; look where they lead
vault: hint: vault set ENV KEY --from-file FILE takes a file over that is meant
";
    sandbox.vault(["import", "dev", "run/secrets"]).fails_with(
        2,
        &format!(
            "vault: error: run/secrets/KEY is a symbolic link that leads out of run/secrets\n{hints}"
        ),
    );
    // One by way of a link inside, and a folder.
    symlink("../..", sandbox.work("run/secrets/..up")).unwrap();
    sandbox.write("beside", "not-meant");
    symlink("..up/beside", sandbox.work("run/secrets/BESIDE")).unwrap();
    symlink("/", sandbox.work("run/secrets/all")).unwrap();
    sandbox.vault(["import", "dev", "run/secrets"]).fails_with(
        2,
        &format!(
            "vault: error: 3 symbolic links lead out of run/secrets
vault:   run/secrets/BESIDE
vault:   run/secrets/KEY
vault:   run/secrets/all
{hints}"
        ),
    );
    sandbox.vault(["list", "dev"]).succeeds_with("");
    // The directory itself may be reached by a link that was named.
    for name in ["KEY", "BESIDE", "all"] {
        std::fs::remove_file(sandbox.work(format!("run/secrets/{name}"))).unwrap();
    }
    symlink("run/secrets", sandbox.work("link")).unwrap();
    sandbox.vault(["import", "dev", "link"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "no-newline");
}

#[test]
fn secrets_as_kubernetes_mounts_them_are_read_and_stay() {
    let sandbox = team::alone();
    sandbox.write("mount/..2026/TOKEN", "value-of-it");
    symlink("..2026", sandbox.work("mount/..data")).unwrap();
    symlink("..data/TOKEN", sandbox.work("mount/TOKEN")).unwrap();
    sandbox
        .vault(["import", "dev", "mount", "--delete-source"])
        .fails(2);
    assert!(sandbox.exists("mount/TOKEN"));
    sandbox.vault(["import", "dev", "mount"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "value-of-it");
}

#[test]
fn of_a_directory_with_hidden_files_alone_it_is_said_that_they_do_not_count() {
    let sandbox = team::alone();
    sandbox.write("mount/.TOKEN", "value-of-it");
    std::fs::create_dir(sandbox.work("nothing")).unwrap();
    sandbox.vault(["import", "dev", "mount"]).fails_with(
        2,
        "vault: error: mount has no keys
vault: hint: files whose names begin with a dot are left out: give them other names
",
    );
    sandbox
        .vault(["import", "dev", "nothing"])
        .fails_with(2, "vault: error: nothing has no keys\n");
}
