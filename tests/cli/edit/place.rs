//! Where the text lies.

use std::{fs, os::unix::fs::PermissionsExt};

use super::world::{OLD, TYPE, World};
use crate::{
    sandbox::Output,
    team::{self, ALICE, BOB},
};

#[test]
fn e01_directory_and_text_are_private_whatever_the_umask() {
    for umask in ["000", "022", "777"] {
        let world = World::new();
        let report = world.sandbox.path("report");
        let script = format!(
            r#"stat -c '%a %F' "$1" "$(dirname "$1")" > '{}'"#,
            report.display()
        );
        let editor = world.editor(&script);
        let line = format!(
            "umask {umask}; exec '{}' edit dev",
            env!("CARGO_BIN_EXE_vault")
        );
        // The editor has the same umask, which is nobody's fault.
        fs::write(&report, "").unwrap();
        world
            .sandbox
            .program("/bin/sh", ["-c", &line])
            .variable("VAULT_EDITOR", editor)
            .succeeds();
        assert_eq!(
            world.sandbox.read(&report),
            "600 regular file\n700 directory\n",
            "umask {umask}"
        );
        world.holds_nothing_in_clear();
    }
}

#[test]
fn e01_a_text_never_follows_what_somebody_put_in_its_place() {
    let world = World::new();
    // The text is put on the desk once more after it was refused; by then its name is a link.
    let aim = world.sandbox.write(world.sandbox.path("aim"), "untouched");
    let script = format!(r#"rm "$1"; ln -s '{}' "$1""#, aim.display());
    world
        .edit(&script)
        .fails_with(2, "vault: editing secrets/dev.yaml, which alice can read\nvault: error: the editor has put a symbolic link in the place of the text; nothing is written\n");
    assert_eq!(world.sandbox.read(&aim), "untouched");
    world.holds_nothing_in_clear();
}

#[test]
fn e02_the_text_lies_in_the_runtime_directory_if_that_is_private_memory() {
    let world = World::new();
    let report = world.sandbox.path("report");
    let script = format!(r#"echo "$1" > '{}'"#, report.display());
    world.edit(&script).succeeds();
    let place = world.sandbox.read(&report);
    let begin = format!("{}/edit-", world.memory().display());
    assert!(place.starts_with(&begin), "{place}");
}

#[test]
fn e02_a_runtime_directory_that_others_enter_or_that_is_no_memory_is_passed_over() {
    let world = World::new();
    let report = world.sandbox.path("report");
    let script = format!(r#"echo "$1" > '{}'"#, report.display());
    let on_disk = world.sandbox.path("run");
    let open = tempfile::Builder::new()
        .prefix("vault-test-open-")
        .tempdir_in("/dev/shm")
        .unwrap();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o777)).unwrap();
    for folder in [&on_disk, open.path()] {
        world
            .edit(&script)
            .variable("XDG_RUNTIME_DIR", folder)
            .succeeds();
        let place = world.sandbox.read(&report);
        assert!(place.starts_with("/dev/shm/vault-"), "{place}");
        assert!(!place.starts_with(open.path().to_str().unwrap()), "{place}");
    }
    world.holds_nothing_in_clear();
}

/// A world of mounts whose `/dev/shm` is a folder on the disk; nothing where that cannot be made.
fn without_memory(world: &World, words: &str) -> Option<Output> {
    let unshare = crate::peers::quietly("unshare")?;
    let line = format!(
        "mount --bind '{}' /dev/shm 2> /dev/null || exit 99; exec '{}' {words}",
        world.sandbox.path("tmp").display(),
        env!("CARGO_BIN_EXE_vault")
    );
    let editor = world.editor(TYPE);
    let output = world
        .sandbox
        .program(unshare, ["--mount", "sh", "-c", &line])
        .variable("VAULT_EDITOR", editor)
        .variable("XDG_RUNTIME_DIR", world.sandbox.path("run"))
        .run();
    let can_mount = world.sandbox.is_root() && output.code() != 99;
    if !can_mount {
        crate::peers::note("no mounts can be made here");
    }
    can_mount.then_some(output)
}

#[test]
fn e02_where_there_is_no_memory_the_disk_is_used_only_if_that_is_asked_for() {
    let world = World::new();
    let Some(output) = without_memory(&world, "edit dev") else {
        return;
    };
    output.fails_with(
        2,
        "\
vault: editing secrets/dev.yaml, which alice can read
vault: error: there is no private place in memory for the text: neither XDG_RUNTIME_DIR nor /dev/shm is one
vault: hint: XDG_RUNTIME_DIR has to be a directory of yours with the mode 0700 on a tmpfs
vault: hint: --allow-disk-temp puts the text on the disk meanwhile, where deleted files can be found again
",
    );
    let Some(output) = without_memory(&world, "edit dev --allow-disk-temp") else {
        return;
    };
    output.succeeds().says(
        "\
vault: editing secrets/dev.yaml, which alice can read
vault: warning: the text lies on the disk while it is edited, where deleted files can be found again
vault: + TYPED
",
    );
    world.holds_nothing_in_clear();
}

#[test]
fn e02_what_somebody_has_prepared_in_shared_memory_is_refused() {
    let world = World::new();
    // In a memory of our own: that of the machine is everybody's.
    let Some(unshare) = crate::peers::quietly("unshare") else {
        return;
    };
    for (prepared, said) in [
        ("mkdir -m 755 $d", "is open to others: its mode is not 0700"),
        ("mkdir -m 700 /dev/shm/x; ln -s x $d", "is a symbolic link"),
        ("echo > $d", "is not a directory"),
        ("mkdir -m 700 $d; chown 65534 $d", "belongs to another user"),
    ] {
        let line = format!(
            "mount -t tmpfs none /dev/shm 2> /dev/null || exit 99; d=/dev/shm/vault-$(id -u); {prepared}; exec '{}' edit dev",
            env!("CARGO_BIN_EXE_vault")
        );
        let editor = world.editor("true");
        let output = world
            .sandbox
            .program(&unshare, ["--mount", "sh", "-c", &line])
            .variable("VAULT_EDITOR", editor)
            .without("XDG_RUNTIME_DIR")
            .run();
        if !world.sandbox.is_root() || output.code() == 99 {
            return crate::peers::note("no mounts can be made here");
        }
        let output = output.fails(2);
        assert!(output.stderr().contains(said), "{}", output.stderr());
    }
}

#[test]
fn e03_the_text_is_named_after_its_environment_and_its_place_is_no_news() {
    let world = World::new();
    let report = world.sandbox.path("report");
    let script = format!(r#"basename "$1" > '{}'; {TYPE}"#, report.display());
    let output = world.edit(&script).succeeds();
    assert_eq!(world.sandbox.read(&report), "dev.yaml\n");
    assert!(!output.stderr().contains("edit-"), "{}", output.stderr());
}

#[test]
fn e24_the_first_line_says_what_it_is_and_who_reads_it_and_is_not_saved() {
    let world = World::new();
    let seen = world.memory().join("seen");
    let script = format!(r#"cp "$1" '{}'; {TYPE}"#, seen.display());
    world.edit(&script).succeeds();
    let text = fs::read_to_string(&seen).unwrap();
    fs::remove_file(&seen).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "#| decrypted copy, do not save elsewhere");
    assert_eq!(lines[1], "#| dev: read by alice");
    assert!(
        text.ends_with(&format!("\nTOKEN: {OLD}\n")),
        "the value in clear"
    );
    let again = format!(r#"cp "$1" '{}'"#, seen.display());
    world.edit(&again).succeeds();
    let text = fs::read_to_string(&seen).unwrap();
    fs::remove_file(&seen).unwrap();
    assert_eq!(text.matches("decrypted copy").count(), 1, "not twice");
    world.holds_nothing_in_clear();
}

#[test]
fn e24_the_text_says_whose_access_has_changed_since_the_last_use() {
    let sandbox = team::configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    let world = World::of(sandbox);
    let sandbox = &world.sandbox;
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    let laptop = world.sandbox.path("laptop");
    let seen = world.memory().join("seen");
    let edit = || {
        world
            .edit(&format!(r#"cp "$1" '{}'"#, seen.display()))
            .variable("XDG_STATE_HOME", &laptop)
            .succeeds();
        let text = fs::read_to_string(&seen).unwrap();
        fs::remove_file(&seen).unwrap();
        text
    };
    assert!(!edit().contains("since it was last used here"));
    team::reconfigure(sandbox, "recipients: [alice, bob]", "recipients: [alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    let text = edit();
    let lines: Vec<&str> = text.lines().skip(1).take(3).collect();
    assert_eq!(lines[0], "#| dev: read by alice");
    assert_eq!(lines[1], "#| since it was last used here:");
    assert!(
        lines[2].starts_with("#|     - bob, signed by alice ("),
        "{}",
        lines[2]
    );
    assert!(!edit().contains("since it was last used here"));
}
