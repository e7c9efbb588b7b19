//! Drivers in git's config: by `vault git install`, and by every command that writes.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use crate::{
    sandbox::{Run, Sandbox},
    team::{self, ALICE, alone},
};

const SET_UP: &str = "vault: git of this clone merges and shows secret files by key from now on\n";
const ATTRIBUTES: &str = ".vault.yaml text eol=lf merge=vault-config\nsecrets/**/*.yaml text eol=lf diff=vault merge=vault\n";

/// What git's config of a work tree says about vault, one `key=value` each.
fn settings(sandbox: &Sandbox, folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let all = sandbox.git(["-C", &folder, "config", "--local", "--list"]);
    let lines = all.lines().filter(|line| {
        ["merge.vault", "diff.vault", "vault."]
            .iter()
            .any(|key| line.starts_with(key))
    });
    sorted(lines.map(str::to_owned))
}

/// Git has its sections in an order of its own.
fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

fn with_program(program: &str) -> Vec<String> {
    let lines = [
        format!("merge.vault.driver={program} git merge %O %A %B %P"),
        "merge.vault.name=vault: secret files, by key".to_owned(),
        "merge.vault.recursive=vault-bases".to_owned(),
        format!("merge.vault-bases.driver={program} git merge --bases %O %A %B %P"),
        "merge.vault-bases.name=vault: what both sides of a merge began with".to_owned(),
        format!("merge.vault-config.driver={program} git merge-config %O %A %B %P"),
        "merge.vault-config.name=vault: .vault.yaml, by key".to_owned(),
        "merge.vault-config.recursive=vault-config-bases".to_owned(),
        format!("merge.vault-config-bases.driver={program} git merge-config --bases %O %A %B %P"),
        "merge.vault-config-bases.name=vault: what both sides of a merge began with".to_owned(),
        format!("diff.vault.textconv={program} git textconv"),
        "diff.vault.cachetextconv=false".to_owned(),
    ];
    sorted(lines.into_iter())
}

fn ours() -> Vec<String> {
    with_program(&format!("'{}'", env!("CARGO_BIN_EXE_vault")))
}

fn clone(sandbox: &Sandbox, name: &str) -> std::path::PathBuf {
    let to = sandbox.path(name);
    sandbox.git(["clone", "--quiet", ".", &to.display().to_string()]);
    to
}

/// A copy of the program in a place of its own; made by another process, because a file that is being written cannot be started.
fn copy_to(sandbox: &Sandbox, place: &str) -> std::path::PathBuf {
    let program = sandbox.path(place);
    fs::create_dir_all(program.parent().expect("a place of the sandbox"))
        .expect("a place of the sandbox");
    let status = Command::new("cp")
        .args(["--", env!("CARGO_BIN_EXE_vault")])
        .arg(&program)
        .status();
    assert!(status.expect("cp runs").success());
    program
}

fn write<'s>(sandbox: &'s Sandbox, folder: &Path) -> Run<'s> {
    sandbox.vault(["set", "dev", "A", "1"]).within(folder)
}

#[test]
fn a_new_vault_tells_git_of_itself() {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds()
        .says(&format!(
            "vault: wrote .vault.yaml, secrets/dev.yaml, .gitattributes, .gitignore
{SET_UP}vault: next: vault set dev KEY, then commit these files
"
        ));
    assert_eq!(sandbox.read(".gitattributes"), ATTRIBUTES);
    assert_eq!(settings(&sandbox, &sandbox.work("")), ours());
    sandbox
        .vault(["git", "install"])
        .succeeds()
        .says("vault: nothing to do: git merges and shows secret files by key\n");
}

