//! `vault keygen`.

use std::fs;

use crate::{peers, sandbox::Sandbox};

const DEFAULT: &str = "config/vault/identity.txt";

#[test]
fn an_identity_is_written_privately_and_its_line_printed() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .vault(["keygen"])
        .succeeds_with("age1[..] ssh-ed25519 AAAA[..]\n")
        .says("vault: wrote a new identity to [ROOT]/config/vault/identity.txt\n");
    let path = sandbox.path(DEFAULT);
    assert_eq!(sandbox.mode(&path), 0o600);
    assert_eq!(sandbox.mode(sandbox.path("config/vault")), 0o700);
    let text = sandbox.read(&path);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("# created: 20"), "{}", lines[0]);
    let recipient = output.stdout().split(' ').next().unwrap();
    assert_eq!(lines[1], format!("# public key: {recipient}"));
    assert!(lines[2].starts_with("AGE-SECRET-KEY-1"));
    assert_eq!(lines.len(), 3);
    let shown = sandbox.vault(["whoami"]).succeeds();
    assert!(shown.stdout().starts_with(output.stdout()));
}

#[test]
fn the_file_is_private_under_any_umask() {
    let sandbox = Sandbox::new();
    for (umask, name) in [("000", "a"), ("077", "b"), ("0777", "c")] {
        let path = sandbox.path(name);
        let script = format!("umask {umask}; exec \"$0\" keygen -o {}", path.display());
        sandbox
            .program("/bin/sh", ["-c", &script, env!("CARGO_BIN_EXE_vault")])
            .succeeds();
        assert_eq!(sandbox.mode(&path), 0o600, "{umask}");
    }
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let sandbox = Sandbox::new();
    let path = sandbox.identity("alice");
    let before = sandbox.read(&path);
    let said =
        "vault: error: [ROOT]/config/vault/identity.txt exists already, and is never overwritten
vault: hint: vault whoami shows the identities that you have
vault: hint: vault keygen -o FILE makes another one
";
    sandbox.vault(["keygen"]).fails_with(2, said);
    sandbox
        .vault(["keygen", "--passphrase"])
        .fails_with(2, said);
    assert_eq!(sandbox.read(&path), before);
}

#[test]
fn a_link_that_leads_nowhere_is_not_followed() {
    let sandbox = Sandbox::new();
    let target = sandbox.path("elsewhere");
    let link = sandbox.path("link");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    sandbox
        .vault(["keygen", "-o", link.to_str().unwrap()])
        .fails(2);
    assert!(!target.exists());
}

#[test]
fn an_identity_is_never_printed_nor_written_into_a_work_tree() {
    let sandbox = Sandbox::with_git();
    sandbox.vault(["keygen", "-o", "-"]).fails_with(
        2,
        "vault: error: an identity is never printed, because it would stay in logs and on screens
vault: hint: write it to a file: -o FILE
",
    );
    sandbox.vault(["keygen", "-o", "id.txt"]).fails_with(
        2,
        "vault: error: id.txt lies inside the work tree [ROOT]/work, where it would be committed one day
vault: hint: leave out -o, or choose a place outside
",
    );
    sandbox
        .vault(["keygen", "-o", "nowhere/id.txt"])
        .fails_with(
            2,
            "vault: error: cannot write nowhere/id.txt: No such file or directory (os error 2)\n",
        );
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_relative_place_counts_from_where_the_person_stands() {
    let sandbox = Sandbox::new();
    sandbox.write("inner/x", "");
    sandbox
        .vault(["-C", "inner", "keygen", "-o", "id.txt"])
        .succeeds();
    assert!(sandbox.exists("id.txt"));
    assert!(!sandbox.exists("inner/id.txt"));
}

#[test]
fn without_a_home_there_is_no_default_place() {
    let sandbox = Sandbox::new();
    sandbox.unset("XDG_CONFIG_HOME");
    sandbox.unset("HOME");
    sandbox.vault(["keygen"]).fails_with(
        2,
        "vault: error: neither XDG_CONFIG_HOME nor HOME is an absolute path
vault: hint: set HOME, or XDG_CONFIG_HOME, to a directory of yours
vault: hint: vault keygen -o FILE writes it elsewhere
",
    );
}

#[test]
fn a_full_disk_leaves_no_half_identity() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("id.txt");
    // A file may not grow beyond 0 blocks: the write fails, as on a full disk. Its signal is ignored to get the error.
    let script = format!(
        "trap '' XFSZ; ulimit -f 0; exec \"$0\" keygen -o {}",
        path.display()
    );
    let output = sandbox
        .program("/bin/sh", ["-c", &script, env!("CARGO_BIN_EXE_vault")])
        .fails(2);
    assert!(output.stderr().contains("cannot write"));
    assert!(!path.exists());
}

