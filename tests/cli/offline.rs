//! What holds for every command: no connection, and no waiting for somebody who is not there.

use crate::{
    peers,
    sandbox::{Run, Sandbox},
    team::{self, ALICE, BOB, alone, configured, reconfigure},
};

/// Every command that does something, with all that it needs.
const EVERYTHING: [&[&str]; 14] = [
    &["set", "dev", "NEW", "1"],
    &["get", "dev", "NEW"],
    &["list", "dev"],
    &["list", "dev", "--json"],
    &["render", "dev"],
    &["render", "dev", "--format", "json"],
    &["run", "dev", "--", "true"],
    &["check"],
    &["check", "--keyless"],
    &["sync", "--yes"],
    &["sign", "--all", "--yes"],
    &["unset", "dev", "NEW"],
    &["whoami"],
    &["--help"],
];

#[test]
fn no_command_opens_a_connection() {
    let Some(strace) = peers::program("strace") else {
        return;
    };
    let sandbox = alone();
    let trace = sandbox.path("trace");
    let vault = env!("CARGO_BIN_EXE_vault");
    let traced = |line: &[&str]| -> Run<'_> {
        let options = [
            "-f",
            "-e",
            "trace=network",
            "-o",
            trace.to_str().unwrap(),
            vault,
        ];
        sandbox
            .program(&strace, options.iter().chain(line))
            .prints_secrets()
    };
    // Where tracing is forbidden, as in some containers, this shows nothing.
    if traced(&["--version"]).run().code() != 0 {
        peers::skip("strace may not trace here");
        return;
    }
    for line in EVERYTHING {
        if line.first() == Some(&"sync") {
            reconfigure(&sandbox, "[alice]", "[alice, bob]");
            reconfigure(
                &sandbox,
                "\nrecipients:\n",
                &format!("\nrecipients:\n    bob: {BOB}\n"),
            );
        }
        traced(line).succeeds();
        let calls = sandbox.read(&trace);
        assert!(!calls.contains("socket("), "{line:?}:\n{calls}");
    }
}

#[test]
fn without_a_terminal_and_without_input_every_command_ends() {
    // The sandbox gives no terminal and an empty standard input, and ends what hangs.
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    for line in EVERYTHING {
        sandbox.vault(line).prints_secrets().succeeds();
    }
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    for line in [
        &["init"][..],
        &["set", "dev", "A"],
        &["sync"],
        &["keygen"],
        &["keygen", "--passphrase"],
        &[],
        &["set"],
    ] {
        sandbox
            .vault(line)
            .fails(if line == ["set", "dev", "A"] { 3 } else { 2 });
    }
    locked_identities_ask_nobody(&sandbox);
}

fn locked_identities_ask_nobody(sandbox: &Sandbox) {
    reconfigure(sandbox, "[alice]", "[alice, bob]");
    let locked = sandbox.path("config/vault/identity.txt");
    std::fs::remove_file(&locked).expect("it was there");
    sandbox.copy("keys/alice_locked.age", &locked);
    sandbox.chmod(&locked, 0o600);
    for line in [
        &["set", "dev", "A"][..],
        &["get", "dev", "A"],
        &["render", "dev"],
        &["unset", "dev", "A"],
        &["run", "dev", "--", "true"],
    ] {
        let output = sandbox.vault(line).run();
        let expected = if line.first() == Some(&"run") { 125 } else { 2 };
        assert_eq!(output.code(), expected, "{line:?}: {}", output.stderr());
        assert!(output.stderr().contains("terminal"), "{}", output.stderr());
    }
}

#[test]
fn a_write_that_the_system_refuses_leaves_everything_as_it_was() {
    let Some(strace) = peers::program("strace") else {
        return;
    };
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let file = "secrets/dev.yaml";
    let before = sandbox.read(file);
    let target = sandbox.work(file);
    let vault = env!("CARGO_BIN_EXE_vault");
    let with_fault = |fault: &str| {
        let inject = format!("inject={fault}");
        let options = [
            "-f",
            "-qq",
            "-P",
            target.to_str().unwrap(),
            "-e",
            &inject,
            "-o",
            "/dev/null",
            vault,
        ];
        let line = ["set", "dev", "A", "hunter2-API-token"];
        sandbox.program(&strace, options.iter().chain(&line)).run()
    };
    if sandbox
        .program(&strace, ["-o", "/dev/null", "true"])
        .run()
        .code()
        != 0
    {
        peers::skip("strace may not trace here");
        return;
    }
    for fault in [
        "rename,renameat,renameat2:error=EIO",
        "rename,renameat,renameat2:error=EROFS",
        "rename,renameat,renameat2:error=EACCES",
    ] {
        let output = with_fault(fault).fails(2);
        assert!(output.stderr().contains("vault: error: "));
        assert_eq!(sandbox.read(file), before);
        assert_eq!(sandbox.files().len(), 4);
    }
    team::get(&sandbox, "dev", "A");
}