#[test]
fn in_a_fresh_clone_the_first_command_that_writes_sets_the_drivers_up_and_says_so_once() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "B", "1"]).succeeds();
    sandbox.commit("vault");
    for name in ["one", "two"] {
        let clone = clone(&sandbox, name);
        for reading in [&["list", "dev"][..], &["check"], &["access"], &["whoami"]] {
            sandbox.vault(reading).within(&clone).succeeds();
        }
        assert!(settings(&sandbox, &clone).is_empty());
        let first = write(&sandbox, &clone).succeeds();
        assert!(first.stderr().contains(SET_UP), "{}", first.stderr());
        assert_eq!(settings(&sandbox, &clone), ours());
        let again = sandbox.vault(["set", "dev", "A", "2"]).within(&clone);
        assert!(!again.succeeds().stderr().contains("git"));
    }
}

#[test]
fn where_nothing_asks_for_drivers_no_command_sets_them() {
    let sandbox = team::configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    write(&sandbox, &sandbox.work("")).succeeds();
    assert!(settings(&sandbox, &sandbox.work("")).is_empty());
    sandbox.vault(["git", "install"]).succeeds().says(&format!(
        "{SET_UP}vault: .gitattributes asks for it; commit it, and every clone does\n"
    ));
    assert_eq!(sandbox.read(".gitattributes"), ATTRIBUTES);
    assert_eq!(
        settings(&sandbox, &sandbox.work(""))[..ours().len()],
        ours()[..]
    );
    sandbox.vault(["git", "uninstall"]).succeeds();
    assert!(!sandbox.exists(".gitattributes"));
}

#[test]
fn what_install_did_uninstall_takes_back_and_nothing_else() {
    let sandbox = team::configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], file: deploy/dev.yaml}\n",
    );
    write(&sandbox, &sandbox.work("")).succeeds();
    let attributes = "*.png binary\n.vault.yaml text\n";
    sandbox.write(".gitattributes", attributes);
    sandbox.git(["config", "merge.other.driver", "true"]);
    let before = sandbox.git(["config", "--local", "--list"]);
    sandbox.vault(["git", "install"]).succeeds();
    assert_eq!(
        sandbox.read(".gitattributes"),
        "*.png binary
.vault.yaml text eol=lf merge=vault-config
secrets/**/*.yaml text eol=lf diff=vault merge=vault
/deploy/dev.yaml text eol=lf diff=vault merge=vault
"
    );
    sandbox.vault(["git", "uninstall"]).succeeds().says(
        "vault: git of this clone does not call vault any more
vault: .gitattributes is without the lines that install put
",
    );
    assert_eq!(sandbox.git(["config", "--local", "--list"]), before);
    assert_eq!(sandbox.read(".gitattributes"), attributes);
    sandbox
        .vault(["git", "uninstall"])
        .succeeds()
        .says("vault: nothing to do: git of this clone does not call vault\n");
}

#[test]
fn a_clone_that_was_told_to_forget_vault_is_not_set_up_again_unasked() {
    let sandbox = alone();
    sandbox.vault(["git", "uninstall"]).succeeds().says(
        "vault: git of this clone does not call vault any more
vault: git's attributes still ask for vault; no command sets it up here any more, but vault git install does
",
    );
    assert_eq!(sandbox.read(".gitattributes"), ATTRIBUTES);
    write(&sandbox, &sandbox.work("")).succeeds();
    assert_eq!(
        settings(&sandbox, &sandbox.work("")),
        ["vault.drivers=false"]
    );
    sandbox.vault(["git", "install"]).succeeds().says(SET_UP);
    assert_eq!(settings(&sandbox, &sandbox.work("")), ours());
}

#[test]
fn a_program_that_is_gone_or_lies_elsewhere_gives_way_to_this_one() {
    let sandbox = alone();
    let other = copy_to(&sandbox, "elsewhere/vault");
    sandbox
        .program(&other, ["set", "dev", "A", "1"])
        .succeeds()
        .says(&format!(
            "vault: writing A to secrets/dev.yaml for alice\n{SET_UP}vault: + A\n"
        ));
    let theirs = with_program(&format!("'{}'", other.display()));
    assert_eq!(settings(&sandbox, &sandbox.work("")), theirs);
    fs::remove_file(&other).unwrap();
    let said = sandbox.vault(["set", "dev", "A", "2"]).succeeds();
    assert!(said.stderr().contains(SET_UP), "{}", said.stderr());
    assert_eq!(settings(&sandbox, &sandbox.work("")), ours());
    sandbox.git(["config", "--unset", "merge.vault.recursive"]);
    let said = sandbox.vault(["set", "dev", "A", "3"]).succeeds();
    assert!(said.stderr().contains(SET_UP), "{}", said.stderr());
}

