use std::{fs, os::unix::fs::symlink};

use super::*;
use crate::vault::sandbox::mode;

/// Locks that are waited for: while another test starts a process, that one holds copies of ours for a moment.
fn locks(directory: &Path) -> Locks {
    Locks::new(directory)
}

#[test]
fn a_path_is_locked_once_until_the_lock_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let locks = locks(&directory.path().join("vault/locks"));
    let held = locks.acquire(Path::new("/x")).unwrap();
    let error = locks
        .clone()
        .with_timeout(Duration::ZERO)
        .acquire(Path::new("/x"));
    assert_eq!(
        error.unwrap_err().to_string(),
        "another process is writing /x"
    );
    let _other = locks.acquire(Path::new("/y")).unwrap();
    drop(held);
    assert!(locks.acquire(Path::new("/x")).is_ok());
}

#[test]
fn a_lock_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let locks = Locks::new(directory.path());
    let held = locks.acquire(Path::new("/x")).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| locks.acquire(Path::new("/x")).is_ok());
        drop(held);
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn waiting_ends_when_the_time_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let locks = Locks::new(directory.path()).with_timeout(Duration::from_millis(30));
    let _held = locks.acquire(Path::new("/x")).unwrap();
    assert!(matches!(
        locks.acquire(Path::new("/x")),
        Err(LockError::Busy { .. })
    ));
}

#[test]
fn several_paths_are_locked_each_once_or_none() {
    let directory = tempfile::tempdir().unwrap();
    let locks = locks(directory.path());
    let paths = ["/b", "/a", "/b"].map(Path::new);
    let held = locks.acquire_all(paths).unwrap();
    assert_eq!(held.len(), 2);
    drop(held);
    let _b = locks.acquire(Path::new("/b")).unwrap();
    let impatient = locks.clone().with_timeout(Duration::ZERO);
    assert!(impatient.acquire_all(paths).is_err());
    assert!(
        locks.acquire(Path::new("/a")).is_ok(),
        "the first lock was given up"
    );
}

#[test]
fn the_directory_for_locks_is_for_us_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/locks");
    locks(&path).prepare().unwrap();
    assert_eq!(
        (mode(&path), mode(&directory.path().join("a"))),
        (0o700, 0o700)
    );
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let _held = locks(&path).acquire(Path::new("/x")).unwrap();
    assert_eq!(mode(&path), 0o700);
    let files = fs::read_dir(&path)
        .unwrap()
        .map(|entry| mode(&entry.unwrap().path()));
    assert!(files.into_iter().all(|mode| mode == 0o600));
}

#[test]
fn a_directory_for_locks_that_is_a_link_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link");
    fs::create_dir(directory.path().join("real")).unwrap();
    symlink("real", &link).unwrap();
    for path in [link.clone(), link.join("")] {
        let error = locks(&path).acquire(Path::new("/x")).unwrap_err();
        assert!(
            matches!(error, LockError::Directory(DirectoryError::Link { .. })),
            "{path:?}"
        );
    }
    fs::write(directory.path().join("file"), "").unwrap();
    let error = locks(&directory.path().join("file")).prepare().unwrap_err();
    assert!(matches!(
        error,
        LockError::Directory(DirectoryError::NotADirectory { .. })
    ));
}
