//! What depends on the system: the umask, other users, and a process that dies or fails at a system call.
//!
//! A test starts this program again, as another user, under another umask or under strace, with one of the `child_`
//! tests, which works in its current directory. Where setpriv, strace or root's rights are missing, a test is skipped
//! with a line that says so, or fails where `VAULT_TEST_PEERS=required`.

#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "a test says what it skipped")]
#![allow(clippy::unwrap_used, reason = "what the tests share is for tests")]

mod world;

use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::Path,
};

use vault::vault::{
    Change, Digest, DirectoryError, Locks, Notice, Outputs, Overwrite, Privacy, Root, SaveError,
    Store, Wish, WriteError, private_directory, tighten_stdout,
};

use world::{World, root_or_skip, works};

/// The user and group `nobody`.
const NOBODY: u32 = 65534;

const OLD: &str = "old";
const NEW: &str = "new";
const SECRET: &[u8] = b"s3cret";

// What the tests start.

fn store() -> Store {
    let root = Root::find(Path::new("repo")).unwrap();
    Store::new(
        root,
        Locks::new(Path::new("state/locks")),
        Path::new("state/journals"),
    )
}

fn change(path: &str) -> Change {
    Change {
        path: path.into(),
        expected: Some(Digest::of(OLD.as_bytes())),
        bytes: NEW.into(),
    }
}

fn outputs() -> Outputs {
    Outputs::new(Path::new("repo")).remembering_in(Path::new("out/state"))
}

fn wish(overwrite: Overwrite) -> Wish {
    Wish {
        overwrite,
        permissions: vault::vault::Permissions::default(),
    }
}

fn is_child() -> bool {
    Path::new("this-is-a-child").exists()
}

#[test]
#[ignore = "started by others"]
fn child_writes_outputs() {
    if is_child() {
        let outputs = outputs();
        outputs
            .write_file(Path::new("out/.env"), SECRET, &wish(Overwrite::Never))
            .unwrap();
        let directory = Path::new("out/run/secrets");
        outputs
            .write_files(directory, &[("DB", SECRET)], &wish(Overwrite::Never))
            .unwrap();
    }
}

#[test]
#[ignore = "started by others"]
fn child_saves() {
    if is_child() {
        let made = Change {
            expected: None,
            ..change("new/made.yaml")
        };
        store()
            .save_all(&[change("x.yaml"), change("y.yaml"), made])
            .unwrap();
    }
}

#[test]
#[ignore = "started by others"]
fn child_saves_one() {
    if is_child() {
        store().save(&change("x.yaml")).unwrap();
    }
}

#[test]
#[ignore = "started by others"]
fn child_is_refused_everywhere() {
    if !is_child() {
        return;
    }
    let store = store();
    for path in [
        "x.yaml",
        "closed/y.yaml",
        "closed/new.yaml",
        "closed/deep/new.yaml",
    ] {
        let refused = store.check_writable(Path::new(path));
        assert!(
            matches!(refused, Err(SaveError::Write(WriteError::ReadOnly { .. }))),
            "{path}: {refused:?}"
        );
    }
    for path in ["x.yaml", "closed/y.yaml"] {
        let refused = store.save(&change(path));
        assert!(
            matches!(refused, Err(SaveError::Write(WriteError::ReadOnly { .. }))),
            "{path}: {refused:?}"
        );
    }
}

#[test]
#[ignore = "started by others"]
fn child_uses_no_directory_of_others() {
    if is_child() {
        let refused = private_directory(Path::new("theirs"));
        assert!(
            matches!(refused, Err(DirectoryError::Foreign { .. })),
            "{refused:?}"
        );
        let wish = wish(Overwrite::Force);
        let refused = outputs().write_files(Path::new("theirs"), &[("DB", SECRET)], &wish);
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("belongs to another user")
        );
    }
}

#[test]
#[ignore = "started by others"]
fn child_cannot_keep_the_owner() {
    if is_child() {
        let saved = store().save(&change("x.yaml")).unwrap();
        assert!(
            matches!(saved.notices[..], [Notice::OwnerNotKept { .. }]),
            "{saved:?}"
        );
    }
}

