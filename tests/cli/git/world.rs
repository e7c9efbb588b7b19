//! A repository with branches whose secret files git merges through vault.

use std::path::Path;

use vault::sealed::{Mark, Sealed};

use crate::{
    sandbox::{Output, Sandbox},
    team::{ALICE, BOB, CAROL, configured, forget_everything, get, identity, log_in, reconfigure},
    vaults::set,
};

pub(super) const FILE: &str = "secrets/dev.yaml";

/// Alice, bob and carol; alice and bob read dev, which has these values, and main has one commit of it. Alice is at work.
pub(super) fn team(values: &[(&str, &str)]) -> Sandbox {
    let sandbox = unmerged_by_vault(values);
    with_driver(&sandbox);
    sandbox.commit("the driver");
    sandbox
}

/// The same, where nobody signs dev.
pub(super) fn unsigned_team(values: &[(&str, &str)]) -> Sandbox {
    let sandbox = made(
        values,
        "    dev: {recipients: [alice, bob], signed: false}\n",
    );
    with_driver(&sandbox);
    sandbox.commit("the driver");
    sandbox
}

/// The same without the driver: git merges as it merges text.
pub(super) fn unmerged_by_vault(values: &[(&str, &str)]) -> Sandbox {
    made(values, "    dev: {recipients: [alice, bob]}\n")
}

fn made(values: &[(&str, &str)], environments: &str) -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        environments,
    );
    for (key, value) in values {
        set(&sandbox, "dev", key, value);
    }
    sandbox.commit("base");
    sandbox
}

/// Has git call the driver, as an installer would.
pub(super) fn with_driver(sandbox: &Sandbox) {
    let call = |end: &str| {
        format!(
            "'{}' git merge{end} %O %A %B %P",
            env!("CARGO_BIN_EXE_vault")
        )
    };
    sandbox.git(["config", "merge.vault.driver", &call("")]);
    sandbox.git(["config", "merge.vault.recursive", "vault-bases"]);
    sandbox.git(["config", "merge.vault-bases.driver", &call(" --bases")]);
    sandbox.write(".gitattributes", "**/secrets/*.yaml merge=vault\n");
}

/// Runs git, which may fail.
pub(super) fn git(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let run = sandbox.program("git", arguments);
    ["AUTHOR", "COMMITTER"]
        .iter()
        .fold(run, |run, who| {
            run.variable(format!("GIT_{who}_NAME"), "Test")
                .variable(format!("GIT_{who}_EMAIL"), "test@example.invalid")
        })
        .variable("GIT_EDITOR", "true")
        .run()
}

/// Does something on a branch of its own that begins at main, commits it, and comes back.
pub(super) fn on_branch(sandbox: &Sandbox, name: &str, work: impl FnOnce(&Sandbox)) {
    sandbox.git(["checkout", "--quiet", "-b", name]);
    work(sandbox);
    sandbox.commit(name);
    sandbox.git(["checkout", "--quiet", "main"]);
}

/// Writes on a branch `theirs`, then on main: two sides of a merge.
pub(super) fn two_sides(
    sandbox: &Sandbox,
    theirs: impl FnOnce(&Sandbox),
    ours: impl FnOnce(&Sandbox),
) {
    on_branch(sandbox, "theirs", theirs);
    ours(sandbox);
    sandbox.commit("ours");
}

/// Sets values as somebody else than alice.
pub(super) fn set_as(sandbox: &Sandbox, who: &str, key: &str, value: &str) {
    log_in(sandbox, who);
    set(sandbox, "dev", key, value);
    log_in(sandbox, "alice");
}

/// A branch on which bob, who has left meanwhile, brings the file back as it was when he could read it, with a value of his own.
pub(super) fn removal_and_its_undoing() -> Sandbox {
    let sandbox = team(&BASE);
    let old = sandbox.read(FILE);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("bob has left");
    two_sides(
        &sandbox,
        |sandbox| {
            sandbox.write(FILE, &old);
            reconfigure(sandbox, "[alice]", "[alice, bob]");
            // On his machine the removal never counted.
            sandbox.vault(["trust", "dev", "--yes"]).succeeds();
            set_as(sandbox, "bob", "TOKEN", "value-of-bob");
            forget_everything(sandbox);
        },
        |sandbox| set(sandbox, "dev", "DATABASE", "our-database"),
    );
    sandbox
}

/// Whether git's merge went through.
pub(super) fn merges(sandbox: &Sandbox) -> bool {
    let output = git(sandbox, &["merge", "--no-edit", "theirs"]);
    is_tidy(sandbox);
    output.code() == 0
}

/// No value in clear lies anywhere, neither does a marker of git's in the secret file, nor a file that nobody asked for.
pub(super) fn is_tidy(sandbox: &Sandbox) {
    for file in sandbox.files() {
        let bytes = std::fs::read(sandbox.work(&file)).expect("a file of the work tree");
        assert!(
            !sandbox.finds_secret(&bytes),
            "{file} holds a value in clear"
        );
        assert!(!file.contains(".merge_file"), "{file}");
    }
    // Every object, packed or loose, as it is when it is inflated.
    let all = sandbox
        .program("git", ["cat-file", "--batch-all-objects", "--batch"])
        .run();
    assert!(!sandbox.finds_secret(all.stdout().as_bytes()), "an object");
    for folder in [".git", "../state", "../tmp"] {
        walk(&sandbox.work(folder), &mut |path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            assert!(!sandbox.finds_secret(&bytes), "{}", path.display());
        });
    }
}

fn walk(folder: &Path, each: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => walk(&path, each),
            path => each(&path),
        }
    }
}

/// The file is ours with the mark, and nothing else.
pub(super) fn is_marked(sandbox: &Sandbox, ours: &str) {
    let text = sandbox.read(FILE);
    let marked = Mark::split(text.as_bytes())
        .expect("a file")
        .expect("a mark");
    assert_eq!(&*marked.ours, ours);
    assert!(Sealed::parse(text.as_bytes()).is_err());
}

/// These are the values, for vault and for sops.
pub(super) fn holds(sandbox: &Sandbox, values: &[(&str, &str)]) {
    sandbox.vault(["check", "dev"]).succeeds();
    for (key, value) in values {
        assert_eq!(get(sandbox, "dev", key), *value);
        let path = format!("[\"{key}\"]");
        let own = identity(sandbox, "alice");
        let Some(run) = sandbox.sops(["decrypt", "--extract", &path, FILE]) else {
            continue;
        };
        let run = run.variable("SOPS_AGE_KEY_FILE", own);
        assert_eq!(run.succeeds().stdout(), *value);
    }
}

/// What both sides begin with.
pub(super) const BASE: [(&str, &str); 2] =
    [("TOKEN", "base-token-1"), ("DATABASE", "base-database")];

/// Both sides changed TOKEN, theirs DATABASE as well.
pub(super) fn contradiction(sandbox: &Sandbox) {
    two_sides(
        sandbox,
        |sandbox| {
            set_as(sandbox, "bob", "TOKEN", "their-token-2");
            set_as(sandbox, "bob", "DATABASE", "their-database");
        },
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
}
