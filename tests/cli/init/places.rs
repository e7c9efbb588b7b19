//! Where a vault begins, and what is in the way there.

use std::os::unix::fs::symlink;

use super::*;

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
