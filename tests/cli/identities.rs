//! Where identities come from, and under which conditions they are used: through `vault whoami`, which looks at all of them.

mod passphrase;

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{peers, sandbox::Sandbox};

/// An identity that is not marked as public, so that the rules for real ones count.
fn unmarked(sandbox: &Sandbox, place: &str) -> String {
    let text = fs::read_to_string(Sandbox::fixture("keys/alice.txt")).expect("a key");
    let path = sandbox.path(place);
    sandbox.write(&path, text.replace("# vault: public test identity\n", ""));
    sandbox.chmod(&path, 0o600);
    path.to_str().expect("a path of ASCII").to_owned()
}

#[test]
fn r48_a_discovered_identity_that_others_can_read_is_refused() {
    let sandbox = Sandbox::new();
    let path = unmarked(&sandbox, "config/vault/identity.txt");
    sandbox.give_to_nobody();
    sandbox.vault(["whoami"]).by_nobody().succeeds();
    for mode in [0o644, 0o640, 0o602] {
        sandbox.chmod(&path, mode);
        sandbox.vault(["whoami"]).by_nobody().fails(2).says(&format!(
            "vault: error: identity from [ROOT]/config/vault/identity.txt: it is open to others (mode {mode:04o})
vault: hint: chmod 600 [ROOT]/config/vault/identity.txt
"
        ));
    }
}

#[test]
fn r48_a_discovered_identity_of_another_user_is_refused() {
    let sandbox = Sandbox::new();
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return;
    }
    unmarked(&sandbox, "config/vault/identity.txt");
    sandbox.give_to_nobody();
    sandbox.vault(["whoami"]).fails(2).says(
        "vault: error: identity from [ROOT]/config/vault/identity.txt: it belongs to another user (uid 65534)
vault: hint: if it is meant to be used, name it: -i FILE, or VAULT_IDENTITY_FILE
",
    );
}

#[test]
fn r48_a_mounted_secret_that_is_named_works_with_one_warning() {
    let sandbox = Sandbox::new();
    let path = unmarked(&sandbox, "mounted");
    sandbox.chmod(&path, 0o444);
    sandbox
        .vault(["whoami"])
        .variable("VAULT_IDENTITY_FILE", &path)
        .by_nobody()
        .succeeds()
        .says("vault: warning: the identity [ROOT]/mounted is open to others (mode 0444)\n");
}

#[test]
fn a_home_of_another_user_is_as_good_as_an_empty_one() {
    let sandbox = Sandbox::new();
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return;
    }
    unmarked(&sandbox, "config/vault/identity.txt");
    sandbox.chmod(sandbox.path("config"), 0o700);
    let named = unmarked(&sandbox, "mounted");
    sandbox.chmod(&named, 0o444);
    sandbox
        .vault(["whoami", "-i", &named])
        .by_nobody()
        .succeeds();
}

#[test]
fn r49_an_identity_in_the_work_tree_is_refused_unless_it_is_marked() {
    let sandbox = Sandbox::with_git();
    sandbox.write("inner/x", "");
    unmarked(&sandbox, "work/id.txt");
    for folder in ["", "inner"] {
        let name = if folder.is_empty() {
            "id.txt"
        } else {
            "../id.txt"
        };
        sandbox
            .vault(["whoami", "-i", name])
            .within(folder)
            .fails(2)
            .says(&format!(
                "vault: error: identity from {name} (-i): the identity {name} lies inside the work tree
vault: hint: move it out of the repository, for instance to ~/.config/vault/identity.txt
"
            ));
    }
    sandbox.copy("keys/alice.txt", "id.txt");
    sandbox
        .vault(["whoami", "-i", "id.txt"])
        .succeeds()
        .says("vault: id.txt is a public test identity: whatever it opens is no secret\n");
}

#[test]
fn relative_files_count_from_where_the_person_stands() {
    let sandbox = Sandbox::new();
    sandbox.copy("keys/alice.txt", "id.txt");
    sandbox.write("inner/x", "");
    sandbox
        .vault(["-C", "inner", "-i", "id.txt", "whoami"])
        .succeeds();
    sandbox
        .vault(["-C", "inner", "whoami"])
        .variable("VAULT_IDENTITY_FILE", "id.txt")
        .succeeds();
    sandbox
        .vault(["-C", "inner", "-i", "../id.txt", "whoami"])
        .fails(2);
}

