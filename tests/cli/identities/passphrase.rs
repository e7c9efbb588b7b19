//! An identity behind a passphrase: how it is asked for, and what becomes of the terminal.

use crate::{peers, sandbox::Sandbox};

/// The passphrase of every locked fixture.
const PASSPHRASE: &str = "open sesame";

fn locked(sandbox: &Sandbox, fixture: &str) -> String {
    let path = sandbox.copy(format!("keys/{fixture}"), sandbox.path(fixture));
    sandbox.chmod(&path, 0o600);
    path.to_str().expect("a path of ASCII").to_owned()
}

#[test]
fn r50_a_passphrase_is_asked_on_the_terminal_and_not_shown() {
    let sandbox = Sandbox::new();
    let passphrase = sandbox.secret(PASSPHRASE);
    let age = locked(&sandbox, "alice_locked.age");
    let ssh = locked(&sandbox, "ssh_ed25519_locked");
    let Some(terminal) = sandbox.on_terminal(["whoami", "--unlock", "-i", &age, "-i", &ssh]) else {
        return;
    };
    // Standard output is a file: the question still comes to the terminal.
    let shown = terminal
        .stdout_to("out")
        .sees("alice_locked.age (-i): ")
        .types(&passphrase)
        .sees("ssh_ed25519_locked (-i): ")
        .types(&format!("{passphrase}x\u{7f}"))
        .run()
        .succeeds();
    assert!(!shown.stdout().contains("age1"));
    let out = sandbox.read("out");
    assert!(out.contains("age1zwx"), "{out}");
    assert!(!out.contains("locked with"), "{out}");
}

#[test]
fn r50_three_wrong_passphrases_are_enough() {
    let sandbox = Sandbox::new();
    let path = locked(&sandbox, "alice_locked.age");
    let Some(mut terminal) = sandbox.on_terminal(["whoami", "--unlock", "-i", &path]) else {
        return;
    };
    for _ in 0..3 {
        terminal = terminal
            .sees("Passphrase of ")
            .types("wrong passphrase of mine")
            .sees("vault: wrong passphrase");
    }
    let shown = terminal.run().fails(2);
    assert!(
        shown
            .stdout()
            .contains("stays locked after 3 wrong passphrases")
    );
    assert!(!shown.stdout().contains("of mine"));
}

#[test]
fn r83_a_passphrase_without_a_terminal_fails_at_once() {
    let sandbox = Sandbox::new();
    let path = locked(&sandbox, "alice_locked.age");
    sandbox
        .vault(["whoami", "--unlock", "-i", &path])
        .stdin(PASSPHRASE)
        .fails_with(
            2,
            "vault: error: the identity from [ROOT]/alice_locked.age (-i) is locked with a passphrase: there is no terminal to ask on
vault: hint: without a terminal, give an identity that is not locked: VAULT_IDENTITY, VAULT_IDENTITY_FILE or VAULT_IDENTITY_CMD
",
        );
}

/// What a person does at a prompt, and how the program ends then.
fn ends(keys: &str, signal: &str) -> String {
    let sandbox = Sandbox::new();
    let path = locked(&sandbox, "alice_locked.age");
    let vault = env!("CARGO_BIN_EXE_vault");
    // The killer waits until nothing is shown any more. The shell outlives the keys, which reach the whole group.
    let killer = format!(
        "(until [ -s pid ] && stty -a </dev/tty | grep -q -e ' -echo '; do :; done; kill -{signal} $(cat pid)) &"
    );
    let script = format!(
        r#"trap : INT QUIT; stty -a >before; {}
sh -c 'echo $$ >pid; exec "$0" whoami --unlock -i "$1"' {vault} {path}; code=$?
stty -a >after; cmp before after && echo "same terminal, code $code.""#,
        if signal.is_empty() { "" } else { &killer }
    );
    let terminal = sandbox.on_terminal(["-c", &script]);
    let terminal = terminal.expect("it was looked for").program("/bin/sh");
    let terminal = terminal.sees("Passphrase of ");
    let terminal = match keys {
        "" => terminal,
        keys => terminal.presses(keys),
    };
    let output = terminal.sees("same terminal, code ").sees(".").run();
    let shown = output.succeeds().stdout().to_owned();
    assert!(!shown.contains("half"), "{shown}");
    let (_, code) = shown.rsplit_once("code ").expect("it was waited for");
    code.trim_end_matches(".\n").to_owned()
}

#[test]
fn r50_the_terminal_is_restored_after_every_end() {
    if peers::program("expect").is_none() {
        return;
    }
    for (keys, signal, code) in [
        ("open sesame\r", "", "0"),
        ("half\u{3}", "", "130"),
        ("half\u{1c}", "", "131"),
        ("\u{4}", "", "2"),
        ("", "TERM", "143"),
        ("", "HUP", "129"),
        ("", "INT", "130"),
    ] {
        assert_eq!(ends(keys, signal), code, "{keys:?} {signal}");
    }
}

#[test]
fn what_cannot_be_typed_is_refused_and_not_dropped() {
    let sandbox = Sandbox::new();
    let path = locked(&sandbox, "alice_locked.age");
    let Some(terminal) = sandbox.on_terminal(["whoami", "--unlock", "-i", &path]) else {
        return;
    };
    let shown = terminal
        .sees("Passphrase of ")
        .presses("open\tsesame\r")
        .run()
        .fails(2);
    assert!(
        shown
            .stdout()
            .contains("control characters cannot be typed here")
    );
}
