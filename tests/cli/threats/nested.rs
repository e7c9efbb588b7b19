//! A file of the vault in another repository inside of this one, whose history says nothing of that one's.

use crate::{
    sandbox::Sandbox,
    vaults::{self, config, edit_config, identity, set},
};

const SAID: &str =
    "it lies in another repository; history and other people's checks cannot look into that";
const REFUSED: &str = "vault: error: secrets/dev.yaml: it lies in another repository; history and other people's checks cannot look into that
vault: hint: git log --stat -- secrets shows who put that there
vault: hint: `file:` in .vault.yaml names a place in this repository, and the file goes there
";

/// A vault, committed, whose folder of secrets has become a submodule with the same files.
fn with_submodule() -> Sandbox {
    let sandbox = vaults::dev(&[("A", "one")]);
    sandbox.commit("vault");
    let other = sandbox.path("other").display().to_string();
    sandbox.git(["init", "--quiet", &other]);
    let file = sandbox.work("secrets/dev.yaml");
    std::fs::copy(file, sandbox.path("other/dev.yaml")).expect("a copy");
    sandbox.git(["-C", &other, "add", "dev.yaml"]);
    sandbox.git(["-C", &other, "commit", "--quiet", "-m", "secrets"]);
    sandbox.git(["rm", "--quiet", "-r", "secrets"]);
    let local = "protocol.file.allow=always";
    sandbox.git([
        "-c",
        local,
        "submodule",
        "--quiet",
        "add",
        &other,
        "secrets",
    ]);
    sandbox.commit("secrets are apart now");
    sandbox
}

#[test]
fn a_secret_file_in_a_submodule_is_no_file_of_the_vault() {
    let sandbox = with_submodule();
    for line in [
        &["get", "dev", "A"][..],
        &["set", "dev", "B", "two"],
        &["check", "--keyless"],
    ] {
        let said = sandbox.vault(line).fails(3);
        assert!(
            said.stderr().contains(REFUSED),
            "{line:?}: {}",
            said.stderr()
        );
    }
    let told = sandbox.vault(["diff", "HEAD~1", "--exit-code"]).fails(3);
    let unread = format!("    ! it cannot be read: {SAID}");
    assert!(told.stdout().contains(&unread), "{}", told.stdout());
    assert_eq!(sandbox.git(["status", "--porcelain"]), "");
}

#[test]
fn no_file_is_made_in_another_repository() {
    let sandbox = vaults::dev(&[("A", "one")]);
    sandbox.git(["init", "--quiet", "apart"]);
    let environment = "  dev: { recipients: [alice] }\n";
    let second = format!("{environment}  prod: {{ recipients: [alice], file: apart/prod.yaml }}\n");
    edit_config(&sandbox, environment, &second);
    sandbox.vault(["set", "prod", "A", "two"]).fails(2).says(
        "vault: error: apart/prod.yaml would lie in another repository; nothing is written
vault: hint: `file:` in .vault.yaml names a place in this repository, and the file goes there
vault: hint: or that is a vault of its own: vault -C apart init
",
    );
    assert!(!sandbox.exists("apart/prod.yaml"));
}

#[test]
fn a_submodule_that_is_not_fetched_is_another_repository() {
    let sandbox = with_submodule();
    sandbox.git(["submodule", "--quiet", "deinit", "--force", "secrets"]);
    let environment = "  dev: { recipients: [alice] }\n";
    let second = format!("{environment}  prod: {{ recipients: [alice] }}\n");
    edit_config(&sandbox, environment, &second);
    sandbox.vault(["set", "prod", "A", "two"]).fails(2).says(
        "vault: error: secrets/prod.yaml would lie in another repository; nothing is written
vault: hint: `file:` in .vault.yaml names a place in this repository, and the file goes there
vault: hint: or that is a vault of its own: git submodule update --init secrets, and vault -C secrets init
",
    );
    assert!(!sandbox.exists("secrets/prod.yaml"));
    // What was put there all the same is in no commit.
    std::fs::copy(
        sandbox.path("other/dev.yaml"),
        sandbox.work("secrets/dev.yaml"),
    )
    .expect("a copy");
    let said = sandbox.vault(["check", "--keyless"]).fails(3);
    assert!(said.stderr().contains(REFUSED), "{}", said.stderr());
}

#[test]
fn a_repository_within_that_git_cannot_read_is_another_one_all_the_same() {
    let sandbox = vaults::dev(&[("A", "one")]);
    sandbox.commit("vault");
    sandbox.git(["init", "--quiet", "secrets"]);
    for config in ["[broken\n", "[core]\n\tattributesFile = \\q\n"] {
        sandbox.write("secrets/.git/config", config);
        let said = sandbox.vault(["check", "--keyless"]).fails(3);
        assert!(said.stderr().contains(REFUSED), "{}", said.stderr());
    }
}

#[test]
fn of_a_config_of_git_that_cannot_be_read_the_place_is_told() {
    let sandbox = Sandbox::new();
    identity(&sandbox, "alice");
    config(&sandbox, "  dev: { recipients: [alice] }\n");
    set(&sandbox, "dev", "A", "one");
    sandbox.git(["init", "--quiet", "secrets"]);
    sandbox.write("secrets/.git/config", "[broken\n");
    let place = sandbox.work("secrets").display().to_string();
    let hint = format!(
        "vault: hint: git -C {place} config --list names the file and the line that git cannot read\n"
    );
    let said = sandbox.vault(["check", "--keyless"]).fails(2);
    assert!(said.stderr().ends_with(&hint), "{}", said.stderr());
    let line = ["-C", &place, "config", "--list"];
    let said = sandbox.git_run(line).fails(128);
    assert!(said.stderr().contains("line 1"), "{}", said.stderr());
}

#[test]
fn where_the_vault_has_no_repository_its_files_may_lie_in_one() {
    let sandbox = Sandbox::new();
    identity(&sandbox, "alice");
    config(&sandbox, "  dev: { recipients: [alice] }\n");
    sandbox.git(["init", "--quiet", "secrets"]);
    set(&sandbox, "dev", "A", "one");
    assert_eq!(
        sandbox.vault(["get", "dev", "A"]).succeeds().stdout(),
        "one"
    );
}
