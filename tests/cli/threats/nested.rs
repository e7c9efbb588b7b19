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
