use std::{os::unix::net::UnixListener, process::Command};

use super::*;
use crate::vault::sandbox::Sandbox;

#[test]
fn a_file_is_read_with_what_is_true_of_it() {
    let sandbox = Sandbox::new();
    sandbox.write("secrets/x.yaml", "a: b\n");
    sandbox.set_mode("secrets/x.yaml", 0o640);
    sandbox.link("x.yaml", "secrets/x.yaml");
    let read = sandbox.root().read(Path::new("x.yaml")).unwrap();
    assert_eq!(read.bytes(), b"a: b\n");
    assert_eq!(read.text().unwrap(), "a: b\n");
    assert_eq!(read.digest(), Digest::of(b"a: b\n"));
    assert_eq!(read.mode(), Some(0o640));
    assert_eq!(read.path(), sandbox.path("x.yaml"));
    assert_eq!(read.target(), sandbox.path("secrets/x.yaml"));
    assert!(read.is_link() && read.is_ours().unwrap() && read.owner().is_some());
    assert!(super::read(&sandbox.path("x.yaml")).unwrap().is_link());
    assert!(
        !super::read(&sandbox.path("secrets/x.yaml"))
            .unwrap()
            .is_link()
    );
}

#[test]
fn nothing_but_a_regular_file_is_opened() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let _socket = UnixListener::bind(sandbox.path("socket")).unwrap();
    sandbox.link("linked", "pipe");
    for path in [
        pipe,
        sandbox.path("socket"),
        sandbox.path("linked"),
        sandbox.path(""),
        "/dev/zero".into(),
        "/dev/null".into(),
    ] {
        assert!(
            matches!(read(&path), Err(ReadError::NotAFile { .. })),
            "{path:?}"
        );
    }
    assert!(matches!(
        read(&sandbox.path("none")),
        Err(ReadError::Missing { .. })
    ));
}

#[test]
fn a_file_over_the_limit_is_refused_unread() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("large");
    let file = File::create(&path).unwrap();
    file.set_len(READ_LIMIT + 1).unwrap();
    let error = read(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{} is larger than 64 MiB", path.display())
    );
}

#[test]
fn a_file_that_tells_no_length_is_bounded_too() {
    assert!(
        !read(Path::new("/proc/self/status"))
            .map_or(b"x".to_vec(), |s| s.bytes().to_vec())
            .is_empty()
    );
}

#[test]
fn what_is_not_text_is_told_by_its_place_only() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("x"), b"s3cret\xff").unwrap();
    let read = read(&sandbox.path("x")).unwrap();
    let error = read.text().unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{} is not UTF-8 text: byte 6 cannot stand there",
            sandbox.path("x").display()
        )
    );
}

#[test]
fn r01_a_snapshot_shows_neither_bytes_nor_digest() {
    let sandbox = Sandbox::new();
    sandbox.write("x", "s3cret");
    let shown = format!(
        "{:?} {:?}",
        read(&sandbox.path("x")).unwrap(),
        Digest::of(b"s3cret")
    );
    assert!(
        !shown.contains("s3cret") && shown.ends_with("[redacted]"),
        "{shown}"
    );
}