// The laws.

#[test]
fn r20_outputs_are_for_us_only_whatever_the_umask() {
    for umask in ["000", "022", "077", "177"] {
        let world = World::new();
        world.passes(
            "child_writes_outputs",
            &["sh", "-c", &format!("umask {umask}; exec \"$0\" \"$@\"")],
        );
        let modes =
            ["out/.env", "out/run/secrets/DB", "out/run/secrets"].map(|path| world.mode(path));
        assert_eq!(modes, [0o600, 0o600, 0o700], "{umask}");
    }
}

#[test]
fn a_new_file_of_the_repository_is_everybodys_whatever_the_umask() {
    for umask in ["000", "077"] {
        let world = World::new();
        world.passes(
            "child_saves",
            &["sh", "-c", &format!("umask {umask}; exec \"$0\" \"$@\"")],
        );
        assert_eq!(world.mode("repo/new/made.yaml"), 0o644);
        assert_eq!(
            (world.mode("state"), world.mode("state/locks")),
            (0o700, 0o700)
        );
    }
}

#[test]
fn e22_what_we_may_not_write_is_refused_early_and_stays() {
    if !root_or_skip() {
        return;
    }
    let world = World::new();
    fs::create_dir(world.path("repo/closed")).unwrap();
    fs::write(world.path("repo/closed/y.yaml"), OLD).unwrap();
    world.give_all(NOBODY);
    // Somebody else's file in our directory: a rename would replace it.
    world.give("repo/x.yaml", 0);
    world.set_mode("repo/closed", 0o555);
    world.passes_unprivileged("child_is_refused_everywhere");
    assert_eq!(world.text("repo/x.yaml").unwrap(), OLD);
    assert_eq!(world.text("repo/closed/y.yaml").unwrap(), OLD);
    assert!(world.leftovers().is_empty());
}

#[test]
fn a_directory_of_another_user_is_refused_by_root_and_by_others() {
    if !root_or_skip() {
        return;
    }
    let world = World::new();
    fs::create_dir(world.path("theirs")).unwrap();
    world.give("theirs", NOBODY);
    world.passes("child_uses_no_directory_of_others", &[]);
    world.give_all(NOBODY);
    world.give("theirs", 0);
    world.set_mode("theirs", 0o777);
    world.passes_unprivileged("child_uses_no_directory_of_others");
    assert_eq!(world.mode("theirs"), 0o777);
}

#[test]
fn r39_the_owner_is_kept_where_we_may_and_told_where_not() {
    if !root_or_skip() {
        return;
    }
    let world = World::new();
    world.give("repo/x.yaml", NOBODY);
    world.set_mode("repo/x.yaml", 0o640);
    world.passes("child_saves_one", &[]);
    let metadata = fs::metadata(world.path("repo/x.yaml")).unwrap();
    assert_eq!(
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o777),
        (NOBODY, NOBODY, 0o640)
    );

    let world = World::new();
    world.give_all(NOBODY);
    world.give("repo/x.yaml", 0);
    world.set_mode("repo/x.yaml", 0o666);
    world.passes_unprivileged("child_cannot_keep_the_owner");
    assert_eq!(
        (
            world.text("repo/x.yaml").unwrap().as_str(),
            world.mode("repo/x.yaml")
        ),
        (NEW, 0o666)
    );
}

#[test]
fn standard_output_into_another_users_file_keeps_its_mode() {
    if !root_or_skip() {
        return;
    }
    let world = World::new();
    world.give("repo/x.yaml", NOBODY);
    let file = File::options()
        .append(true)
        .open(world.path("repo/x.yaml"))
        .unwrap();
    for (mode, privacy) in [
        (0o600, Privacy::Foreign),
        (0o622, Privacy::Foreign),
        (0o640, Privacy::Exposed),
        (0o604, Privacy::Exposed),
    ] {
        world.set_mode("repo/x.yaml", mode);
        assert_eq!(tighten_stdout(&file).unwrap(), privacy);
        assert_eq!(world.mode("repo/x.yaml"), mode);
    }
}