#[test]
fn another_program_s_driver_stays_unless_it_is_to_go_and_comes_back() {
    let sandbox = alone();
    sandbox.git(["config", "merge.vault.driver", "theirs %A"]);
    sandbox.git(["config", "--unset", "merge.vault.recursive"]);
    sandbox.git(["config", "--unset", "merge.vault-config.driver"]);
    let said = write(&sandbox, &sandbox.work("")).succeeds();
    let warned = "vault: warning: git's attributes ask for vault, and git's config calls another program: merge.vault.driver
vault: hint: vault git install --force puts vault in its place; git config vault.drivers false leaves it
";
    assert!(said.stderr().contains(warned), "{}", said.stderr());
    let driver = || sandbox.git(["config", "merge.vault.driver"]);
    assert_eq!(driver(), "theirs %A\n");
    sandbox.vault(["git", "install"]).fails_with(
        2,
        r"vault: error: git's config calls another program: merge.vault.driver
vault: hint: git config --show-origin --get-regexp '^(merge|diff)\.vault' shows where
vault: hint: vault git install --force puts vault in its place, and vault git uninstall puts it back
",
    );
    assert_eq!(driver(), "theirs %A\n");
    sandbox.vault(["git", "install", "--force"]).succeeds();
    assert!(driver().contains(" git merge %O %A %B %P"));
    sandbox.vault(["git", "uninstall"]).succeeds();
    assert_eq!(driver(), "theirs %A\n");
    assert_eq!(
        settings(&sandbox, &sandbox.work("")),
        [
            "merge.vault.driver=theirs %A",
            "merge.vault.name=vault: secret files, by key",
            "vault.drivers=false"
        ]
    );
}

#[test]
fn attributes_can_be_the_clones_own() {
    let sandbox = team::configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    write(&sandbox, &sandbox.work("")).succeeds();
    let private = sandbox.work(".git/info/attributes");
    sandbox.write(&private, "*.png binary\n");
    sandbox
        .vault(["git", "install", "--private"])
        .succeeds()
        .says(&format!(
            "{SET_UP}vault: info/attributes of this clone asks for it\n"
        ));
    assert!(!sandbox.exists(".gitattributes"));
    assert_eq!(
        sandbox.git(["check-attr", "merge", ".vault.yaml", "secrets/dev.yaml"]),
        ".vault.yaml: merge: vault-config\nsecrets/dev.yaml: merge: vault\n"
    );
    sandbox.vault(["git", "uninstall"]).succeeds();
    assert_eq!(sandbox.read(&private), "*.png binary\n");
}

