//! `vault render` to standard output.

use super::{TOKEN, unmasked};
use crate::{
    peers,
    sandbox::NOBODY,
    vaults::{dev, set},
};

#[test]
fn r20_a_file_behind_standard_output_is_private_whatever_the_umask() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    unmasked(&sandbox, "render dev >.env").succeeds();
    assert_eq!(sandbox.mode(".env"), 0o600);
    assert_eq!(sandbox.read(".env"), "TOKEN=hunter2-API-token\n");
    sandbox.chmod(".env", 0o666);
    unmasked(&sandbox, "get dev TOKEN >>.env").succeeds();
    assert_eq!(sandbox.mode(".env"), 0o600);
    // What holds no secret is left as it is.
    unmasked(&sandbox, "list dev >keys").succeeds();
    assert_eq!(sandbox.mode("keys"), 0o666);
}

#[test]
fn r20_a_file_of_somebody_else_behind_standard_output_is_told_where_others_can_read_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("out", "");
    if std::os::unix::fs::chown(sandbox.work("out"), Some(NOBODY), Some(NOBODY)).is_err() {
        return peers::skip("the tests do not run as root");
    }
    let warned = "vault: warning: standard output is a file of another user, and not only they can read it: its mode stays\n";
    for (mode, said) in [(0o600, ""), (0o622, ""), (0o640, warned), (0o604, warned)] {
        sandbox.chmod("out", mode);
        for line in [&["render", "dev"][..], &["get", "dev", "TOKEN"]] {
            sandbox.vault(line).stdout_to("out").succeeds().says(said);
            assert!(sandbox.read("out").contains(TOKEN));
            assert_eq!(sandbox.mode("out"), mode);
        }
    }
    // What holds no secret is for everybody.
    sandbox
        .vault(["list", "dev"])
        .stdout_to("out")
        .succeeds()
        .says("");
}

#[test]
fn r20_the_mode_is_set_before_the_first_byte() {
    let Some(strace) = peers::program("strace") else {
        return;
    };
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("out", "");
    sandbox.chmod("out", 0o666);
    sandbox
        .program(
            strace,
            [
                "-f",
                "-o",
                "trace",
                "-e",
                "trace=fchmod,write",
                env!("CARGO_BIN_EXE_vault"),
                "render",
                "dev",
            ],
        )
        .stdout_to("out")
        .succeeds();
    assert_eq!(sandbox.mode("out"), 0o600);
    let trace = sandbox.read("trace");
    let calls: Vec<&str> = trace
        .lines()
        .filter_map(|line| line.split_once(' ').map(|(_, call)| call.trim_start()))
        .filter(|call| call.starts_with("fchmod(") || call.starts_with("write(1,"))
        .collect();
    assert!(calls[0].starts_with("fchmod("), "{trace}");
    assert!(calls[0].contains("0600"), "{trace}");
    assert!(
        calls
            .iter()
            .skip(1)
            .all(|call| call.starts_with("write(1,")),
        "{trace}"
    );
}

#[test]
fn r64_what_does_not_arrive_is_a_failure() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    for line in [
        &["render", "dev"][..],
        &["render", "dev", "--format", "json"],
        &["get", "dev", "TOKEN"],
        &["list"],
        &["list", "--reveal"],
        &["check"],
        &["whoami"],
    ] {
        sandbox
            .vault(line)
            .stdout_to("/dev/full")
            .fails(2)
            .says("vault: error: cannot write to standard output: No space left on device (os error 28)\n");
    }
}

#[test]
fn r64_a_reader_who_left_ends_it_without_a_word_and_not_with_0() {
    let Some(bash) = peers::program("bash") else {
        return;
    };
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    set(&sandbox, "dev", "LARGE", &"0123456789abcdef".repeat(16_384));
    let script = r#""$0" render dev | head -c 5; echo " ${PIPESTATUS[0]}""#;
    let output = sandbox
        .program(bash, ["-c", script, env!("CARGO_BIN_EXE_vault")])
        .succeeds_with("TOKEN 141\n");
    assert_eq!(output.stderr(), "");
}

#[test]
fn it_prints_to_a_terminal_because_that_is_asking_for_it() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let Some(terminal) = sandbox.on_terminal(["render", "dev"]) else {
        return;
    };
    let output = terminal.prints_secrets().run().succeeds();
    assert_eq!(output.stdout(), "TOKEN=hunter2-API-token\n");
}
