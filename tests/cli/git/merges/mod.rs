//! What becomes of two sides of a vault that the real git brings together: outcome by values, exit code of git, real sops on what comes of
//! it, and no value or marker anywhere in the work tree or in `.git`.
//!
//! Every case begins with a copy of one repository: alice and bob read `dev`, which lies over `common`; git's drivers are set up by the
//! first command that wrote.

mod files;
mod members;
mod operations;
mod values;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use vault::sealed::Mark;

use super::world;
use crate::{
    sandbox::{Output, Sandbox},
    team::{self, BOB, CAROL, get},
};

/// The file of dev.
const DEV: &str = "secrets/dev.yaml";

/// What dev begins with. Every value is one of those that may be found nowhere.
const BASE: &str = "\
TOKEN: base-token-1
DATABASE: base-database-1
database:
    user: base-user-1
    password: base-password-1
HOSTS:
    - base-host-1
    - base-host-2
PORT: 5432
LAST: base-last-1
";

/// The values that are looked for; those of the sides begin with `ours` or `theirs`.
const VALUES: [&str; 12] = [
    "base-token-1",
    "base-database-1",
    "base-user-1",
    "base-password-1",
    "base-host-1",
    "base-host-2",
    "base-last-1",
    "our-value-1",
    "our-value-2",
    "their-value-1",
    "their-value-2",
    "same-value-1",
];

/// A file of the repository that all cases begin with: where, its mode, its bytes.
type Kept = (PathBuf, u32, Vec<u8>);

/// The repository that all cases begin with, made once.
fn template() -> &'static [Kept] {
    static TEMPLATE: OnceLock<Vec<Kept>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let sandbox = Sandbox::with_git();
        begin(&sandbox);
        let mut kept = Vec::new();
        for folder in ["work", "config", "state"] {
            keep(&sandbox.path(""), Path::new(folder), &mut kept);
        }
        kept
    })
}

fn keep(root: &Path, folder: &Path, kept: &mut Vec<Kept>) {
    for entry in fs::read_dir(root.join(folder))
        .expect("a place of the sandbox")
        .flatten()
    {
        let path = folder.join(entry.file_name());
        let mode = entry
            .metadata()
            .expect("a place of the sandbox")
            .permissions()
            .mode();
        match entry.path().is_dir() {
            true => keep(root, &path, kept),
            false => kept.push((
                path,
                mode,
                fs::read(entry.path()).expect("a place of the sandbox"),
            )),
        }
    }
}

fn begin(sandbox: &Sandbox) {
    team::log_in(sandbox, "alice");
    let init = ["init", "--name", "alice", "--env", "common", "dev", "--yes"];
    sandbox.vault(init).succeeds();
    let people = format!("recipients:\n    bob: {BOB}\n    carol: {CAROL}\n");
    for (from, to) in [
        ("recipients:\n    alice", format!("{people}    alice")),
        ("[alice]", "[alice, bob]".to_owned()),
        (
            "    dev:\n",
            "    dev:\n        extends: common\n".to_owned(),
        ),
    ] {
        team::reconfigure(sandbox, from, &to);
    }
    sandbox.vault(["sync", "--yes"]).succeeds();
    let file = sandbox.path("base.yaml");
    sandbox.write(&file, BASE);
    let import = ["import", "dev", &file.display().to_string()];
    sandbox.vault(import).succeeds();
    let commented = [
        ("TOKEN:", "# the token of the API\nTOKEN:"),
        ("    user:", "    # who logs in\n    user:"),
    ];
    edit(sandbox, &commented);
    sandbox
        .vault(["set", "common", "SHARED", "base-last-1"])
        .succeeds();
    sandbox.commit("base");
}

/// A copy of it, with alice at work.
fn case() -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, mode, bytes) in template() {
        let path = sandbox.write(sandbox.path(path), bytes);
        fs::set_permissions(path, fs::Permissions::from_mode(*mode))
            .expect("a place of the sandbox");
    }
    // What git looks for, and is empty.
    for folder in ["objects/info", "objects/pack", "refs/tags"] {
        fs::create_dir_all(sandbox.work(".git").join(folder)).expect("a place of the sandbox");
    }
    for value in VALUES {
        sandbox.secret(value);
    }
    sandbox
}

fn set(sandbox: &Sandbox, key: &str, value: &str) {
    sandbox
        .vault(["set", "dev", key, "--verbatim"])
        .stdin(value)
        .succeeds();
}

fn unset(sandbox: &Sandbox, key: &str) {
    sandbox.vault(["unset", "dev", key]).succeeds();
}