#[test]
fn a_vault_below_the_top_is_told_of_by_its_path() {
    let sandbox = Sandbox::with_git();
    team::log_in(&sandbox, "alice");
    let config = team::config(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    sandbox.write("app [x]/.vault.yaml", config);
    let app = sandbox.work("app [x]");
    write(&sandbox, &app).succeeds();
    sandbox
        .vault(["git", "install", "--private"])
        .within(&app)
        .succeeds()
        .says(&format!(
            "{SET_UP}vault: info/attributes of this clone asks for it\n"
        ));
    assert_eq!(
        sandbox.git(["check-attr", "merge", "app [x]/secrets/dev.yaml"]),
        "app [x]/secrets/dev.yaml: merge: vault\n"
    );
}

#[test]
fn older_lines_are_completed_where_they_stand_and_lines_that_speak_against_are_told() {
    let sandbox = alone();
    let older = ".vault.yaml text eol=lf\nsecrets/**/*.yaml text eol=lf\n";
    sandbox.write(".gitattributes", older);
    sandbox.vault(["git", "install"]).succeeds();
    assert_eq!(sandbox.read(".gitattributes"), ATTRIBUTES);
    sandbox.write(".gitattributes", older);
    sandbox
        .vault(["env", "add", "prod", "--recipients", "alice"])
        .succeeds();
    assert_eq!(sandbox.read(".gitattributes"), ATTRIBUTES);
    sandbox.write(
        ".gitattributes",
        format!("{ATTRIBUTES}*.yaml merge=union\n"),
    );
    sandbox.vault(["git", "install"]).succeeds().says(
        "vault: nothing to do: git merges and shows secret files by key
vault: warning: secrets/dev.yaml: git has merge=union for it, not vault, as .gitattributes says; git check-attr -a -- secrets/dev.yaml shows all
vault: warning: secrets/prod.yaml: git has merge=union for it, not vault, as .gitattributes says; git check-attr -a -- secrets/prod.yaml shows all
vault: warning: .vault.yaml: git has merge=union for it, not vault-config, as .gitattributes says; git check-attr -a -- .vault.yaml shows all
",
    );
}

#[test]
fn what_keeps_git_from_merging_by_key_is_named_with_its_file_also_by_check() {
    for (file, line, is) in [
        (
            ".git/info/attributes",
            "secrets/dev.yaml merge=ours\n",
            "ours",
        ),
        (
            "secrets/.gitattributes",
            "# ours\ndev.yaml -merge\n",
            "unset",
        ),
        ("secrets/.gitattributes", "*.yaml binary\n", "unset"),
    ] {
        let sandbox = alone();
        sandbox.vault(["set", "dev", "A", "1"]).succeeds();
        let quiet = sandbox.vault(["check"]).succeeds();
        assert_eq!(quiet.stderr(), "");
        sandbox.write(file, line);
        let place = file.trim_start_matches(".git/");
        let told = format!(
            "vault: warning: secrets/dev.yaml: git has merge={is} for it, not vault, as {place} says; git check-attr -a -- secrets/dev.yaml shows all\n"
        );
        sandbox.vault(["check"]).succeeds().says(&told);
        let install = sandbox.vault(["git", "install"]).succeeds();
        assert!(install.stderr().contains(&told), "{}", install.stderr());
    }
}

#[test]
fn uninstall_leaves_git_s_config_as_it_was_before_install() {
    let sandbox = team::configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    sandbox.git(["config", "user.name", "Alice"]);
    let before = sandbox.read(".git/config");
    sandbox.vault(["git", "install"]).succeeds();
    assert_ne!(sandbox.read(".git/config"), before);
    sandbox.vault(["git", "uninstall"]).succeeds();
    assert_eq!(sandbox.read(".git/config"), before);
    // A driver of another program comes back alone, too.
    sandbox.git(["config", "merge.vault.driver", "other %O %A %B"]);
    let before = sandbox.read(".git/config");
    sandbox.vault(["git", "install", "--force"]).succeeds();
    sandbox.vault(["git", "uninstall"]).succeeds();
    assert_eq!(sandbox.read(".git/config"), before);
    assert!(!sandbox.exists(".git/config.lock"));
}

#[test]
fn all_work_trees_of_a_repository_share_the_drivers() {
    let sandbox = alone();
    sandbox.commit("vault");
    sandbox.vault(["git", "uninstall"]).succeeds();
    sandbox.git(["config", "--unset", "vault.drivers"]);
    let tree = sandbox.path("tree");
    sandbox.git(["worktree", "add", "--quiet", &tree.display().to_string()]);
    write(&sandbox, &tree).succeeds();
    assert_eq!(settings(&sandbox, &sandbox.work("")), ours());
    assert!(!sandbox.exists(".git/worktrees/tree/config"));
}

#[test]
fn a_submodule_has_a_config_of_its_own() {
    let sandbox = alone();
    sandbox.commit("vault");
    let (outer, inner) = (sandbox.path("outer"), sandbox.path("outer/inner"));
    let outer = outer.display().to_string();
    sandbox.git(["init", "--quiet", &outer]);
    let from = sandbox.work("").display().to_string();
    sandbox.git([
        "-C",
        &outer,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &from,
        "inner",
    ]);
    write(&sandbox, &inner).succeeds();
    assert_eq!(settings(&sandbox, &inner), ours());
    assert!(
        !settings(&sandbox, Path::new(&outer))
            .iter()
            .any(|line| line.contains("driver"))
    );
}

#[test]
fn that_git_s_config_cannot_be_written_stops_no_write() {
    let sandbox = alone();
    sandbox.git(["config", "--unset", "merge.vault.driver"]);
    sandbox.write(".git/config.lock", "");
    write(&sandbox, &sandbox.work("")).succeeds().says(
        "vault: writing A to secrets/dev.yaml for alice
vault: warning: git does not know this program for merges: git: failed to lock file [..]config.lock' for writing[..]
vault: + A
",
    );
    assert_eq!(team::get(&sandbox, "dev", "A"), "1");
}

#[test]
fn nothing_of_a_hostile_repository_is_started() {
    let sandbox = alone();
    sandbox.commit("vault");
    let trap = sandbox.write("trap.sh", "#!/bin/sh\ntouch \"$TRAP\"\n");
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    let trap = trap.display().to_string();
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "diff.vault.command",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
    ] {
        sandbox.git(["config", key, &trap]);
    }
    sandbox.git(["config", "core.hooksPath", "."]);
    let sprung = sandbox.path("sprung");
    // What a filter would alter is no file of the vault.
    for (pattern, code) in [("*", 3), ("*.sh", 0)] {
        let attributes = format!("{pattern} filter=x\n{ATTRIBUTES}");
        sandbox.write(".git/info/attributes", attributes);
        start_nothing(&sandbox, &sprung, code);
    }
}