#[test]
fn a_private_key_in_the_place_of_a_file_is_not_repeated() {
    let sandbox = Sandbox::with_git();
    let text = fs::read_to_string(Sandbox::fixture("keys/alice.txt")).expect("a key");
    let key = text
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-1"));
    let key = key.expect("it is in there");
    sandbox.write("sub/file", "");
    let small = key.to_lowercase();
    for key in [key, &small, &key[..key.len() - 1]] {
        sandbox.secret(key);
        let glued = format!("-i{key}");
        let said = "this is a private key, where a file is to be named
vault: hint: put it into a file that nobody else can read, and name that; VAULT_IDENTITY takes the key itself
";
        for line in [
            &["-i", key, "get", "dev", "A"][..],
            &["-C", "sub", &glued, "get", "dev", "A"],
            &["whoami", "--identity", key],
            &["-i", key, "git", "install"],
        ] {
            let error = format!("vault: error: -i: {said}");
            sandbox.vault(line).fails_with(2, &error);
        }
        for name in [
            "VAULT_IDENTITY_FILE",
            "SOPS_AGE_KEY_FILE",
            "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
        ] {
            let error = format!("vault: error: identity from {name}: {said}");
            let whoami = sandbox.vault(["whoami"]).variable(name, key);
            whoami.fails(2).says(&error);
        }
        for (argument, line) in [
            ("--output <FILE>", &["keygen", "-o", key][..]),
            ("--output <PATH>", &["render", "dev", "-o", key]),
            ("--output <DIR>", &["man", "--output", key]),
            (
                "--from-file <FILE>",
                &["set", "dev", "A", "--from-file", key],
            ),
            ("--recovery <FILE>", &["init", "--recovery", key]),
            ("<FILE>", &["import", "dev", key]),
            ("-C <DIR>", &["-C", key, "whoami"]),
        ] {
            let command = if line[0] == "-C" { line[2] } else { line[0] };
            let error = format!(
                "vault: error: {argument}: this is a private key, where a file is to be named
vault: hint: vault {command} --help
"
            );
            sandbox.vault(line).fails_with(2, &error);
        }
    }
    // A name that only looks a little like one is a name.
    sandbox.vault(["-i", "age-secret-key-1.txt", "whoami"]).fails_with(
        2,
        "vault: error: identity from age-secret-key-1.txt (-i): cannot read it: No such file or directory (os error 2)
",
    );
}

#[test]
fn a_private_key_in_the_place_of_a_key_is_neither_written_nor_repeated() {
    let sandbox = crate::vaults::dev(&[("A", "one")]);
    let text = fs::read_to_string(Sandbox::fixture("keys/alice.txt")).expect("a key");
    let identity = text
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-1"))
        .expect("it is in there");
    sandbox.secret(identity);
    for line in [
        &["set", "dev", identity, "value"][..],
        &["get", "dev", identity],
        &["unset", "dev", identity],
    ] {
        let said = sandbox.vault(line).fails(2);
        assert!(
            said.stderr().contains("this is a private key"),
            "{}",
            said.stderr()
        );
    }
    let is_no_name =
        "this is a private key, and no name of a key: names stand in the file in clear\n";
    for (format, text) in [
        ("dotenv", format!("A=1\n{identity}=x\n")),
        ("json", format!("{{\"M\": {{\"{identity}\": 1}}}}")),
        ("yaml", format!("L: [{{{identity}: 1}}]\n")),
    ] {
        let import = ["import", "dev", "-", "--format", format];
        let said = sandbox.vault(import).stdin(text).fails(2);
        assert!(said.stderr().ends_with(is_no_name), "{}", said.stderr());
    }
    sandbox
        .vault(["edit", "dev"])
        .variable("KEY", identity)
        .variable(
            "VAULT_EDITOR",
            "sh -c 'printf \"A: one\\n%s: x\\n\" \"$KEY\" > \"$0\"'",
        )
        .fails(2)
        .says(&format!(
            "vault: editing secrets/dev.yaml, which alice can read
vault: error: the text cannot be written like this
vault:   2:1: {is_no_name}vault:   what you typed is kept, encrypted to your key: dev-[..]Z
vault: hint: vault edit dev --resume goes on with it
"
        ));
}

#[test]
fn no_message_repeats_a_private_key_wherever_it_was_typed() {
    let sandbox = crate::vaults::dev(&[("A", "one")]);
    sandbox.git(["init", "--quiet"]);
    let text = fs::read_to_string(Sandbox::fixture("keys/alice.txt")).expect("a key");
    let key = text
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-1"))
        .expect("it is in there");
    sandbox.secret(key);
    for line in [
        &["render", "dev", "--only", key][..],
        &["git", "resolve", key],
        &["git", "update", key],
        &["diff", key],
        &["check", "--base", key],
        &["render", key],
        &["env", "add", key],
        &["recipients", "add", "bob", key],
        &["run", "dev", "--", key],
        &[key],
        &["help", key],
    ] {
        let said = sandbox.vault(line).run();
        assert_ne!(said.code(), 0, "{}", said.stderr());
    }
    sandbox.vault(["render", "dev", "--only", key]).fails_with(
        2,
        "vault: error: no key matches `AGE-SECRET-KEY-1…`
vault: hint: a pattern is the path of a key as vault list shows it, with * and ? for what may differ
",
    );
}

