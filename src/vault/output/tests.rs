use std::{
    fs::File,
    os::unix::fs::{MetadataExt, symlink},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;
use crate::vault::{sandbox::Sandbox, steps::Step};

fn write(sandbox: &Sandbox, name: &str, overwrite: Overwrite) -> Result<Written, OutputError> {
    write_at(&sandbox.path(name), overwrite)
}

/// Without a memory: what is there already is never ours.
fn write_at(path: &Path, overwrite: Overwrite) -> Result<Written, OutputError> {
    let wish = Wish {
        overwrite,
        permissions: Permissions::default(),
    };
    let written = Outputs::default().write_file(path, b"s3cret", &wish);
    written.map(|(written, _)| written)
}

#[test]
fn r20_an_output_is_for_us_only() {
    let sandbox = Sandbox::new();
    assert_eq!(
        write(&sandbox, ".env", Overwrite::Never).unwrap(),
        Written::New
    );
    assert_eq!(
        (sandbox.text(".env").unwrap().as_str(), sandbox.mode(".env")),
        ("s3cret", 0o600)
    );
    assert!(sandbox.leftovers().is_empty());
}

#[test]
fn a_file_with_other_content_stays_unless_the_caller_insists() {
    let sandbox = Sandbox::new();
    sandbox.write(".env", "theirs");
    for overwrite in [Overwrite::Never, Overwrite::If(Digest::of(b"other"))] {
        let text = write(&sandbox, ".env", overwrite).unwrap_err().to_string();
        assert_eq!(
            text,
            format!(
                "{} is already there with other content",
                sandbox.path(".env").display()
            )
        );
        assert_eq!(sandbox.text(".env").unwrap(), "theirs");
    }
    for overwrite in [Overwrite::If(Digest::of(b"theirs")), Overwrite::Force] {
        sandbox.write(".env", "theirs");
        sandbox.set_mode(".env", 0o666);
        assert_eq!(
            write(&sandbox, ".env", overwrite).unwrap(),
            Written::Replaced
        );
        assert_eq!(
            (sandbox.text(".env").unwrap().as_str(), sandbox.mode(".env")),
            ("s3cret", 0o600)
        );
    }
}

#[test]
fn the_same_content_is_touched_only_to_hide_it() {
    let sandbox = Sandbox::new();
    write(&sandbox, ".env", Overwrite::Never).unwrap();
    let inode = || fs::metadata(sandbox.path(".env")).unwrap().ino();
    let before = inode();
    assert_eq!(
        write(&sandbox, ".env", Overwrite::Never).unwrap(),
        Written::Unchanged
    );
    assert_eq!(inode(), before);
    sandbox.set_mode(".env", 0o644);
    assert_eq!(
        write(&sandbox, ".env", Overwrite::Never).unwrap(),
        Written::Replaced
    );
    assert_eq!(sandbox.mode(".env"), 0o600);
}

#[test]
fn r21_an_output_never_follows_a_link_and_replaces_nothing_but_files() {
    let sandbox = Sandbox::new();
    sandbox.write("real", "theirs");
    sandbox.link("link", "real");
    sandbox.link("dangling", "none");
    sandbox.link("directory", ".git");
    for name in ["link", "dangling", "directory", "directory/", "directory/."] {
        assert!(
            matches!(
                write(&sandbox, name, Overwrite::Force),
                Err(OutputError::Link { .. })
            ),
            "{name}"
        );
    }
    assert_eq!(sandbox.text("real").unwrap(), "theirs");
    assert!(!sandbox.path("none").exists());
    for path in ["/dev/null", "/", "/proc/self/fd"] {
        let refused = write_at(Path::new(path), Overwrite::Force);
        assert!(
            matches!(
                refused,
                Err(OutputError::Write(WriteError::NotAFile { .. }))
            ),
            "{path}"
        );
    }
}

#[test]
fn r21_a_read_only_output_stays_also_by_force() {
    let sandbox = Sandbox::new();
    sandbox.write(".env", "theirs");
    sandbox.set_mode(".env", 0o444);
    let refused = write(&sandbox, ".env", Overwrite::Force);
    assert!(matches!(
        refused,
        Err(OutputError::Write(WriteError::ReadOnly { .. }))
    ));
    assert_eq!(sandbox.text(".env").unwrap(), "theirs");
}

#[test]
fn another_name_of_the_old_file_keeps_the_old_bytes() {
    let sandbox = Sandbox::new();
    sandbox.write("public", "theirs");
    fs::hard_link(sandbox.path("public"), sandbox.path(".env")).unwrap();
    write(&sandbox, ".env", Overwrite::Force).unwrap();
    assert_eq!(sandbox.text("public").unwrap(), "theirs");
}

#[test]
fn r01_no_refusal_shows_what_was_to_be_written() {
    let sandbox = Sandbox::new();
    sandbox.write(".env", "theirs");
    let shown = format!(
        "{:?}",
        write(&sandbox, ".env", Overwrite::Never).unwrap_err()
    );
    assert!(
        !shown.contains("s3cret") && !shown.contains("theirs"),
        "{shown}"
    );
}

#[test]
fn r20_standard_output_into_a_file_of_ours_is_hidden_first() {
    let sandbox = Sandbox::new();
    sandbox.write("out", "");
    sandbox.set_mode("out", 0o644);
    let file = File::create(sandbox.path("out")).unwrap();
    assert_eq!(tighten_stdout(&file).unwrap(), Privacy::Private);
    assert_eq!(sandbox.mode("out"), 0o600);
    sandbox.set_mode("out", 0o200);
    assert_eq!(tighten_stdout(&file).unwrap(), Privacy::Private);
    assert_eq!(sandbox.mode("out"), 0o200);
}

#[test]
fn standard_output_that_is_no_file_is_left_alone() {
    let (_reader, writer) = io::pipe().unwrap();
    assert_eq!(tighten_stdout(&writer).unwrap(), Privacy::NotAFile);
    let null = File::options().write(true).open("/dev/null").unwrap();
    assert_eq!(tighten_stdout(&null).unwrap(), Privacy::NotAFile);
}

#[test]
fn a_directory_above_may_be_a_link() {
    let sandbox = Sandbox::new();
    symlink(sandbox.path(""), sandbox.outside().join("link")).unwrap();
    write_at(&sandbox.outside().join("link/.env"), Overwrite::Never).unwrap();
    assert_eq!(sandbox.text(".env").unwrap(), "s3cret");
}

#[test]
fn r58_after_an_error_at_any_step_the_next_run_replaces_the_file() {
    for stop in 0.. {
        let sandbox = Sandbox::new();
        let state = sandbox.outside().join("state/outputs");
        let outputs = Outputs::new(&sandbox.path("")).remembering_in(&state);
        let path = sandbox.path(".env");
        let wish = Wish {
            overwrite: Overwrite::Never,
            permissions: Permissions::default(),
        };
        outputs.write_file(&path, b"old", &wish).unwrap();
        let count = AtomicUsize::new(0);
        let steps = Steps::observed(move |_, _| match count.fetch_add(1, Ordering::Relaxed) {
            at if at == stop => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        });
        let done = outputs
            .clone()
            .observed(steps)
            .write_file(&path, b"new", &wish);
        let text = sandbox.text(".env").unwrap();
        assert!(text == "old" || text == "new", "{stop}");
        assert!(sandbox.leftovers().is_empty(), "{stop}");
        match done {
            Ok((_, notices)) if notices.is_empty() && stop > 15 => return,
            // What could not be remembered is told, and is somebody else's from then on.
            Ok((_, notices)) => assert!(!notices.is_empty() || text == "new"),
            Err(_) => drop(outputs.write_file(&path, b"newer", &wish).unwrap()),
        }
    }
}

#[test]
fn a_checkout_in_the_middle_of_a_write_does_not_lead_it_out() {
    let sandbox = Sandbox::new();
    let outside = sandbox.outside().join("elsewhere");
    fs::create_dir(&outside).unwrap();
    fs::create_dir_all(sandbox.path("run/secrets")).unwrap();
    let (run, away) = (sandbox.path("run"), sandbox.path("was"));
    let (link, to) = (run.clone(), outside.clone());
    // The last step before the new files get their names.
    let steps = Steps::observed(move |step, _| {
        if step == Step::Flush && !link.is_symlink() {
            fs::rename(&link, &away)?;
            fs::create_dir(to.join("secrets"))?;
            symlink(&to, &link)?;
        }
        Ok(())
    });
    let outputs = Outputs::default().observed(steps);
    let wish = Wish {
        overwrite: Overwrite::Never,
        permissions: Permissions::default(),
    };
    let is_refused = |done: Result<(), OutputError>| {
        assert!(matches!(done, Err(OutputError::Way(WayError::Link { .. }))));
        let there = fs::read_dir(outside.join("secrets")).unwrap();
        assert_eq!(there.count(), 0);
        fs::remove_dir_all(outside.join("secrets")).unwrap();
        fs::remove_file(&run).unwrap();
        fs::rename(sandbox.path("was"), &run).unwrap();
    };
    let one = outputs.write_file(&run.join("secrets/.env"), b"s3cret", &wish);
    is_refused(one.map(drop));
    let set = outputs.write_files(&run.join("secrets"), &[("TOKEN", b"s3cret")], &wish);
    is_refused(set.map(drop));
}

/// What a killed run leaves where the system has no files without a name.
const LEFT: &str = "out/..env.vault-aBc123";

fn remembering(sandbox: &Sandbox) -> Outputs {
    Outputs::new(&sandbox.path("")).remembering_in(&sandbox.outside().join("outputs"))
}

fn wish() -> Wish {
    Wish {
        overwrite: Overwrite::Never,
        permissions: Permissions::default(),
    }
}

#[test]
fn any_next_write_removes_what_a_killed_one_left_in_clear_elsewhere() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("out")).unwrap();
    let outputs = remembering(&sandbox);
    outputs
        .write_file(&sandbox.path("out/.env"), b"s3cret", &wish())
        .unwrap();
    let files: [(&str, &[u8]); 1] = [("DB", b"s3cret")];
    for is_set in [false, true] {
        sandbox.write(LEFT, "s3cret");
        sandbox.write("out/.other.vault-aBc123", "theirs");
        match is_set {
            true => drop(
                outputs
                    .write_files(&sandbox.path("set"), &files, &wish())
                    .unwrap(),
            ),
            false => drop(
                outputs
                    .write_file(&sandbox.path("b"), b"s3cret", &wish())
                    .unwrap(),
            ),
        }
        assert_eq!(sandbox.text(LEFT), None);
        assert!(sandbox.text("out/.other.vault-aBc123").is_some());
    }
    // What another vault left is for that one.
    sandbox.write(LEFT, "s3cret");
    Outputs::new(&sandbox.path("elsewhere"))
        .remembering_in(&sandbox.outside().join("outputs"))
        .write_file(&sandbox.path("c"), b"s3cret", &wish())
        .unwrap();
    assert!(sandbox.text(LEFT).is_some());
}

#[test]
fn where_a_first_write_was_killed_is_remembered_before_anything_is_written_there() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("out")).unwrap();
    let (looks, known) = (remembering(&sandbox), Arc::new(AtomicUsize::new(0)));
    let count = known.clone();
    // Its temporary comes after this.
    let steps = Steps::observed(move |step, path| {
        if step == Step::Create && path.ends_with("out/.env") {
            let all = looks.remembered();
            let is_it = |file: &&crate::vault::Remembered| file.path.ends_with("out/.env");
            count.store(all.iter().filter(is_it).count(), Ordering::Relaxed);
        }
        Ok(())
    });
    remembering(&sandbox)
        .observed(steps)
        .write_file(&sandbox.path("out/.env"), b"s3cret", &wish())
        .unwrap();
    assert_eq!(known.load(Ordering::Relaxed), 1);
}
