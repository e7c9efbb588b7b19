//! `vault init`.

use std::os::unix::fs::symlink;

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, DAVE, get},
};

const FILES: [&str; 5] = [
    ".gitattributes",
    ".gitignore",
    ".vault.yaml",
    "secrets/dev.yaml",
    "secrets/prod.yaml",
];

fn with_alice() -> Sandbox {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    sandbox
}

#[test]
fn flags_say_everything_and_the_result_passes_every_check() {
    let sandbox = with_alice();
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "prod", "--yes"])
        .succeeds_with("")
        .says(
            "vault: wrote .vault.yaml, secrets/dev.yaml, secrets/prod.yaml, .gitattributes, .gitignore
vault: git of this clone merges and shows secret files by key from now on
vault: next: vault set dev KEY, then commit these files
",
        );
    assert_eq!(sandbox.files(), FILES);
    assert_eq!(
        sandbox.read(".gitattributes"),
        ".vault.yaml text eol=lf merge=vault-config\nsecrets/**/*.yaml text eol=lf diff=vault merge=vault\n"
    );
    assert_eq!(
        sandbox.read(".gitignore"),
        ".env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????\n"
    );
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    alice: {ALICE}\n"))
    );
    sandbox.vault(["check"]).succeeds_with(
        "dev: ok (signed by alice, opens, 0 keys)\nprod: ok (signed by alice, opens, 0 keys)\n",
    );
    sandbox.vault(["set", "prod", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "prod", "A"), "1");
    let attribute = sandbox.git(["check-attr", "eol", "secrets/dev.yaml", ".vault.yaml"]);
    assert_eq!(
        attribute,
        "secrets/dev.yaml: eol: lf\n.vault.yaml: eol: lf\n"
    );
}