#[test]
fn a_pipe_of_the_shell_is_an_identity_file() {
    let sandbox = Sandbox::new();
    let bash = peers::program("bash");
    let Some(bash) = bash else { return };
    sandbox.copy("keys/alice.txt", "alice");
    sandbox.give_to_nobody();
    // Nobody runs a copy that the first run makes.
    sandbox.vault(["--version"]).by_nobody().succeeds();
    let vault = match sandbox.is_root() {
        true => sandbox.path("vault"),
        false => env!("CARGO_BIN_EXE_vault").into(),
    };
    let script = "\"$0\" -i <(cat alice) whoami && \"$0\" -i /dev/stdin whoami <alice";
    let run = sandbox.program(bash, ["-c".as_ref(), script.as_ref(), vault.as_os_str()]);
    run.by_nobody().succeeds();
}

#[test]
fn r51_a_command_for_an_identity_gets_none_of_the_variables() {
    let sandbox = Sandbox::new();
    let script = sandbox.write(
        sandbox.path("manager"),
        format!(
            "#!/bin/sh\nenv | sort > {}\ncat {}\n",
            sandbox.path("seen").display(),
            Sandbox::fixture("keys/alice.txt").display()
        ),
    );
    sandbox.chmod(&script, 0o755);
    let bob = fs::read_to_string(Sandbox::fixture("keys/bob.txt")).unwrap();
    sandbox
        .vault(["whoami"])
        .variable("VAULT_IDENTITY_CMD", &script)
        .variable("VAULT_IDENTITY", &bob)
        .variable("SOPS_AGE_KEY", &bob)
        .variable("VAULT_TRUST", "x")
        .variable("VAULT_TOKEN", "theirs")
        .succeeds();
    let seen = fs::read_to_string(sandbox.path("seen")).unwrap();
    assert!(seen.contains("VAULT_TOKEN=theirs\n"));
    for name in ["VAULT_IDENTITY", "VAULT_TRUST", "SOPS_AGE"] {
        assert!(!seen.contains(name), "{seen}");
    }
}

#[test]
fn hashicorps_variables_change_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.home(".vault-token"), "token");
    let plain = sandbox.vault(["whoami"]).fails(2);
    let run = sandbox.vault(["whoami"]);
    let theirs = ["VAULT_ADDR", "VAULT_TOKEN", "VAULT_FORMAT", "VAULT_CACERT"];
    let run = theirs
        .iter()
        .fold(run, |run, name| run.variable(name, "json"));
    assert_eq!(run.fails(2).stderr(), plain.stderr());
}

#[test]
fn r46_an_identity_that_would_take_too_long_is_refused_at_once() {
    let sandbox = Sandbox::new();
    let armored = fs::read_to_string(Sandbox::fixture("keys/alice_locked.age")).unwrap();
    let body: String = armored
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let mut file = STANDARD.decode(body).unwrap();
    let at = file.windows(4).position(|part| part == b" 10\n").unwrap();
    file[at..at + 4].copy_from_slice(b" 22\n");
    let path = sandbox.write(sandbox.path("slow.age"), file);
    sandbox.chmod(&path, 0o600);
    sandbox
        .vault(["whoami", "--unlock", "-i", path.to_str().unwrap()])
        .fails(2)
        .says("vault: error: identity from [ROOT]/slow.age (-i): the identity file asks for scrypt work factor 22; at most 20 is tried\n");
}

#[test]
fn r62_nothing_of_the_process_can_be_read_by_another_of_the_same_user() {
    let sandbox = Sandbox::new();
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return;
    }
    // The command that prints the identity is a child, and looks at its parent.
    let script = "#!/bin/sh\ncat /proc/$PPID/environ >/dev/null || cat \"$0.identity\"\n";
    let manager = sandbox.write(sandbox.path("manager"), script);
    sandbox.chmod(&manager, 0o755);
    sandbox.copy("keys/alice.txt", sandbox.path("manager.identity"));
    sandbox.give_to_nobody();
    let output = sandbox
        .vault(["whoami"])
        .variable("VAULT_IDENTITY_CMD", &manager)
        .by_nobody()
        .succeeds();
    assert!(output.stderr().contains("Permission denied"));
}

#[test]
fn r62_no_core_is_dumped() {
    let sandbox = Sandbox::new();
    let script = "#!/bin/sh\nulimit -S -c >&2; cat \"$0.identity\"\n";
    let manager = sandbox.write(sandbox.path("manager"), script);
    sandbox.chmod(&manager, 0o755);
    sandbox.copy("keys/alice.txt", sandbox.path("manager.identity"));
    let output = sandbox
        .vault(["whoami"])
        .variable("VAULT_IDENTITY_CMD", &manager)
        .succeeds();
    assert_eq!(output.stderr(), "0\n");
}