/// What changes files, and the locks around it.
const CALLS: &str = "openat,write,fsync,fchmod,fchown,rename,renameat,renameat2,unlink,mkdir,flock";

#[test]
fn r20_no_file_is_ever_wider_than_it_ends() {
    if !works(&["strace", "true"]) {
        return;
    }
    let world = World::new();
    let through = [
        "strace",
        "-f",
        "-o",
        "trace",
        "-e",
        "trace=open,openat,creat,chmod,fchmod,fchmodat,mkdir",
        "sh",
        "-c",
        "umask 000; exec \"$0\" \"$@\"",
    ];
    world.passes("child_writes_outputs", &through);
    let trace = world.text("trace").unwrap();
    let made: Vec<_> = trace
        .lines()
        .filter(|line| line.contains("O_CREAT") || line.contains("O_TMPFILE"))
        .filter(|line| line.contains("out"))
        .collect();
    // Two outputs, the key, and for each output what is about to be and what was done.
    assert_eq!(made.len(), 7, "{trace}");
    // One without a name is not even found before it is complete.
    let is_new = |line: &str| line.contains("O_EXCL") || line.contains("O_TMPFILE");
    assert!(
        made.iter()
            .all(|line| is_new(line) && line.contains(", 0600)")),
        "{made:?}"
    );
    let directories = trace.lines().filter(|line| line.contains("mkdir(\"out/"));
    assert!(
        directories.clone().count() >= 2
            && directories.clone().all(|line| line.contains(", 0700)")),
        "{trace}"
    );
    let widened =
        |line: &str| line.contains("chmod(") && !line.contains("0600)") && !line.contains("0700)");
    assert!(!trace.lines().any(widened), "{trace}");
}

#[test]
fn r07_a_death_at_any_system_call_leaves_the_old_file_or_the_new_one() {
    if !works(&["strace", "true"]) {
        return;
    }
    let mut seen = (false, false);
    for when in 1.. {
        let world = World::new();
        let inject = format!("inject={CALLS}:signal=KILL:when={when}");
        let output = world.run(
            "child_saves_one",
            &["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject],
        );
        match world.text("repo/x.yaml").as_deref() {
            Some(OLD) => seen.0 = true,
            Some(NEW) => seen.1 = true,
            other => panic!("{when}: {other:?}"),
        }
        recovers(&world);
        if output.status.success() {
            break;
        }
    }
    assert_eq!(seen, (true, true));
}

/// The next write succeeds and leaves nothing behind.
fn recovers(world: &World) {
    if world.text("repo/x.yaml").as_deref() == Some(OLD) {
        world.passes("child_saves_one", &[]);
    } else {
        let root = Root::find(&world.path("repo")).unwrap();
        let store = Store::new(
            root,
            Locks::new(&world.path("state/locks")),
            &world.path("state/journals"),
        );
        let back = Change {
            path: "x.yaml".into(),
            expected: Some(Digest::of(NEW.as_bytes())),
            bytes: OLD.into(),
        };
        store.save(&back).unwrap();
    }
    assert!(world.leftovers().is_empty(), "{:?}", world.leftovers());
}

#[test]
fn e20_a_full_disk_at_any_system_call_leaves_the_old_file_and_no_temporary() {
    if !works(&["strace", "true"]) {
        return;
    }
    let mut failures = 0;
    for call in [
        "write",
        "fsync",
        "fchmod",
        "rename,renameat,renameat2",
        "openat",
    ] {
        for when in 1..40 {
            let world = World::new();
            let inject = format!("inject={call}:error=ENOSPC:when={when}");
            let through = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
            let output = world.run("child_saves_one", &through);
            let text = world.text("repo/x.yaml").unwrap();
            assert!(text == OLD || text == NEW, "{call} {when}");
            assert!(
                world.leftovers().is_empty(),
                "{call} {when}: {:?}",
                world.leftovers()
            );
            if output.status.success() && when > 1 && call != "openat" {
                break;
            }
            failures += usize::from(text == OLD);
        }
    }
    assert!(failures >= 4, "{failures}");
}