#[test]
fn what_no_flag_says_is_asked_for_and_has_a_default() {
    let sandbox = with_alice();
    sandbox.git(["config", "user.name", "Alice Example"]);
    let Some(terminal) = sandbox.on_terminal(["init"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault [alice]:")
        .types("")
        .sees("Environments [dev prod]:")
        .types("")
        .sees("Its file, outside of the repository, or nothing for none:")
        .types("")
        .sees("next: vault set dev KEY")
        .run()
        .succeeds();
    assert_eq!(sandbox.files(), FILES);
    assert!(sandbox.read(".vault.yaml").contains("    alice: age1"));
}

#[test]
fn a_key_for_recovery_is_offered_and_reads_and_writes_everything() {
    let sandbox = with_alice();
    let passphrase = sandbox.secret("correct horse of recovery");
    let Some(terminal) = sandbox.on_terminal(["init"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault")
        .types("alice")
        .sees("Environments [dev prod]:")
        .types("")
        .sees("a key for recovery can be printed and put away")
        .types("~/recovery.txt")
        .sees("New passphrase: ")
        .types(&passphrase)
        .sees("Once more: ")
        .types(&passphrase)
        .sees("next: vault set dev KEY")
        .sees("keep the paper, and the passphrase in another place")
        .run()
        .succeeds();
    let path = sandbox.home("recovery.txt");
    assert_eq!(sandbox.mode(&path), 0o600);
    assert!(
        sandbox
            .read(&path)
            .starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n")
    );
    sandbox.vault(["set", "prod", "A", "one"]).succeeds();
    sandbox.vault(["check"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(config.contains("    recovery: age1"), "{config}");
    // It lets somebody in whose own key is lost.
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    let file = path.to_str().expect("text");
    let line = [
        "-i",
        file,
        "recipients",
        "replace",
        "alice",
        crate::team::BOB,
        "--yes",
    ];
    let terminal = sandbox.on_terminal(line).expect("it was there");
    terminal
        .sees("assphrase")
        .types(&passphrase)
        .sees("alice has another key: dev, prod")
        .run()
        .succeeds();
}

#[test]
fn a_key_for_recovery_lies_outside_of_the_repository_and_is_locked() {
    let sandbox = with_alice();
    let line = ["init", "--name", "alice", "--yes", "--recovery"];
    let output = sandbox.vault(line).and(["recovery.txt"]).fails(2);
    output.says(
        "vault: error: recovery.txt lies inside the work tree [ROOT]/work, where it would be committed one day
vault: hint: choose a place outside
",
    );
    sandbox.vault(line).and(["../recovery.txt"]).fails_with(
        2,
        "vault: error: no passphrase was chosen: there is no terminal to ask on\n",
    );
    assert_eq!(sandbox.files(), [""; 0]);
    assert!(!sandbox.path("recovery.txt").exists());
}

#[test]
fn the_environment_to_work_in_becomes_the_default_wherever_it_is_named() {
    for (names, default) in [
        (["common", "dev", "prod"], "dev"),
        (["prod", "local", "staging"], "local"),
        (["live", "test", "demo"], "live"),
    ] {
        let sandbox = with_alice();
        let [one, two, three] = names;
        sandbox
            .vault(["init", "--name", "alice", "--env", one, two, three, "--yes"])
            .succeeds();
        let line = format!("default: {default}\n");
        assert!(sandbox.read(".vault.yaml").contains(&line), "{names:?}");
    }
}

#[test]
fn answers_are_taken_and_bad_ones_refused() {
    let sandbox = with_alice();
    let Some(terminal) = sandbox.on_terminal(["init"]) else {
        return;
    };
    terminal
        .sees("Your name in the vault")
        .types("bob")
        .sees("Environments [dev prod]:")
        .types("staging, live")
        .sees("nothing for none:")
        .types("")
        .run()
        .succeeds();
    let config = sandbox.read(".vault.yaml");
    assert!(config.contains("    bob: age1"));
    assert!(config.contains("default: staging\n"));
    assert!(sandbox.exists("secrets/live.yaml"));
    let sandbox = with_alice();
    let terminal = sandbox.on_terminal(["init"]).unwrap();
    let terminal = (0..3).fold(terminal, |terminal, _| {
        let terminal = terminal.sees("Your name in the vault");
        terminal.types("not a name")
    });
    terminal.sees("error:").sees(" name: ").run().fails(2);
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn who_gives_a_bad_answer_is_told_why_and_asked_again() {
    for none in ["n", "no", "None"] {
        let sandbox = with_alice();
        let Some(terminal) = sandbox.on_terminal(["init"]) else {
            return;
        };
        terminal
            .sees("Your name in the vault")
            .types("alice example")
            .sees("vault: name: ")
            .sees("Your name in the vault")
            .types("alice")
            .sees("Environments [dev prod]:")
            .types("dev/")
            .sees("vault: dev/: ")
            .sees("Environments [dev prod]:")
            .types("")
            .sees("nothing for none:")
            .types("recovery.txt")
            .sees("vault: recovery.txt lies inside the work tree ")
            .sees("nothing for none:")
            .types(none)
            .sees("next: vault set dev KEY")
            .run()
            .succeeds();
        assert_eq!(sandbox.files(), FILES);
        assert!(!sandbox.read(".vault.yaml").contains("recovery"));
    }
}

#[test]
fn without_a_terminal_it_must_be_told_to_ask_nothing() {
    let sandbox = with_alice();
    sandbox.vault(["init", "--name", "alice"]).fails_with(
        2,
        "vault: error: there is no terminal to ask
vault: hint: vault init --name NAME --env dev prod --yes
",
    );
    assert_eq!(sandbox.files(), [""; 0]);
    // Nobody knows a name: neither git nor the system.
    sandbox.vault(["init", "--yes"]).fails_with(
        2,
        "vault: error: your name is not known\nvault: hint: --name NAME\n",
    );
    sandbox
        .vault(["init", "--yes"])
        .variable("USER", "alice")
        .succeeds();
    assert_eq!(sandbox.files(), FILES);
}

#[test]
fn an_identity_is_made_where_there_is_none_and_only_its_owner_can_read_it() {
    let sandbox = Sandbox::with_git();
    let identity = sandbox.path("config/vault/identity.txt");
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds()
        .says(
            "vault: wrote a new identity to [ROOT]/config/vault/identity.txt; keep a copy of it in a safe place
vault: wrote .vault.yaml, secrets/dev.yaml, .gitattributes, .gitignore
vault: git of this clone merges and shows secret files by key from now on
vault: next: vault set dev KEY, then commit these files
",
        );
    assert_eq!(sandbox.mode(&identity), 0o600);
    assert_eq!(sandbox.mode(sandbox.path("config/vault")), 0o700);
    let line = sandbox.vault(["whoami"]).succeeds();
    let line = line.stdout().lines().next().unwrap();
    assert!(sandbox.read(".vault.yaml").contains(line));
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "A"), "1");
}

#[test]
fn an_identity_that_is_there_is_used_and_none_is_made() {
    let sandbox = Sandbox::with_git();
    let dave = sandbox.path("dave");
    sandbox.copy("keys/ssh_ed25519_locked", &dave);
    sandbox.chmod(&dave, 0o600);
    let dave = dave.to_str().unwrap();
    let Some(terminal) = sandbox.on_terminal(["-i", dave, "init", "--name", "dave", "--yes"])
    else {
        return;
    };
    terminal
        .sees("assphrase")
        .types("open sesame")
        .run()
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    dave: {DAVE}\n"))
    );
    assert!(!sandbox.exists(sandbox.path("config/vault")));
}

#[test]
fn a_locked_age_identity_is_unlocked_for_its_public_line() {
    let sandbox = Sandbox::with_git();
    let locked = sandbox.path("config/vault/identity.txt");
    sandbox.copy("keys/alice_locked.age", &locked);
    sandbox.chmod(&locked, 0o600);
    let output = sandbox.vault(["init", "--name", "alice", "--yes"]).fails(2);
    assert!(output.stderr().contains("terminal"), "{}", output.stderr());
    assert_eq!(sandbox.files(), [""; 0]);
    let Some(terminal) = sandbox.on_terminal(["init", "--name", "alice", "--yes"]) else {
        return;
    };
    terminal
        .sees("assphrase")
        .types("open sesame")
        .run()
        .succeeds();
    assert!(sandbox.read(".vault.yaml").contains(ALICE));
}

#[test]
fn the_ssh_key_of_the_person_is_used_where_nothing_else_is() {
    let sandbox = Sandbox::with_git();
    sandbox.ssh_key();
    sandbox
        .vault(["init", "--name", "dave", "--yes"])
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    dave: {DAVE}\n"))
    );
    assert!(!sandbox.exists(sandbox.path("config/vault")));
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "A"), "1");
}

#[test]
fn a_vault_that_is_there_is_left_alone_from_everywhere_in_it() {
    let sandbox = team::alone();
    let before = sandbox.read(".vault.yaml");
    std::fs::create_dir(sandbox.work("sub")).unwrap();
    for folder in ["", "sub"] {
        sandbox
            .vault(["init", "--name", "bob", "--env", "other", "--yes"])
            .within(folder)
            .fails_with(
                2,
                "vault: error: [..]/.vault.yaml is already there
vault: hint: vault set ENV KEY puts a value into it; vault whoami prints the line to add for somebody new
",
            );
    }
    assert_eq!(sandbox.read(".vault.yaml"), before);
    assert_eq!(sandbox.files().len(), 4);
}

#[test]
fn a_secrets_file_that_is_there_is_never_overwritten() {
    let sandbox = with_alice();
    sandbox.write("secrets/prod.yaml", "precious: true\n");
    sandbox
        .vault(["init", "--name", "alice", "--yes"])
        .fails_with(
            2,
            "vault: error: secrets/prod.yaml is there already
vault: hint: move it away, or choose other names with --env
",
        );
    assert_eq!(sandbox.files(), ["secrets/prod.yaml"]);
    assert_eq!(sandbox.read("secrets/prod.yaml"), "precious: true\n");
}

#[test]
fn lines_that_git_has_already_are_not_repeated_and_others_stay_as_they_are() {
    for (before, after) in [
        (
            "target/\n.env\n",
            "target/\n.env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????\n",
        ),
        (
            "no newline",
            "no newline\n.env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????\n",
        ),
        (
            "a\r\n.env.*\r\n",
            "a\r\n.env.*\r\n.env\r\n!.env.example\r\nrun/secrets/\r\n.*.vault-??????\r\n",
        ),
        (
            "a\r\n.env",
            "a\r\n.env\r\n.env.*\r\n!.env.example\r\nrun/secrets/\r\n.*.vault-??????\r\n",
        ),
        (
            ".env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????",
            ".env\n.env.*\n!.env.example\nrun/secrets/\n.*.vault-??????",
        ),
    ] {
        let sandbox = with_alice();
        sandbox.write(".gitignore", before);
        sandbox.write(".gitattributes", "*.png binary");
        sandbox
            .vault(["init", "--name", "alice", "--yes"])
            .succeeds();
        assert_eq!(sandbox.read(".gitignore"), after, "{before:?}");
        assert_eq!(
            sandbox.read(".gitattributes"),
            "*.png binary\n.vault.yaml text eol=lf merge=vault-config\nsecrets/**/*.yaml text eol=lf diff=vault merge=vault\n"
        );
        assert_eq!(
            sandbox.git(["check-ignore", ".env", ".env.local"]),
            ".env\n.env.local\n"
        );
        assert_eq!(
            sandbox.git(["check-attr", "eol", "secrets/dev.yaml"]),
            "secrets/dev.yaml: eol: lf\n"
        );
    }
}

#[test]
fn without_git_the_vault_is_where_the_person_stands() {
    let sandbox = Sandbox::new();
    team::log_in(&sandbox, "alice");
    std::fs::create_dir(sandbox.work("here")).unwrap();
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .within("here")
        .succeeds();
    assert!(sandbox.exists("here/.vault.yaml"));
    sandbox
        .vault(["set", "dev", "A", "1"])
        .within("here")
        .succeeds();
}

#[test]
fn within_a_repository_the_vault_is_at_its_root() {
    let sandbox = with_alice();
    std::fs::create_dir_all(sandbox.work("a/b")).unwrap();
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .within("a/b")
        .succeeds()
        .says(
            "vault: wrote .vault.yaml, secrets/dev.yaml, .gitattributes, .gitignore in [ROOT]/work
vault: git of this clone merges and shows secret files by key from now on
vault: next: vault set dev KEY, then commit these files
",
        );
    assert!(sandbox.exists(".vault.yaml"));
    sandbox
        .vault(["set", "dev", "A", "1"])
        .within("a/b")
        .succeeds();
    assert_eq!(get(&sandbox, "dev", "A"), "1");
}

#[test]
fn names_that_look_like_something_else_stay_names() {
    let names = ["123", "null", "no", "1e3", "2024-01-01", "0x1f", "True"];
    for name in names {
        let sandbox = with_alice();
        sandbox
            .vault(["init", "--name", name, "--env", name, "--yes"])
            .succeeds();
        sandbox.vault(["set", name, "A", "1"]).succeeds();
        assert_eq!(get(&sandbox, name, "A"), "1");
        assert_eq!(get(&sandbox, name, "A"), "1");
        sandbox.vault(["check", "--keyless"]).succeeds();
        let file = format!("secrets/{name}.yaml");
        let Some(sops) = sandbox.sops(["decrypt", &file]) else {
            return;
        };
        sops.variable("SOPS_AGE_KEY_FILE", sandbox.path("alice.txt"))
            .succeeds_with("A: \"1\"\n");
    }
}

#[test]
fn names_that_cannot_be_are_refused_before_anything_is_made() {
    for line in [
        &["--name", "../x"][..],
        &["--name", "a b"],
        &["--name", ""],
        &["--name", "alice", "--env", "../dev"],
        &["--name", "alice", "--env", "dev/../prod"],
        &["--name", "alice", "--env", "/dev"],
        &["--name", "alice", "--env", "dev", "dev"],
        &["--name", "alice", "--env", "dev", "DEV"],
        &["--name", "alice", "--env", "dev", "dev.yaml/x"],
    ] {
        let sandbox = Sandbox::with_git();
        sandbox.vault(["init", "--yes"].iter().chain(line)).fails(2);
        assert_eq!(sandbox.files(), [""; 0], "{line:?}");
        assert!(!sandbox.exists(sandbox.path("config/vault")), "{line:?}");
    }
}

#[test]
fn nothing_is_written_through_links_that_lead_out() {
    for link in [".gitignore", ".gitattributes", "secrets"] {
        let sandbox = with_alice();
        let outside = sandbox.path("outside");
        match link {
            "secrets" => std::fs::create_dir(&outside).unwrap(),
            _ => drop(sandbox.write(&outside, "mine\n")),
        }
        symlink(&outside, sandbox.work(link)).unwrap();
        let output = sandbox.vault(["init", "--name", "alice", "--yes"]).fails(2);
        assert!(
            output.stderr().contains("symbolic link"),
            "{}",
            output.stderr()
        );
        assert!(!sandbox.exists(".vault.yaml"));
        match link {
            "secrets" => assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0),
            _ => assert_eq!(sandbox.read(&outside), "mine\n"),
        }
    }
    let sandbox = with_alice();
    symlink(".git/config", sandbox.work(".gitignore")).unwrap();
    let before = sandbox.read(".git/config");
    sandbox.vault(["init", "--name", "alice", "--yes"]).fails(2);
    assert_eq!(sandbox.read(".git/config"), before);
}