/// Replaces texts in the plain text of dev, as somebody does in an editor.
fn edit(sandbox: &Sandbox, changes: &[(&str, &str)]) {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let pairs: Vec<String> = changes
        .iter()
        .map(|(from, to)| format!("[{}, {}]", quoted(from), quoted(to)))
        .collect();
    let script = sandbox.path("edit.pl");
    let text = format!(
        "local $/; open F, '<', $ARGV[0]; $_ = <F>; close F;
for my $pair ({}) {{
    my $at = index($_, $$pair[0]);
    die 'there is no such text' if $at < 0;
    substr($_, $at, length $$pair[0]) = $$pair[1];
}}
open F, '>', $ARGV[0]; print F $_; close F;
",
        pairs.join(", ")
    );
    fs::write(&script, text).expect("a place of the sandbox");
    sandbox
        .vault(["edit", "dev"])
        .variable("VAULT_EDITOR", format!("perl '{}'", script.display()))
        .succeeds();
    fs::remove_file(script).expect("a place of the sandbox");
}

/// Each side commits what it does; ours is the branch that is checked out afterwards.
fn sides(sandbox: &Sandbox, theirs: impl FnOnce(&Sandbox), ours: impl FnOnce(&Sandbox)) {
    world::two_sides(sandbox, theirs, ours);
}

/// A case whose sides only set values of dev; an empty one takes the key out.
fn of_values(theirs: &[(&str, &str)], ours: &[(&str, &str)]) -> Sandbox {
    let sandbox = case();
    let side = |values: &[(&str, &str)], sandbox: &Sandbox| {
        for (key, value) in values {
            match *value {
                "" => unset(sandbox, key),
                value => set(sandbox, key, value),
            }
        }
    };
    sides(
        &sandbox,
        |sandbox| side(theirs, sandbox),
        |sandbox| side(ours, sandbox),
    );
    sandbox
}

fn git(sandbox: &Sandbox, line: &[&str]) -> Output {
    let output = world::git(sandbox, line);
    nothing_in_clear(sandbox);
    output
}

/// `git merge theirs` goes through, and dev has these values, for vault and for sops.
fn merges(sandbox: &Sandbox, values: &[(&str, &str)]) {
    let output = git(sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 0, "{}", output.stderr());
    holds(sandbox, values);
}

/// Nothing is left to do in git, every file is accepted, and dev has these values, for vault and for sops; `""` is a key that it does not
/// have.
fn holds(sandbox: &Sandbox, values: &[(&str, &str)]) {
    assert_eq!(sandbox.git(["status", "--short"]), "");
    sandbox.vault(["check"]).succeeds();
    for (key, value) in values {
        match *value {
            "" => drop(sandbox.vault(["get", "dev", key]).fails(2)),
            value => assert_eq!(get(sandbox, "dev", key), value, "{key}"),
        }
    }
    let plain = in_sops(sandbox, DEV);
    for (key, value) in values.iter().filter(|_| !plain.is_empty()) {
        assert!(plain.contains(value), "{key}\n{plain}");
    }
}

/// What sops makes of a file; empty where there is no sops.
fn in_sops(sandbox: &Sandbox, file: &str) -> String {
    let own = sandbox.path("config/vault/identity.txt");
    match sandbox.sops(["decrypt", file]) {
        Some(run) => run
            .variable("SOPS_AGE_KEY_FILE", own)
            .succeeds()
            .stdout()
            .to_owned(),
        None => String::new(),
    }
}

/// `git merge theirs` stops with 1, our file is as it was but for the mark, and says this; nothing uses it until somebody decides.
fn conflicts(sandbox: &Sandbox, said: &str) {
    let ours = sandbox.read(DEV);
    let output = git(sandbox, &["merge", "--no-edit", "theirs"]);
    is_unmerged(sandbox, &output, &ours, said);
}

fn is_unmerged(sandbox: &Sandbox, output: &Output, ours: &str, said: &str) {
    assert_eq!(output.code(), 1, "{}", output.stderr());
    assert!(output.stderr().contains(said), "{}", output.stderr());
    let marked = sandbox.read(DEV);
    let marked = Mark::split(marked.as_bytes())
        .expect("a file")
        .expect("a mark");
    assert_eq!(&*marked.ours, ours);
    for line in [
        &["get", "dev", "LAST"][..],
        &["set", "dev", "A", "b"],
        &["check"],
    ] {
        sandbox.vault(line).fails(3);
    }
}

/// No value in clear and no marker of git lies in a secret file, in `.git` or elsewhere, in no object either.
fn nothing_in_clear(sandbox: &Sandbox) {
    world::is_tidy(sandbox);
    let is_cut = |text: &str| text.contains("\nsops:") && text.contains("<<<<<<<");
    for file in sandbox.files() {
        let bytes = fs::read(sandbox.work(&file)).expect("a place of the sandbox");
        assert!(!is_cut(&String::from_utf8_lossy(&bytes)), "{file}");
    }
    let all = sandbox
        .program("git", ["cat-file", "--batch-all-objects", "--batch"])
        .run();
    // Each object begins with a line of its own.
    let is_start = |line: &&str| line.contains(" blob ") && line.len() > 40;
    let mut object = String::new();
    for line in all.stdout().lines().chain(["x blob "]) {
        if is_start(&line) {
            assert!(!is_cut(&object), "{object}");
            object.clear();
        }
        object.push_str(line);
        object.push('\n');
    }
    assert!(!is_cut(&object));
}
