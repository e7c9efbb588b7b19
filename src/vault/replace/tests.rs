use std::os::unix::fs::{MetadataExt, symlink};

use super::*;
use crate::vault::sandbox::{Sandbox, mode};

fn replace(target: &Path, content: Content) -> Result<Vec<Notice>, WriteError> {
    Replacement::prepare(target, b"new", content)?.commit()
}

#[test]
fn a_new_file_gets_the_mode_that_its_content_wants() {
    let directory = tempfile::tempdir().unwrap();
    for (content, wanted) in [(Content::Public, 0o644), (Content::Private, 0o600)] {
        let target = directory.path().join(format!("{wanted:o}"));
        assert_eq!(replace(&target, content).unwrap(), []);
        assert_eq!(
            (fs::read(&target).unwrap(), mode(&target)),
            (b"new".to_vec(), wanted)
        );
    }
}

#[test]
fn r39_a_replaced_file_keeps_its_mode_unless_it_holds_secrets() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "old");
    for (before, after, content) in [
        (0o664, 0o664, Content::Public),
        (0o600, 0o600, Content::Public),
        (0o4755, 0o755, Content::Public),
        (0o644, 0o600, Content::Private),
    ] {
        sandbox.set_mode("x", before);
        assert_eq!(replace(&sandbox.path("x"), content).unwrap(), []);
        assert_eq!(sandbox.mode("x"), after);
    }
}

#[test]
fn a_file_that_is_to_be_new_never_replaces_another() {
    let sandbox = Sandbox::new();
    let create = |path: &Path, bytes| {
        Replacement::prepare(path, bytes, Content::Private)?
            .only_new()?
            .commit()
    };
    assert_eq!(create(&sandbox.path("x"), b"new").unwrap(), []);
    assert_eq!(
        (sandbox.mode("x"), sandbox.text("x").unwrap()),
        (0o600, "new".to_owned())
    );
    let error = create(&sandbox.path("x"), b"newer").unwrap_err();
    assert!(matches!(error, WriteError::Exists { .. }));
    assert_eq!(sandbox.text("x").unwrap(), "new");
    sandbox.link("link", "nowhere");
    create(&sandbox.path("link"), b"new").unwrap_err();
    assert!(sandbox.leftovers().is_empty() && sandbox.text("nowhere").is_none());
}

#[test]
fn the_temporary_is_for_us_only_until_it_is_complete() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("");
    let steps = Steps::observed(move |step, _| {
        if matches!(step, Step::Write | Step::Attributes) {
            let temporary = fs::read_dir(&path)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            let is_temporary = |path: &PathBuf| path.to_string_lossy().contains(".vault-");
            assert_eq!(
                temporary
                    .filter(is_temporary)
                    .map(|path| mode(&path))
                    .collect::<Vec<_>>(),
                [0o600]
            );
        }
        Ok(())
    });
    Replacement::prepare_observed(&sandbox.path("x"), b"new", Content::Public, &steps)
        .unwrap()
        .commit()
        .unwrap();
}

#[test]
fn a_file_with_other_names_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "old");
    fs::hard_link(sandbox.path("x"), sandbox.path("y")).unwrap();
    let notices = replace(&sandbox.path("x"), Content::Public).unwrap();
    assert_eq!(
        notices,
        [Notice::HardLinks {
            path: sandbox.path("x"),
            names: 2
        }]
    );
    assert_eq!(sandbox.text("y").unwrap(), "old");
}

#[test]
fn e22_a_read_only_file_is_refused_although_a_rename_would_work() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "old");
    sandbox.set_mode("x", 0o444);
    let text = format!("{} is read-only", sandbox.path("x").display());
    assert_eq!(
        check_writable(&sandbox.path("x")).unwrap_err().to_string(),
        text
    );
    assert_eq!(
        replace(&sandbox.path("x"), Content::Public)
            .unwrap_err()
            .to_string(),
        text
    );
    assert_eq!(sandbox.text("x").unwrap(), "old");
    assert!(check_writable(&sandbox.path("none/deep/x")).is_ok());
    assert!(sandbox.leftovers().is_empty());
}

