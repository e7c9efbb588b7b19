//! Commands that are printed do what they say where somebody stands: with `-C`, and in other folders than that of the vault.

use std::{fs, path::Path};

use crate::{sandbox::Sandbox, vaults::dev};

/// A vault in a folder of a repository, with a value, committed; there is a folder in it as well.
fn infra() -> Sandbox {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    fs::create_dir(sandbox.work("infra")).expect("a folder");
    for file in [".vault.yaml", ".gitignore", "secrets"] {
        let there = sandbox.work("infra").join(file);
        fs::rename(sandbox.work(file), there).expect("a move");
    }
    sandbox.write("infra/sub/file", "");
    sandbox.commit("a vault");
    sandbox
}

fn edit(sandbox: &Sandbox, from: &str, to: &str) {
    let text = sandbox.read("infra/.vault.yaml");
    assert!(text.contains(from), "{from:?} in {text}");
    sandbox.write("infra/.vault.yaml", text.replacen(from, to, 1));
}

/// Types a command into a shell; returns what it prints.
#[track_caller]
fn typed(sandbox: &Sandbox, stands: &str, command: &str) -> String {
    let command = command.replace("vault ", concat!(env!("CARGO_BIN_EXE_vault"), " "));
    sandbox
        .program("sh", ["-c", &command])
        .within(stands)
        .succeeds()
        .stdout()
        .to_owned()
}

/// Where somebody stands, what they type behind `vault`, and what then stands before the paths of the vault.
const PLACES: [(&str, &[&str], &str); 4] = [
    ("", &["-C", "infra"], "infra/"),
    ("infra", &[], ""),
    ("infra/sub", &[], "../"),
    ("infra/sub", &["-C", ".."], "../"),
];

/// The options as they stand in a command that is printed.
fn shown(options: &[&str]) -> String {
    options.iter().map(|word| format!("{word} ")).collect()
}

#[test]
fn a_hint_names_the_folder_that_was_named_for_the_command() {
    let sandbox = infra();
    edit(&sandbox, "recipients: [alice]", "recipients: [alice, bob]");
    for (stands, options, _) in PLACES {
        let line = [options, &["check"]].concat();
        let told = sandbox.vault(line).within(stands).fails(1);
        let sync = format!("vault {}sync dev", shown(options));
        let hint = format!("vault: hint: {sync}");
        assert!(told.stderr().contains(&hint), "{}", told.stderr());
        typed(&sandbox, stands, &format!("{sync} --yes"));
        sandbox.git(["checkout", "--quiet", "--", "infra/secrets"]);
    }
}

#[test]
fn git_is_told_of_the_config_where_it_is() {
    let sandbox = infra();
    let repository = sandbox.read("infra/.vault.yaml");
    let repository = repository
        .lines()
        .find(|line| line.starts_with("repository:"));
    edit(&sandbox, &format!("{}\n", repository.expect("an id")), "");
    for (stands, options, before) in PLACES {
        let line = [options, &["get", "dev", "TOKEN"]].concat();
        let told = sandbox.vault(line).within(stands).fails(3);
        let log = format!("git log -p {before}.vault.yaml");
        let hint = format!("vault: hint: {log} shows who took it out\n");
        assert!(told.stderr().contains(&hint), "{}", told.stderr());
        let log = typed(&sandbox, stands, &log);
        assert!(log.contains("+repository:"), "{log}");
    }
}

#[test]
fn a_local_layer_that_git_tracks_is_taken_out_by_the_hint() {
    for (stands, options, before) in PLACES {
        let sandbox = infra();
        edit(
            &sandbox,
            "recipients: [alice]",
            "recipients: [alice], local: true",
        );
        let vault = |line: &[&str]| sandbox.vault([options, line].concat()).within(stands);
        vault(&["set", "dev", "TOKEN", "own", "--local"]).succeeds();
        sandbox.git(["add", "--force", "--all", "infra/secrets"]);
        let told = vault(&["get", "dev", "TOKEN"]).fails(3);
        let file = sandbox.git(["ls-files", "--", "infra/secrets/*local*"]);
        let file = file
            .trim()
            .strip_prefix("infra/")
            .expect("a file")
            .to_owned();
        let takes_out = match before {
            "../" => format!("git rm --cached -- :/infra/{file}"),
            _ => format!("git rm --cached -- {before}{file}"),
        };
        let hint = format!("vault: hint: {takes_out} takes it out of git");
        assert!(told.stderr().contains(&hint), "{}", told.stderr());
        typed(&sandbox, stands, &takes_out);
        vault(&["get", "dev", "TOKEN"])
            .prints_secrets()
            .succeeds_with("own");
    }
}

#[test]
fn what_has_another_name_is_taken_in_by_what_comes_next() {
    for (stands, options, before) in PLACES {
        let sandbox = infra();
        let vault = |line: &[&str]| sandbox.vault([options, line].concat()).within(stands);
        let said = vault(&["env", "rename", "dev", "live", "--yes"]).succeeds();
        let add = match before {
            "../" => "git add :/infra/secrets/live.yaml".to_owned(),
            _ => format!("git add {before}secrets/live.yaml"),
        };
        let next = format!("dev is live now; next: {add}, and commit it");
        assert!(said.stderr().contains(&next), "{}", said.stderr());
        typed(&sandbox, stands, &add);
        let staged = sandbox.git(["diff", "--staged", "--name-only"]);
        assert_eq!(
            Path::new(staged.trim()),
            Path::new("infra/secrets/live.yaml")
        );
    }
}

#[test]
fn from_another_repository_or_none_a_hint_means_the_files_of_the_vault() {
    for is_repository in [true, false] {
        let sandbox = infra();
        let other = sandbox.path("other");
        fs::create_dir_all(other.join("infra/secrets")).expect("folders");
        if is_repository {
            sandbox.git(["init", "--quiet", &other.to_string_lossy()]);
        }
        let mine = sandbox.write(other.join("infra/secrets/dev.yaml"), "not committed\n");
        fs::remove_file(sandbox.work("infra/secrets/dev.yaml")).expect("the file");
        let there = sandbox.work("infra");
        let there = there.to_string_lossy();
        let stands = other.to_string_lossy();
        let line = ["-C", &there, "get", "dev", "TOKEN"];
        let told = sandbox.vault(line).within(&*stands).fails(3);
        let back = format!("git -C {there} checkout HEAD -- secrets/dev.yaml");
        let hint = format!("vault: hint: {back} brings it back\n");
        assert!(told.stderr().ends_with(&hint), "{}", told.stderr());
        typed(&sandbox, &stands, &back);
        sandbox
            .vault(line)
            .within(&*stands)
            .prints_secrets()
            .succeeds_with("t0ken-of-dev");
        assert_eq!(sandbox.read(mine), "not committed\n");
    }
}
