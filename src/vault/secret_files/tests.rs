use super::*;
use crate::vault::{Overwrite, sandbox::Sandbox};

mod sets;

const FILES: &[(&str, &[u8])] = &[
    ("DB", b"s3cret"),
    ("API_KEY", b"two\nlines"),
    ("EMPTY", b""),
];

fn write(sandbox: &Sandbox, overwrite: Overwrite) -> Result<WrittenFiles, OutputError> {
    write_directory(&sandbox.path("run/secrets"), FILES, overwrite)
}

/// Without a memory: what is there already is never ours.
fn write_directory(
    directory: &Path,
    files: &[NamedBytes<'_>],
    overwrite: Overwrite,
) -> Result<WrittenFiles, OutputError> {
    let wish = Wish {
        overwrite,
        permissions: Permissions::default(),
    };
    Outputs::default().write_files(directory, files, &wish)
}

#[test]
fn each_secret_has_a_file_with_exactly_its_bytes() {
    let sandbox = Sandbox::new();
    let written = write(&sandbox, Overwrite::Never).unwrap();
    assert_eq!(written.notices, []);
    assert_eq!(
        written.files,
        FILES
            .iter()
            .map(|(name, _)| ((*name).to_owned(), Written::New))
            .collect::<Vec<_>>()
    );
    for (name, bytes) in FILES {
        let below = format!("run/secrets/{name}");
        assert_eq!(
            (
                fs::read(sandbox.path(&below)).unwrap(),
                sandbox.mode(&below)
            ),
            (bytes.to_vec(), 0o600)
        );
    }
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
    assert!(sandbox.leftovers().is_empty());
}

#[test]
fn files_of_other_names_and_same_bytes_are_left_alone() {
    let sandbox = Sandbox::new();
    write(&sandbox, Overwrite::Never).unwrap();
    sandbox.write("run/secrets/other", "theirs");
    let again = write(&sandbox, Overwrite::Never).unwrap();
    assert!(
        again
            .files
            .iter()
            .all(|(_, written)| *written == Written::Unchanged)
    );
    assert_eq!(sandbox.text("run/secrets/other").unwrap(), "theirs");
}

#[test]
fn one_file_with_other_bytes_stops_all() {
    let sandbox = Sandbox::new();
    sandbox.write("run/secrets/API_KEY", "theirs");
    assert!(matches!(
        write(&sandbox, Overwrite::Never),
        Err(OutputError::Others { names, .. }) if names == ["API_KEY"]
    ));
    assert_eq!(sandbox.text("run/secrets/DB"), None);
    assert_eq!(sandbox.text("run/secrets/API_KEY").unwrap(), "theirs");
    assert!(sandbox.leftovers().is_empty());
    write(&sandbox, Overwrite::Force).unwrap();
    assert_eq!(sandbox.text("run/secrets/API_KEY").unwrap(), "two\nlines");
}

#[test]
fn r19_no_name_leaves_the_directory() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(254);
    let names = [
        "", ".", "..", "../x", "../../x", "/abs", "a/b", "a\0b", ".hidden", "a b", "ä", "a\n",
        "a\\b", &long,
    ];
    for name in names {
        let refused = write_directory(
            &sandbox.path("out"),
            &[("A", b"s3cret"), (name, b"s3cret")],
            Overwrite::Force,
        );
        assert!(matches!(refused, Err(OutputError::Name { .. })), "{name:?}");
        assert!(!sandbox.path("out").exists());
    }
    for (one, other) in [("A", "A"), ("a", "A")] {
        let refused = write_directory(
            &sandbox.path("out"),
            &[(one, b""), (other, b"")],
            Overwrite::Force,
        );
        assert!(matches!(refused, Err(OutputError::Twins { .. })));
    }
    write_directory(
        &sandbox.path("out"),
        &[(&"x".repeat(253), b"")],
        Overwrite::Never,
    )
    .unwrap();
}

#[test]
fn r19_neither_the_directory_nor_a_file_may_be_a_link() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("elsewhere")).unwrap();
    fs::create_dir_all(sandbox.path("run")).unwrap();
    sandbox.link("run/secrets", "../elsewhere");
    assert!(matches!(
        write(&sandbox, Overwrite::Force),
        Err(OutputError::Directory(DirectoryError::Link { .. }))
    ));
    let slash = write_directory(&sandbox.path("run/secrets/"), FILES, Overwrite::Force);
    assert!(matches!(
        slash,
        Err(OutputError::Directory(DirectoryError::Link { .. }))
    ));
    assert_eq!(fs::read_dir(sandbox.path("elsewhere")).unwrap().count(), 0);

    fs::remove_file(sandbox.path("run/secrets")).unwrap();
    sandbox.write("victim", "theirs");
    fs::create_dir_all(sandbox.path("run/secrets")).unwrap();
    sandbox.link("run/secrets/EMPTY", "../../victim");
    assert!(matches!(
        write(&sandbox, Overwrite::Force),
        Err(OutputError::Link { .. })
    ));
    assert_eq!(sandbox.text("victim").unwrap(), "theirs");
    assert_eq!(sandbox.text("run/secrets/DB"), None);
}

#[test]
fn a_directory_of_ours_alone_is_closed_to_others_and_a_shared_one_is_told() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("run/secrets")).unwrap();
    sandbox.set_mode("run/secrets", 0o755);
    assert_eq!(write(&sandbox, Overwrite::Never).unwrap().notices, []);
    assert_eq!(sandbox.mode("run/secrets"), 0o700);
    sandbox.set_mode("run/secrets", 0o755);
    sandbox.write("run/secrets/README", "theirs");
    let notices = write(&sandbox, Overwrite::Never).unwrap().notices;
    assert_eq!(
        notices,
        [Notice::OpenDirectory {
            path: sandbox.path("run/secrets")
        }]
    );
    assert_eq!(sandbox.mode("run/secrets"), 0o755);
}

#[test]
fn what_a_killed_run_left_in_clear_is_removed_by_the_next() {
    let sandbox = Sandbox::new();
    sandbox.write("run/secrets/.DB.vault-aBc123", "s3cret");
    sandbox.write("run/secrets/.OTHER.vault-aBc123", "theirs");
    write(&sandbox, Overwrite::Never).unwrap();
    assert_eq!(
        sandbox.leftovers(),
        [sandbox.path("run/secrets/.OTHER.vault-aBc123")]
    );
}

#[test]
fn a_file_where_the_directory_should_be_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("run/secrets", "");
    assert!(matches!(
        write(&sandbox, Overwrite::Force),
        Err(OutputError::Directory(DirectoryError::NotADirectory { .. }))
    ));
    fs::remove_file(sandbox.path("run/secrets")).unwrap();
    sandbox.write("run/secrets/DB/x", "");
    assert!(matches!(
        write(&sandbox, Overwrite::Force),
        Err(OutputError::Write(WriteError::NotAFile { .. }))
    ));
}