#[test]
fn environments_in_folders_are_made() {
    let sandbox = with_alice();
    sandbox
        .vault(["init", "--name", "alice", "--env", "payments/prod", "--yes"])
        .succeeds();
    assert!(sandbox.exists("secrets/payments/prod.yaml"));
    sandbox.vault(["set", "payments/prod", "A", "1"]).succeeds();
    assert_eq!(
        sandbox.git(["check-attr", "eol", "secrets/payments/prod.yaml"]),
        "secrets/payments/prod.yaml: eol: lf\n"
    );
}

#[test]
fn a_link_in_the_place_of_a_file_of_git_is_refused_because_git_does_not_follow_it() {
    for name in [".gitignore", ".gitattributes"] {
        let sandbox = with_alice();
        sandbox.write("target", "target\n");
        symlink("target", sandbox.work(name)).unwrap();
        let run = ["init", "--name", "alice", "--env", "dev", "--yes"];
        sandbox.vault(run).fails_with(
            2,
            &format!(
                "vault: error: {name} is a symbolic link, which git does not follow; nothing is written
vault: hint: put a file in its place: cp {name} {name}.file && mv {name}.file {name}
"
            ),
        );
        assert_eq!(sandbox.files(), [name, "target"]);
        assert_eq!(sandbox.read("target"), "target\n");
    }
}