#[test]
fn only_a_regular_file_is_replaced() {
    let sandbox = Sandbox::new();
    sandbox.link("link", "x");
    sandbox.write("x", "old");
    for target in [sandbox.path("link"), sandbox.path(".git")] {
        assert!(matches!(
            check_writable(&target),
            Err(WriteError::NotAFile { .. })
        ));
        assert!(matches!(
            replace(&target, Content::Public),
            Err(WriteError::NotAFile { .. })
        ));
    }
    assert_eq!(sandbox.text("x").unwrap(), "old");
}

#[test]
fn a_file_that_appears_where_there_was_none_stays() {
    let sandbox = Sandbox::new();
    let replacement = Replacement::prepare(&sandbox.path("x"), b"new", Content::Public).unwrap();
    sandbox.write("x", "theirs");
    assert!(matches!(
        replacement.commit(),
        Err(WriteError::Exists { .. })
    ));
    assert_eq!(sandbox.text("x").unwrap(), "theirs");
    assert!(sandbox.leftovers().is_empty());
}

#[test]
fn e20_a_failure_at_any_step_leaves_the_old_file_and_no_temporary() {
    let all = [
        Step::Create,
        Step::Write,
        Step::Attributes,
        Step::Flush,
        Step::Rename,
    ];
    for fails in all {
        let sandbox = Sandbox::new();
        sandbox.write("x", "old");
        sandbox.set_mode("x", 0o640);
        let steps = Steps::observed(move |step, _| {
            if step == fails {
                Err(ErrorKind::StorageFull.into())
            } else {
                Ok(())
            }
        });
        let replaced =
            Replacement::prepare_observed(&sandbox.path("x"), b"new", Content::Public, &steps)
                .and_then(Replacement::commit);
        assert!(
            matches!(replaced, Err(WriteError::Write { .. })),
            "{fails:?}"
        );
        assert_eq!(
            (sandbox.text("x").unwrap(), sandbox.mode("x")),
            ("old".into(), 0o640)
        );
        assert!(sandbox.leftovers().is_empty(), "{fails:?}");
    }
}

#[test]
fn a_directory_that_cannot_be_flushed_is_told_after_the_fact() {
    let sandbox = Sandbox::new();
    let steps = Steps::observed(|step, _| match step {
        Step::FlushDirectory => Err(ErrorKind::Other.into()),
        _ => Ok(()),
    });
    let replacement =
        Replacement::prepare_observed(&sandbox.path("x"), b"new", Content::Public, &steps);
    let notices = replacement.unwrap().commit().unwrap();
    assert_eq!(
        notices,
        [Notice::NotFlushed {
            path: sandbox.path("x")
        }]
    );
}

#[test]
fn the_next_write_removes_what_a_killed_one_left() {
    let sandbox = Sandbox::new();
    sandbox.write(".x.vault-aBc123", "half");
    replace(&sandbox.path("x"), Content::Public).unwrap();
    assert!(sandbox.leftovers().is_empty());
}

#[test]
fn a_replaced_file_is_another_one() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "old");
    let inode = || fs::metadata(sandbox.path("x")).unwrap().ino();
    let before = inode();
    replace(&sandbox.path("x"), Content::Public).unwrap();
    assert_ne!(inode(), before);
}

#[test]
fn a_directory_behind_a_link_is_as_good_as_any() {
    let sandbox = Sandbox::new();
    symlink(sandbox.path(""), sandbox.outside().join("link")).unwrap();
    replace(&sandbox.outside().join("link/x"), Content::Private).unwrap();
    assert_eq!(sandbox.text("x").unwrap(), "new");
}

#[cfg(all(target_os = "linux", feature = "cli"))]
#[test]
fn e19_attributes_of_users_are_kept() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let sandbox = Sandbox::new();
    sandbox.write("x", "old");
    let path = sandbox.path("x");
    if setxattr(&path, "user.note", b"kept", XattrFlags::empty()).is_err() {
        return; // a file system without them
    }
    setxattr(&path, "user.empty", b"", XattrFlags::empty()).unwrap();
    assert_eq!(replace(&path, Content::Public).unwrap(), []);
    let mut value = [0; 16];
    let length = getxattr(&path, "user.note", &mut value[..]).unwrap();
    assert_eq!(&value[..length], b"kept");
    assert_eq!(getxattr(&path, "user.empty", &mut value[..]), Ok(0));
    replace(&path, Content::Private).unwrap();
    assert!(getxattr(&path, "user.note", &mut value[..]).is_err());
}