#[test]
fn a_line_that_cannot_be_printed_is_an_error() {
    let sandbox = Sandbox::new();
    let output = sandbox.vault(["keygen"]).stdout_to("/dev/full").fails(2);
    assert!(output.stderr().ends_with(
        "vault: error: cannot write to standard output: No space left on device (os error 28)\n"
    ));
}

#[test]
fn a_passphrase_is_asked_twice_and_locks_the_identity() {
    let sandbox = Sandbox::new();
    let passphrase = sandbox.secret("open sesame");
    let Some(terminal) = sandbox.on_terminal(["keygen", "--passphrase"]) else {
        return;
    };
    terminal
        .sees("New passphrase: ")
        .types(&passphrase)
        .sees("Once more: ")
        .types("another")
        .sees("they differ")
        .sees("New passphrase: ")
        .types("")
        .sees("locks nothing")
        .sees("New passphrase: ")
        .types(&passphrase)
        .sees("Once more: ")
        .types(&passphrase)
        .sees("age1")
        .run()
        .succeeds();
    let path = sandbox.path(DEFAULT);
    assert_eq!(sandbox.mode(&path), 0o600);
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n")
    );
    sandbox.vault(["whoami"]).succeeds_with(
        "(unknown)
    from         [ROOT]/config/vault/identity.txt
    note         locked with a passphrase; `vault whoami --unlock` shows its public key
",
    );
    sandbox
        .on_terminal(["whoami", "--unlock"])
        .expect("it was there")
        .sees("Passphrase of ")
        .types(&passphrase)
        .sees("age1")
        .run()
        .succeeds();
}

#[test]
fn a_key_for_recovery_is_locked_and_says_what_to_do_with_it() {
    let sandbox = Sandbox::new();
    sandbox.vault(["keygen", "--recovery"]).fails(2);
    let passphrase = sandbox.secret("correct horse of recovery");
    let path = sandbox.path("recovery.txt");
    let file = path.to_str().expect("text");
    let Some(terminal) = sandbox.on_terminal(["keygen", "--recovery", "-o", file]) else {
        return;
    };
    terminal
        .sees("New passphrase: ")
        .types(&passphrase)
        .sees("Once more: ")
        .types(&passphrase)
        .sees("keep the paper, and the passphrase in another place")
        .sees("vault recipients add recovery 'age1")
        .sees("' --env ENV…")
        .sees("ssh-ed25519")
        .run()
        .succeeds();
    let text = sandbox.read(&path);
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));
    assert_eq!(sandbox.mode(&path), 0o600);
}

#[test]
fn a_passphrase_without_a_terminal_is_refused_at_once() {
    let sandbox = Sandbox::new();
    sandbox
        .vault(["keygen", "--passphrase"])
        .stdin("open sesame\nopen sesame\n")
        .fails_with(
            2,
            "vault: error: no passphrase was chosen: there is no terminal to ask on\n",
        );
    assert!(!sandbox.path(DEFAULT).exists());
}

#[test]
fn age_reads_an_identity_that_was_made() {
    let sandbox = Sandbox::new();
    let Some(age) = peers::program("age") else {
        return;
    };
    let line = sandbox.vault(["keygen"]).succeeds();
    let recipient = line.stdout().split(' ').next().unwrap().to_owned();
    sandbox
        .program(&age, ["-r", &recipient, "-o", "sealed"])
        .stdin("text")
        .succeeds();
    let identity = sandbox.path(DEFAULT);
    sandbox
        .program(&age, ["-d", "-i", identity.to_str().unwrap(), "sealed"])
        .succeeds_with("text");
}

#[test]
fn in_a_vault_the_key_for_recovery_comes_with_the_command_that_adds_it_everywhere() {
    let sandbox = crate::team::configured(
        &[("alice", crate::team::ALICE)],
        "    dev: {recipients: [alice]}\n    prod: {recipients: [alice]}\n",
    );
    let passphrase = sandbox.secret("correct horse of recovery");
    let path = sandbox.path("recovery.txt");
    let file = path.to_str().expect("text");
    let Some(terminal) = sandbox.on_terminal(["keygen", "--recovery", "-o", file]) else {
        return;
    };
    terminal
        .sees("New passphrase: ")
        .types(&passphrase)
        .sees("Once more: ")
        .types(&passphrase)
        .sees("' --env dev prod")
        .run()
        .succeeds();
}