#[test]
fn a_line_that_only_looks_like_one_of_ours_is_not_taken_for_it() {
    let sandbox = with_alice();
    sandbox.write(".gitignore", ".env\t\nrun/secrets/  \r\n");
    sandbox.write(".env", "TOKEN=hunter2\n");
    let run = ["init", "--name", "alice", "--env", "dev", "--yes"];
    sandbox.vault(run).succeeds();
    assert_eq!(
        sandbox.read(".gitignore"),
        ".env\t\nrun/secrets/  \r\n.env\r\n.env.*\r\n!.env.example\r\n.*.vault-??????\r\n"
    );
    sandbox.git(["add", "--all"]);
    assert_eq!(sandbox.git(["ls-files", ".env"]), "");
}

#[test]
fn a_repository_that_is_not_read_is_told_with_what_is() {
    let sandbox = Sandbox::new();
    team::log_in(&sandbox, "alice");
    sandbox.git(["init", "--quiet", "--object-format=sha256"]);
    let run = ["init", "--name", "alice", "--env", "dev", "--yes"];
    sandbox.vault(run).fails_with(
        2,
        "vault: error: git: unknown object format 'sha256'
vault: hint: vault reads repositories of the usual object format only: git init --object-format=sha1 makes one
",
    );
}

#[test]
fn a_link_on_the_way_to_the_secrets_is_told_with_what_to_do() {
    let sandbox = with_alice();
    std::fs::create_dir(sandbox.work("real")).unwrap();
    symlink("real", sandbox.work("secrets")).unwrap();
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .fails_with(
            2,
            "vault: error: secrets/dev.yaml leads through the symbolic link secrets
vault: hint: put a directory in the place of secrets, or keep the file elsewhere (`file:` in .vault.yaml)
",
        );
}

#[test]
fn among_the_files_of_a_bare_repository_no_vault_is_made() {
    let sandbox = Sandbox::new();
    team::log_in(&sandbox, "alice");
    sandbox.git(["init", "--quiet", "--bare", "."]);
    let before = sandbox.files();
    std::fs::create_dir(sandbox.work("info/below")).unwrap();
    for (folder, place) in [("", "[ROOT]/work"), ("info/below", "[..]/info/below")] {
        sandbox
            .vault(["init", "--name", "alice", "--yes"])
            .within(folder)
            .fails_with(
                2,
                &format!(
                    "vault: error: {place} belongs to a git repository without a work tree: what is written there is in no commit
vault: hint: git clone makes a work tree of it: type the command there
"
                ),
            );
    }
    assert_eq!(sandbox.files(), before);
}