/// Commands that end with a code, and do not spring a trap.
fn start_nothing(sandbox: &Sandbox, sprung: &Path, code: i32) {
    for line in [
        &["git", "install"][..],
        &["set", "dev", "A", "1"],
        &["git", "install", "--private"],
        &["git", "uninstall"],
        &["git", "install", "--force"],
    ] {
        let output = sandbox.vault(line).variable("TRAP", sprung).run();
        assert_eq!(output.code(), code, "{line:?}: {}", output.stderr());
    }
    assert!(!sprung.exists());
}

#[test]
fn without_git_or_without_a_vault_there_is_nothing_to_install() {
    let sandbox = Sandbox::new();
    team::log_in(&sandbox, "alice");
    for line in [["git", "install"], ["git", "uninstall"]] {
        sandbox.vault(line).fails(2);
    }
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds();
    for line in [["git", "install"], ["git", "uninstall"]] {
        sandbox.vault(line).fails_with(
            2,
            "vault: error: there is no git repository around this vault
vault: hint: git init makes one; then type the command again
",
        );
    }
}

#[test]
fn where_the_index_is_of_a_kind_that_vault_does_not_read_nothing_is_installed() {
    let sandbox = team::configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    write(&sandbox, &sandbox.work("")).succeeds();
    sandbox.commit("vault");
    sandbox.git(["update-index", "--split-index"]);
    let before = sandbox.read(".git/config");
    for options in [&[][..], &["--private"], &["--hook"]] {
        let install = sandbox.vault(["git", "install"]).and(options);
        install.fails_with(
            2,
            "vault: error: git: unsupported mandatory extension: 'link'
vault: hint: git update-index --no-split-index, or git sparse-checkout reapply --no-sparse-index, makes an index that vault reads
",
        );
    }
    assert_eq!(sandbox.read(".git/config"), before);
    for path in [
        ".gitattributes",
        ".git/info/attributes",
        ".git/hooks/pre-commit",
    ] {
        assert!(!sandbox.exists(path), "{path}");
    }
    sandbox.git(["update-index", "--no-split-index"]);
    sandbox.vault(["git", "install", "--hook"]).succeeds();
}
